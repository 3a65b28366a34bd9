# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stranger's path: every command of docs/start.md as it stands there, in an empty folder with nothing of this checkout but the tarball.

Two things are replaced, since neither a container registry nor a package index need be within the container's reach here: the image
``debian:12`` is one of the test bed's under that name, and pip inside the machine finds its one wheel on it. ``ZEUS_START_FROM=root`` takes
the plain Debian, so that the machine's packages are fetched and installed as at a stranger's; by default they lie on it already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from start.page import blocks
from unit.repo import tree
from zeus_demo import docker, hosts, images

MACHINE = "zeus-machine"
BASE = "debian:12"
STAND_IN = """
FROM {wheels} AS wheels
FROM {base}
COPY --from=wheels /opt/wheels /opt/wheels
RUN printf '[global]\\nno-index = true\\nfind-links = /opt/wheels\\n' > /etc/pip.conf
"""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the tarball alone, and what the path needs of the outside world."""
    if docker.has_image(BASE) or MACHINE in docker.docker("ps", "--all", "--format", "{{.Names}}").split():
        pytest.fail(f"{BASE} or {MACHINE} exists here, and this test makes and removes both; remove them first")
    folder = tmp_path_factory.mktemp("stranger")
    subprocess.run(
        [sys.executable, "-m", "ansible", "galaxy", "collection", "build", str(tree.ROOT), "--output-path", str(folder)],
        check=True, capture_output=True,
    )  # fmt: skip
    tags = images.tags()
    base = tags.root if os.environ.get("ZEUS_START_FROM", "packages") == "root" else tags.testbed
    recipe = STAND_IN.format(wheels=tags.base, base=base)
    docker.docker("build", "--tag", BASE, "-", stdin=recipe)
    identities: list[str] = []
    try:
        yield folder
    finally:
        found = docker.docker("ps", "--all", "--no-trunc", "--quiet", "--filter", f"name=^{MACHINE}$").split()
        identities += found
        for identity in found:
            docker.docker("rm", "--force", identity)
        for image in (MACHINE, BASE):
            if docker.has_image(image):
                docker.docker("image", "rm", "--force", image)
        left = hosts.cgroups_of(identities)
        for path in sorted(left, key=lambda path: len(path.parts), reverse=True):
            for inner in sorted((entry for entry in path.rglob("*") if entry.is_dir()), key=lambda entry: len(entry.parts), reverse=True):
                inner.rmdir()
            path.rmdir()


def environment(home: Path) -> dict[str, str]:
    """A login shell's: no checkout, no settings of Ansible, no virtual environment. How pip finds its index is the machine's own matter."""
    python = str(Path(sysconfig.get_config_var("BINDIR")))
    kept = {key: value for key, value in os.environ.items() if key.startswith("PIP_") or key.lower().endswith("_proxy")}
    path = os.pathsep.join([python, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
    return {**kept, "PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "DOCKER_BUILDKIT": "0"}


def test_the_page_leads_to_a_served_app(stranger: Path, tmp_path: Path) -> None:
    script = ["set -euo pipefail"]
    for heading, commands in blocks().items():
        script += [f'echo "## $SECONDS s: {heading}"', *commands]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=stranger, env=environment(tmp_path), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    times = re.findall(r"^## (\d+) s: (.*)$", done.stdout, re.MULTILINE)
    print("\n".join(f"after {seconds:>4} s: {heading}" for seconds, heading in times))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert "dc1: nothing is wrong" in done.stdout
    assert re.search(r"^Hello, version 1\.0 in dc1$", done.stdout, re.MULTILINE)
    assert re.search(r"^Hello from the gray version, version 2\.0 in dc1$", done.stdout, re.MULTILINE)
    assert MACHINE not in docker.docker("ps", "--all", "--format", "{{.Names}}").split()
    assert sorted(entry.name for entry in stranger.iterdir() if entry.suffix != ".gz") == [
        "collections", "machine.key", "machine.key.pub", "team", "venv",
    ]  # fmt: skip
    shutil.rmtree(stranger)
