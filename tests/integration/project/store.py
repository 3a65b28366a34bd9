# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real artifact store in a container: the role's own configuration, without its service manager."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from pathlib import Path

import jinja2
import requests
import yaml

from integration.engine.running import docker

ROLE = Path(__file__).resolve().parents[3] / "roles" / "artifact_store"


class RunningStore:
    """``url``, ``token``; ``requests()`` are the lines of its access log, ``have()`` the digests it has."""

    def __init__(self) -> None:
        self.name = f"{os.environ.get('ZEUS_TEST_PREFIX', 'zeus-test-')}store-{secrets.token_hex(4)}"
        self.token = secrets.token_urlsafe(24)
        self.url = ""

    def __enter__(self) -> RunningStore:
        image = os.environ.get("ZEUS_TEST_IMAGE", "zeus-dev:latest")
        docker("run", "-d", "--init", "--name", self.name, "--tmpfs", "/run", image, "sleep", "infinity")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        docker("rm", "-f", "-v", self.name, check=False)

    def _start(self) -> None:
        address = docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", self.name).strip()
        self.url = f"http://{address}:8600"
        settings = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()) | {"artifact_store_token": self.token}
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(ROLE / "templates"), undefined=jinja2.StrictUndefined, trim_blocks=True
        )
        environment.filters["comment"] = lambda text: f"# {text}"
        self.shell(
            "useradd --system --no-create-home zeus-artifacts; "
            "mkdir -p /etc/zeus-artifacts /run/zeus-artifacts /var/lib/zeus-artifacts/.incoming; "
            "chown -R zeus-artifacts: /var/lib/zeus-artifacts"
        )
        for name in ("token.conf", "nginx.conf"):
            content = environment.get_template(f"{name}.j2").render(ansible_managed="a test", **settings)
            # There is no journal here: the log goes to a file that the tests read.
            content = content.replace("syslog:server=unix:/dev/log,nohostname,tag=zeus_artifacts", "/var/log/store.log")
            docker("exec", "-i", self.name, "sh", "-c", f"cat > /etc/zeus-artifacts/{name}", data=content)
        self.shell("nginx -e stderr -c /etc/zeus-artifacts/nginx.conf -g 'pid /run/zeus-artifacts/nginx.pid;'")
        end = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < end, "the artifact store did not start"
            time.sleep(0.05)
        self.forget()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def shell(self, command: str) -> str:
        return docker("exec", self.name, "sh", "-c", command)

    def start_redis(self) -> str:
        """A policy store in the same container; its address. The user zeus-writer has the password writer-password-0."""
        self.shell("redis-server --daemonize yes --protected-mode no --save '' > /dev/null")
        end = time.monotonic() + 20
        while "PONG" not in self.shell("redis-cli ping || true"):
            assert time.monotonic() < end, "Redis did not start"
            time.sleep(0.05)
        self.shell("redis-cli ACL SETUSER zeus-writer on '>writer-password-0' '~*' '&*' '+@all'")
        return self.url.removeprefix("http://").partition(":")[0]

    def requests(self) -> list[str]:
        """Method and status of everything that was asked, oldest first."""
        lines = self.shell("cat /var/log/store.log").splitlines()
        parts = [line.split('"') for line in lines]
        return [f"{part[1].split()[0]} {part[2].split()[0]}" for part in parts]

    def have(self) -> set[str]:
        return {name.removesuffix(".tar.gz") for name in self.shell("ls /var/lib/zeus-artifacts").split()}

    def forget(self) -> None:
        self.shell("rm -f /var/lib/zeus-artifacts/*.tar.gz; truncate -s 0 /var/log/store.log")


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """A command without a terminal; its output as text."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **options
    )
