# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the datacenters' processes side by side and shows what they tell. An action plugin, because it shows progress while it runs."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ansible import constants
from ansible import context as cli
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fleet import (
    CALLBACK,
    EVENTS_FD,
    Options,
    Progress,
    State,
    choose,
    judge,
    last_error,
    playbook_name,
    summary,
    verdict,
)

display = Display()
ARGUMENTS: dict[str, dict[str, Any]] = {
    "site": {"type": "path", "required": True},
    "play": {"type": "str", "required": True},
    "only": {"type": "list", "elements": "str"},
    "report_dir": {"type": "path", "default": ".fleet"},
}


@dataclass
class Run:
    """One datacenter's process while it runs."""

    name: str
    process: subprocess.Popen[bytes]
    events: BinaryIO
    log: Path
    started: float
    progress: Progress = field(default_factory=Progress)
    pending: bytes = b""
    seconds: float = 0.0

    def report(self, state: State) -> dict[str, Any]:
        stats = self.progress.stats or {}
        return {
            "state": state,
            "exit_code": self.process.returncode,
            "seconds": round(self.seconds, 1),
            "changed": sum(counts.get("changed", 0) for counts in stats.values()),
            "plays": self.progress.plays,
            "hosts": stats,
            "failures": self.progress.failures,
            "unreachable": self.progress.unreachable,
            "log": str(self.log),
        }


class ActionModule(ActionBase):
    """The face: options in, processes, progress, report."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _validated, given = self.validate_argument_spec(ARGUMENTS)
        try:
            return self._fleet(given)
        except ZeusError as error:
            raise AnsibleActionFail(error.message) from error

    def _fleet(self, given: Mapping[str, Any]) -> dict[str, Any]:
        site = Path(given["site"])
        found = sorted(entry.parent.name for entry in site.glob("*/topology.zeus.y*ml"))
        names = choose(found, given["only"], str(site))
        playbook = playbook_name(given["play"])
        options = options_of(cli.CLIARGS)
        folder = Path(given["report_dir"]).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        started = datetime.now(UTC)
        with ExitStack() as stack:
            runs = [self._start(stack, name, site / name, playbook, options, folder) for name in names]
            try:
                _follow(runs)
            finally:
                for run in runs:
                    if run.process.poll() is None:
                        run.process.terminate()
        states = {run.name: judge(run.process.returncode, run.progress.stats) for run in runs}
        whole = verdict(list(states.values()))
        report = {
            "schema": 1,
            "site": str(site),
            "play": playbook,
            "check": options.check,
            "started": started.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "state": whole,
            "datacenters": {run.name: run.report(states[run.name]) for run in runs},
        }
        path = folder / "report.json"
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
        result: dict[str, Any] = {
            "changed": any(entry["changed"] for entry in report["datacenters"].values()),  # type: ignore[attr-defined]
            "msg": summary(states),
            "datacenters": report["datacenters"],
            "report": str(path),
        }
        if whole != "done":
            result["failed" if whole == "failed" else "unreachable"] = True
        display.display(f"fleet: {summary(states)}; report: {path}")
        return result

    def _start(self, stack: ExitStack, name: str, inventory: Path, playbook: str, options: Options, folder: Path) -> Run:
        log = folder / f"{name}.log"
        reader, writer = os.pipe()
        events = stack.enter_context(os.fdopen(reader, "rb", buffering=0))
        os.set_blocking(reader, False)
        # Secrets that a playbook prints with -v are nobody else's business.
        out = stack.enter_context(os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"))
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), *options.arguments(), playbook]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=_environment(writer), pass_fds=[writer]
            )
        finally:
            os.close(writer)
        _show(name, f"started {playbook}" + (" (check mode)" if options.check else ""))
        return Run(name, process, events, log, time.monotonic())


def options_of(arguments: Mapping[str, Any]) -> Options:
    """What goes on. Raises RefusedError for what cannot: prompts, and a limit that would mean another inventory."""
    if arguments.get("subset"):
        raise RefusedError("--limit: the fleet runs whole datacenters; expected -e only=<names>, or ansible-playbook with one inventory")
    for option, key in (("--ask-vault-pass", "ask_vault_pass"), ("--ask-pass", "ask_pass"), ("--ask-become-pass", "become_ask_pass")):
        if arguments.get(key):
            raise RefusedError(f"{option}: several processes cannot ask; expected a file, such as --vault-id site@<file>")
    for vault_id in arguments.get("vault_ids") or ():
        if vault_id.rpartition("@")[2] in ("prompt", "prompt_ask_vault_pass"):
            raise RefusedError(f"--vault-id {vault_id}: several processes cannot ask; expected a file, such as --vault-id site@<file>")
    tags = tuple(arguments.get("tags") or ())
    return Options(
        check=bool(arguments.get("check")),
        diff=bool(arguments.get("diff")),
        verbosity=int(arguments.get("verbosity") or 0),
        tags=() if tags == ("all",) else tags,
        skip_tags=tuple(arguments.get("skip_tags") or ()),
        vault_ids=tuple(arguments.get("vault_ids") or ()),
        vault_password_files=tuple(arguments.get("vault_password_files") or ()),
        extra_vars=tuple(str(item) for item in arguments.get("extra_vars") or ()),
        forks=arguments.get("forks"),
    )


def _environment(writer: int) -> dict[str, str]:
    enabled = [*(constants.CALLBACKS_ENABLED or ()), CALLBACK]
    return {
        **os.environ,
        "ANSIBLE_CALLBACKS_ENABLED": ",".join(dict.fromkeys(enabled)),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ANSIBLE_FORCE_COLOR": "false",
        "ANSIBLE_NOCOLOR": "true",
        EVENTS_FD: str(writer),
    }


def _follow(runs: list[Run]) -> None:
    """Show events until every process has ended."""
    with selectors.DefaultSelector() as selector:
        for run in runs:
            selector.register(run.events, selectors.EVENT_READ, run)
        open_runs = {run.name for run in runs}
        while open_runs:
            for key, _mask in selector.select(timeout=0.2):
                if not _read(key.data):
                    selector.unregister(key.fileobj)
            for run in runs:
                if run.name in open_runs and run.process.poll() is not None:
                    while _read(run):
                        pass
                    run.seconds = time.monotonic() - run.started
                    open_runs.discard(run.name)
                    state = judge(run.process.returncode, run.progress.stats)
                    if state == "failed" and not run.progress.failures:
                        message = last_error(run.log.read_text(encoding="utf-8", errors="replace"))
                        _show(run.name, str(run.progress.take({"event": "failed", "host": run.name, "task": "-", "message": message})))
                    _show(run.name, f"{state} after {run.seconds:.0f} s" + ("" if state == "done" else f", see {run.log}"))


def _read(run: Run) -> bool:
    """Take what is there; False when nothing (more) is."""
    try:
        data = os.read(run.events.fileno(), 65536)
    except BlockingIOError:
        return False
    if not data:
        return False
    *lines, run.pending = (run.pending + data).split(b"\n")
    for line in lines:
        shown = run.progress.take(json.loads(line))
        if shown:
            _show(run.name, shown)
    return True


def _show(name: str, text: str) -> None:
    display.display(f"{name}: {text}")
