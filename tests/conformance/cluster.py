# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One API of a cluster that somebody named: leaders are followed, short failures waited out, credentials kept out of every text."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

T = TypeVar("T")
#: Seconds for one answer, and for a cluster to come back (the hand-over to another leader takes Mesos about 10 s).
ANSWER, PATIENCE = 60.0, 60.0
#: Seconds for a connection, and for an answer of somebody who just had none.
CONNECT, SHORT = 10.0, 5.0
_REDIRECTS = (301, 302, 303, 307, 308)


class AwayError(Exception):
    """Nobody answers, or not within the time given."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip()

    def json(self) -> Any:
        """Raises ValueError for what is no JSON."""
        return json.loads(self.text)

    def short(self, length: int = 120) -> str:
        """Status and the beginning of the body, in one line."""
        body = " ".join(self.text.split())
        return f"{self.status} {body[:length]}{'...' if len(body) > length else ''}".strip()


class Api:
    def __init__(self, url: str, credentials: tuple[str, str] | None = None, *, patience: float = PATIENCE) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc: credentials are those that were given
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._session.auth = credentials
        self._patience = patience
        #: The last request had no answer: the next ones are not waited for as long.
        self._away = False

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        data: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Answer:
        """`body` is sent as JSON, `data` as it is. A leader elsewhere is asked there; 503 and refused connections are tried again."""
        end = time.monotonic() + (0.0 if self._away else self._patience)
        while True:
            try:
                answer = self._once(method, path, body, data, headers, query, follow)
                self._away = False
                if answer.status != 503 or time.monotonic() > end:
                    return answer
            except requests.ReadTimeout:
                self._away = True
                raise AwayError(f"{method} {path}: no answer within {self._timeout:g} s") from None
            except requests.RequestException as error:
                if time.monotonic() > end:
                    self._away = True
                    raise AwayError(f"{method} {path}: {type(error).__name__}: nobody answers at {self.url}") from None
            time.sleep(1.0)

    @property
    def _timeout(self) -> float:
        return SHORT if self._away else ANSWER

    def _once(
        self,
        method: str,
        path: str,
        body: Any,
        data: str | None,
        headers: Mapping[str, str] | None,
        query: Mapping[str, str] | None,
        follow: bool,
    ) -> Answer:
        url, sent = self.url + path, dict(headers or {})
        payload = data.encode() if data is not None else None
        if body is not None:
            payload = json.dumps(body).encode()
            sent = {"Content-Type": "application/json", "Accept": "application/json", **sent}
        parameters = query
        for _hop in range(5):
            found = self._session.request(
                method, url, params=parameters, data=payload, headers=sent, timeout=(CONNECT, self._timeout), allow_redirects=False
            )
            if not follow or found.status_code not in _REDIRECTS or "Location" not in found.headers:
                break
            url, parameters = self._leader(found, path), None
        return Answer(found.status_code, found.headers, found.text)

    def _leader(self, found: requests.Response, path: str) -> str:
        """Where to ask instead; a master names only its leader's host and port in the answer to /redirect."""
        target = urljoin(found.url, found.headers["Location"])
        return target if urlsplit(target).path not in ("", "/") else target.rstrip("/") + path

    def call(self, name: str, **payload: Any) -> Answer:
        """A v1 call of Mesos."""
        return self.request("POST", "/api/v1", body={"type": name, **payload})

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[str]]:
        """The lines of a stream of server-sent events, until it is silent for as long as one answer may take."""
        with self._session.get(self.url + path, headers={"Accept": "text/event-stream"}, stream=True, timeout=ANSWER) as found:
            if found.status_code != 200:
                raise AwayError(f"GET {path}: {found.status_code}")
            yield (line for line in found.iter_lines(decode_unicode=True) if isinstance(line, str))


def wait(condition: Callable[[], T], seconds: float) -> T | None:
    """The first true value of `condition`, or None after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            return None
        time.sleep(0.2)
