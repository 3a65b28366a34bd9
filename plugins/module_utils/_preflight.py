# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What is wrong with a datacenter's machines before anything is installed, all of it at once. Pure: the answers come from ``_machine``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ansible_collections.zeus.paas.plugins.module_utils._preflight_layout import (
    Endpoint,
    Host,
    Layout,
    apis,
    is_address,
    listens,
    names,
    reaches,
)

Level = Literal["error", "warning"]
Answer = Mapping[str, Any]
CONTROLLER = "controller"
#: Seconds between two clocks. Times of events and logs are compared across hosts.
CLOCK_ERROR, CLOCK_WARNING = 5.0, 1.0
#: (error below, warning below) in MiB, by role: for our programs and their packages, without what tasks use.
MEMORY = {"control": (768, 1536), "router": (384, 768), "compute": (768, 1536)}
DISK = {"control": (1024, 5120), "router": (768, 2048), "compute": (1024, 5120)}
NEEDED_CONTROLLERS = ("cpu", "memory")
_LOOPBACK = ("127.", "::1", "::ffff:127.")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong on one host; ``expected`` says what would be right. An error stops an installation, a warning does not."""

    host: str
    level: Level
    subject: str
    problem: str
    expected: str


def judge(layout: Layout, answers: Mapping[str, Answer], controller: Answer) -> tuple[Finding, ...]:
    """Everything that is wrong. ``answers``: host → what it said (``_machine``), plus ``asked`` (the controller's time before and after),
    or only ``silent``, the reason why it said nothing. ``controller``: its own names and reach."""
    found: list[Finding] = []
    for host in layout.hosts:
        answer = answers.get(host.name, {"silent": "it was not asked"})
        if "silent" in answer:
            found.append(_silent(host.name, str(answer["silent"])))
            continue
        found += [*_system(host, answer), *_clock(host.name, answer), *_room(layout, host, answer), *_cgroups(layout, host, answer)]
        found += [*_ports(layout, host, answer), *_reach(layout, host.name, reaches(layout, host), answer, answers)]
        found += _names(host.name, names(layout), answer)
        if layout.engine == "standalone" and host.role == "control" and not is_address(host.address):
            found.append(
                Finding(host.name, "error", "address", f"ansible_host is the name {host.address}", "an IP address: tasks are reached by it")
            )
    found += [*_names(CONTROLLER, names(layout), controller), *_reach(layout, CONTROLLER, apis(layout), controller, answers)]
    return (*found, *_together(answers))


def report(datacenter: str, findings: Sequence[Finding], asked: int) -> list[str]:
    """The list for people, one line per finding, below its host."""
    lines = [f"{datacenter}: {summary(findings)} ({asked} hosts)"]
    for host in dict.fromkeys(finding.host for finding in findings):
        lines.append(f"  {host}")
        for finding in sorted((f for f in findings if f.host == host), key=lambda f: f.level):
            lines.append(f"    {finding.level + ':':<9}{finding.subject}: {finding.problem}; expected {finding.expected}")
    return lines


def summary(findings: Sequence[Finding]) -> str:
    counts = {level: sum(finding.level == level for finding in findings) for level in ("error", "warning")}
    told = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items() if count]
    return ", ".join(told) or "nothing is wrong"


def _silent(name: str, why: str) -> Finding:
    low = why.lower()
    if "sudo" in low or "password is required" in low or "become" in low:
        return Finding(name, "error", "rights", why, "a user that may become root by sudo without a password, or -K")
    if "host key" in low:
        return Finding(name, "error", "ssh", why, "the host's key in known_hosts: ssh-keyscan -t ed25519 <address> >> known_hosts")
    if "python" in low and "not found" in low:
        return Finding(name, "error", "Python", why, "Debian's python3")
    return Finding(name, "error", "ssh", why, "a machine that ansible_user can log in to")


def _system(host: Host, answer: Answer) -> Iterator[Finding]:
    system = answer["system"]
    if system["id"] != "debian" or system["version"] not in ("12", "13"):
        yield Finding(host.name, "error", "system", f"this is {system['name'] or 'unknown'}", "Debian 12 or 13")
    if not answer["systemd"]:
        yield Finding(host.name, "error", "systemd", "it does not run here", "a machine, or container, that systemd has started")
    if tuple(int(part) for part in str(answer["python"]).split(".")[:2]) < (3, 11):
        yield Finding(host.name, "error", "Python", f"this is {answer['python']}", "3.11 or newer, as Debian 12 has it")
    if answer["uid"] != 0:
        expected = "ansible_user: root, or ansible_become: true and a user with sudo"
        yield Finding(host.name, "error", "rights", f"tasks run here as {answer['user']}", expected)


def _offset(answer: Answer) -> tuple[float, float]:
    """The host's clock minus the controller's lies between these: it was read after the question and before the answer."""
    before, after = answer["asked"]
    return answer["time"] - after, answer["time"] - before


def _clock(name: str, answer: Answer) -> Iterator[Finding]:
    low, high = _offset(answer)
    least = max(0.0, low, -high)
    if least > CLOCK_WARNING:
        side = "ahead of" if low > 0 else "behind"
        level: Level = "error" if least > CLOCK_ERROR else "warning"
        yield Finding(
            name,
            level,
            "clock",
            f"at least {least:.1f} s {side} the controller",
            f"less than {CLOCK_WARNING:g} s: start systemd-timesyncd or chrony",
        )


def _room(layout: Layout, host: Host, answer: Answer) -> Iterator[Finding]:
    memory, (least, better) = int(answer["memory_mib"]), MEMORY[host.role]
    if memory < better:
        level: Level = "error" if memory < least else "warning"
        yield Finding(host.name, level, "memory", f"{memory} MiB", f"{better} MiB or more for a {host.role} host")
    least, better = DISK[host.role]
    for place, free in sorted(answer["free_mib"].items(), key=lambda item: item[1]):
        if place in ("/var/lib", "/opt") and free < better:
            level = "error" if free < least else "warning"
            yield Finding(host.name, level, "disk", f"{free} MiB free in {place}", f"{better} MiB or more")
            break
    if layout.engine == "standalone" and host.role == "control":
        offered = _offered(host, "mem", 1024)
        if offered > memory:
            yield Finding(
                host.name, "warning", "memory", f"the virtual agents offer {offered:g} MiB, and the machine has {memory}",
                "zeus_vclusters.*.standalone.mem that the machine has",
            )  # fmt: skip


def _offered(host: Host, what: str, default: float) -> float:
    clusters = [cluster.get("standalone") or {} for cluster in host.variables["zeus_vclusters"].values()]
    return float(sum(engine.get("agents", 1) * engine.get(what, default) for engine in clusters))


def _cgroups(layout: Layout, host: Host, answer: Answer) -> Iterator[Finding]:
    runs_tasks = host.role == "compute" or (layout.engine == "standalone" and host.role == "control")
    if not runs_tasks:
        return
    found = answer["cgroups"]
    missing = [name for name in NEEDED_CONTROLLERS if name not in found["controllers"]]
    if found["version"] == 2 and layout.engine == "mesos":
        expected = "version 1, the only one that Mesos 1.11 knows: boot with systemd.unified_cgroup_hierarchy=0"
        yield Finding(host.name, "error", "cgroups", "this machine has version 2", expected)
    elif found["version"] == 0 or missing:
        what = f"no controllers {' and '.join(missing)}" if found["version"] else "there are none"
        yield Finding(host.name, "error", "cgroups", what, "cpu and memory, by which tasks get their limits")
    elif not found["writable"] and answer["uid"] == 0:
        yield Finding(host.name, "error", "cgroups", "/sys/fs/cgroup can only be read", "a machine, or a container that may write there")
    elif found["version"] == 2:
        yield Finding(host.name, "warning", "cgroups", "this machine has version 2", "version 1, on which the standalone engine is tested")


def _ports(layout: Layout, host: Host, answer: Answer) -> Iterator[Finding]:
    for port in listens(layout, host):
        ours = (port.unit, None) if port.unit in answer["units"] else (port.unit,)
        others = [entry for entry in answer["listening"] if entry["port"] == port.number and entry["unit"] not in ours]
        if others:
            who = others[0]["program"] or "another program"
            unit = f" ({others[0]['unit']})" if others[0]["unit"] else ""
            yield Finding(
                host.name, "error", "port", f"{port.number} ({port.what}) is taken by {who}{unit}", "it free: stop that program, or move it"
            )


def _reach(layout: Layout, name: str, endpoints: Sequence[Endpoint], answer: Answer, answers: Mapping[str, Answer]) -> Iterator[Finding]:
    owners = {host.address: host.name for host in layout.hosts}
    for endpoint in endpoints:
        said = answer["reached"].get(endpoint.key, "it was not asked")
        if not is_address(endpoint.address) and not answer["names"].get(endpoint.address):
            continue  # said once, as a name that cannot be resolved
        if said == "open" or (said == "refused" and _nobody_there(answers.get(owners.get(endpoint.address, ""), {}), endpoint.port)):
            continue
        what = f"{endpoint.what} at {endpoint.key}"
        if said == "refused":
            yield Finding(
                name, "error", "network", f"{what} refuses, though it listens there", "no firewall in between, and no bind to 127.0.0.1"
            )
        else:
            yield Finding(name, "error", "network", f"{what} cannot be reached: {said}", f"TCP to port {endpoint.port} allowed")


def _nobody_there(answer: Answer, port: int) -> bool:
    """Nothing listens there yet, so *refused* came from the host itself and the way is free."""
    return not any(entry["port"] == port for entry in answer.get("listening", ()))


def _names(name: str, wanted: Sequence[str], answer: Answer) -> Iterator[Finding]:
    unknown = [used for used in wanted if not answer["names"].get(used)]
    if unknown:
        yield Finding(
            name, "error", "DNS", f"cannot resolve {', '.join(unknown)}", "every name of the inventory known, by DNS or /etc/hosts"
        )


def _together(answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """What shows only when the hosts are compared; said of the host that differs from most."""
    heard = {name: answer for name, answer in sorted(answers.items()) if "silent" not in answer}
    zones = [answer["timezone"] for answer in heard.values()]
    if len(set(zones)) > 1:
        usual = max(sorted(set(zones)), key=zones.count)
        for name, answer in heard.items():
            if answer["timezone"] != usual:
                yield Finding(name, "warning", "time zone", answer["timezone"], f"{usual}, as most hosts have it")
    for used in sorted({used for answer in heard.values() for used in answer["names"]}):
        told = {name: tuple(answer["names"][used]) for name, answer in heard.items() if answer["names"].get(used)}
        usual_told = max(sorted(set(told.values())), key=list(told.values()).count, default=())
        for name, addresses in told.items():
            # Its own name is 127.0.1.1 on every Debian machine.
            if addresses != usual_told and not all(address.startswith(_LOOPBACK) for address in addresses):
                yield Finding(
                    name, "warning", "DNS", f"{used} is {', '.join(addresses)} here", f"{', '.join(usual_told)}, as on most hosts"
                )
    offsets = {name: _offset(answer) for name, answer in heard.items()}
    first = min(offsets, key=lambda name: offsets[name][1], default=None)
    last = max(offsets, key=lambda name: offsets[name][0], default=None)
    if first is not None and last is not None:
        apart = offsets[last][0] - offsets[first][1]
        near = all(max(0.0, low, -high) <= CLOCK_WARNING for low, high in (offsets[first], offsets[last]))
        if apart > CLOCK_WARNING and near:
            yield Finding(
                last, "warning", "clock", f"at least {apart:.1f} s ahead of {first}", f"less than {CLOCK_WARNING:g} s between hosts"
            )
