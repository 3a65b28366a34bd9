# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m zeus_router_agent --config /etc/zeus-router/agent.json``"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys

from aiohttp import web

from zeus_router_agent.agent import Agent
from zeus_router_agent.config import Config, load_config

log = logging.getLogger("zeus_router_agent")


def main() -> int:
    parser = argparse.ArgumentParser(prog="zeus_router_agent", description="Follows Marathon and the policy store for this router node.")
    parser.add_argument("--config", required=True, help="the configuration file (JSON)")
    parser.add_argument("--check", action="store_true", help="only read the configuration and say whether it can be used")
    arguments = parser.parse_args()
    try:
        config = load_config(arguments.config)
    except ValueError as exc:
        print(exc, file=sys.stderr)
        return 2
    if arguments.check:
        return 0
    # The journal has the time already.
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    asyncio.run(_serve(config))
    return 0


async def _serve(config: Config) -> None:
    agent = Agent(config)
    runner = web.AppRunner(agent.web_app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, config.api.address, config.api.port).start()
    agent.start()
    log.info("router %s of %s/%s, API on %s:%d", config.router, config.datacenter, config.vcluster, config.api.address, config.api.port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    agent.stop()
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
