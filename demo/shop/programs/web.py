# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's front: a web app that finishes its open requests when it is told to stop."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import serve


async def answer(request: serve.Request) -> serve.Answer:
    if request.path == "/healthz":
        return 200, {"healthy": True}
    if request.path == "/slow":
        # For trying what happens to a request that is open while its instance is stopped.
        await asyncio.sleep(min(float(parse_qs(request.query).get("seconds", ["1"])[0]), 10.0))
        return 200, serve.identity()
    if request.path == "/orders" and request.method == "POST":
        return 201, {**serve.identity(), "bytes": len(request.body)}
    # What the router decided, as it told us: nobody outside can send these headers.
    decision = {name: request.headers.get(f"x-zeus-{name}", "") for name in ("variant", "rule", "plan")}
    return 200, {**serve.identity(), "decision": decision}


if __name__ == "__main__":
    serve.main(answer, graceful=True)
