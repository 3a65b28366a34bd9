# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""galaxy-importer on the artefact that would be published. It ends well in spite of its warnings: here each one is a finding.

``python -m gates.importer FOLDER``: builds and imports in FOLDER, with the ansible-core and the galaxy-importer of this Python.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from gates import checkout

FINDING = re.compile(r"^(?:WARNING|ERROR)\b.*", re.MULTILINE)


def main(folder: Path) -> int:
    collection = checkout.copy_to(folder)
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    subprocess.run([str(galaxy), "collection", "build", "--force", "--output-path", str(folder), str(collection)], check=True)
    (artefact,) = folder.glob("*.tar.gz")
    command = [sys.executable, "-m", "galaxy_importer.main", str(artefact)]
    # Its ansible-lint has a deadline that a busy machine misses; the gate of that name runs a stricter profile on the same files.
    environment = os.environ | {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "False"}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout)
    findings = FINDING.findall(done.stdout)
    print(f"{len(findings)} findings", *findings, sep="\n")
    return done.returncode or bool(findings)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
