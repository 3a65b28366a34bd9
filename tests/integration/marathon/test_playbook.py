# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module as users run it: by ansible-playbook, with module_defaults of its action group, at full verbosity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.router import Router
from integration.engine.running import RunningEngine
from integration.marathon.conftest import PASSWORD, ROUTER_TOKEN
from integration.marathon.running import playbook

Define = Callable[..., dict[str, Any]]


def test_all_modules_in_one_play(
    tmp_path: Path,
    engine: RunningEngine,
    web: Define,
    connection: dict[str, Any],
    mesos: dict[str, Any],
    routers: dict[str, Any],
    router: Router,
) -> None:
    app, other = web(env={"KEY": "geheim-env-1"}), web("other")
    defaults = {"group/zeus.paas.marathon": connection, "group/zeus.paas.routers": routers}
    one = {"id": app["id"], "definition": app, "vcluster": "web", "hidden_fields": ["env.KEY"]}
    tasks: list[dict[str, Any]] = [
        {"name": "One app", "zeus.paas.marathon_app": one},
        {"name": "Many apps", "zeus.paas.marathon_apps": {"apps": [app, other], "vcluster": "web", "hidden_fields": ["env.KEY"]}},
        {"name": "Their state", "zeus.paas.marathon_app_info": {"selector": "ZEUS_TYPE==web", "hidden_fields": ["env.KEY"]}},
        {"name": "Isolation", "zeus.paas.vcluster_info": {"strict": True, **mesos}},
    ]
    defaults = {key: {**value} for key, value in defaults.items()}
    check = playbook(tmp_path, tasks[:2], "--check", "--diff", "-vvv", defaults=defaults)
    assert check.code == 0, check.output
    assert engine.call("GET", f"/v2/apps{app['id']}", ok=(404,))
    first = playbook(tmp_path, tasks, "--diff", "-vvv", defaults=defaults)
    assert first.code == 0, first.output
    assert "changed=2 " in first.output
    assert f'+  "{app["id"]}": {{' in first.output, "the diff is shown"
    second = playbook(tmp_path, tasks, "--diff", "-vvv", defaults=defaults)
    assert second.code == 0, second.output
    assert "changed=0 " in second.output
    for play in (check, first, second):
        for secret in ("geheim-env-1", PASSWORD, ROUTER_TOKEN):
            assert secret not in play.output


def test_exit_codes_tell_away_from_failed(tmp_path: Path, web: Define, connection: dict[str, Any]) -> None:
    away = playbook(tmp_path, [{"name": "Away", "zeus.paas.marathon_app_info": {"marathon_urls": ["http://127.0.0.1:9"]}}])
    assert away.code == 4, away.output
    assert "Marathon is away: http://127.0.0.1:9: Connection refused" in away.output
    bad = {"id": "/a/b", "vcluster": "web", "definition": {"cmd": "sleep 1", "instnaces": 2}, **connection}
    failed = playbook(tmp_path, [{"name": "Wrong", "zeus.paas.marathon_app": bad}])
    assert failed.code == 2, failed.output
    assert "marathon_app /a/b: instnaces: unknown field" in failed.output
