# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""An app's nginx snippet: reviewed text of a project, parsed by nginx's grammar and printed anew from an allow-list.

Nothing of the text itself reaches nginx: a directive is known here, its arguments are checked, and what is written is our own
printing of it, inside a named location of the app that the router's Lua code enters. Pure, but for a scratch file that crossplane
reads.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, ZeusError

MAX_BYTES = 65536

FRAME_HEADERS: Mapping[str, str] = {
    "Host": "$zeus_host",
    "X-Real-IP": "$remote_addr",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Proto": "$zeus_proto",
    "X-Request-Id": "$request_id",
    "Upgrade": "$zeus_upgrade",
    "Connection": "$zeus_connection",
    "X-Zeus-App": "$zeus_app",
    "X-Zeus-Variant": "$zeus_variant",
    "X-Zeus-Version": "$zeus_version",
    "X-Zeus-Rule": "$zeus_rule",
    "X-Zeus-Plan": "$zeus_plan",
}
"""What the role's nginx.conf sends to every backend. One proxy_set_header in a location drops all that were inherited, the empty
``Connection`` with which connections stay open included; so these are printed again in every snippet's location."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OURS_TO_BACKEND = {name.lower() for name in FRAME_HEADERS} - {"host"} | {
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "keep-alive",
}
_OURS_TO_CLIENT = {"connection", "content-length", "transfer-encoding", "upgrade", "keep-alive", "trailer"}
# Variables that hold what was sent, undecoded; $uri and captures are decoded and may hold a line break.
_VARIABLE = re.compile(
    r"(http|cookie|arg|upstream_http|sent_http)_[a-z0-9_]+|zeus_(app|variant|version|rule|plan|proto|host)|host|scheme|remote_addr|"
    r"request_id|request_uri|request_method|server_port|status|msec|time_iso8601|request_time|upstream_(addr|status|response_time)"
)
_BARE = re.compile(r"[A-Za-z0-9_./:,=+*%-]+")


@dataclass(frozen=True)
class Directive:
    """One simple directive and its arguments as nginx sees them; ``line`` is where it stood in the source."""

    name: str
    args: tuple[str, ...]
    line: int

    def printed(self) -> str:
        return " ".join([self.name, *map(quoted, self.args)]) + ";"


@dataclass(frozen=True)
class Snippet:
    """The directives of a snippet, without its ``proxy_set_header`` lines, which are ``headers`` (name to value)."""

    directives: tuple[Directive, ...]
    headers: Mapping[str, str]


def quoted(text: str) -> str:
    """A text as one argument in nginx's configuration.

    ``ValueError`` for control characters. A ``$`` keeps its meaning: nginx has no way to quote it.
    """
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("a control character has no place in nginx's configuration")
    if _BARE.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def location_name(app_key: str, digest: str) -> str:
    """The named location of an app's snippet. It carries the snippet's digest, so that an old and a new one can stand side by side."""
    if not re.fullmatch(r"(/[a-z0-9-]+){3}", app_key) or not re.fullmatch(r"[0-9a-f]{12,}", digest):
        raise ValueError(f"not an app key and a digest: {app_key!r}, {digest!r}")
    return f"@zeus{app_key}/{digest[:12]}"


def render_snippet(app_key: str, digest: str, snippet: Snippet) -> str:
    """The text of the file that nginx includes in its server: one named location, the frame's headers merged with the snippet's."""
    own = {name.lower(): name for name in snippet.headers}
    headers = {name: value for name, value in FRAME_HEADERS.items() if name.lower() not in own} | dict(snippet.headers)
    lines = [
        "proxy_pass http://$zeus_upstream;",
        *(Directive("proxy_set_header", (name, value), 0).printed() for name, value in headers.items()),
        *(directive.printed() for directive in snippet.directives),
    ]
    inner = "".join(f"    {line}\n" for line in lines)
    name = location_name(app_key, digest)
    return f"# The snippet {digest[:12]} of {app_key}, printed from what the allow-list knows.\nlocation {name} {{\n{inner}}}\n"


def parse_snippet(text: str, source: str) -> Snippet:
    """The directives of a snippet in location context.

    Raises :class:`InputError`, which names the source, the line and the directive, for whatever is not on the allow-list.
    """
    _plain(text, source)
    directives: list[Directive] = []
    headers: dict[str, str] = {}
    seen: dict[str, int] = {}
    for statement in _statements(text, source):
        directive = Directive(statement["directive"], tuple(statement["args"]), statement["line"])
        _check(directive, "block" in statement, source)
        if directive.name not in _REPEATABLE and directive.name in seen:
            raise InputError(source, _where(directive), f"this stands in line {seen[directive.name]} already", "every directive once")
        seen[directive.name] = directive.line
        if directive.name == "proxy_set_header":
            name, value = directive.args
            if name.lower() in map(str.lower, headers):
                raise InputError(source, _where(directive), "this header is set twice", "every header once", name)
            headers[name] = value
        else:
            directives.append(directive)
    return Snippet(tuple(directives), headers)


def _plain(text: str, source: str) -> None:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InputError(source, "", "the snippet is too long", f"at most {MAX_BYTES} bytes")
    for number, line in enumerate(text.split("\n"), 1):
        if "\\" in line:
            raise InputError(source, f"line {number}", "there is a backslash", "text without escapes and regular expressions", line.strip())
        if any((ord(char) < 32 and char not in "\t\r") or ord(char) == 127 for char in line):
            raise InputError(source, f"line {number}", "there is a control character", "plain text")


def _statements(text: str, source: str) -> list[dict[str, Any]]:
    """What crossplane reads, in the context of a location. The frame around the text stands in its first line, so lines agree."""
    try:
        import crossplane
    except ImportError:
        raise ZeusError("the Python package crossplane is missing: snippets cannot be checked without it") from None
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "snippet.conf"
        path.write_text(f"http {{ server {{ location / {{ {text}\nzeus_end;\n}} }} }}\n", encoding="utf-8")
        payload = crossplane.parse(str(path), single=True, strict=False)
    for error in payload["errors"]:
        problem = re.sub(r" in \S+snippet\.conf:\d+$", "", error["error"]) or "a directive is not finished"
        inside = error["line"] and error["line"] <= text.count("\n") + 1  # else the frame's own lines are blamed for what is open above
        raise InputError(source, f"line {error['line']}" if inside else "", problem, "directives of a location, each ended by ;")
    level: list[dict[str, Any]] = payload["config"][0]["parsed"]
    for name in ("http", "server", "location"):
        if len(level) != 1 or level[0]["directive"] != name:
            raise InputError(source, "", "there is a } without its {", "directives only, no blocks")
        level = level[0]["block"]
    if not level or level[-1]["directive"] != "zeus_end" or level[-1]["args"] or any(one["directive"] == "zeus_end" for one in level[:-1]):
        raise InputError(source, "", "the last directive is not finished", "directives of a location, each ended by ;")
    return level[:-1]


def _where(directive: Directive) -> str:
    return f"line {directive.line}: {directive.name}"


def _check(directive: Directive, block: bool, source: str) -> None:
    where = _where(directive)
    if directive.name not in _ALLOWED:
        raise InputError(source, where, "this directive is not allowed in a snippet", f"one of {', '.join(sorted(_ALLOWED))}")
    if block:
        raise InputError(source, where, "a block is not allowed in a snippet", "directives that end with ;")
    for argument in directive.args:
        if any(ord(char) < 32 or ord(char) == 127 for char in argument):
            raise InputError(source, where, "an argument holds a line break or another control character", "text in one line", argument)
        if argument.startswith("~"):
            raise InputError(source, where, "regular expressions are not allowed in a snippet", "plain text", argument)
        rest = re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: _known_variable(found, source, where), argument)
        if "$" in rest:
            raise InputError(source, where, "a $ must begin a variable's name", "a variable such as $request_id", argument)
    _ALLOWED[directive.name](directive, source)


def _known_variable(found: re.Match[str], source: str, where: str) -> str:
    name = found[1] or found[2]
    if not _VARIABLE.fullmatch(name):
        raise InputError(
            source, where, "this variable is not allowed in a snippet", "what the client sent, $request_id, $zeus_… or $upstream_…", name
        )
    return ""


def _anything(_directive: Directive, _source: str) -> None:
    """The number of arguments is checked by crossplane, their values by ``nginx -t`` on a copy."""


def _header(owned: set[str]) -> Callable[[Directive, str], None]:
    def check(directive: Directive, source: str) -> None:
        name = directive.args[0]
        if not _HEADER.fullmatch(name):
            raise InputError(source, _where(directive), "this is no header's name", "letters, digits and -", name)
        if name.lower() in owned or name.lower().startswith("x-zeus-"):
            raise InputError(source, _where(directive), "the router sets this header itself", "another header", name)

    return check


_REPEATABLE = {
    *("add_header", "allow", "deny", "proxy_cookie_domain", "proxy_cookie_path", "proxy_hide_header", "proxy_pass_header"),
    *("proxy_redirect", "proxy_set_header"),
}
_ALLOWED: Mapping[str, Callable[[Directive, str], None]] = {
    **dict.fromkeys(
        (
            *("allow", "deny", "charset", "default_type", "etag", "expires", "if_modified_since", "max_ranges", "send_timeout"),
            *("client_body_buffer_size", "client_body_timeout", "client_max_body_size"),
            *("gzip", "gzip_buffers", "gzip_comp_level", "gzip_http_version", "gzip_min_length", "gzip_proxied", "gzip_types", "gzip_vary"),
            *("limit_rate", "limit_rate_after"),
            *("proxy_buffer_size", "proxy_buffering", "proxy_buffers", "proxy_busy_buffers_size", "proxy_connect_timeout"),
            *("proxy_cookie_domain", "proxy_cookie_path", "proxy_force_ranges", "proxy_ignore_client_abort", "proxy_limit_rate"),
            *("proxy_max_temp_file_size", "proxy_pass_header", "proxy_read_timeout", "proxy_redirect", "proxy_request_buffering"),
            *("proxy_hide_header", "proxy_send_timeout"),
        ),
        _anything,
    ),
    "add_header": _header(_OURS_TO_CLIENT),
    "proxy_set_header": _header(_OURS_TO_BACKEND),
}
