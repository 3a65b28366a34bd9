# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m matrix``: here, then in a Debian 13 container what this machine's Python is too old for.

``python -m matrix here [--without MINOR,…] [--packages]`` is what runs in the container: all allowed versions but those minors, after
installing what bindep.txt names.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from matrix import debian13
from matrix.core import Core
from matrix.cores import allowed, newest_of_each_minor, offered
from zeus_demo.errors import DemoError
from zeus_demo.screen import Screen
from zeus_demo.settings import CHECKOUT, Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m matrix")
    parser.add_argument("where", nargs="?", choices=["here"], help="only what this Python can have")
    parser.add_argument("--without", default="", metavar="MINOR,…", help="minors that were tried elsewhere")
    parser.add_argument("--packages", action="store_true", help="install the system packages that bindep.txt names first")
    arguments = parser.parse_args()
    settings = Settings.from_environment()
    screen = Screen(settings.verbose)
    try:
        if arguments.packages:
            with screen.stage("System packages of bindep.txt") as stage:
                stage.says(" ".join(_install_packages()) or "there")
        done = _here(settings, screen, set(arguments.without.split(",")))
        if not arguments.where:
            debian13.run(settings, screen, done)
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _here(settings: Settings, screen: Screen, without: set[str]) -> list[str]:
    """Returns the minors that were tried."""
    versions = newest_of_each_minor(offered(sys.executable), allowed(CHECKOUT))
    wanted = [version for version in versions if _minor(version) not in without]
    if not wanted:
        raise DemoError(
            f"requires_ansible is {allowed(CHECKOUT)}: this Python is offered no such version but {', '.join(versions) or 'none'}"
        )
    for version in wanted:
        core = Core(version, sys.executable, CHECKOUT, settings.state, settings.verbose)
        title = f"ansible-core {version}, Python {sys.version_info.major}.{sys.version_info.minor}"
        for name, step in (("environment", core.prepare), ("sanity and units", core.sanity), ("tests", core.tests)):
            with screen.stage(f"{title}: {name}"):
                step()
    return [_minor(version) for version in wanted]


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _install_packages() -> list[str]:
    """As an image builder does: ask bindep what is missing, and install it."""
    asked = [str(Path(sys.executable).with_name("bindep")), "--brief", "--file", str(CHECKOUT / "bindep.txt")]
    missing = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    if missing:
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=True)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing], capture_output=True, check=True)
    return missing


if __name__ == "__main__":
    sys.exit(main())
