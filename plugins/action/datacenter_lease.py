# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a lease on a host and leaves a process behind that renews it until this ansible-playbook has ended.

An action plugin, because only the controller knows when its own run is over. It is asked by sh alone: a bare host may lack Python.
"""

from __future__ import annotations

import getpass
import os
import shlex
import signal
import socket
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()
ARGUMENTS: dict[str, dict[str, Any]] = {"seconds": {"type": "int", "default": 30}}
HELD = 75
#: How often a waiting run looks whether the holder is alive, and a keeper whether its run is (seconds).
LOOK = 0.5
# $1 owner, $2 seconds, $3 for people. By the time since boot, which no clock's correction moves; the file does not outlive that either.
TAKE = """
set -eu
umask 022
mkdir -p /run/zeus-paas
cd /run/zeus-paas
exec 9>lock
flock -w 10 9
read -r up _ </proc/uptime
now=${up%%.*}
if [ -s lease ]; then
  { read -r owner; read -r until; read -r told; } <lease
  if [ "$owner" != "$1" ] && [ "$until" -gt "$now" ]; then
    echo "$until $told"
    exit 75
  fi
fi
printf '%s\\n' "$1" "$((now + $2))" "$3" >lease.new
mv lease.new lease
"""
RELEASE = """
cd /run/zeus-paas
exec 9>lock
flock -w 10 9
read -r owner <lease
if [ "$owner" = "$1" ]; then rm lease; fi
"""


class ActionModule(ActionBase):
    """The face: seconds in, a held lease out."""

    _supports_check_mode = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _validated, given = self.validate_argument_spec(ARGUMENTS)
        if self._task.check_mode:
            return {"changed": False, "holder": ""}
        # The worker that runs this task is a child of the run.
        run = os.getppid()
        self._owner = uuid.uuid4().hex
        self._seconds = int(given["seconds"])
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        self._told = f"{_user()}@{socket.gethostname()} (process {run}) since {since}"
        self._take()
        self._leave_a_keeper(run)
        return {"changed": False, "holder": self._told}

    def _take(self) -> None:
        """A holder that renews is alive; one that does not is dead, and its lease ends."""
        end = time.monotonic() + self._seconds + 5
        seen = ""
        while holder := self._claim():
            if not seen:
                display.display(f"The datacenter is held by {_who(holder)}; if that run is dead, its lease ends soon")
            if time.monotonic() > end or (seen and seen != holder):
                raise AnsibleActionFail(
                    f"the datacenter is being set up by {_who(holder)}; that run is alive, since it renews its lease. Nothing was changed. "
                    f"Wait until it has ended. If it must not go on, end that ansible-playbook: its lease is free within {self._seconds} "
                    "seconds"
                )
            seen = holder
            time.sleep(LOOK)

    def _claim(self) -> str:
        """Take or renew; what the holder has written if somebody else has it."""
        done = self._shell(TAKE, self._owner, str(self._seconds), self._told)
        if done["rc"] == HELD:
            return str(done["stdout"]).strip().splitlines()[-1]
        if done["rc"]:
            raise AnsibleActionFail(f"the lease /run/zeus-paas/lease cannot be taken: {done['stderr'] or done['stdout']}")
        return ""

    def _shell(self, script: str, *arguments: str) -> dict[str, Any]:
        command = " ".join(shlex.quote(part) for part in ("/bin/sh", "-c", script, "lease", *arguments))
        found: dict[str, Any] = self._low_level_execute_command(command, sudoable=True)
        return found

    def _leave_a_keeper(self, run: int) -> None:
        """Forked twice, so that nobody has to wait for it; in a session of its own, so that what kills the run does not kill it."""
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            os.setsid()
            if os.fork() == 0:
                self._keep(run)
        finally:
            os._exit(0)

    def _keep(self, run: int) -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        # Whoever reads the run's output must not wait for this process.
        for number in range(3):
            os.dup2(nowhere, number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        display.verbosity = 0
        began = _began(run)
        renewed = time.monotonic()
        while began and _began(run) == began:
            time.sleep(LOOK)
            if time.monotonic() - renewed < self._seconds / 3:
                continue
            try:
                lost = self._claim()
            except Exception:  # the host cannot be reached just now: the next turn tries again, and the run itself will notice
                continue
            renewed = time.monotonic()
            if lost:
                # Somebody else sets up the datacenter by now: two at once is what must not be.
                os.kill(run, signal.SIGTERM)
                return
        self._shell(RELEASE, self._owner)


def _began(pid: int) -> str:
    """When a process began, to tell it from a later one of the same number; empty if it is no more."""
    if not sys.platform.startswith("linux"):
        try:
            os.kill(pid, 0)
        except OSError:
            return ""
        return "alive"
    try:
        state, *fields = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]


def _who(holder: str) -> str:
    return holder.partition(" ")[2]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
