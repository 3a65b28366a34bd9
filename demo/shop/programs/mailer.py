# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's worker: no port; says each second that it lives, and ends between two rounds of work."""

from __future__ import annotations

import json
import signal
import threading

import serve


def main() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sent = 0
    while not stop.wait(1.0):
        sent += 1
        print(json.dumps({**serve.identity(), "round": sent}), flush=True)


if __name__ == "__main__":
    main()
