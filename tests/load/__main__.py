# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m load CONTAINER FLOWING STREAMS``: load for playbooks that do something meanwhile.

STREAMS is JSON, as ``client.py`` takes it. Makes the file FLOWING once the client has begun, and goes on until somebody removes it. Prints
what was counted; fails if a GET did, each of which could have been answered elsewhere, and if nobody said for half an hour that it is over.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from .driver import running

LONGEST = 1800.0


def main(container: str, flowing: str, streams: str) -> int:
    end = time.monotonic() + LONGEST
    flag = Path(flowing)
    with running(container, json.loads(streams)) as load:
        flag.touch()
        # The playbook that removes the file is another process, and says nothing but this.
        while (open_ended := flag.exists()) and time.monotonic() < end:
            time.sleep(0.1)
    print(load.story())
    failed = sum(load.failed(name, "get") for name in load.streams)
    print(f"{load.sent} requests sent, {failed} GET requests failed")
    if open_ended:
        print(f"nobody said within {LONGEST:g} s that it is over: {flag} is still there")
    return 1 if failed or open_ended else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
