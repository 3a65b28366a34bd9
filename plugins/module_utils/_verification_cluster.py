# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What carries the tasks: ZooKeeper, the masters, their agents, and the virtual clusters that the agents make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._agent_drift import Running, drift, running_agents
from ansible_collections.zeus.paas.plugins.module_utils._verification_check import Check, Wanted, answered, by_host, each, why

#: How many of equal things are told one by one.
_MOST = 10


def zookeeper(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    """Each member was asked how it sees all: a network that is cut in two looks well from one side."""
    wrong, unknown, fine = [], [], ""
    for name, answer in sorted(by_host(answers, "zookeeper").items()):
        if "problems" not in answer:
            unknown.append(f"{name} could not ask the ensemble: {why(answer)}")
            continue
        wrong += [problem for problem in answer["problems"] if problem not in wrong]
        fine = f"{answer['leader']} leads {len(answer['members'])} members, all in sync"
    return Check("ZooKeeper", fine, tuple(wrong), tuple(unknown) if fine or unknown else ("no member was asked",))


def masters(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    answer = answers.get("mesos", {})
    if "ready" not in answer:
        return Check("Mesos masters", "", unknown=(why(answer),))
    leader = answer["leader"] or {}
    fine = f"{leader.get('hostname', '?')} leads {len(answer['masters'])}, version {leader.get('version', '?')}, registry recovered"
    # Agents are told by the next check, with the names that the inventory has for them.
    wrong = tuple(problem for problem in answer["problems"] if not problem.startswith("agents that do not answer"))
    notes = tuple(note for note in answer["notes"] if not note.startswith("out of service"))
    return Check("Mesos masters", fine, wrong, notes=notes)


def agents(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    """Those of the inventory and no others, with its attributes, and none forgotten out of service."""
    told = next(
        (result for _url, result in each(answers.get("agents")) if answered(result) and isinstance(result.get("json"), Mapping)), None
    )
    if told is None:
        reasons = tuple(f"{url}: {why(result)}" for url, result in each(answers.get("agents")))
        return Check("Agents", "", unknown=reasons or ("no master was asked",))
    try:
        running = running_agents(told["json"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Check("Agents", "", unknown=(f"a master's answer cannot be read: it lacks {error}",))
    wrong = list(_out_of_service(running, wanted))
    wrong += _unlike_inventory(running, wanted) if wanted.engine == "mesos" else _too_few(running, wanted)
    return Check("Agents", f"all {len(running)} are registered, as the inventory says, and in service", tuple(wrong))


def vclusters(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    answer = answers.get("vclusters", {})
    if "isolated" not in answer:
        return Check("Virtual clusters", "", unknown=(why(answer),))
    wrong = [f"task {one['task']} of {one['app']} on {one['hostname']}: {one['reason']}" for one in answer["outside_tasks"]]
    wrong += [f"route of {one['app']} on {one['router']}: {one['reason']}" for one in answer["outside_routes"]]
    names = sorted(name for name in answer["vclusters"] if name)
    fine = f"{', '.join(names) or 'none'}: no task and no route is outside its cluster"
    return Check("Virtual clusters", fine, tuple(_some(wrong)), tuple(answer["unproved"]))


def _name(agent: Running, wanted: Wanted) -> str:
    known = wanted.agents.get(agent.address) or wanted.agents.get(agent.hostname)
    return known.name if known else agent.hostname


def _out_of_service(running: tuple[Running, ...], wanted: Wanted) -> Iterator[str]:
    for agent in sorted(running, key=lambda one: _name(one, wanted)):
        if agent.deactivated:
            yield (
                f"{_name(agent, wanted)} is drained or deactivated, so it gets no tasks; if that has been forgotten, zeus.paas.undrain "
                "brings it back"
            )
        elif not agent.active:
            yield f"{_name(agent, wanted)} does not answer its master; look at mesos-agent there"


def _unlike_inventory(running: tuple[Running, ...], wanted: Wanted) -> Iterator[str]:
    here: dict[str, Running] = {}
    strange = []
    for agent in running:
        place = next((one for one in (agent.address, agent.hostname) if one in wanted.agents), None)
        if place is None:
            strange.append(agent)
        elif place not in here or agent.active:
            here[place] = agent
    for place, host in sorted(wanted.agents.items(), key=lambda item: item[1].name):
        if place not in here:
            yield f"{host.name} ({place}) is not registered; look at mesos-agent there"
        elif found := drift(here[place], host.attributes, here[place].hostname):
            yield f"{host.name} has other attributes than the inventory says: {found.told()}; see zeus.paas.attributes"
    for agent in strange:
        yield f"{agent.hostname} ({agent.address}, {agent.id}) is registered, and no compute host of the inventory"


def _too_few(running: tuple[Running, ...], wanted: Wanted) -> Iterator[str]:
    """The standalone engine has virtual agents, of which the catalogue says how many each cluster has."""
    for name, cluster in sorted(wanted.clusters.items()):
        count = sum(("vcluster", name) in agent.attributes for agent in running)
        if count != cluster.agents:
            yield f"virtual cluster {name} has {count} agents, expected {cluster.agents} as zeus_vclusters says"
    for agent in running:
        names = [value for key, value in agent.attributes if key == "vcluster"]
        if len(names) != 1 or names[0] not in wanted.clusters:
            yield f"{agent.hostname} is of the virtual cluster {' and '.join(names) or '(none)'}, which zeus_vclusters does not have"


def _some(found: list[str]) -> list[str]:
    return found if len(found) <= _MOST else [*found[:_MOST], f"and {len(found) - _MOST} more"]
