# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's Mesos answers against those of a real Mesos 1.11.0, field by field, but for the written list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from conformance.differences import Entry, load
from conformance.recordings import PAYLOADS, SITUATIONS, Recording, recordings, refusals
from conformance.shape import Difference, differences, learn
from integration.engine.docker_host import DockerHost, image
from integration.engine.programs import server
from integration.engine.running import RunningEngine, agent

#: One agent has every type of attribute that Mesos knows.
ATTRIBUTES = {"n": 7, "f": 1.5, "r": "[1-3, 5-5]", "t": "text"}
TYPED_AGENT = {**agent("types.bj01", "web", 31200), "attributes": ATTRIBUTES}
AGENTS = (agent("web-1.bj01", "web", 31000), agent("web-2.bj01", "web", 31100, rack="r2"))


@dataclass
class Comparison:
    """What was found in every situation: ``(situation, request) -> differences``."""

    found: dict[tuple[str, str], list[Difference]] = field(default_factory=dict)

    def compare(self, engine: RunningEngine, situation: str) -> None:
        by_request: dict[str, list[Recording]] = {}
        for one in recordings(situation):
            by_request.setdefault(one.request, []).append(one)
        for request, recorded in by_request.items():
            answer = ask(engine, request)
            seen = {"status": answer.status_code, "type": answer.headers.get("Content-Type"), "location": "Location" in answer.headers}
            first = recorded[0]
            assert seen == {"status": first.status, "type": first.type, "location": first.location is not None}, request
            if first.type == "application/json":
                body = answer.json()
                self.found[situation, request] = list(differences(learn(one.body for one in recorded), body))
            else:
                assert request == "GET /help" or answer.text == first.body, request

    def unlisted(self, entries: list[Entry]) -> list[str]:
        return [
            f"{situation}: {request} {one}"
            for (situation, request), found in self.found.items()
            for one in found
            if not any(entry.covers(situation, request, one) for entry in entries)
        ]

    def unneeded(self, entries: list[Entry]) -> list[str]:
        return [
            f"{pattern!r} of {entry.kind} ({entry.reason})"
            for entry in entries
            for name in ("situations", "requests", "paths")
            for pattern in getattr(entry, name)
            if not self._needs(entry, name, pattern)
        ]

    def _needs(self, entry: Entry, name: str, pattern: str) -> bool:
        """Is there a difference that this one pattern of the entry is there for?"""
        narrowed = Entry(**{**vars(entry), name: (pattern,)})
        return any(narrowed.covers(situation, request, one) for (situation, request), found in self.found.items() for one in found)


def ask(engine: RunningEngine, request: str) -> requests.Response:
    if request.startswith("GET /"):
        return engine.session.get(engine.mesos_url + request.removeprefix("GET "), timeout=10, allow_redirects=False)
    body: dict[str, Any] = {"type": request, **PAYLOADS.get(request, {})}
    return engine.session.post(engine.mesos_url + "/api/v1", json=body, timeout=10)


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    with DockerHost([TYPED_AGENT]) as running:
        yield running


@pytest.fixture(scope="module")
def comparison(engine: RunningEngine) -> Comparison:
    """Every situation, one after the other: an engine just started, with tasks, without one of its agents."""
    found = Comparison()
    found.compare(engine, "attributes")
    engine.configure(AGENTS)
    engine.restart()
    found.compare(engine, "idle")
    load_tasks(engine)
    found.compare(engine, "loaded")
    take_away(engine, AGENTS[1]["hostname"])
    found.compare(engine, "away")
    return found


def load_tasks(engine: RunningEngine) -> None:
    plain = {"cmd": "exec sleep 1000", "cpus": 0.1, "mem": 32, "portDefinitions": []}
    engine.deploy({**plain, "id": "/conformance/plain", "instances": len(AGENTS), "constraints": [["hostname", "UNIQUE"]]})
    engine.deploy({**plain, "id": "/conformance/ended"})
    (ended,) = engine.tasks("/conformance/ended")
    engine.call("DELETE", "/v2/apps/conformance/ended")
    engine.wait(lambda: ended["id"] in str(ask(engine, "GET_TASKS").json()["get_tasks"]["completed_tasks"]), what="the end of a task")
    stays = [["hostname", "CLUSTER", AGENTS[0]["hostname"]]]
    engine.deploy(image("/conformance/image", portDefinitions=[], constraints=stays))
    mappings = {"portMappings": [{"containerPort": 8080}]}
    engine.deploy(image("/conformance/bridged", networks=[{"mode": "container/bridge"}], container=mappings, constraints=stays))
    check = {"protocol": "MESOS_HTTP", "path": "/", "delaySeconds": 0, "intervalSeconds": 1}
    engine.deploy(server("/conformance/served", labels={"ZEUS_APP": "served"}, healthChecks=[check], constraints=stays))


def take_away(engine: RunningEngine, agent: str) -> None:
    answer = engine.session.put(f"{engine.mesos_url}/zeus/v1/agents/{agent}", json={"state": "away"}, timeout=5)
    assert answer.status_code == 200, answer.text
    engine.wait(lambda: ask(engine, "GET_TASKS").json()["get_tasks"]["unreachable_tasks"], what="an unreachable task")


def test_no_difference_but_the_listed_ones(comparison: Comparison) -> None:
    unlisted = comparison.unlisted(load())
    assert not unlisted, "\n".join(["differs from the recorded answers, and differences.yml does not say why:", *unlisted])


def test_no_listed_difference_is_gone(comparison: Comparison) -> None:
    unneeded = comparison.unneeded(load())
    assert not unneeded, "\n".join(["differences.yml lists what no longer differs:", *unneeded])


@pytest.mark.parametrize("situation", sorted(set(SITUATIONS) - {"operated"}))
def test_every_recorded_answer_was_compared(comparison: Comparison, situation: str) -> None:
    wanted = {one.request for one in recordings(situation) if one.type == "application/json"}
    assert wanted == {request for where, request in comparison.found if where == situation}


@pytest.mark.parametrize("refusal", refusals(), ids=lambda one: one.name)
def test_refused_in_the_same_words(engine: RunningEngine, refusal: Any) -> None:
    url = engine.mesos_url + refusal.path
    data = None if refusal.body is None else refusal.body.encode()
    answer = requests.request(refusal.method, url, data=data, headers=refusal.headers, timeout=10)
    seen = (answer.status_code, answer.headers.get("Content-Type"), answer.text, answer.headers.get("Allow"))
    assert seen == (refusal.status, refusal.type, refusal.answer, refusal.allow)


def test_without_credentials() -> None:
    with RunningEngine(AGENTS, user="ops", password="geheim-ops-1") as secured:
        for one in refusals("unauthorized"):
            answer = requests.request(one.method, secured.mesos_url + one.path, data=one.body, headers=one.headers, timeout=10)
            seen = (answer.status_code, answer.headers.get("Content-Type"), answer.headers.get("WWW-Authenticate"))
            assert seen == (one.status, one.type, one.authenticate), one.name
            if one.status == 401:
                assert answer.text == one.answer
