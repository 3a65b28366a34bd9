# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent keeps on disk: the plan (nginx reads it at start, too), what it took from the policy store, and drain marks."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import BrokenValueError, Entry, parse_entry
from ansible_collections.zeus.paas.plugins.module_utils._routing import Plan, parse_plan

log = logging.getLogger(__name__)


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """A reader finds the old or the new content, never a part, also after a power cut."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    os.replace(temporary, path)


class Disk:
    """All of the agent's files, in one directory."""

    def __init__(self, directory: str) -> None:
        self._root = Path(directory)
        self.plan_path = self._root / "plan.json"

    def load_plan(self) -> Plan | None:
        """``None`` if there is none, or none that can be used."""
        try:
            return parse_plan(json.loads(self.plan_path.read_text(encoding="utf-8")), str(self.plan_path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, InputError) as exc:
            log.warning("the plan on disk cannot be used, a new one is made from what runs: %s", exc)
            return None

    def save_plan(self, plan: Plan) -> None:
        write_atomically(self.plan_path, plan.to_text())

    def load_entries(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for key, text in self._load("store.json").items():
            try:
                found[key] = parse_entry(key, str(text))
            except BrokenValueError as exc:
                log.warning("%s on disk is not used: it %s", key, exc)
        return found

    def save_entries(self, entries: Mapping[str, Entry]) -> None:
        write_atomically(self._root / "store.json", canonical({key: entry.to_text() for key, entry in entries.items()}), 0o640)

    def load_drains(self) -> dict[str, float]:
        return {key: float(until) for key, until in self._load("drains.json").items() if isinstance(until, (int, float))}

    def save_drains(self, drains: Mapping[str, float]) -> None:
        write_atomically(self._root / "drains.json", canonical(dict(drains)), 0o640)

    def _load(self, name: str) -> dict[str, object]:
        try:
            data = json.loads((self._root / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as exc:
            log.warning("%s on disk cannot be used: %s", name, exc)
            return {}
        return data if isinstance(data, dict) else {}
