# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest ansible-core needs a newer Python than Debian 12 has, so it runs in a Debian 13 container.

The container is what an execution environment is: a plain system, the packages of bindep.txt, the libraries of requirements.txt, and
ansible-core.
The hosts that the tests make are the machine's own containers: it shares the machine's network, its Docker socket, and this checkout.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import ssl
from collections.abc import Sequence
from pathlib import Path

from zeus_demo import docker, images
from zeus_demo.command import logged
from zeus_demo.screen import Screen
from zeus_demo.settings import CHECKOUT, Settings

DOCKERFILE = Path(__file__).with_name("debian13.Dockerfile")
SOCKET = "/var/run/docker.sock"
#: How pip reaches its index is the machine's business: the container is told the same.
PASSED_ON = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("V", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_CONFIG"),
)


def run(settings: Settings, screen: Screen, done: Sequence[str]) -> None:
    """Try the minors that are not `done` yet, with the container's Python."""
    log = settings.logs / "matrix-debian13.log"
    with screen.stage("Debian 13: image") as stage:
        stage.says(_image(settings, log))
    venv = settings.state / "matrix" / "debian13"
    here = f"{shlex.quote(str(venv))}/bin/python"
    script = (
        f"python3 -m venv --clear {shlex.quote(str(venv))} && {here} -m pip install -q --no-input bindep packaging PyYAML"
        f" -r requirements.txt && exec {here} -m matrix here --packages --without {','.join(done)}"
    )
    screen.line("Debian 13:")
    logged(
        ["docker", "run", "--rm", "--name", f"zeus-matrix-{os.getpid()}", *_options(settings), _tag(), "sh", "-c", script],
        log,
        verbose=True,
    )


def _tag() -> str:
    mixed = hashlib.sha256(images.root_tag("trixie").encode() + DOCKERFILE.read_bytes()).hexdigest()
    return f"zeus-testbed-debian13:{mixed[:12]}"


def _image(settings: Settings, log: Path) -> str:
    if docker.has_image(_tag()):
        return "there"
    images.ensure_root(settings, "trixie")
    build = [
        "docker",
        "build",
        "--tag",
        _tag(),
        "--build-arg",
        f"ROOT={images.root_tag('trixie')}",
        "--file",
        str(DOCKERFILE),
        str(DOCKERFILE.parent),
    ]
    logged(build, log, verbose=settings.verbose, environment={"DOCKER_BUILDKIT": "0"})
    return "built"


def _options(settings: Settings) -> list[str]:
    shared = {str(CHECKOUT), str(settings.state), SOCKET}
    # What tests mount into containers must lie where the machine's Docker finds it, temporary files too.
    temporary = settings.state / "matrix" / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    options = ["--network", "host", "--workdir", str(CHECKOUT), "--env", f"TMPDIR={temporary}"]
    for path in sorted(shared):
        options += ["--volume", f"{path}:{path}"]
    # A machine with an index or proxy of its own trusts authorities that a plain system does not know.
    if bundle := ssl.get_default_verify_paths().cafile:
        options += ["--volume", f"{bundle}:/etc/ssl/certs/ca-certificates.crt:ro"]
    # Names only: docker takes the values from its own environment, so none (an index may want a password) stands in a log.
    for name in sorted(name for name in os.environ if name in PASSED_ON or name.startswith(("PIP_", "ZEUS_"))):
        options += ["--env", name]
    return options
