# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A home of the project's own for ansible-test, which keeps virtual environments and downloads in ``~/.ansible/test``.

It passes none of pip's environment variables on and reads pip's settings from the home, so the settings of this machine are written there.
"""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def prepare(home: Path, python: Path) -> None:
    """Make ``home`` ready for the ansible-test that belongs to ``python``."""
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "get_pip.py", cache / f"get_pip_{bootstrap_version(python).replace('.', '_')}.py")
    settings = home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.touch(mode=0o600)  # an index may need a password
    with settings.open("w", encoding="utf-8") as file:
        pip_settings(python).write(file)


def bootstrap_version(python: Path) -> str:
    """The pip whose get-pip.py this ansible-test looks for: part of the file's name."""
    find = "import ansible_test._internal.python_requirements as it; print(it.__file__)"
    source = Path(said(python, "-c", find)).read_text(encoding="utf-8")
    found = re.search(r"\bpip='(\d+(?:\.\d+)+)'", source)
    if not found:
        raise SystemExit(f"The ansible-test of {python} names no version of pip: look at {__file__}, it knows ansible-core 2.18 to 2.21.")
    return found[1]


def pip_settings(python: Path) -> configparser.RawConfigParser:
    """What pip says of itself, with its environment variables, and the cache that is there already."""
    settings = configparser.RawConfigParser()
    settings["global"] = {}
    environment = {}
    for line in said(python, "-m", "pip", "config", "list").splitlines():
        key, _equals, value = line.partition("=")
        section, _dot, option = key.rpartition(".")
        text = ast.literal_eval(value)
        if section == ":env:":
            environment[option] = text
            continue
        if not settings.has_section(section):
            settings.add_section(section)
        settings[section][option] = text
    settings["global"].update(environment)
    settings["global"].setdefault("cache-dir", said(python, "-m", "pip", "cache", "dir"))
    return settings


def said(python: Path, *arguments: str) -> str:
    return subprocess.run([str(python), *arguments], check=True, capture_output=True, text=True).stdout.strip()
