# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of operations, the engine's routes, the checks and the tests name each other, and the document is what they say."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from conformance import document, operations
from conformance.operations import Operation
from conformance.suite import CHECKED

CHECKOUT = Path(__file__).resolve().parents[3]
OPERATIONS = [one for group in operations.load() for one in group.operations]
#: Values for the parts of paths.
EXAMPLES = {
    "id": "shop",
    "name": "web-1",
    "group": "shop",
    "task": "shop_web.instance-1._app.1",
    "version": "2026-01-01T00:00:00.000Z",
    "role": "web",
}


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, web.Application]:
    """The engine's two faces, of an engine that runs nothing."""
    from zeus_engine.api_marathon import MarathonApi
    from zeus_engine.api_mesos import MesosApi
    from zeus_engine.config import parse
    from zeus_engine.engine import Engine

    folder = tmp_path_factory.mktemp("engine")
    agents = [{"hostname": "a", "ports": [[31000, 31009]]}]
    engine = Engine(parse({"agents": agents, "cgroups": "off", "state_dir": str(folder)}, "here"))
    return {"marathon": MarathonApi(engine).application(), "mesos": MesosApi(engine).application()}


def resolve(app: web.Application, method: str, path: str) -> tuple[str, str] | None:
    """The route (method and pattern) that takes a request; None if there is none."""
    given = re.sub(r"\{(\w+)\}", lambda found: EXAMPLES[found.group(1)], path)
    info = asyncio.run(app.router.resolve(make_mocked_request(method, given, app=app)))
    if info.http_exception is not None:
        return None
    assert isinstance(info, web.UrlMappingMatchInfo)
    return info.route.method, info.route.resource.canonical if info.route.resource else ""


def routes(app: web.Application) -> set[tuple[str, str]]:
    """Without those below /master and those that only end with a slash more: the same in another place."""
    found = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource and route.method != "HEAD"}
    return {(method, path) for method, path in found if not path.startswith("/master/") and (path == "/" or not path.endswith("/"))}


def of(api: str, *, served: bool) -> list[Operation]:
    return [one for one in OPERATIONS if one.api == api and one.served is served and one.request is not None]


@pytest.mark.parametrize("api", ["marathon", "mesos"])
def test_every_route_has_an_entry_and_every_entry_its_route(applications: dict[str, web.Application], api: str) -> None:
    app = applications[api]
    taken = {one.name: resolve(app, *one.request) for one in of(api, served=True) if one.request}
    assert [name for name, route in taken.items() if route is None] == []
    if api == "mesos":
        taken["the v1 calls"] = resolve(app, "POST", "/api/v1")
    without_entry = sorted(routes(app) - {route for route in taken.values() if route})
    assert without_entry == [], "add them to tests/conformance/operations.yml"


@pytest.mark.parametrize("api", ["marathon", "mesos"])
def test_what_is_not_served_has_no_route(applications: dict[str, web.Application], api: str) -> None:
    assert [one.name for one in of(api, served=False) if one.request and resolve(applications[api], *one.request)] == []


def test_everything_of_the_master_is_also_below_master(applications: dict[str, web.Application]) -> None:
    every = {(route.method, route.resource.canonical) for route in applications["mesos"].router.routes() if route.resource}
    own = {"/version", "/metrics/snapshot", "/system/stats.json", "/logging/toggle", "/help"}
    own |= {"/zeus/v1/agents", "/zeus/v1/agents/{name}"}
    missing = {(method, path) for method, path in every if not path.startswith("/master/")} - {
        (method, path.removeprefix("/master")) for method, path in every if path.startswith("/master/")
    }
    assert {path for _method, path in missing} == own


def test_every_v1_call_has_an_entry_and_every_entry_its_call(tmp_path: Path) -> None:
    from zeus_engine.config import parse
    from zeus_engine.engine import Engine
    from zeus_engine.mesos_calls import MesosCalls
    from zeus_engine.mesos_master import Master
    from zeus_engine.mesos_views import Cast

    raw = {"agents": [{"hostname": "a", "ports": [[31000, 31009]]}], "cgroups": "off", "state_dir": str(tmp_path)}
    engine = Engine(parse(raw, "here"))
    known = MesosCalls(Cast(engine), Master(engine)).names
    engine.close()
    assert known == {one.name for one in OPERATIONS if one.api == "mesos" and re.fullmatch(r"[A-Z_]+", one.name)}


def test_every_operation_has_a_check_or_a_reason_for_none() -> None:
    names = {one.name for one in OPERATIONS}
    assert names >= CHECKED
    assert [one.name for one in OPERATIONS if (one.name in CHECKED) == (one.unchecked is not None)] == []


def test_what_is_said_to_be_checked_is_checked() -> None:
    by_checks = {one.name for one in OPERATIONS if any(test.endswith("::test_as_expected") for test in one.tests)}
    assert by_checks == CHECKED


def test_every_named_test_exists() -> None:
    missing = []
    for name in sorted({test for one in OPERATIONS for test in one.tests}):
        path, _colons, function = name.partition("::")
        file = CHECKOUT / path
        found = (
            {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)} if file.is_file() else set()
        )
        if function not in found:
            missing.append(name)
    assert missing == []


def test_the_document_is_up_to_date() -> None:
    assert document.FILE.read_text(encoding="utf-8") == document.write(), "run: make conformance-doc"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "must be a list"),
        ("[{title: a, api: mesos, tests: [x]}]", "operations: is missing"),
        ("[{title: a, api: odd, tests: [x], operations: [{}]}]", "api: must be one of"),
        ("[{title: a, api: mesos, tests: [x], operations: [{operation: A, engine: b, theirs: c, why: d}]}]", "why: unknown key"),
        ("[{title: a, api: mesos, tests: [x], operations: [{operation: A, engine: 405, theirs: c}]}]", "engine: must be a str"),
        ("[{title: a, api: mesos, tests: [x], operations: [&same {operation: A, engine: b, theirs: c}, *same]}]", "A: stands twice"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "operations.yml"
    path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        operations.load(path)
