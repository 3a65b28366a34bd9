# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""HTTP to a service that stands behind several addresses, of which one leads.

Three rules make this different from a bare ``requests``:

* A redirect to the leader is followed for every verb, with the same verb and body (Mesos answers POST with 307 and a scheme-relative
  ``Location``), but only to an address that the user listed, or to a name that resolves to one. So credentials reach nobody else.
* What may have been carried out is never sent twice, unless the verb is idempotent. An address that cannot be reached is different:
  nothing was sent, so the next one is tried for every verb.
* No endpoint reached is ``AwayError`` (nothing is known); an answer that is not what the API says is ``ApiError`` (it is there, but wrong).
"""

from __future__ import annotations

import json as jsonlib
import re
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError

REQUESTS_IMPORT_ERROR: str | None
try:
    import requests

    REQUESTS_IMPORT_ERROR = None
except ImportError:  # told by run_module, with the name of the interpreter
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

__all__ = ["REQUESTS_IMPORT_ERROR", "Deadline", "Event", "HttpClient", "HttpOptions", "Response"]

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Answers that say "not now": a leader is being elected, or a proxy has lost its server.
BUSY = frozenset({502, 503, 504})
MAX_HOPS = 4
#: A Mesos master answers below ``/`` and below this alike, but sends everybody on to the latter.
ALIAS = "/master"
#: The longest pause between two rounds, in seconds.
LONGEST_PAUSE = 2.0


@dataclass(frozen=True)
class HttpOptions:
    """How to talk to a service. ``timeout`` and ``connect_timeout`` are seconds; ``user``/``password`` (basic) or ``token`` (bearer)."""

    timeout: float = 10.0
    connect_timeout: float = 3.0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    #: How often a round over all endpoints is made before a service counts as away.
    rounds: int = 3
    #: How many seconds more rounds are made while some endpoint answers, but only that there is no leader, or with one that is dead.
    patience: float = 0.0


@dataclass(frozen=True)
class Response:
    """An answer with an expected status."""

    service: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        :raises ApiError: when it is something else: a proxy's error page, a login form, another service on that port.
        """
        try:
            return jsonlib.loads(self.content)
        except ValueError:
            kind = self.headers.get("Content-Type", "no content type")
            raise ApiError(
                self.service,
                self.method,
                self.url,
                self.status,
                f"answered {_kind(self.content, kind)} instead of JSON: {_excerpt(self.text)}",
            ) from None


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    type: str
    data: dict[str, Any]


class _Unreachable(Exception):
    """Nothing was sent."""


class _LeaderAway(_Unreachable):
    """An endpoint answered and named a leader, who cannot be reached; nothing was sent there."""


class _Unanswered(Exception):
    """Something may have been sent, and no complete answer came."""


class HttpClient:
    """One service, reachable at ``urls`` (``http[s]://host[:port][/prefix]``), of which the first working one is kept."""

    def __init__(
        self,
        service: str,
        urls: Sequence[str],
        options: HttpOptions = HttpOptions(),
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.service = service
        self.options = options
        self.urls = tuple(_base(service, url) for url in urls)
        if not self.urls:
            raise InputError(service, "urls", "no address is given", "at least one http://host:port")
        self._preferred = 0
        self._pause = pause
        self._session = requests.Session()
        # Proxies, .netrc and CA bundles of the environment are for the open web; here what is configured is what is used.
        self._session.trust_env = False
        self._session.verify = (options.ca_path or True) if options.validate_certs else False
        if options.client_cert:
            self._session.cert = (options.client_cert, options.client_key) if options.client_key else options.client_cert
        if options.user is not None:
            self._session.auth = requests.auth.HTTPBasicAuth(options.user.encode(), (options.password or "").encode())
        elif options.token is not None:
            self._session.headers["Authorization"] = f"Bearer {options.token}"

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        ok: Sequence[int] = (200,),
        timeout: float | None = None,
        retry: bool | None = None,
    ) -> Response:
        """Ask, and return the answer if its status is in ``ok``.

        ``retry``: may it be sent again after it was perhaps carried out? Default: yes for idempotent verbs.

        :raises ApiError: another status (the server's own message is part of the text).
        :raises AwayError: nobody answered.
        """
        arguments = {"params": params, "json": json, "data": data, "headers": {"Accept": "application/json", **(headers or {})}}
        answer = self._send(method, path, arguments, timeout, method in IDEMPOTENT if retry is None else retry, ok)
        try:
            content = answer.content
        finally:
            answer.close()
        response = Response(self.service, method, _bare(answer.url), answer.status_code, answer.headers, content)
        if response.status not in ok:
            raise _refusal(response)
        return response

    def events(
        self, path: str, *, params: Any = None, read_timeout: float = 60.0, on_open: Callable[[], None] | None = None
    ) -> Iterator[Event]:
        """Server-sent events until the server ends the stream.

        ``on_open`` is called when the stream stands (what happens later will be told). Silence of ``read_timeout`` seconds counts as a dead
        connection.

        :raises AwayError: no connection, or it broke.
        :raises ApiError: not an event stream, or data that is no JSON object.
        """
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        answer = self._send("GET", path, {"params": params, "headers": headers, "stream": True}, read_timeout, True, (200,))
        url = _bare(answer.url)
        try:
            kind = answer.headers.get("Content-Type", "no content type")
            if answer.status_code != 200 or not kind.startswith("text/event-stream"):
                content = answer.raw.read(4096, decode_content=True) or b""
                response = Response(self.service, "GET", url, answer.status_code, answer.headers, content)
                if answer.status_code != 200:
                    raise _refusal(response)
                raise ApiError(self.service, "GET", url, 200, f"answered {kind} instead of an event stream")
            if on_open is not None:
                on_open()
            try:
                yield from _parse_events(_lines(answer), lambda text: self._bad_event(url, text))
            except (requests.RequestException, OSError) as error:
                raise AwayError(self.service, {url: f"the event stream broke: {_cause(error)}"}) from error
        finally:
            answer.close()

    def close(self) -> None:
        self._session.close()

    def _bad_event(self, url: str, text: str) -> ApiError:
        return ApiError(self.service, "GET", url, 200, f"sent an event whose data is no JSON object: {_excerpt(text)}")

    def _send(
        self, method: str, path: str, arguments: dict[str, Any], timeout: float | None, retry: bool, ok: Sequence[int]
    ) -> requests.Response:
        causes: dict[str, str] = {}
        rounds = max(1, self.options.rounds)
        round_, waited = 0, 0.0
        while True:
            busy: requests.Response | None = None
            electing = False
            for offset in range(len(self.urls)):
                index = (self._preferred + offset) % len(self.urls)
                base = self.urls[index]
                try:
                    answer = self._follow(method, base, path, arguments, timeout)
                except _Unreachable as error:
                    causes[base] = str(error)
                    electing = electing or isinstance(error, _LeaderAway)
                    continue
                except _Unanswered as error:
                    causes[base] = str(error)
                    if not retry:
                        causes[base] += " (whether it was carried out is unknown)"
                        raise AwayError(self.service, causes, maybe_done=True) from error
                    continue
                if answer.status_code in BUSY and answer.status_code not in ok and retry:
                    if busy is not None:
                        busy.close()
                    busy = answer
                    continue
                if busy is not None:
                    busy.close()
                self._preferred = index
                return answer
            round_ += 1
            if round_ >= rounds and not ((electing or busy is not None) and waited < self.options.patience):
                if busy is not None:
                    return busy
                raise AwayError(self.service, causes)
            if busy is not None:
                busy.close()
            pause = min(0.2 * 2**round_, LONGEST_PAUSE)
            waited += pause
            self._pause(pause)

    def _follow(self, method: str, base: str, path: str, arguments: dict[str, Any], timeout: float | None) -> requests.Response:
        """Send to one endpoint, and on to the leader that it names."""
        url = base + path
        for hop in range(MAX_HOPS):
            try:
                answer = self._once(method, url, arguments, timeout)
            except _Unreachable as error:
                raise _LeaderAway(f"names {url.removesuffix(path)} as the leader: {error}") if hop else error from None
            location = answer.headers.get("Location")
            if answer.status_code not in REDIRECTS or not location:
                return answer
            answer.close()
            url, arguments = self._redirected(method, url, answer.status_code, location), {**arguments, "params": None}
        raise ApiError(
            self.service, method, _bare(url), None, f"sent on more than {MAX_HOPS} times: the endpoints disagree about the leader"
        )

    def _once(self, method: str, url: str, arguments: dict[str, Any], timeout: float | None) -> requests.Response:
        limits = (self.options.connect_timeout, timeout or self.options.timeout)
        try:
            return self._session.request(method, url, timeout=limits, allow_redirects=False, **arguments)
        except requests.exceptions.SSLError as error:
            # The name is wrong or the certificate is: to try again, or elsewhere, would hide a mistake or an attack.
            raise ApiError(self.service, method, _bare(url), None, f"TLS: {_cause(error)}") from error
        except (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL) as error:
            raise _Unreachable(_cause(error)) from error
        except requests.exceptions.ConnectionError as error:
            # urllib3 names every failure to open a connection (refused, no route, unknown name) New…Error or NameResolutionError.
            unopened = any(type(e).__name__ in {"NewConnectionError", "NameResolutionError"} for e in _chain(error))
            raise (_Unreachable if unopened else _Unanswered)(_cause(error)) from error
        except requests.RequestException as error:
            raise _Unanswered(_cause(error)) from error

    def _redirected(self, method: str, url: str, status: int, location: str) -> str:
        """Where a redirect leads, spelled with the listed address that it means; the listed scheme is kept, so TLS is never dropped."""
        target = urlsplit(urljoin(url, location))
        base = next((base for base in self.urls if _same_place(urlsplit(base), target)), None)
        if base is None:
            raise ApiError(
                self.service,
                method,
                _bare(url),
                status,
                f"sends us on to {target.scheme}://{target.netloc}, which is not among the listed addresses "
                f"({', '.join(self.urls)}); nothing was sent there",
            )
        here = urlsplit(url).path
        if method not in {"GET", "HEAD"} and target.path not in {here, ALIAS + here}:
            raise ApiError(self.service, method, _bare(url), status, f"sends {method} on to another path, {target.path}: a login page?")
        parts = urlsplit(base)
        query = f"?{target.query}" if target.query else ""
        return f"{parts.scheme}://{parts.netloc}{target.path}{query}"


def _base(service: str, url: str) -> str:
    """A listed address in its one spelling."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.username is not None or parts.password is not None:
        # Never echo it: it holds a secret.
        raise InputError(service, "urls", "an address holds a user or password", "http://host:port, the credentials apart")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or port == 0:
        raise InputError(service, "urls", "not an address", "http://host:port or https://host:port", url)
    return url.rstrip("/")


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _same_place(listed: SplitResult, target: SplitResult) -> bool:
    """Do both name one server? By spelling, else by what the names resolve to (a leader calls itself by its own host name)."""
    if not target.hostname or _port(listed) != _port(target):
        return False
    if (listed.hostname or "").lower() == target.hostname.lower():
        return True
    return bool(_addresses(listed.hostname or "") & _addresses(target.hostname))


def _addresses(host: str) -> frozenset[str]:
    try:
        return frozenset(str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError:
        return frozenset()


def _refusal(response: Response) -> ApiError:
    """The error for an unexpected status, with what the server said about it."""
    body: Any = None
    try:
        body = jsonlib.loads(response.content)
    except ValueError:
        kind = response.headers.get("Content-Type", "no content type")
        said = f"{_kind(response.content, kind)}: {_excerpt(response.text)}" if response.content else "an empty answer"
    else:
        said = _message(body)
    if response.status == 401:
        said += " (the credentials are missing or wrong)"
    return ApiError(response.service, response.method, response.url, response.status, said, body=body)


def _message(body: Any) -> str:
    """``{"message", "details"}`` as one line; details are a text, or a list of ``{"path", "errors"}``."""
    if not isinstance(body, dict) or not isinstance(body.get("message", body.get("error")), str):
        return _excerpt(jsonlib.dumps(body))
    text = str(body.get("message", body.get("error")))
    details = body.get("details")
    if isinstance(details, str):
        text += f": {_excerpt(details)}"
    elif isinstance(details, list):
        told = [f"{d.get('path', '?')}: {', '.join(map(str, d.get('errors', [])))}" for d in details if isinstance(d, dict)]
        text += ": " + "; ".join(told) if told else ""
    return text


def _kind(content: bytes, content_type: str) -> str:
    if not content:
        return "nothing"
    return "HTML" if "html" in content_type.lower() or content.lstrip()[:1] == b"<" else content_type


def _excerpt(text: str, limit: int = 200) -> str:
    """Readable text: of a page its visible words only."""
    if text.lstrip().startswith("<"):
        text = re.sub(r"(?is)<(script|style).*?</\1>|<[^>]*>", " ", text)
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return repr(words if len(words) <= limit else f"{words[: limit - 1]}…")


def _cause(error: BaseException) -> str:
    """The innermost reason, without the wrapping of the libraries."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return "connected, but no answer in time"
    seen = list(_chain(error))[-1]
    text = str(seen.args[-1]) if isinstance(seen, OSError) and seen.args else str(seen)
    text = re.sub(r"<[^>]*object at 0x[0-9a-f]+>:? ?|^HTTPS?Connection(Pool)?\([^)]*\): ", "", text) or type(seen).__name__
    return re.sub(r"^Failed to establish a new connection: (\[Errno -?\d+\] )?", "", text)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, outermost first (the libraries put the reason into an argument or into ``reason``)."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        reason = getattr(seen, "reason", None)
        seen = reason if isinstance(reason, BaseException) else next((a for a in seen.args if isinstance(a, BaseException)), None)


def _bare(url: str) -> str:
    """Without the query: it is long, and never what the reader needs."""
    return url.partition("?")[0]


def _lines(answer: requests.Response) -> Iterator[bytes]:
    """Lines as they arrive. (``iter_lines`` takes the CR and LF that Marathon writes for two line ends when they come in two reads.)"""
    # A chunk is passed on when it is whole; without chunks any larger read would wait until so much has come.
    rest = b""
    for part in answer.iter_content(chunk_size=None if getattr(answer.raw, "chunked", False) else 1):
        *lines, rest = (rest + part).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in lines)


def _parse_events(lines: Iterator[bytes], bad: Callable[[str], ApiError]) -> Iterator[Event]:
    """The event stream format of HTML: fields up to an empty line; comments (``:``) and unknown fields are skipped."""
    kind, data = "message", list[str]()
    for raw in lines:
        line = raw.decode("utf-8", "replace")
        if line:
            name, _colon, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            continue
        if data:
            try:
                body = jsonlib.loads("\n".join(data))
            except ValueError:
                body = None
            if not isinstance(body, dict):
                raise bad("\n".join(data))
            yield Event(kind, body)
        kind, data = "message", []
