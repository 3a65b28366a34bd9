# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check run of a playbook told about each task, beside what the run after it did.

    python -m honesty.records <folder of the recorder> <playbook> [<playbook that imports it>]

compares each check run of that playbook with the run after it, prints what was not predicted, and fails if there is anything.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The only tasks that a check run may pass over: what a service does can be asked only when it runs what the run has not brought yet.
SERVICE_STATE = ("systemd_service", "systemd", "service")
VERIFY = "/tasks/verify.yml"
#: A program that comes from a source is told of by the link that leads to it; the steps towards it need what only the run has fetched.
SOURCE = "service_base/tasks/source/"
#: Of a diff only these keys say what is true before and after; headers name temporary files.
SIDES = ("before", "after", "prepared")
#: Attributes that Ansible's file module tells of a new folder only after it has made it; its state is predicted.
AFTERWARDS = ("mode", "owner", "group", "uid", "gid")

#: What a check run before the first install cannot know, and why. What comes after must be predicted there, too.
BROUGHT_BY_A_PACKAGE = {
    ("policy_store", "The store's settings are these"): "redis-server brings a redis.conf, which is what was there before",
    ("router_nginx", "The frame of nginx's configuration is that of these settings"): "nginx brings an nginx.conf",
    ("router_haproxy", "The frame of HAProxy's configuration is that of these settings"): "haproxy brings a haproxy.cfg",
}


@dataclass(frozen=True)
class Told:
    """One result of one task, on one host, for one item."""

    host: str
    role: str
    task: str
    place: str
    action: str
    item: str
    object: str | None
    status: str
    changed: bool
    diff: Any

    @property
    def key(self) -> tuple[str, ...]:
        return self.host, self.role, self.place, self.task, self.item

    @property
    def thing(self) -> tuple[str, str, str] | None:
        """What it is about, whichever role asks for it."""
        return (self.host, self.action, self.object) if self.object else None

    def __str__(self) -> str:
        return f"{self.host}: {self.role}: {self.task}" + (f" ({self.item})" if self.item != "null" else "")


def load(path: Path) -> list[Told]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        data["item"] = json.dumps(data["item"], sort_keys=True)
        found.append(Told(**data))
    return found


def unpredicted(check: list[Told], run: list[Told]) -> Iterator[str]:
    """In words: every change that was not told, was told and did not come, or came otherwise."""
    told, came = _by_key(check), _by_key(run)
    done_before = {one.thing for one in run if one.changed and one.thing}
    for key in {**told, **came}:
        before, after = told.get(key), came.get(key)
        said, did = before is not None and before.changed, after is not None and after.changed
        one = after or before
        assert one is not None
        if did and not said:
            if not _may_be_passed_over(one, before):
                yield f"{one}: changed, which the check run had not told ({before.status if before else 'it did not come to it'})"
        elif said and not did:
            # Two roles of a host that each see to one folder: the check run tells it twice, the run has it done by the first.
            if one.thing not in done_before:
                yield f"{one}: the check run told a change that did not come ({after.status if after else 'not run'})"
        elif said and before is not None and after is not None:
            yield from (f"{one}: {text}" for text in _differ(before, after))


def _may_be_passed_over(one: Told, before: Told | None) -> bool:
    passed_over = one.action in SERVICE_STATE or VERIFY in one.place or one.place.startswith(SOURCE)
    return (before is None or before.status == "skipped") and passed_over


def _by_key(results: list[Told]) -> dict[tuple[str, ...], Told]:
    """A handler or a retried task has several results: it has changed something if one of them has."""
    found: dict[tuple[str, ...], Told] = {}
    for one in results:
        if one.key not in found or not found[one.key].changed:
            found[one.key] = one
    return found


def _differ(before: Told, after: Told) -> Iterator[str]:
    if before.action == "apt":
        # The same packages; in which order apt-get sets them up, and what it says besides, is its own.
        first, second = _packages(before.diff), _packages(after.diff)
        if first != second:
            yield f"packages: told besides {sorted(first - second)}, came besides {sorted(second - first)}"
        return
    told, came = _sides(before.diff), _sides(after.diff)
    for number, (one, other) in enumerate(zip(told, came, strict=False)):
        for side in SIDES:
            if side == "before" and not one.get(side) and (before.role, before.task) in BROUGHT_BY_A_PACKAGE:
                continue
            if _plain(one.get(side), other.get(side)) != _plain(other.get(side), one.get(side)):
                yield f"diff {number}, {side}: told {one.get(side)!r:.300}, came {other.get(side)!r:.300}"
    if len(told) != len(came):
        yield f"{len(told)} diffs told, {len(came)} came"


def _sides(diff: Any) -> list[Mapping[str, Any]]:
    """Only what holds something: an empty diff and none are the same to a reader."""
    parts = diff if isinstance(diff, list) else [diff]
    return [part for part in parts if isinstance(part, dict) and any(part.get(side) for side in SIDES)]


def _plain(side: Any, other: Any) -> Any:
    if isinstance(side, dict) and isinstance(other, dict):
        return {key: value for key, value in side.items() if key in other or key not in AFTERWARDS}
    return side


def _packages(diff: Any) -> set[str]:
    text = str((diff or {}).get("prepared", ""))
    words: set[str] = set()
    for block in text.split("NEW packages will be installed:")[1:]:
        for line in block.splitlines()[1:]:
            if not line.startswith("  "):
                break
            words |= set(line.split())
    return words


def main() -> int:
    folder, playbooks = Path(sys.argv[1]), sys.argv[2:]
    files = sorted(path for path in folder.glob("*.jsonl") if path.stem.rpartition("-")[2] in playbooks)
    checks = [number for number, path in enumerate(files) if "-check-" in path.name and number + 1 < len(files)]
    checks = [number for number in checks if "-run-" in files[number + 1].name]
    if not checks:
        print(f"{folder} holds no check run of {playbooks[0]} with a run after it")
        return 2
    failed = 0
    for number in checks:
        check, run = load(files[number]), load(files[number + 1])
        wrong = list(unpredicted(check, run))
        print(f"{files[number].name}: {len(check)} results, {sum(one.changed for one in check)} changes told;"
              f" {sum(one.changed for one in run)} came; {len(wrong)} differ")  # fmt: skip
        print("\n".join(wrong))
        failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
