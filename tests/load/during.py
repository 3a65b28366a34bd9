# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m load.during CONTAINER PLAN COMMAND…``: run a command under load, and watch masters meanwhile.

PLAN is JSON: ``streams`` as ``client.py`` takes them; ``requests`` that there are to be at least, for which load goes on after the command;
``masters``: ``{"urls": […], "user": …, "password": …}``. Prints what was counted. Fails if the command does, if a request failed, if there
were too few, or if at any moment more than one master was without its part of the registry.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from .driver import running

#: Seconds between two looks at all masters. A restart takes seconds, so none is missed.
PAUSE = 0.2


class Watch:
    """Asks each master, again and again, whether it has its part of the registry; ``away`` keeps the most that had not at one time."""

    def __init__(self, urls: Sequence[str], user: str, password: str) -> None:
        self._urls = urls
        self._credentials = (user, password)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.away: list[str] = []
        self.noticed: set[str] = set()
        self.looks = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(PAUSE):
            away = [url for url in self._urls if not self._well(url)]
            self.looks += 1
            self.noticed |= set(away)
            if len(away) > len(self.away):
                self.away = away

    def _well(self, url: str) -> bool:
        try:
            answer = requests.get(f"{url}/metrics/snapshot", auth=self._credentials, timeout=2)
            return answer.status_code == 200 and answer.json().get("registrar/log/recovered") == 1
        except (requests.RequestException, ValueError):
            return False


def main(container: str, text: str, *command: str) -> int:
    plan: Mapping[str, Any] = json.loads(text)
    with Watch(**plan["masters"]) as watch, running(container, plan["streams"]) as load:
        with load.during("the command"):
            code = subprocess.run(command, check=False).returncode
        if code == 0:
            load.last_for(plan["requests"])
    failed = sum(load.failed(name, "get", "post") for name in load.streams)
    print(load.story())
    seen = f"{watch.looks} looks, {len(watch.noticed)} masters seen away, at most {len(watch.away)} at a time"
    print(f"{load.sent} requests sent, {failed} failed; {seen}")
    problems = [f"the command ended with {code}"] if code else []
    problems += [f"{failed} requests failed"] if failed else []
    problems += [f"only {load.sent} requests were sent"] if code == 0 and load.sent < plan["requests"] else []
    problems += [f"away at the same time: {', '.join(watch.away)}"] if len(watch.away) > 1 else []
    print("; ".join(problems) or "all is well")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
