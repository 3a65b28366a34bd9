# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one host. An action plugin, because the controller knows what to ask, by the inventory, and takes the time around the answer."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._preflight_layout import PLACE, VARIABLES, Layout, names, reaches, read_layout

#: What other hosts must know of a host; the rest is evaluated for the host itself only, since it costs time per host and variable.
_OTHERS = tuple(name for name in PLACE if name not in ("zeus_datacenter", "zeus_engine", "zeus_vclusters"))


def layout_of(task_vars: Mapping[str, Any], whole: Collection[str] | None = None) -> Layout:
    """The datacenter as the inventory has it; ``whole``: hosts of which all variables are evaluated (None: all). The first control host is
    always among them. Raises AnsibleActionFail for a variable that cannot be evaluated."""
    hostvars, groups = task_vars["hostvars"], task_vars["groups"]
    first = sorted(groups["control"])[0]
    found: dict[str, dict[str, Any]] = {}
    for name in groups["all"]:
        variables = hostvars[name]
        wanted = VARIABLES if whole is None or name == first or name in whole else _OTHERS
        found[name] = {key: _plain(name, key, variables) for key in wanted if key in variables}
    try:
        return read_layout(found)
    except ZeusError as error:
        raise AnsibleActionFail(error.message) from error


def _plain(host: str, key: str, variables: Mapping[str, Any]) -> Any:
    """Through JSON: evaluated, and without the tags that Ansible's own texts carry."""
    try:
        return json.loads(json.dumps(variables[key]))
    except (AnsibleError, TypeError, ValueError) as error:
        raise AnsibleActionFail(f"{host}: {key} cannot be evaluated: {error}") from error


class ActionModule(ActionBase):
    """The face: it never fails, so that one silent host does not hide what the others say."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        _validated, given = self.validate_argument_spec({"timeout": {"type": "float", "default": 3.0}})
        name = variables["inventory_hostname"]
        layout = layout_of(variables, (name,))
        host = next(host for host in layout.hosts if host.name == name)
        questions = {
            "names": list(names(layout)),
            "targets": [endpoint.key for endpoint in reaches(layout, host)],
            "timeout": given["timeout"],
        }
        return result | {"changed": False, "answer": self._ask(questions, variables)}

    def _ask(self, questions: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        before = time.time()
        try:
            said = self._execute_module(module_name="zeus.paas.preflight_info", module_args=dict(questions), task_vars=variables)
        except AnsibleError as error:
            return {"silent": _first_line(str(error))}
        if said.get("failed") or "answer" not in said:
            return {"silent": _first_line(str(said.get("module_stderr") or said.get("msg") or said))}
        return {**said["answer"], "asked": [before, time.time()]}


def _first_line(text: str) -> str:
    return " ".join(text.split())[:300]
