# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test's own gates for one ansible-core: the one of a virtual environment.

``python -m gates.core [sanity] [units] [--venv FOLDER] [--state FOLDER]``, with ``tests`` on PYTHONPATH. The environment holds ansible-core
and tests/unit/requirements.txt; its Python is the Python that the collection is tried with. Needs no packages itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from gates import checkout, home

#: What each of them is asked for. Unit tests of programs and of the demo are pytest's alone: they are no plugins.
ARGUMENTS = {"sanity": ("sanity", "--color", "no"), "units": ("units", "--color", "no", "tests/unit/plugins/")}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gates.core", description="ansible-test with the ansible-core of one environment")
    parser.add_argument("what", nargs="*", choices=(*ARGUMENTS, []), help="sanity, units, or both if none is named")
    parser.add_argument("--venv", type=Path, default=Path(sys.prefix), help="the virtual environment; this Python's own by default")
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("ZEUS_STATE", checkout.ROOT / ".state")), help="where to work")
    arguments = parser.parse_args()
    return max(run(what, arguments.venv.absolute(), arguments.state.absolute()) for what in arguments.what or ARGUMENTS)


def run(what: str, venv: Path, state: Path) -> int:
    """The exit code of ``ansible-test what``, run in a fresh copy of the checkout."""
    python = venv / "bin" / "python"
    version = home.said(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    core = home.said(python, "-c", "import ansible.release; print(ansible.release.__version__)")
    work = state / "gates"
    collection = checkout.copy_to(work / f"{what}-{core}-{version}")
    home.prepare(work / "home", python)
    program, *options = ARGUMENTS[what]
    command = [str(python), str(venv / "bin" / "ansible-test"), program, "--local", "--python", version, *options]
    environment = {
        "HOME": str(work / "home"),
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        # Else it finds the git of the checkout above, which knows nothing of the copy.
        "ANSIBLE_TEST_CONTENT_ROOT": str(collection),
    }
    print(f"ansible-test {what}: ansible-core {core}, Python {version}", flush=True)
    return subprocess.run(command, cwd=collection, env=environment, check=False, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
