# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's price service: reached by its port through HAProxy, which cannot repeat a request, so it finishes what is open."""

from __future__ import annotations

import serve


async def answer(request: serve.Request) -> serve.Answer:
    if request.path == "/healthz":
        return 200, {"healthy": True}
    return 200, {**serve.identity(), "price": 42}


if __name__ == "__main__":
    serve.main(answer, graceful=True)
