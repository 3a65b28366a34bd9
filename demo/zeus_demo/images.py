# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of the test bed, built without a container registry.

Layers, each named after what went into it, so an unchanged one is never built again:

* the root file system: a plain Debian, 12 unless another is asked for, pulled where a registry answers, else made with debootstrap;
* ``zeus-testbed-base``: a machine before its first playbook run (systemd, ssh, Python), see ``demo/images/base.Dockerfile``;
* ``zeus-testbed``: the same with the Debian packages of the roles, see ``demo/images/testbed.Dockerfile``;
* ``zeus-testbed-cluster``: the same with those of the roles that a cluster has beside, see ``demo/images/cluster.Dockerfile``. Only beds
  that ask for it build it: ZooKeeper brings a whole Java.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from zeus_demo import docker
from zeus_demo.command import capture, logged, succeeds
from zeus_demo.errors import DemoError
from zeus_demo.settings import CHECKOUT, SUITE, SUITES, Settings

#: A registry that is there delivers in this time; one that is not must not cost more.
PULL_SECONDS = 60
#: Raise it when the way the root file system is made changes.
ROOT_RECIPE = "1"
DOCKERFILES = CHECKOUT / "demo" / "images"
#: What the hosts' Python has beyond Debian's.
BYTECODE = DOCKERFILES / "zip_bytecode.py"
REQUIREMENTS = CHECKOUT / "requirements-test.txt"
#: What programs on hosts need beyond Debian's packages. Hosts here reach no package index, so it lies on them as a wheel, as a site without
#: an index would have it.
WHEEL = "crossplane"
WHEEL_FOLDER = "/opt/wheels"


def root_tag(suite: str = SUITE) -> str:
    """The plain system of a Debian suite."""
    return f"zeus-testbed-root:{_root_hash(suite)[:12]}"


def _root_hash(suite: str) -> str:
    return hashlib.sha256(f"{ROOT_RECIPE} {suite} {platform.machine()}".encode()).hexdigest()


class Tags(NamedTuple):
    """Image tags that carry a hash of their inputs, each image on top of the one before."""

    root: str
    base: str
    testbed: str
    cluster: str


def tags(suite: str = SUITE) -> Tags:
    root = _root_hash(suite)
    base = _mixed(root + _pinned(WHEEL), DOCKERFILES / "base.Dockerfile", BYTECODE)
    full = _mixed(base, DOCKERFILES / "testbed.Dockerfile")
    cluster = _mixed(full, DOCKERFILES / "cluster.Dockerfile")
    return Tags(root_tag(suite), f"zeus-testbed-base:{base[:12]}", f"zeus-testbed:{full[:12]}", f"zeus-testbed-cluster:{cluster[:12]}")


def _mixed(below: str, *files: Path) -> str:
    return hashlib.sha256(below.encode() + b"".join(file.read_bytes() for file in files)).hexdigest()


def _pinned(package: str) -> str:
    """The package with the version that the tests use, so that hosts and controller agree."""
    return next(line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if line.startswith(f"{package}=="))


def ensure_root(settings: Settings, suite: str = SUITE) -> str:
    """Make the root image of a suite; returns how it came to be."""
    root = root_tag(suite)
    if docker.has_image(root):
        return "there"
    public = f"debian:{SUITES[suite]}"
    if succeeds(["docker", "pull", "--quiet", public], timeout=PULL_SECONDS):
        docker.docker("tag", public, root)
        return "pulled"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise DemoError(
            "No container registry answers, and without one the base image is made with debootstrap, which needs root on a Debian-like "
            "system. Run make as root, or provide the image: docker pull " + public
        )
    _debootstrap(settings, root, suite)
    return "made with debootstrap"


def _debootstrap(settings: Settings, root: str, suite: str) -> None:
    log = settings.logs / f"image-root-{suite}.log"
    settings.state.mkdir(parents=True, exist_ok=True)
    # On the state folder's disk, not in /tmp: that may be small, noexec or nodev.
    with tempfile.TemporaryDirectory(dir=settings.state, prefix="debootstrap-") as name:
        folder = Path(name)
        tool = _debootstrap_tool(folder, log)
        target = folder / "root"
        command = [str(tool), "--variant=minbase", "--include=ca-certificates", suite, str(target)]
        archives = _machine_archives(suite)
        mirror = next((line.split()[-3] for line in archives if line.split()[-2] == suite), None)
        logged(
            [*command, mirror] if mirror else command,
            log,
            verbose=settings.verbose,
            environment={"DEBOOTSTRAP_DIR": str(tool.parents[1] / "share" / "debootstrap")},
        )
        if archives:
            (target / "etc/apt/sources.list").write_text("".join(f"{line}\n" for line in archives))
        for leftover in [*(target / "var/cache/apt/archives").glob("*.deb"), *(target / "var/lib/apt/lists").glob("*_*")]:
            leftover.unlink()
        with subprocess.Popen(["tar", "-C", str(target), "-c", "."], stdout=subprocess.PIPE) as tar:
            logged_import = subprocess.run(["docker", "import", "-", root], stdin=tar.stdout, capture_output=True, text=True, check=False)
        if logged_import.returncode != 0 or tar.returncode != 0:
            raise DemoError(f"docker import failed: {logged_import.stderr.strip()}")


def _debootstrap_tool(folder: Path, log: Path) -> Path:
    """The machine's debootstrap, or Debian's package unpacked into ``folder``: nothing gets installed for it."""
    installed = shutil.which("debootstrap")
    if installed:
        return Path(installed)
    if not succeeds(["apt-get", "download", "--print-uris", "debootstrap"]):
        logged(["apt-get", "update"], log)
    logged(["apt-get", "download", "debootstrap"], log, cwd=folder)
    package = next(folder.glob("debootstrap_*.deb"))
    logged(["dpkg-deb", "-x", str(package), str(folder / "tool")], log)
    return folder / "tool" / "usr" / "sbin" / "debootstrap"


def _machine_archives(suite: str) -> list[str]:
    """The machine's own Debian 12 archives, for `suite`, as lines of a sources.list.

    Empty on another system: debootstrap then uses its default.
    """
    form = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    found = capture(["apt-get", "indextargets", "--format", form, "Created-By: Packages"], check=False)
    rows = [line.split("|") for line in found.splitlines()]
    keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    kept = {
        f"deb {keyring} {uri} {release.replace(SUITE, suite)} {component}"
        for origin, uri, release, component in (row for row in rows if len(row) == 4)
        if origin == "Debian" and release.startswith(SUITE) and component == "main" and uri.startswith("http://")
    }
    return sorted(kept)


def ensure_layers(settings: Settings, cluster: bool = False) -> str:
    """Build the images on top of the root image, the cluster's if asked for; returns how they came to be.

    Wheels come through this Python's pip.
    """
    found = tags(settings.suite)
    layers = [(found.base, "base", f"ROOT={found.root}"), (found.testbed, "testbed", f"BASE={found.base}")]
    layers += [(found.cluster, "cluster", f"TESTBED={found.testbed}")] if cluster else []
    built = []
    with tempfile.TemporaryDirectory() as context:
        for tag, file, argument in layers:
            if docker.has_image(tag):
                continue
            if file == "base":
                command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", f"{context}/wheels"]
                logged([*command, _pinned(WHEEL)], settings.logs / "image-base.log", verbose=settings.verbose)
                shutil.copy(BYTECODE, context)
            logged(
                ["docker", "build", "--tag", tag, "--file", str(DOCKERFILES / f"{file}.Dockerfile"), "--build-arg", argument, context],
                settings.logs / f"image-{file}.log",
                verbose=settings.verbose,
                environment={"DOCKER_BUILDKIT": "0"},
            )
            built.append(tag)
    return "built " + ", ".join(built) if built else "there"
