# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of condition, through both datacenters' routers, and what the routers themselves say about it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from zeus_demo import clients
from zeus_demo.settings import CHECKOUT

from .ansible_runs import HERE, Playbooks
from .asks import ASKS, GRAY, STABLE, Ask
from .bed import AGENT, ENGINE, REDIS, Bed, Center
from .trial import HOST, PORT, Trial, key

USERS = 300
#: Appended to the reference of the decision, it makes every Python that decides say something that no router would.
CORRUPTION = '\n\ndef decide(gray, request):\n    return Decision("corrupted", "corrupted")\n'
REFERENCE = "plugins/module_utils/_gray_decide.py"


def answered(bed: Bed, center: Center, asks: tuple[Ask, ...] = ASKS) -> list[dict[str, Any]]:
    """``variant``, ``rule``, ``plan`` and ``version`` of real answers: what the program was told by the router, and what it is."""
    answers = clients.ask(bed.settings, [ask.sent(center) for ask in asks])
    assert [answer["status"] for answer in answers] == [200] * len(asks), answers
    for answer in answers:
        assert answer["body"]["variant"] == answer["body"]["decision"]["variant"]
    return [{**answer["body"]["decision"], "version": answer["body"]["version"]} for answer in answers]


def explained(
    playbooks: Playbooks, folder: Path, asks: tuple[Ask, ...] = ASKS, collections: Path | None = None
) -> dict[str, list[dict[str, Any]]]:
    """What ``gray_explain`` says in every datacenter about the same requests."""
    variables = {"asks": [ask.asked for ask in asks], "folder": str(folder)}
    run, _unused = playbooks.fleet(HERE / "explain.yml", variables=variables, collections=collections)
    run.ended(0)
    answers = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    for name, told in answers.items():
        # Each datacenter has one router for web: its answer, and nobody else's.
        assert [len(routers) for routers in told] == [1] * len(asks), name
    return {name: [next(iter(routers.values())) for routers in told] for name, told in answers.items()}


@pytest.fixture(scope="module")
def real(bed: Bed, released: Trial) -> dict[str, list[dict[str, Any]]]:
    return {center.name: answered(bed, center) for center in bed.centers}


@pytest.mark.parametrize("number", range(len(ASKS)), ids=[ask.what for ask in ASKS])
def test_a_request_goes_where_the_policy_says(bed: Bed, real: dict[str, list[dict[str, Any]]], number: int) -> None:
    wanted = (ASKS[number].variant, ASKS[number].rule)
    got = {name: (answers[number]["variant"], answers[number]["rule"]) for name, answers in real.items()}
    assert got == {center.name: wanted for center in bed.centers}


def compare(told: dict[str, list[dict[str, Any]]], real: dict[str, list[dict[str, Any]]], policy: str) -> None:
    """Router by router, request by request: the same variant, rule, version and plan as the real answer had."""
    assert set(told) == set(real)
    for name, answers in real.items():
        assert told[name]
        for ask, answer, said in zip(ASKS, answers, told[name], strict=False):
            assert {part: said[part] for part in ("variant", "rule", "version", "plan")} == {
                part: answer[part] for part in ("variant", "rule", "version", "plan")
            }, f"{name}: {ask.what}: {said}"
            assert said["app"] == key("web")
            assert said["policy"] == policy
            assert len(said["plan"]) == 12


def test_gray_explain_says_what_the_router_does(
    bed: Bed, playbooks: Playbooks, real: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    compare(explained(playbooks, tmp_path), real, "trial-web")


@pytest.fixture
def corrupted(bed: Bed, tmp_path: Path) -> Any:
    """A collection whose Python decides wrongly, here and on the first datacenter's router, whose agent has started with it."""
    root = tmp_path / "collections"
    ours = root / "ansible_collections" / "zeus" / "paas"
    for part in ("meta", "playbooks", "plugins"):
        shutil.copytree(CHECKOUT / part, ours / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "galaxy.yml", ours)
    with (ours / REFERENCE).open("a", encoding="utf-8") as file:
        file.write(CORRUPTION)
    center = bed.first
    # The program in use; older ones lie beside it.
    (there,) = center.run(center.router, "find", "/opt/zeus-router-agent/program", "-path", f"*zeus/paas/{REFERENCE}").split()
    intact = center.run(center.router, "cat", there)
    try:
        center.run(center.router, "tee", there, stdin=intact + CORRUPTION)
        center.restart_agent()
        yield root, there
    finally:
        center.run(center.router, "tee", there, stdin=intact)
        center.restart_agent()


def test_the_answer_is_the_routers_own_even_if_all_python_is_wrong(
    bed: Bed, playbooks: Playbooks, real: dict[str, list[dict[str, Any]]], corrupted: tuple[Path, str], tmp_path: Path
) -> None:
    root, there = corrupted
    module = "ansible_collections.zeus.paas.plugins.module_utils._gray_decide"
    proof = f"import sys; sys.path.insert(0, sys.argv[1]); from {module} import decide; print(decide(None, None).variant)"
    above = there.split("/ansible_collections/")[0]
    assert bed.first.run(bed.first.router, "python3", "-c", proof, above).strip() == "corrupted"
    (tmp_path / "told").mkdir()
    compare(explained(playbooks, tmp_path / "told", ASKS[:5], root), real, "trial-web")
    assert answered(bed, bed.first) == real[bed.first.name]


def gray_users(bed: Bed, center: Center) -> frozenset[str]:
    users = [f"u{number}" for number in range(USERS)]
    asks = tuple(Ask(user, "", "", cookies={"uid": user}) for user in users)
    return frozenset(user for user, answer in zip(users, answered(bed, center, asks), strict=True) if answer["variant"] == GRAY)


def test_raising_the_share_moves_nobody_out(bed: Bed, playbooks: Playbooks, released: Trial) -> None:
    inside: dict[int, frozenset[str]] = {}
    for share in (5, 10, 50):
        if share != 5:
            released.write_policy(share)
            run, _unused = playbooks.fleet("gray", variables=released.gray("widen"))
            run.ended(0)
        per_center = {gray_users(bed, center) for center in bed.centers}
        assert len(per_center) == 1, "the datacenters disagree"
        (inside[share],) = per_center
    assert inside[5] < inside[10] < inside[50]
    # Four standard deviations of what chance gives: the share is a share.
    for share, users in inside.items():
        expected, spread = USERS * share / 100, (USERS * share / 100 * (1 - share / 100)) ** 0.5
        assert abs(len(users) - expected) <= 4 * spread, f"{share} %: {len(users)} of {USERS}"


def test_nginx_alone_serves_the_last_plan_after_a_restart(bed: Bed, released: Trial, real: dict[str, list[dict[str, Any]]]) -> None:
    """With engine, agent and Redis stopped, and nginx started anew from what is on its disk."""
    center = bed.first
    before = answered(bed, center)
    pids = center.processes(center.router, "nginx")
    try:
        center.unit(center.router, "stop", AGENT)
        center.unit(center.control, "stop", ENGINE, REDIS)
        center.unit(center.router, "restart", "nginx")
        assert not set(pids) & set(center.processes(center.router, "nginx"))
        assert answered(bed, center) == before
        catalog, price = clients.ask(
            bed.settings, [center.request(HOST, "/catalog"), {**center.request(HOST), "address": f"{center.router.address}:{PORT}"}]
        )
        assert [catalog["status"], price["status"]] == [200, 200]
    finally:
        center.unit(center.control, "start", ENGINE, REDIS)
        center.unit(center.router, "start", AGENT)
    center.agent_follows()
    assert answered(bed, center) == before


def test_what_the_router_decided_is_in_its_access_log(bed: Bed, released: Trial) -> None:
    center = bed.first
    marker = "/log-probe"
    ask = Ask("staff", GRAY, "staff", headers={"X-Staff": "yes"})
    (answer,) = clients.ask(bed.settings, [{**ask.sent(center), "path": marker}])
    log = center.run(center.router, "sh", "-c", "grep -rh -- /log-probe /var/log/nginx /var/log/zeus* 2>/dev/null | tail -n 1")
    line = json.loads(log)
    decision = answer["body"]["decision"]
    assert {part: line[part] for part in ("variant", "rule", "plan")} == {part: decision[part] for part in ("variant", "rule", "plan")}
    assert line["app"] == key("web")
    assert decision["variant"] != STABLE
