# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options are said twice, in the argument specs and in the documentation: both must say the same."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.zeus.paas.plugins.module_utils import _connection as connection
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError, LockedError, RolloutError

ROOT = Path(connection.__file__).resolve().parents[2]
OWN = set(connection.HTTP_ARGS)
FRAGMENTS = {
    "connection": connection.HTTP_ARGS,
    "marathon": {k: v for k, v in connection.MARATHON_ARGS.items() if k not in OWN},
    "mesos": {k: v for k, v in connection.MESOS_ARGS.items() if k not in OWN},
    "routers": {k: v for k, v in connection.ROUTER_ARGS.items() if k not in OWN},
    "policy_store": {k: v for k, v in connection.STORE_ARGS.items() if k not in OWN},
    "artifacts": {k: v for k, v in connection.ARTIFACT_ARGS.items() if k not in OWN},
    "wait": connection.WAIT_ARGS,
}
#: Those that take a service's options: all but the fleet's, which is an action plugin.
#: A module with an action plugin of its name is only that plugin's documentation.
ACTIONS = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem not in ACTIONS)
CONNECTION = sorted(set(FRAGMENTS) - {"wait"})


def documented(fragment: str) -> dict[str, dict[str, Any]]:
    module = importlib.import_module(f"ansible_collections.zeus.paas.plugins.doc_fragments.{fragment}")
    return dict(yaml.safe_load(module.ModuleDocFragment.DOCUMENTATION)["options"])


def essentials(option: dict[str, Any]) -> dict[str, Any]:
    return {key: option[key] for key in ("type", "elements", "default", "required", "choices") if option.get(key) is not None}


@pytest.mark.parametrize("fragment", sorted(FRAGMENTS))
def test_fragments_describe_the_argument_specs(fragment: str) -> None:
    spec, docs = FRAGMENTS[fragment], documented(fragment)
    assert {key: essentials(option) for key, option in docs.items()} == {key: essentials(option) for key, option in spec.items()}


@pytest.mark.parametrize("name", MODULES)
def test_modules_document_what_they_take(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.zeus.paas.plugins.modules.{name}")
    docs = yaml.safe_load(module.DOCUMENTATION)
    fragments = [fragment.removeprefix("zeus.paas.") for fragment in docs["extends_documentation_fragment"]]
    options: dict[str, dict[str, Any]] = {}
    for kind in fragments:
        options |= documented(kind) if kind in FRAGMENTS else {}
    # As Ansible merges them: key by key.
    options |= {key: options.get(key, {}) | option for key, option in docs.get("options", {}).items()}
    assert {key: essentials(option) for key, option in options.items()} == {key: essentials(o) for key, o in module.ARGUMENTS.items()}
    assert set(docs["attributes"]["action_group"]["membership"]) == groups_of(name)


@pytest.mark.parametrize("fragment", CONNECTION)
def test_every_connection_option_may_come_from_the_environment(fragment: str) -> None:
    docs = documented(fragment)
    for name, option in FRAGMENTS[fragment].items():
        variable = f"ZEUS_{name.upper()}"
        assert option["fallback"][1] == [variable], name
        last = docs[name]["description"][-1]
        assert last.startswith(f"If this is not given, the environment variable E({variable}) counts"), name


@pytest.mark.parametrize("name", MODULES)
def test_no_module_loses_the_environment(name: str) -> None:
    """A module that makes an option optional must not forget where else it may come from."""
    module = importlib.import_module(f"ansible_collections.zeus.paas.plugins.modules.{name}")
    docs = yaml.safe_load(module.DOCUMENTATION)
    for fragment in CONNECTION:
        for key, option in FRAGMENTS[fragment].items():
            given = module.ARGUMENTS.get(key)
            assert given is None or given["fallback"] == option["fallback"], key
            own = docs.get("options", {}).get(key)
            assert own is None or f"E(ZEUS_{key.upper()})" in own["description"][-1], key


def groups_of(module: str) -> set[str]:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    return {f"zeus.paas.{group}" for group, members in groups.items() if module in members}


def test_everything_that_is_a_secret_is_no_log() -> None:
    for spec in FRAGMENTS.values():
        for key, option in spec.items():
            assert bool(option.get("no_log")) == bool(re.search(r"password|token", key)), key


class Ended(Exception):
    def __init__(self, kind: str, result: dict[str, Any]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.result = result


class Module:
    def exit_json(self, **result: Any) -> None:
        raise Ended("exit", result)

    def fail_json(self, **result: Any) -> None:
        raise Ended("fail", result)


@pytest.mark.parametrize(
    ("error", "how", "kind"),
    [
        (InputError("shop.yml", "apps.web", "bad"), "fail", "input"),
        (LockedError("Marathon", "PUT", "u", 409, "locked", deployments=["d"]), "fail", "locked"),
        (ApiError("Marathon", "GET", "u", 500, "broken", body={"secret": 1}), "fail", "api"),
        (RolloutError("not ready", "rolled_back", failed=["/a"]), "fail", "rollout"),
        (AwayError("Marathon", {"http://m": "refused"}), "exit", "away"),
    ],
)
def test_errors_become_results(error: Exception, how: str, kind: str) -> None:
    def function(_module: Any) -> dict[str, Any]:
        raise error

    with pytest.raises(Ended) as caught:
        connection.run_module(Module(), function)
    assert (caught.value.kind, caught.value.result["error"]["kind"]) == (how, kind)
    assert caught.value.result["msg"] == str(error)
    assert "body" not in caught.value.result["error"]
    # Ansible counts a failed result before an unreachable one; only without `failed` it exits 4.
    assert caught.value.result.get("unreachable", False) == (kind == "away")
    assert "failed" not in caught.value.result


def test_a_service_that_was_perhaps_changed_is_not_called_away() -> None:
    with pytest.raises(Ended) as caught:
        connection.run_module(Module(), lambda _m: (never for never in ()).throw(AwayError("Marathon", {"u": "c"}, maybe_done=True)))
    assert caught.value.kind == "fail"


@pytest.mark.parametrize("urls", [{"web": "http://r"}, {"web": {"a": 1}}, {"web": [1]}])
def test_router_urls_that_are_no_lists(urls: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="router_urls: web: not a list of addresses"):
        connection.router_urls({"router_urls": urls})


def test_clusters_without_routers_may_be_left_out_or_empty() -> None:
    assert connection.router_urls({"router_urls": {"web": ["http://r"], "batch": []}}) == {"web": ["http://r"]}
    assert connection.routers_from({"router_urls": {"batch": []}}) is None
