# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every result of a run, as one JSON object per line in the file that EXAMPLES_RECORD names. What is printed is for people."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: recorder
type: notification
short_description: Writes results to a file
description: For the tests of the examples.
"""


class CallbackModule(CallbackBase):
    """Items of loops one by one."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The processes of a fleet have its environment, but are not what is recorded.
        path = os.environ.get("EXAMPLES_RECORD", "") if "ZEUS_FLEET_EVENTS_FD" not in os.environ else ""
        self._out = open(path, "a", encoding="utf-8", buffering=1) if path else None  # noqa: SIM115 - as long as the run

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def _write(self, status: str, result: Any) -> None:
        if self._out is None:
            return
        told = result._result
        for one in told.get("results", [told]):
            entry = {"task": result._task.get_name().strip(), "action": result._task.action, "status": status, "result": one}
            self._out.write(json.dumps(entry, default=str) + "\n")
