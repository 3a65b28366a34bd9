# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python3 -m zeus_engine --config FILE [--check]``"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

from aiohttp import web

from .api_marathon import MarathonApi
from .api_mesos import MesosApi
from .config import Config, ConfigError, load
from .engine import Engine
from .executor import Executor
from .store import SchemaError

_log = logging.getLogger("zeus_engine")


async def serve(config: Config, executor: Executor | None = None) -> None:
    """Both APIs and the loop, until the engine is asked to stop. `executor` as in :class:`Engine`."""
    engine = Engine(config, executor)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, engine.stop)
    engine.recover()
    runners = []
    for application, port in (
        (MarathonApi(engine).application(), config.marathon_port),
        (MesosApi(engine).application(), config.mesos_port),
    ):
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, config.bind, port, shutdown_timeout=1.0).start()
        runners.append(runner)
    scheduler = loop.create_task(engine.run())
    _log.info(
        "serving %d agents; Marathon on %s:%d, Mesos on port %d", len(config.agents), config.bind, config.marathon_port, config.mesos_port
    )
    await engine.stopping.wait()
    _log.info("stopping; tasks go on")
    scheduler.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await scheduler
    engine.events.close()
    for runner in runners:
        await runner.cleanup()
    await engine.tasks.health.close_session()
    engine.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="zeus_engine", description="Marathon and Mesos APIs for the tasks of one machine.")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="only check the configuration file")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        config = load(arguments.config)
        if not arguments.check:
            asyncio.run(serve(config))
    except (ConfigError, SchemaError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
