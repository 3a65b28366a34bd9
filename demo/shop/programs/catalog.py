# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's catalog: a web app that knows nothing of signals, so SIGTERM ends it in the middle of whatever it does."""

from __future__ import annotations

import serve


async def answer(request: serve.Request) -> serve.Answer:
    if request.path == "/healthz":
        return 200, {"healthy": True}
    return 200, {**serve.identity(), "items": 3}


if __name__ == "__main__":
    serve.main(answer, graceful=False)
