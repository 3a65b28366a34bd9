# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an agent says of itself, attributes and resources, read and refused as Mesos 1.11 does (facts recorded from a real agent)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

Attribute = tuple[str, str, str]


class BadAttribute(Exception):
    """An attribute on which Mesos aborts: where in its source, and the text."""

    def __init__(self, where: str, text: str) -> None:
        super().__init__(text)
        self.where = where


class BadResource(Exception):
    """The text of the exit."""


def attributes(text: str) -> list[Attribute]:
    """(name, type, value as Mesos prints it). What Mesos takes silently is taken here too: commas, blanks, quotes, doubles."""
    found = []
    for token in (one for one in text.split(";") if one):
        name, colon, value = token.partition(":")
        if not colon or not value or not name:
            raise BadAttribute("attributes.cpp:168", f"Invalid attribute key:value pair '{token}'")
        found.append((name, *_typed(name, value)))
    return found


def _typed(name: str, text: str) -> tuple[str, str]:
    value = text.strip()
    if sum(map(value.count, "[(")) != sum(map(value.count, "])")) or value.count("{") != value.count("}"):
        raise BadAttribute("attributes.cpp:131", f"Failed to parse attribute {name} text {text} error Mismatched brackets")
    if value.startswith("["):
        pairs = re.findall(r"(\d+)-(\d+)", value)
        if not re.fullmatch(r"\[\s*\d+-\d+(\s*,\s*\d+-\d+)*\s*\]", value):
            raise BadAttribute("attributes.cpp:131", f'Failed to parse attribute {name} text {text} error Expecting one or more "ranges"')
        return "RANGES", "[" + ", ".join(f"{first}-{last}" for first, last in pairs) + "]"
    if value.startswith("{"):
        raise BadAttribute("attributes.cpp:148", f"Bad type for attribute {name} text {text} type 2")
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", value):
        number = float(value)
        return "SCALAR", str(int(number)) if number.is_integer() else repr(number)
    return "TEXT", value


def attribute_json(attribute: Attribute) -> dict[str, Any]:
    """As GET_AGENTS types it."""
    name, kind, value = attribute
    if kind == "SCALAR":
        return {"name": name, "type": kind, "scalar": {"value": float(value)}}
    if kind == "RANGES":
        pairs = [one.split("-") for one in value[1:-1].split(", ")]
        return {"name": name, "type": kind, "ranges": {"range": [{"begin": int(first), "end": int(last)} for first, last in pairs]}}
    return {"name": name, "type": kind, "text": {"value": value}}


def resources(text: str | None) -> dict[str, Any]:
    """``{cpus, mem, disk, ports: [[first, last]…]}`` in MB; what is not named is the machine's own, ports 31000-32000."""
    found: dict[str, Any] = {
        "cpus": float(os.cpu_count() or 1),
        "mem": float(_memory()),
        "disk": 10240.0,
        "ports": [[31000, 32000]],
    }
    for token in (one.strip() for one in (text or "").split(";")):
        if not token:
            continue
        name, colon, value = token.partition(":")
        name = name.partition("(")[0].strip()
        if not colon:
            raise BadResource(f"Failed to determine agent resources: Bad value for resources, missing or extra ':' in {token}")
        if name in ("cpus", "mem", "disk", "gpus"):
            try:
                found[name] = float(value)
            except ValueError:
                raise BadResource(f"Failed to determine agent resources: Bad type for resource {name} value {value} type TEXT") from None
        elif name == "ports":
            found[name] = [[int(first), int(last)] for first, last in re.findall(r"(\d+)-(\d+)", value)]
    return found


def _memory() -> int:
    """Mesos keeps a gigabyte, or half of a small machine, for the rest."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1048576
    return int(total - 1024 if total > 2048 else total // 2)


class Incompatible(Exception):
    """A change that the reconfiguration policy does not permit, in Mesos' words."""


def check(policy: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Raises Incompatible where a real agent fails to recover. `old` and `new` are ``{hostname, port, attributes, resources}``."""
    if policy == "equal":
        if old != new:
            rule = "-" * 60
            shown = f"Old agent info:\n{_shown(old)}\n\n{rule}\nNew agent info:\n{_shown(new)}\n\n{rule}"
            raise Incompatible(f"Incompatible agent info detected. \n\n{rule}\n{shown}")
        return
    if old["hostname"] != new["hostname"]:
        raise Incompatible(
            f"Configuration change not permitted under `additive` policy: Hostname changed from {old['hostname']} to {new['hostname']}"
        )
    before = "Configuration change not permitted under 'additive' policy: "
    if old["port"] != new["port"]:
        raise Incompatible(f"{before}Port changed from {old['port']} to {new['port']}")
    names = {name: (kind, value) for name, kind, value in new["attributes"]}
    for name, kind, value in old["attributes"]:
        if name not in names:
            raise Incompatible(f"{before}Couldn't find attribute {name}={value}")
        if names[name] != (kind, value):
            raise Incompatible(f"{before}Value of {kind.lower()} attribute '{name}' changed from {value} to {names[name][1]}")
    for name, amount in old["resources"].items():
        if name != "ports" and new["resources"].get(name, 0) < amount:
            raise Incompatible(f"{before}Resource {name} shrank from {amount:g} to {new['resources'].get(name, 0):g}")


def _shown(info: dict[str, Any]) -> str:
    lines = [f'hostname: "{info["hostname"]}"']
    lines += [f'resources {{\n  name: "{name}"\n  value: {json.dumps(value)}\n}}' for name, value in info["resources"].items()]
    lines += [
        f'attributes {{\n  name: "{name}"\n  type: {kind}\n  {kind.lower()} {{\n    value: "{value}"\n  }}\n}}'
        for name, kind, value in info["attributes"]
    ]
    return "\n".join([*lines, f"port: {info['port']}"])


class Checkpoint:
    """``<work_dir>/meta``: the boot id, and ``slaves/latest``, a link to the folder of the agent's id with its info."""

    def __init__(self, work_dir: Path) -> None:
        self.meta = work_dir / "meta"
        self.latest = self.meta / "slaves" / "latest"

    def load(self) -> tuple[str, dict[str, Any]] | None:
        """The id and the info that were checkpointed."""
        if not self.latest.exists():
            return None
        return self.latest.resolve().name, dict(json.loads((self.latest / "slave.info").read_text(encoding="utf-8")))

    def rebooted(self) -> bool:
        boot = self.meta / "boot_id"
        return boot.exists() and boot.read_text(encoding="utf-8") != boot_id()

    def save_boot(self) -> None:
        self.meta.mkdir(parents=True, exist_ok=True)
        (self.meta / "boot_id").write_text(boot_id(), encoding="utf-8")

    def save(self, agent_id: str, info: dict[str, Any]) -> None:
        """Once per id: what was written first stays, under `additive` too."""
        folder = self.meta / "slaves" / agent_id
        if not (folder / "slave.info").exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "slave.info").write_text(json.dumps(info), encoding="utf-8")
        fresh = self.latest.with_name("latest.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(folder)
        fresh.replace(self.latest)

    def forget(self) -> None:
        self.latest.unlink(missing_ok=True)


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
