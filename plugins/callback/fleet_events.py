# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What zeus.paas.fleet hears of its processes: Ansible's printed output is for people and no interface."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_events
type: notification
short_description: Tells zeus.paas.fleet how a run goes
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Writes one JSON object per line for each play that starts, each host that fails or cannot be reached, and the final counts.
  - M(zeus.paas.fleet) enables it for the processes that it starts, and passes the number of the file descriptor that it writes to in
    the environment variable E(ZEUS_FLEET_EVENTS_FD). Without that it does nothing.
  - >-
    The events are C({"event": "plays", "names": [...]}), C({"event": "play", "name": ...}),
    C({"event": "failed", "host": ..., "task": ..., "message": ...}), the same with C(unreachable), and
    C({"event": "stats", "hosts": {...}}).
seealso:
  - module: zeus.paas.fleet
"""

EXAMPLES = r"""
# Other programs can listen, too - ZEUS_FLEET_EVENTS_FD=3 ansible-playbook site.yml 3> events.json - with this in ansible.cfg:
# [defaults]
# callbacks_enabled = zeus.paas.fleet_events
"""

import json
import os
from typing import Any, TextIO

from ansible.plugins.callback import CallbackBase

from ansible_collections.zeus.paas.plugins.module_utils._fleet import EVENTS_FD

_LONGEST = 400


class CallbackModule(CallbackBase):
    """Events as JSON lines."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "zeus.paas.fleet_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._out: TextIO | None = None
        number = os.environ.get(EVENTS_FD, "")
        if number.isdigit():
            self._out = os.fdopen(int(number), "w", encoding="utf-8", buffering=1, closefd=False)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._tell(event="plays", names=[play.get_name().strip() for play in playbook.get_plays()])

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._tell(event="play", name=play.get_name().strip())

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._tell_result("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._tell_result("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._tell(event="stats", hosts=hosts)

    def _tell_result(self, event: str, result: Any) -> None:
        # What a task with no_log returned is censored by Ansible before it comes here.
        told = result._result
        message = " ".join(str(told.get("msg") or told.get("censored") or told.get("reason") or "").split())
        if len(message) > _LONGEST:
            message = f"{message[: _LONGEST - 1]}…"
        self._tell(event=event, host=result._host.get_name(), task=result._task.get_name().strip(), message=message)

    def _tell(self, **event: Any) -> None:
        if self._out is None:
            return
        try:
            self._out.write(json.dumps(event) + "\n")
        except OSError:  # nobody listens any more; the run itself goes on
            self._out = None
