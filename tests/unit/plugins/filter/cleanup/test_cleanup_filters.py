# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes from a host, and above all what stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.filter.cleanup_images import cleanup_images, cleanup_versions
from ansible_collections.zeus.paas.plugins.module_utils._cleanup import DAY, image_name, images_of, images_to_go

NOW = 1_795_500_000.0
OLD = "2025-01-01T00:00:00.123456789Z"
NEVER = "0001-01-01T00:00:00Z"


def image(
    number: int, *tags: str, created: str = OLD, tagged: str = NEVER, digests: tuple[str, ...] = (), size: int = 10
) -> dict[str, Any]:
    metadata = {"LastTagTime": tagged}
    return {
        "Id": f"sha256:{number}",
        "RepoTags": list(tags),
        "RepoDigests": list(digests),
        "Created": created,
        "Size": size,
        "Metadata": metadata,
    }


@pytest.mark.parametrize(("written", "expected"), [
    ("nginx", "nginx:latest"),
    (" nginx:1.22 ", "nginx:1.22"),
    ("registry.example.com:5000/shop", "registry.example.com:5000/shop:latest"),
    ("registry.example.com:5000/shop:1.0", "registry.example.com:5000/shop:1.0"),
    ("shop@sha256:12", "shop@sha256:12"),
])  # fmt: skip
def test_one_image_has_one_name(written: str, expected: str) -> None:
    assert image_name(written) == expected


def test_images_are_named_by_apps_and_by_jobs() -> None:
    app = {"id": "/a", "container": {"type": "DOCKER", "docker": {"image": "shop:1.0"}}}
    job = {"name": "j", "container": {"type": "DOCKER", "image": "report"}}
    assert images_of([app, job, {"id": "/b", "cmd": "true"}, {"container": {"docker": {"image": ""}}}, None]) == {
        "shop:1.0",
        "report:latest",
    }


def gone(*images: dict[str, Any], used: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> list[list[str]]:
    return [one["names"] for one in images_to_go(images, used, needed, NOW, 30)]


def test_what_stays() -> None:
    assert gone(image(1, "a:1"), used=("sha256:1",)) == []
    # Docker leaves its own registry out, and users may write it.
    assert gone(image(1, "a:1"), needed=("registry.example.com/library/a:1",)) == []
    assert gone(image(1, "a:1"), needed=("ba:1", "a:10")) == [["a:1"]]
    # One of its names is enough, and so is its digest.
    assert gone(image(1, "a:1", "a:2"), needed=("a:2",)) == []
    assert gone(image(1, digests=("a@sha256:12",)), needed=("a@sha256:12",)) == []
    young = "2026-11-20T00:00:00Z"
    assert gone(image(1, "a:1", created=young), image(2, "b:1", tagged=young)) == []


def test_what_goes() -> None:
    found = gone(image(1, "a:1", "a:latest"), image(2, size=99), image(3, "<none>:<none>", size=1))
    assert found == [["sha256:2"], ["a:1", "a:latest"], ["sha256:3"]]


def test_the_filter_reads_what_docker_writes() -> None:
    written = json.dumps([image(1, "a:1"), image(2, "b:1")])
    apps = [{"container": {"docker": {"image": "b:1"}}}]
    (found,) = cleanup_images(written, [], apps, 30)
    assert found["names"] == ["a:1"]
    assert found["age"] * DAY > 30 * DAY
    assert cleanup_images("[]", [], [], 30) == []
    with pytest.raises(AnsibleFilterError, match="expected the answer of docker image inspect"):
        cleanup_images("Error: no such image", [], [], 30)


def test_versions() -> None:
    names = [f"/opt/{program}/1.{number}-0123456789ab" for program in ("mesos", "marathon") for number in range(4)]
    found: dict[str, float] = {name: index for index, name in enumerate(names)} | {"/opt/mesos/ours": 0, "/opt/mesos/1.9": 0}
    current = ["/opt/mesos/1.3-0123456789ab", "/opt/marathon/1.0-0123456789ab"]
    assert cleanup_versions(found, current, [], 1) == [
        "/opt/marathon/1.1-0123456789ab", "/opt/marathon/1.2-0123456789ab", "/opt/mesos/1.0-0123456789ab", "/opt/mesos/1.1-0123456789ab",
    ]  # fmt: skip
    running = ["/opt/mesos/1.0-0123456789ab/libexec/mesos/mesos-executor"]
    assert "/opt/mesos/1.0-0123456789ab" not in cleanup_versions(found, current, running, 0)
    assert cleanup_versions(found, current, [], 9) == []


@pytest.mark.parametrize("keep", [-1, "all", None])
def test_a_number_that_is_none(keep: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="0 or more"):
        cleanup_versions({}, [], [], keep)
