# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps' own nginx directives: from the policy store to files that nginx has loaded. The one thing that needs an nginx reload."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry
from ansible_collections.zeus.paas.plugins.module_utils._routing import Problem
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import wanted_snippets
from ansible_collections.zeus.paas.plugins.module_utils._snippet import parse_snippet, render_snippet
from zeus_router_agent.config import NginxConfig
from zeus_router_agent.disk import write_atomically
from zeus_router_agent.nginx import NginxQuestions
from zeus_router_agent.unixhttp import NginxError
from zeus_router_agent.world import State, World

log = logging.getLogger(__name__)

# How long (seconds) a test and a reload may take.
HELPER_TIMEOUT = 60.0
WORKERS_DEADLINE = 10.0
_NAMED = re.compile(r"([a-z0-9-]+_[a-z0-9-]+_[a-z0-9-]+_[0-9a-f]{12}\.conf)")


class HelperError(Exception):
    """The root helper is not there, or could not do it."""


@dataclass(frozen=True)
class Wanted:
    """Files by name, and for each app the digest and the file that it needs."""

    files: Mapping[str, str]
    digests: Mapping[str, str]
    names: Mapping[str, str]
    problems: tuple[Problem, ...]


def file_name(key: str, digest: str) -> str:
    return f"{key.strip('/').replace('/', '_')}_{digest[:12]}.conf"


def plan_files(entries: Mapping[str, Entry]) -> Wanted:
    """What the store asks for. A snippet that cannot be used is a problem of its app, which keeps the one it has."""
    files: dict[str, str] = {}
    digests: dict[str, str] = {}
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for key, digest in wanted_snippets(entries).items():
        if digest is None:
            continue
        asset = entries.get(f"zeus:asset:{digest}")
        try:
            text = _text(key, digest, asset)
            rendered = render_snippet(key, digest, parse_snippet(text, f"snippet of {key}"))
        except InputError as exc:
            problems.append(Problem("snippet", key, exc.message))
            continue
        name = file_name(key, digest)
        files[name], digests[key], names[key] = rendered, digest, name
    return Wanted(files, digests, names, tuple(problems))


def _text(key: str, digest: str, asset: Entry | None) -> str:
    body = asset.body if asset is not None else None
    if body is None or body.get("kind") != "snippet" or not isinstance(body.get("text"), str):
        raise InputError(f"snippet of {key}", "", "is not in the policy store", f"zeus:asset:{digest}")
    if asset is not None and asset.digest != digest:
        raise InputError(f"snippet of {key}", "", "has another content than its digest says", digest, asset.digest)
    return str(body["text"])


class SnippetWriter:
    """One thread: render, have tested and installed, then say which digests nginx has, so that the plan may name them."""

    def __init__(self, world: World, config: NginxConfig, state_dir: Path, interval: float, reloads: dict[str, int]) -> None:
        self._world = world
        self._helper = config.apply_socket
        self._nginx = NginxQuestions(config.socket)
        self._live = Path(config.snippets_dir)
        self._staged = state_dir / "snippets"
        self._interval = interval
        self._reloads = reloads
        self._entries: Mapping[str, Entry] | None = None
        self._wanted = Wanted({}, {}, {}, ())
        self._refused: dict[str, str] = {}  # file name → nginx's complaint
        self._seen = -1
        self._reloaded = float("-inf")

    def turn(self) -> None:
        self._seen = self._world.wait(self._seen, 1.0)
        state = self._world.state
        if self._world.stopping.is_set() or not state.ready:
            return
        if state.entries is not self._entries:
            self._wanted = plan_files(state.entries)
            self._entries = state.entries
            self._refused = {name: why for name, why in self._refused.items() if name in self._wanted.files}
            self._report()
        files = {name: text for name, text in self._wanted.files.items() if name not in self._refused}
        if any(_content(self._live / name) != text for name, text in files.items()):
            if time.monotonic() - self._reloaded < self._interval:
                return
            files = self._install(files, state)
        self._publish(files)

    def failed(self, problem: str) -> None:
        self._world.set_problems("snippets", [Problem("snippet", "nginx", problem), *self._wanted.problems])

    def _install(self, files: dict[str, str], state: State) -> dict[str, str]:
        """Test without the ones that nginx refuses, until the rest is good; reload; the files that are loaded now."""
        kept = self._in_use(state)
        while True:
            self._stage({**kept, **files})
            problem = self._call("test")
            if not problem:
                break
            bad = [name for name in _NAMED.findall(problem) if name in files] or list(files)
            for name in bad:
                log.warning("nginx refuses the snippet %s: %s", name, problem)
                self._refused[name] = problem
                del files[name]
            if not files:
                return {}
        self._reloaded = time.monotonic()
        before = self._workers()
        problem = self._call("install")
        if problem:
            raise HelperError(problem)
        self._reloads["nginx"] += 1
        log.info("nginx was reloaded for snippets: %s", ", ".join(sorted(files)))
        self._await_new_workers(before)
        return files

    def _in_use(self, state: State) -> dict[str, str]:
        """What the plan names now must stay until it names something else."""
        found: dict[str, str] = {}
        for key, digest in state.installed.items():
            name = file_name(key, digest)
            text = _content(self._live / name)
            if text is not None:
                found[name] = text
        return found

    def _stage(self, files: Mapping[str, str]) -> None:
        self._staged.mkdir(mode=0o755, exist_ok=True)
        for path in self._staged.iterdir():
            if path.name not in files:
                path.unlink()
        for name, text in files.items():
            write_atomically(self._staged / name, text)

    def _publish(self, files: Mapping[str, str]) -> None:
        loaded = {key: digest for key, digest in self._wanted.digests.items() if self._wanted.names[key] in files}
        asked = wanted_snippets(self._entries or {})

        def update(state: State) -> State:
            # Only what the store speaks of changes: an app that it does not mention keeps its snippet.
            installed = {key: digest for key, digest in state.installed.items() if asked.get(key, digest) is not None}
            installed.update(loaded)
            return state if installed == state.installed else replace(state, installed=installed)

        self._world.change(update)
        self._report()

    def _report(self) -> None:
        refused = [
            Problem("snippet", key, f"nginx refuses it: {self._refused[name]}")
            for key, name in self._wanted.names.items()
            if name in self._refused
        ]
        self._world.set_problems("snippets", [*self._wanted.problems, *refused])

    def _call(self, command: str) -> str:
        """nginx's complaint, or an empty text. Raises :class:`HelperError`."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(HELPER_TIMEOUT)
                client.connect(self._helper)
                client.sendall(command.encode() + b"\n")
                parts = []
                while part := client.recv(65536):
                    parts.append(part)
            answer = json.loads(b"".join(parts))
            return "" if answer["ok"] else str(answer["problem"])
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise HelperError(f"the helper at {self._helper} did not answer ({exc}): snippets stay as they are") from exc

    def _workers(self) -> set[int]:
        _status, answer = self._nginx.ask("GET", "/status")
        return {int(worker["pid"]) for worker in (answer or {}).get("workers") or ()}

    def _await_new_workers(self, before: set[int]) -> None:
        """A request must not be sent to a location that its worker does not have yet."""
        end = time.monotonic() + WORKERS_DEADLINE
        while time.monotonic() < end:
            try:
                now = self._workers()
            except NginxError:
                now = set()
            if now and not now & before:
                return
            time.sleep(0.02)
        raise HelperError("nginx still runs its old workers after the reload")


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
