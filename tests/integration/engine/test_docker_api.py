# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's edge to Docker with the newest SDK, on the machine's own Docker. (The other tests have the SDK that Debian 12 carries.)"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "roles" / "standalone" / "files"))

from zeus_engine.docker_api import DockerApi, DockerError, NotFoundError, UnreachableError

PREFIX = os.environ.get("ZEUS_TEST_PREFIX", "zeus-test-")
SCRIPT = "echo one; echo two >&2; trap 'exit 3' TERM; while :; do sleep 0.1; done"


@pytest.fixture
def api() -> DockerApi:
    return DockerApi()


@pytest.fixture
def container(api: DockerApi) -> Iterator[tuple[str, str]]:
    """(id, label) of a container that is not started yet."""
    label = f"paas.zeus.test={secrets.token_hex(6)}"
    key, value = label.split("=")
    config = {
        "Image": os.environ.get("ZEUS_TEST_BASE_IMAGE", "zeus-dev:latest"),
        "Cmd": ["/bin/sh", "-c", SCRIPT],
        "Labels": {key: value},
        "HostConfig": {"NetworkMode": "none", "LogConfig": {"Type": "json-file", "Config": {}}},
    }
    number = api.create(f"{PREFIX}api-{value}", config)
    yield number, label
    with contextlib.suppress(NotFoundError):
        api.remove(number)


def test_the_life_of_a_container(api: DockerApi, container: tuple[str, str]) -> None:
    number, label = container
    told: queue.Queue[Any] = queue.Queue()
    watcher = threading.Thread(target=api.watch, args=(label, lambda: told.put("connected"), told.put), daemon=True)
    watcher.start()
    assert told.get(timeout=20) == "connected"
    assert [one["State"] for one in api.labelled(label)] == ["created"]
    api.start(number)
    assert api.inspect(number)["State"]["Running"]
    entries = api.log(number, "stdout", 0)
    stamp, text = next(entries).split(b" ", 1)
    assert text == b"one\n"
    assert len(stamp) == len("2026-01-01T00:00:00.000000000Z")
    assert next(api.log(number, "stderr", 0)).endswith(b" two\n")
    assert api.exec_run(api.exec_create(number, ["/bin/sh", "-c", "exit 4"])) == 4
    silent = "exec > /dev/null 2>&1; sleep 0.5; exit 5"
    assert api.exec_run(api.exec_create(number, ["/bin/sh", "-c", silent])) == 5, "its output ends before it does"
    api.signal(number, "SIGTERM")
    event = told.get(timeout=20)
    assert (event["Action"], event["Actor"]["ID"], event["Actor"]["Attributes"]["exitCode"]) == ("die", number, "3")
    assert list(entries) == [], "the log ends with the container"
    assert api.inspect(number)["State"]["ExitCode"] == 3
    api.remove(number)
    assert api.labelled(label) == []
    with pytest.raises(NotFoundError):
        api.inspect(number)


def test_images(api: DockerApi) -> None:
    assert api.has_image(os.environ.get("ZEUS_TEST_BASE_IMAGE", "zeus-dev:latest"))
    assert not api.has_image("127.0.0.1:9/nobody/nothing:1")
    with pytest.raises(DockerError, match="refused"):
        api.pull("127.0.0.1:9/nobody/nothing:1", lambda _: None)


def test_no_docker(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="there is no such socket"):
        DockerApi(str(tmp_path / "none.sock")).version()
    dead = tmp_path / "dead.sock"
    dead.touch()
    with pytest.raises(UnreachableError, match="Docker does not answer at"):
        DockerApi(str(dead)).version()
