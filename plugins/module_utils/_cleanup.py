# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What may go from a host that nobody needs any more: images of Docker, and versions of our programs. Pure; what is there is given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

DAY = 86400
_FRACTION = re.compile(r"\.\d+")
#: A folder of ``/opt/<program>``, as the role service_base names it: the version and the digest of what is in it.
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_-]*-[0-9a-f]{12}")


def image_name(text: str) -> str:
    """With a tag, where it has neither tag nor digest: ``nginx`` → ``nginx:latest``."""
    name = text.strip()
    return name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"


def named(name: str, needed: Collection[str]) -> bool:
    """Whether somebody names this image. Docker leaves its own registry out of names and users may write it, so the end counts: that
    keeps an image of the same name from another registry, too, which does no harm."""
    short = image_name(name)
    return short in needed or any(one.endswith(f"/{short}") for one in needed)


def images_of(definitions: Collection[Any]) -> set[str]:
    """The images that apps of Marathon or jobs of Chronos name, as :func:`image_name` has them."""
    return {image_name(found) for definition in definitions for found in _images(definition)}


def images_to_go(
    images: Sequence[Mapping[str, Any]], used: Collection[str], needed: Collection[str], now: float, days: float
) -> list[dict[str, Any]]:
    """Of what ``docker image inspect`` tells, those that are so old, that no container was made from (``used``: ids), and that nobody names
    (``needed``). Each with its ``names`` (its id if it has none), ``size`` in bytes and ``age`` in days, the largest first."""
    found = []
    for image in images:
        names = [*(image.get("RepoTags") or []), *(image.get("RepoDigests") or [])]
        age = (now - max(_time(image.get("Created")), _time((image.get("Metadata") or {}).get("LastTagTime")))) / DAY
        if image["Id"] in used or age < days or any(named(name, needed) for name in names):
            continue
        tags = [name for name in image.get("RepoTags") or [] if "<none>" not in name]
        found.append({"names": tags or [image["Id"]], "size": int(image.get("Size") or 0), "age": int(age)})
    return sorted(found, key=lambda image: (-image["size"], image["names"]))


def versions_to_go(found: Mapping[str, float], current: Collection[str], running: Collection[str], keep: int) -> list[str]:
    """Of the folders of each program, those beyond the ``current`` one and the ``keep`` newest others.

    ``found``: path → time of its change; ``running``: paths of programs that run. Folders that the role did not name stay.
    """
    gone: list[str] = []
    for program in sorted({path.rpartition("/")[0] for path in found}):
        here = [path for path in found if path.rpartition("/")[0] == program and path not in current]
        others = sorted((path for path in here if _VERSION.fullmatch(path.rpartition("/")[2])), key=lambda path: -found[path])
        gone += sorted(path for path in others[keep:] if not any(one.startswith(f"{path}/") for one in running))
    return gone


def _images(definition: Any) -> Iterator[str]:
    container = definition.get("container") if isinstance(definition, Mapping) else None
    if not isinstance(container, Mapping):
        return
    # Marathon has it one level deeper than Chronos.
    docker = container.get("docker")
    image = docker.get("image") if isinstance(docker, Mapping) else container.get("image")
    if isinstance(image, str) and image.strip():
        yield image


def _time(text: Any) -> float:
    """Of ``2026-11-22T10:00:00.123456789Z``; Docker's *never* (year 1), and what cannot be read, is 0."""
    try:
        found = datetime.fromisoformat(_FRACTION.sub("", str(text)).replace("Z", "+00:00"))
        return found.timestamp() if found.year > 1970 else 0.0
    except ValueError:
        return 0.0
