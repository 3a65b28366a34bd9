# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""One check of a verification: what it says, and how answers of Ansible's tasks are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._agent_attributes import agent_attributes
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, text

OK, WRONG, UNKNOWN = "ok", "wrong", "unknown"
Answer = Mapping[str, Any]
#: How much of somebody else's message is told.
_MOST = 240


@dataclass(frozen=True)
class Check:
    """``fine`` is said if nothing is wrong; ``wrong`` and ``unknown`` are sentences; ``notes`` are worth knowing, and no fault."""

    name: str
    fine: str
    wrong: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return WRONG if self.wrong else UNKNOWN if self.unknown else OK

    @property
    def said(self) -> str:
        parts = [f"{len(self.wrong)} wrong" if self.wrong else "", f"{len(self.unknown)} could not be asked" if self.unknown else ""]
        return ", ".join(part for part in parts if part) or self.fine

    @property
    def details(self) -> tuple[str, ...]:
        return (*self.wrong, *(f"unknown: {text}" for text in self.unknown), *(f"note: {text}" for text in self.notes))


@dataclass(frozen=True)
class Cluster:
    """What a virtual cluster should have: ``agents`` and ``routers``, as numbers."""

    agents: int
    routers: int


@dataclass(frozen=True)
class Agent:
    """A compute host, and what its agent should say of itself."""

    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """What the inventory says, and where a person would begin to worry.

    ``agents`` by address, ``clusters`` by name. ``now`` in seconds since 1970; ``deployment_minutes``: longer is stuck; ``disk_percent``:
    less free is wrong; ``certificate_days``: a certificate that ends sooner is wrong.
    """

    datacenter: str
    engine: str
    agents: Mapping[str, Agent] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    marathons: Sequence[str] = ()
    chronoses: Sequence[str] = ()
    now: float = 0.0
    deployment_minutes: float = 30.0
    disk_percent: float = 10.0
    certificate_days: float = 21.0


_LIMITS = ("deployment_minutes", "disk_percent", "certificate_days")
_KEYS = ("datacenter", "engine", "vclusters", "hosts", "marathons", "chronoses", *_LIMITS)


def read_wanted(value: Any, where: Where, now: float) -> Wanted:
    """What the playbook gives. Raises InputError for a key that nobody knows, an engine that is none, or a limit that is no number."""
    given = mapping(value, where)
    known_keys(given, _KEYS, where)
    engine = given.get("engine")
    if engine not in ("mesos", "standalone"):
        where.at("engine").refuse("no such engine", "mesos or standalone", engine)
    datacenter = text(given.get("datacenter"), where.at("datacenter"), "the datacenter's name")
    hosts = mapping(given.get("hosts", {}), where.at("hosts"))
    catalogue = mapping(given.get("vclusters", {}), where.at("vclusters"))
    return Wanted(
        datacenter,
        engine,
        {str(host["address"]): _agent(datacenter, name, host) for name, host in hosts.items() if host["role"] == "compute"},
        {name: _cluster(engine, name, cluster or {}, hosts) for name, cluster in catalogue.items()},
        tuple(given.get("marathons", ())),
        tuple(given.get("chronoses", ())),
        now,
        **{key: _limit(given[key], where.at(key)) for key in _LIMITS if key in given},
    )


def _agent(datacenter: str, name: str, host: Mapping[str, Any]) -> Agent:
    own = {key: str(value) for key, value in host["attributes"].items()}
    return Agent(name, agent_attributes(datacenter, host["vcluster"], host["rack"] or None, own))


def _cluster(engine: str, name: str, cluster: Mapping[str, Any], hosts: Mapping[str, Mapping[str, Any]]) -> Cluster:
    """The standalone engine's agents are virtual ones, one if the catalogue does not say more."""
    here = [host["role"] for host in hosts.values() if host["vcluster"] == name]
    virtual = int((cluster.get("standalone") or {}).get("agents", 1))
    return Cluster(here.count("compute") if engine == "mesos" else virtual, here.count("router"))


def _limit(value: Any, where: Where) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        where.refuse("this is no number", "a number", value)


def why(answer: Any) -> str:
    """Why a task has no answer, in its own words."""
    if not isinstance(answer, Mapping) or not answer or answer.get("skipped"):
        return "it was not asked"
    for key in ("stderr", "msg", "module_stderr", "stdout"):
        if answer.get(key):
            return " ".join(str(answer[key]).split())[:_MOST]
    return "it gave no answer that can be used"


def each(answer: Any) -> Iterator[tuple[str, Answer]]:
    """The results of a task with a loop: item → result. None, if the task itself did not run."""
    for result in answer.get("results", []) if isinstance(answer, Mapping) else []:
        yield str(result.get("item", "")), result


def answered(answer: Any, status: int = 200) -> bool:
    """Whether ``ansible.builtin.uri`` had this status."""
    return isinstance(answer, Mapping) and answer.get("status") == status


def by_host(answers: Mapping[str, Any], name: str) -> Mapping[str, Answer]:
    found = answers.get(name)
    return found if isinstance(found, Mapping) else {}
