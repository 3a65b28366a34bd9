# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running modules: in this process for most tests, since it takes milliseconds; by ansible-playbook where users' way itself is tested."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from ansible.module_utils import basic

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core 2.18 has no such help yet; there the arguments wait as text in one variable

    @contextlib.contextmanager
    def patch_module_args(module_args: dict[str, Any] | None = None) -> Iterator[None]:
        given = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", given):
            yield


CHECKOUT = Path(__file__).resolve().parents[3]


def call(name: str, arguments: Mapping[str, Any], *, check: bool = False) -> dict[str, Any]:
    """The result of a module as Ansible gets it (argument checks, no_log and all)."""
    module = importlib.import_module(f"ansible_collections.zeus.paas.plugins.modules.{name}")
    printed = io.StringIO()
    with (
        patch_module_args({**arguments, "_ansible_check_mode": check, "_ansible_diff": True}),
        contextlib.redirect_stdout(printed),
        contextlib.suppress(SystemExit),
    ):
        module.main()
    return dict(json.loads(printed.getvalue()))


@dataclass(frozen=True)
class Play:
    """How a playbook ended."""

    code: int
    output: str
    results: dict[str, dict[str, Any]]


def playbook(folder: Path, tasks: list[dict[str, Any]], *options: str, defaults: Mapping[str, Any] | None = None) -> Play:
    """Run tasks on localhost by ansible-playbook; ``results`` are the tasks' results by name."""
    play = {
        "name": "Test",
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "module_defaults": dict(defaults or {}),
        "tasks": tasks,
    }
    path = folder / "play.yml"
    path.write_text(json.dumps([play]), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }
    # The result file tells machines what the screen tells people.
    environment["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "json"
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=300)
    output = done.stdout + done.stderr
    return Play(done.returncode, output, _results(done.stdout))


def _results(output: str) -> dict[str, dict[str, Any]]:
    """From ``TASK [name] *** … => {json}`` of the default callback with -v."""
    found: dict[str, dict[str, Any]] = {}
    name = ""
    decoder = json.JSONDecoder()
    position = 0
    while position < len(output):
        line_end = output.find("\n", position)
        line_end = len(output) if line_end < 0 else line_end
        line = output[position:line_end]
        if line.startswith("TASK ["):
            name = line[6 : line.index("]")]
        at = line.find(" => {")
        if at >= 0 and name:
            found[name], end = decoder.raw_decode(output, position + at + 4)
            position = end
            continue
        position = line_end + 1
    return found
