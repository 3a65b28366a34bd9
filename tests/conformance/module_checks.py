# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our modules against a cluster, as Ansible would run them: predicted, done, done again without a change, undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .checking import Checks, Differs, NotChecked, ensure, expect
from .marathon_checks import Marathon

CHECKS = Checks()
Run = Callable[..., dict[str, Any]]


@dataclass
class Modules:
    """`run` is ``run("marathon_app", {options}, check=False)``; `mesos` the options of a master, if one was named."""

    marathon: Marathon
    run: Run
    mesos: dict[str, Any]
    #: A virtual cluster that has agents; without one the apps get no instances, since no agent would take them.
    vcluster: str | None = None

    def call(self, module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        if module in ("marathon_app", "marathon_apps"):
            options |= {"vcluster": self.vcluster or "conformance", "wait_timeout": int(self.marathon.placing)}
        result = self.run(module, options, check=check)
        if result.get("failed"):
            if result.get("error", {}).get("state") == "timeout" or "no place" in result["msg"]:
                raise NotChecked(result["msg"])
            raise Differs(f"{module}: {result['msg']}")
        return result

    def app(self, name: str, **fields: Any) -> dict[str, Any]:
        definition = self.marathon.definition(f"modules/{name}", instances=1 if self.vcluster else 0, **fields)
        return {"id": definition.pop("id"), **definition}


@CHECKS.of("module marathon_app")
def _marathon_app(modules: Modules) -> str:
    app = modules.app("web", labels={"step": "first"})
    options = {"id": app["id"], "definition": {key: value for key, value in app.items() if key != "id"}}
    expect(modules.call("marathon_app", check=True, **options)["changed"], True, "predicted change")
    expect(modules.marathon.api.request("GET", f"/v2/apps{app['id']}").status, 404, "the app after check mode")
    expect(modules.call("marathon_app", **options)["changed"], True, "changed the first time")
    expect(modules.call("marathon_app", **options)["changed"], False, "changed the second time")
    options["definition"]["labels"] = {"step": "second"}
    expect(modules.call("marathon_app", **options)["changed"], True, "changed with another label")
    for changed in (True, False):
        expect(modules.call("marathon_app", id=app["id"], state="absent")["changed"], changed, "removed")
    return "predicted, created, changed, removed; no change the second time"


@CHECKS.of("module marathon_app, a version that fails")
def _rolls_back(modules: Modules) -> str:
    if modules.vcluster is None:
        raise NotChecked("no active agent has the attribute vcluster, so nothing can run")
    app = modules.app("fails", labels={"step": "good"})
    options = {"id": app.pop("id"), "definition": app}
    modules.call("marathon_app", **options)
    modules.marathon.made("fails")
    broken = {**options, "definition": {**app, "cmd": "echo no luck; exit 3", "labels": {"step": "bad"}}}
    result = modules.run("marathon_app", {**broken, "vcluster": modules.vcluster, "wait_timeout": 20})
    ensure(result.get("failed"), "the module did not fail")
    expect(result.get("error", {}).get("state"), "rolled_back", "how it ended")
    running = modules.marathon.ok(modules.marathon.api.request("GET", f"/v2/apps{options['id']}"))["app"]
    expect((running["labels"]["step"], running["cmd"]), ("good", app["cmd"]), "what is wanted afterwards")
    modules.call("marathon_app", id=options["id"], state="absent")
    return "told, and back at the version before"


@CHECKS.of("module marathon_apps")
def _marathon_apps(modules: Modules) -> str:
    apps = [modules.app(name, labels={"zeus_conformance": "modules"}) for name in ("a", "b", "c")]
    expect(len(modules.call("marathon_apps", check=True, apps=apps)["changes"]), 3, "predicted changes")
    result = modules.call("marathon_apps", apps=apps)
    modules.marathon.made("modules")
    expect((result["changed"], len(result["deployments"])), (True, 1), "changed, by so many deployments")
    again = modules.call("marathon_apps", apps=apps)
    expect((again["changed"], again["changes"]), (False, []), "changed the second time")
    modules.call("marathon_apps", apps=apps[:1], absent=[one["id"] for one in apps[1:]])
    found = modules.marathon.ok(modules.marathon.api.request("GET", "/v2/apps", query={"label": "zeus_conformance==modules"}))["apps"]
    expect([one["id"] for one in found], [apps[0]["id"]], "what is left")
    return "three apps by one deployment; no change the second time; two removed"


@CHECKS.of("module marathon_app_info")
def _marathon_app_info(modules: Modules) -> str:
    modules.marathon.need("modules")
    found = modules.call("marathon_app_info", selector="zeus_conformance==modules")
    ensure(modules.marathon.id("modules/a") in str(found), "the app is not in the result")
    expect(found.get("changed", False), False, "changed")
    return "the app's state"


@CHECKS.of("module vcluster_info")
def _vcluster_info(modules: Modules) -> str:
    if not modules.mesos:
        raise NotChecked("no MESOS was named")
    found = modules.call("vcluster_info", **modules.mesos)
    clusters = found["vclusters"]
    if not clusters:
        raise NotChecked("no agent has the attribute vcluster")
    return f"{len(clusters)} virtual clusters"
