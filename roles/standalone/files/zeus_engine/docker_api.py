# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker daemon, as far as the engine uses it. Every call blocks: call it beside the event loop.

A thin edge over the Docker SDK for Python, imported only when first wanted: an engine without containers neither needs nor loads it.
Containers are described as Docker's own API does (version 1.41, as of Docker 20.10).
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

SOCKET = "/var/run/docker.sock"
#: For answers that come at once. What lasts (a pull, a log, events) has no limit.
ANSWER_SECONDS = 60
#: How often Docker is asked whether a command that says nothing more has ended.
EXEC_SECONDS = 0.05


class DockerError(Exception):
    """Docker refused; the text is its explanation."""


class NotFoundError(DockerError):
    """There is no such container or image."""


class UnreachableError(DockerError):
    """Docker, or the SDK, is not there."""


class DockerApi:
    def __init__(self, socket: str = SOCKET) -> None:
        self._socket = socket
        self._lock = threading.Lock()
        self._connected: Any = None

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        """The SDK's client; its errors, and those of the connection, become ours."""
        if not os.path.exists(self._socket):
            raise UnreachableError(f"Docker does not answer at {self._socket}: there is no such socket")
        try:
            docker = importlib.import_module("docker")
            requests = importlib.import_module("requests")
            urllib3 = importlib.import_module("urllib3")
        except ImportError as error:
            raise UnreachableError(f"the Docker SDK for Python is missing ({error}); on Debian it is the package python3-docker") from error
        errors = docker.errors
        try:
            with self._lock:
                if self._connected is None:
                    self._connected = docker.APIClient(base_url=f"unix://{self._socket}", version="auto", timeout=ANSWER_SECONDS)
            yield self._connected
        except errors.NotFound as error:
            raise NotFoundError(error.explanation) from error
        except errors.APIError as error:
            raise DockerError(error.explanation or str(error)) from error
        except (
            errors.DockerException,
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
        ) as error:
            raise UnreachableError(f"Docker does not answer at {self._socket}: {error}") from error

    @staticmethod
    def installed() -> bool:
        """Is the SDK there?"""
        return importlib.util.find_spec("docker") is not None

    def version(self) -> str:
        with self._client() as client:
            return str(client.version()["Version"])

    # Images.

    def has_image(self, name: str) -> bool:
        try:
            with self._client() as client:
                client.inspect_image(name)
        except NotFoundError:
            return False
        return True

    def pull(self, name: str, progress: Callable[[Mapping[str, Any]], None]) -> None:
        """Fetch an image; `progress` gets each line that Docker tells meanwhile."""
        with self._client() as client:
            utils = importlib.import_module("docker.utils")
            repository, tag = utils.parse_repository_tag(name)
            for line in client.pull(repository, tag=tag or "latest", stream=True, decode=True):
                if "error" in line:
                    raise DockerError(str(line["error"]))
                progress(line)

    # Containers.

    def create(self, name: str, config: Mapping[str, Any]) -> str:
        """Make a container from the body of Docker's own ``POST /containers/create``; returns its id."""
        with self._client() as client:
            return str(client.create_container_from_config(dict(config), name)["Id"])

    def start(self, container: str) -> None:
        with self._client() as client:
            client.start(container)

    def inspect(self, container: str) -> dict[str, Any]:
        with self._client() as client:
            return dict(client.inspect_container(container))

    def signal(self, container: str, name: str) -> None:
        with self._client() as client:
            client.kill(container, name)

    def remove(self, container: str) -> None:
        """With its anonymous volumes, whether it runs or not."""
        with self._client() as client:
            client.remove_container(container, v=True, force=True)

    def labelled(self, label: str) -> list[dict[str, Any]]:
        """All containers with this label (``key=value``), running or not: ``{Id, State, Labels, ...}``."""
        with self._client() as client:
            return list(client.containers(all=True, filters={"label": label}))

    def log(self, container: str, stream: str, since: int) -> Iterator[bytes]:
        """Entries of ``stdout`` or ``stderr`` from this second on, each ``<RFC 3339 time> <text>``, until the container ends."""
        wanted: dict[str, Any] = {"stdout": stream == "stdout", "stderr": stream == "stderr"}
        if since:
            wanted["since"] = since
        with self._client() as client:
            yield from client.logs(container, stream=True, follow=True, timestamps=True, **wanted)

    def watch(self, label: str, connected: Callable[[], None], event: Callable[[Mapping[str, Any]], None]) -> None:
        """Tell what happens to containers with this label, for ever. Whatever happens after `connected` was called is told."""
        with self._client() as client:
            told = client.events(decode=True, filters={"type": "container", "label": label, "event": ["die", "oom"]})
            connected()
            for one in told:
                event(one)

    # Commands in containers.

    def exec_create(self, container: str, command: list[str]) -> str:
        with self._client() as client:
            return str(client.exec_create(container, command)["Id"])

    def exec_run(self, number: str) -> int:
        """Run it to its end; returns its exit code."""
        with self._client() as client:
            for _unread in client.exec_start(number, stream=True):
                pass  # nobody wants to know what a check prints
            # A command may close its output before it ends, and Docker tells the end of the one before that of the other. It has to be
            # asked, since its API cannot wait for a command; this ends with the command, which a check's timeout kills, or the container.
            while (found := client.exec_inspect(number))["Running"]:
                time.sleep(EXEC_SECONDS)
            return int(found["ExitCode"])

    def exec_pid(self, number: str) -> int | None:
        """The process' id on the host, if it runs."""
        with self._client() as client:
            found = client.exec_inspect(number)
            return int(found["Pid"]) if found["Running"] and found["Pid"] else None
