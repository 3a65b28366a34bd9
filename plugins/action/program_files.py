# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers the sources of a program on the controller and has the module put them in their folder on the host."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.zeus.paas.plugins.module_utils._packing import LEFT_OUT
from ansible_collections.zeus.paas.plugins.module_utils._program_files import packed

UTILS = Path(__file__).resolve().parents[1] / "module_utils"
PACKAGE = "ansible_collections.zeus.paas.plugins.module_utils"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "sources": {"type": "dict", "required": True},
    "libraries": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """The face: names and places of sources in, the module's result out."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, given = self.validate_argument_spec(ARGUMENTS)
        try:
            files = gather({name: Path(self._find_needle("files", place)) for name, place in given["sources"].items()})
            if given["libraries"]:
                files |= libraries(files)
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            raise AnsibleActionFail(f"sources: {error}; expected text files in UTF-8, and Python that can be read") from error
        arguments = {**given, "content": packed(files)}
        try:
            return result | self._execute_module(module_name="zeus.paas.program_files", module_args=arguments, task_vars=task_vars)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)


def gather(sources: Mapping[str, Path]) -> dict[str, str]:
    """Path in the program's folder → text."""
    return {
        str(Path(name) / path.relative_to(place)) if path != place else name: path.read_bytes().decode("utf-8")
        for name, place in sources.items()
        for path in _files(place)
    }


def libraries(files: Mapping[str, str]) -> dict[str, str]:
    """Those of the collection's libraries that the Python files import, directly or through each other. What only modules use stays here:
    its changes restart no program."""
    found: dict[str, str] = {}
    wanted = {name for path, text in files.items() if path.endswith(".py") for name in _imported(text)}
    while wanted:
        name = wanted.pop()
        text = (UTILS / f"{name}.py").read_text(encoding="utf-8")
        found[f"{PACKAGE.replace('.', '/')}/{name}.py"] = text
        wanted |= {other for other in _imported(text) if f"{PACKAGE.replace('.', '/')}/{other}.py" not in found}
    return found


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    for path in sorted(place.iterdir()):
        if path.name not in LEFT_OUT and not path.name.startswith(".") and path.suffix != ".pyc":
            yield from _files(path)


def _imported(text: str) -> set[str]:
    modules = {node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    return {module.rpartition(".")[2] for module in modules if module.startswith(f"{PACKAGE}.")}
