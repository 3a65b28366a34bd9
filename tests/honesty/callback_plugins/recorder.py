# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records every task result of a run, for tests that compare a check run with the run after it. A test tool: no site needs it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, TextIO

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: recorder
type: notification
short_description: Writes what every task said into a file
description:
  - One JSON object per result, to a new file in the folder that the environment variable ZEUS_RECORDS names.
  - The file's name begins with check or run, so a folder holds the runs in their order.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._out: TextIO | None = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        folder = Path(os.environ["ZEUS_RECORDS"])
        folder.mkdir(parents=True, exist_ok=True)
        kind = "check" if context.CLIARGS.get("check") else "run"
        # molecule's own playbooks come here, too; the comparison asks for those it wants by name.
        name = Path(str(playbook._file_name)).stem.rpartition(".")[2]
        self._out = (folder / f"{time.time_ns()}-{kind}-{name}.jsonl").open("w", encoding="utf-8", buffering=1)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._record("ok", result, item=True)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._record("failed", result, item=True)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        self._record("skipped", result, item=True)

    def _record(self, status: str, result: Any, *, item: bool = False) -> None:
        if self._out is None:
            return
        task, told = result._task, result._result
        if not item and task.loop is not None and "results" in told:
            return  # its items have been told one by one
        role = task._role.get_name(include_role_fqcn=False) if task._role is not None else ""
        found = {
            "host": result._host.get_name(),
            "role": role,
            "place": str(task.get_path() or "").rpartition("/roles/")[2],
            "task": task.name or task.get_name(include_role_fqcn=False),
            "action": str(task.action).rpartition(".")[2],
            "object": next((told[key] for key in ("path", "dest", "name", "group") if isinstance(told.get(key), str)), None),
            "item": told.get("_ansible_item_label", told.get("item")) if item else None,
            "status": status,
            "changed": bool(told.get("changed")),
            "diff": told.get("diff"),
        }
        self._out.write(json.dumps(found, default=str, ensure_ascii=False) + "\n")
