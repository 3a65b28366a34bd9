# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what the hosts said, and shows it. An action plugin, because it asks from the controller and shows one list for all hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.zeus.paas.plugins.action.preflight_info import layout_of
from ansible_collections.zeus.paas.plugins.module_utils._machine import reach, resolve
from ansible_collections.zeus.paas.plugins.module_utils._preflight import judge, report, summary
from ansible_collections.zeus.paas.plugins.module_utils._preflight_layout import apis, names

display = Display()


class ActionModule(ActionBase):
    """The face: answers in, the list on the screen and in the result."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        spec = {"answers": {"type": "dict", "required": True}, "timeout": {"type": "float", "default": 3.0}}
        _validated, given = self.validate_argument_spec(spec)
        layout = layout_of(task_vars or {})
        controller = {
            "names": resolve(names(layout)),
            "reached": reach([endpoint.key for endpoint in apis(layout)], given["timeout"]),
        }
        findings = judge(layout, json.loads(json.dumps(given["answers"])), controller)
        for line in report(layout.datacenter, findings, len(layout.hosts)):
            display.display(line)
        return result | {
            "changed": False,
            "findings": [asdict(finding) for finding in findings],
            "stops": [f"{finding.host}: {finding.subject}: {finding.problem}" for finding in findings if finding.level == "error"],
            "errors": sum(finding.level == "error" for finding in findings),
            "warned": sum(finding.level == "warning" for finding in findings),
            "summary": f"{layout.datacenter}: {summary(findings)}",
        }
