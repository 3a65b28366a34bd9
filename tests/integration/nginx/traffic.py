# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that never repeat a request and keep their connections, while something happens to the router."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from integration.nginx.running import RunningNginx


class Traffic:
    """``with Traffic(nginx, host) as traffic: …`` and then ``traffic.failures`` and ``traffic.answers`` (by method and status)."""

    def __init__(self, nginx: RunningNginx, host: str, *, clients: int = 4, methods: tuple[str, ...] = ("GET", "POST")) -> None:
        self._nginx, self._host, self._methods = nginx, host, methods
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(clients)]
        self._lock = threading.Lock()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.failures: list[str] = []
        #: Answers that closed their connection, by client.
        self.closed: Counter[int] = Counter()

    def _run(self, number: int) -> None:
        connection = http.client.HTTPConnection(self._nginx.address, self._nginx.port, timeout=30)
        turn = 0
        while not self._ends.is_set():
            method = self._methods[turn % len(self._methods)]
            turn += 1
            try:
                connection.request(method, "/", b"body" if method == "POST" else None, {"Host": self._host})
                answer = connection.getresponse()
                answer.read()
                with self._lock:
                    self.answers[method, answer.status] += 1
                    self.closed[number] += answer.will_close
                    if answer.status != 200:
                        self.failures.append(f"{method}: {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.failures.append(f"{method}: {error!r}")
                connection.close()
        connection.close()

    def everybody_was_closed_since(self, before: Counter[int]) -> bool:
        """Whether each client has had a connection closed by an answer since then."""
        with self._lock:
            return all(self.closed[number] > before[number] for number in range(len(self._threads)))

    @property
    def total(self) -> int:
        with self._lock:
            return sum(self.answers.values()) + len([one for one in self.failures if "(" in one])

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
