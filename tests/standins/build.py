# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m standins build --version 1.11.0 --out DIR``: the stand-ins as packages, archives and images, as the roles' sources want them.

Below DIR: ``repository/`` (a flat apt repository: ``deb [trusted=yes] file:DIR/repository ./``), ``<program>-<version>.tar.gz`` for mesos,
marathon and chronos, and with ``--image`` an image ``zeus-standin-<program>:<version>`` from the test bed's base image. What was built is
printed as JSON: each file with its SHA-256.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import kazoo

from . import ENGINE, HOME

#: Which commands each program's package has, by their place below its root; sbin/mesos-slave is the old name of the agent.
COMMANDS = {
    "mesos": {"sbin/mesos-master": "mesos-master", "sbin/mesos-agent": "mesos-agent", "sbin/mesos-slave": "mesos-agent"},
    "marathon": {"bin/marathon": "marathon"},
    "chronos": {"bin/chronos": "chronos"},
}
_FOLDERS = {"mesos": ("bin", "lib", "sbin", "libexec/mesos"), "marathon": ("bin", "lib"), "chronos": ("bin", "lib")}
_WITHOUT = shutil.ignore_patterns("__pycache__", "tests", "build.py")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    parser = argparse.ArgumentParser(prog="standins build", description="Build the stand-ins as package, archive and image.")
    parser.add_argument("--version", default="1.11.0")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--image", action="store_true", help="also images, from $ZEUS_TEST_IMAGE")
    given = parser.parse_args(arguments)
    built = build(given.version, given.out, environ["ZEUS_TEST_IMAGE"] if given.image else None)
    print(json.dumps(built, indent=1))
    return 0


def build(version: str, out: Path, base_image: str | None = None) -> dict[str, Any]:
    """All programs in this version. Returns ``{repository, archives: {program: {file, sha256}}, images: {program: name}}``."""
    repository = out / "repository"
    repository.mkdir(parents=True, exist_ok=True)
    built: dict[str, Any] = {"version": version, "repository": str(repository), "archives": {}, "images": {}}
    for program in COMMANDS:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / f"{program}-{version}"
            lay_down(program, version, root)
            archive = out / f"{root.name}.tar.gz"
            _pack(root, archive)
            built["archives"][program] = {"file": str(archive), "sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
            _package(program, version, Path(scratch), repository)
            if base_image:
                built["images"][program] = _image(program, version, root, base_image)
    _index(repository)
    return built


def lay_down(program: str, version: str, root: Path) -> None:
    """The program's tree: its commands find the Python code by their own place, wherever that is moved."""
    for folder in _FOLDERS[program]:
        (root / folder).mkdir(parents=True, exist_ok=True)
    library = root / "lib" / "standins"
    shutil.copytree(HOME, library / "standins", ignore=_WITHOUT)
    (library / "standins" / "VERSION").write_text(version + "\n", encoding="utf-8")
    shutil.copytree(ENGINE / "zeus_engine", library / "zeus_engine", ignore=_WITHOUT)
    shutil.copytree(Path(kazoo.__file__).parent, library / "kazoo", ignore=_WITHOUT)
    for place, command in COMMANDS[program].items():
        file = root / place
        here = '$(dirname "$(readlink -f "$0")")'
        file.write_text(
            f'#!/bin/sh\nPYTHONPATH="{here}/../lib/standins" exec /usr/bin/python3 -m standins {command} "$@"\n', encoding="utf-8"
        )
        file.chmod(0o755)
    if program == "mesos":
        (root / "lib" / "libmesos.so").write_bytes(b"")  # Marathon's and Chronos' roles want it named; the stand-ins load nothing
        executor = root / "libexec" / "mesos" / "mesos-executor"
        executor.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
        executor.chmod(0o755)


def _pack(root: Path, archive: Path) -> None:
    """The same bytes for the same tree."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for path in sorted(root.rglob("*")):
            info = tar.gettarinfo(str(path), arcname=str(path.relative_to(root.parent)))
            info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "root", "root"
            if path.is_file():
                with path.open("rb") as content:
                    tar.addfile(info, content)
            else:
                tar.addfile(info)
    archive.write_bytes(gzip.compress(raw.getvalue(), mtime=0))


def _package(program: str, version: str, scratch: Path, repository: Path) -> None:
    """A Debian package: the tree below /usr/lib/<program>, its commands in /usr."""
    tree = scratch / "package"
    lay_down(program, version, tree / "usr" / "lib" / program)
    for place in COMMANDS[program]:
        link = tree / "usr" / place
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/usr/lib/{program}/{place}")
    if program == "mesos":
        (tree / "usr" / "libexec").mkdir()
        (tree / "usr" / "libexec" / "mesos").symlink_to("/usr/lib/mesos/libexec/mesos")
        (tree / "usr" / "lib" / "libmesos.so").symlink_to("/usr/lib/mesos/lib/libmesos.so")
    control = f"Package: {program}\nVersion: {version}-1\nArchitecture: all\nMaintainer: zeus.paas tests <tests@example.com>\n"
    control += f"Depends: python3 (>= 3.11), python3-aiohttp\nDescription: stand-in for {program}, for tests only\n"
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(control, encoding="utf-8")
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(tree), str(repository / f"{program}_{version}-1_all.deb")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": "0"})


def _index(repository: Path) -> None:
    """``Packages``, for all versions that lie there."""
    entries = []
    for package in sorted(repository.glob("*.deb")):
        control = subprocess.run(["dpkg-deb", "--field", str(package)], check=True, capture_output=True, text=True).stdout
        data = package.read_bytes()
        where = f"Filename: ./{package.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
        entries.append(control + where)
    text = "\n".join(entries).encode()
    (repository / "Packages").write_bytes(text)
    (repository / "Packages.gz").write_bytes(gzip.compress(text, mtime=0))
    sums = [
        f" {hashlib.sha256((repository / name).read_bytes()).hexdigest()} {(repository / name).stat().st_size} {name}"
        for name in ("Packages", "Packages.gz")
    ]
    release = "Origin: zeus.paas tests\nSuite: ./\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n" + "\n".join(sums) + "\n"
    (repository / "Release").write_text(release, encoding="utf-8")


def _image(program: str, version: str, root: Path, base: str) -> str:
    """The commands are on the PATH, as in the images that the programs' makers publish."""
    name = f"zeus-standin-{program}:{version}"
    commands = " && ".join(f"ln -sf /opt/standin/{place} /usr/{place}" for place in COMMANDS[program])
    recipe = f"FROM {base}\nCOPY {root.name} /opt/standin\nRUN {commands}\n"
    (root.parent / "Dockerfile").write_text(recipe, encoding="utf-8")
    (root.parent / ".dockerignore").write_text("package\n", encoding="utf-8")
    command = ["docker", "build", "-q", "-t", name, str(root.parent)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "DOCKER_BUILDKIT": "0"})
    return name
