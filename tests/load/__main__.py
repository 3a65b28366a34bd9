# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m load CONTAINER SECONDS STREAMS``: load for so long, for playbooks that do something meanwhile.

STREAMS is JSON, as ``client.py`` takes it. Prints what was counted; fails if a GET did, each of which could have been answered elsewhere.
"""

from __future__ import annotations

import json
import sys
import time

from .driver import running


def main(container: str, seconds: str, streams: str) -> int:
    with running(container, json.loads(streams)) as load:
        time.sleep(float(seconds))
    print(load.story())
    failed = sum(load.failed(name, "get") for name in load.streams)
    print(f"{load.sent} requests sent, {failed} GET requests failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
