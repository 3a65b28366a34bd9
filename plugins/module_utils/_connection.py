# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What all modules share: the connection options, the clients made from them, and the one place where errors become results.

Clients are imported where they are made: a module loads only what it uses, which counts, since modules reach a host without bytecode.
Options stand once here and once, documented, in ``plugins/doc_fragments``; a unit test keeps the two together. Every connection option
may come from the task, from ``module_defaults`` of its action group, or from the environment, in this order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.zeus.paas.plugins.module_utils._environment import Spec, refuse_unusable, with_environment
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError, LockedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._http import REQUESTS_IMPORT_ERROR, HttpClient, HttpOptions
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon

if TYPE_CHECKING:
    from ansible_collections.zeus.paas.plugins.module_utils._mesos import Mesos
    from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Operator
    from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
    from ansible_collections.zeus.paas.plugins.module_utils._router import Routers

Params = Mapping[str, Any]

#: How to connect, for every service.
HTTP_ARGS: Spec = with_environment(
    {
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path"},
        "validate_certs": {"type": "bool", "default": True},
        "timeout": {"type": "float", "default": 10.0},
    }
)
MARATHON_ARGS: Spec = HTTP_ARGS | with_environment(
    {
        "marathon_urls": {"type": "list", "elements": "str", "required": True},
        "marathon_user": {"type": "str"},
        "marathon_password": {"type": "str", "no_log": True},
        "marathon_token": {"type": "str", "no_log": True},
    }
)
MESOS_ARGS: Spec = HTTP_ARGS | with_environment(
    {
        "mesos_urls": {"type": "list", "elements": "str", "required": True},
        "mesos_user": {"type": "str"},
        "mesos_password": {"type": "str", "no_log": True},
    }
)
ROUTER_ARGS: Spec = HTTP_ARGS | with_environment(
    {
        "router_urls": {"type": "dict", "default": {}},
        "router_token": {"type": "str", "no_log": True},
    }
)
STORE_ARGS: Spec = HTTP_ARGS | with_environment(
    {
        "policy_store_host": {"type": "str", "required": True},
        "policy_store_port": {"type": "int", "default": 6379},
        "policy_store_user": {"type": "str", "default": "zeus-writer"},
        "policy_store_password": {"type": "str", "no_log": True},
    }
)
#: How long something slow may take.
PATIENCE_ARGS: Spec = {"wait": {"type": "bool", "default": True}, "wait_timeout": {"type": "float", "default": 1800.0}}
ARTIFACT_ARGS: Spec = HTTP_ARGS | with_environment(
    {
        "artifact_url": {"type": "str"},
        "artifact_token": {"type": "str", "no_log": True},
    }
)
#: How long a rollout may take, in seconds, and what happens then.
WAIT_ARGS: Spec = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300.0},
    "rollback": {"type": "bool", "default": True},
    "force": {"type": "bool", "default": False},
}
#: Options of which a module can do without the service.
OPTIONAL: dict[str, Any] = {"required": False}
#: Of MARATHON_ARGS: basic auth or a token, and a password with its user. To be passed to AnsibleModule.
MARATHON_RULES: dict[str, Any] = {
    "required_together": [("marathon_user", "marathon_password")],
    "mutually_exclusive": [("marathon_user", "marathon_token")],
}


def http_options(params: Params, *, user: str | None = None, password: str | None = None, token: str | None = None) -> HttpOptions:
    """The shared connection options with one service's credentials."""
    return HttpOptions(
        timeout=float(params.get("timeout") or 10.0),
        user=user,
        password=password,
        token=token,
        ca_path=params.get("ca_path"),
        client_cert=params.get("client_cert"),
        client_key=params.get("client_key"),
        validate_certs=params.get("validate_certs") is not False,
    )


def marathon_from(params: Params) -> Marathon:
    options = http_options(
        params, user=params.get("marathon_user"), password=params.get("marathon_password"), token=params.get("marathon_token")
    )
    return Marathon(HttpClient("Marathon", params["marathon_urls"], options))


#: How long a read waits for a Mesos leader while masters answer that there is none. A dead one keeps its office for zk_session_timeout
#: (10 s), and then the next one has to read the registry.
MESOS_ELECTION = 40.0


def mesos_from(params: Params) -> Mesos:
    from ansible_collections.zeus.paas.plugins.module_utils._mesos import Mesos

    return Mesos(_mesos_http(params, params["mesos_urls"], MESOS_ELECTION))


def operator_from(params: Params) -> Operator:
    """The masters' API for operators."""
    from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Operator

    return Operator(_mesos_http(params, params["mesos_urls"], MESOS_ELECTION))


def each_master_from(params: Params) -> dict[str, HttpClient]:
    """Address → a client of that master alone, for what each one says of itself."""
    return {url: _mesos_http(params, [url], 0.0, rounds=1) for url in params["mesos_urls"]}


def _mesos_http(params: Params, urls: list[str], patience: float, *, rounds: int = 3) -> HttpClient:
    options = http_options(params, user=params.get("mesos_user"), password=params.get("mesos_password"))
    return HttpClient("Mesos", urls, replace(options, patience=patience, rounds=rounds))


def routers_from(params: Params) -> Routers | None:
    """The routers of every virtual cluster; None when the site has none (then rollouts end with healthy instances)."""
    urls = router_urls(params)
    if not urls:
        return None
    from ansible_collections.zeus.paas.plugins.module_utils._router import Routers

    return Routers(urls, http_options(params, token=params.get("router_token")))


def router_urls(params: Params) -> dict[str, list[str]]:
    """``router_urls`` checked: virtual cluster → list of addresses; clusters without routers may be left out or empty."""
    urls: dict[str, list[str]] = {}
    for vcluster, given in (params.get("router_urls") or {}).items():
        if isinstance(given, str) or not isinstance(given, list | tuple) or not all(isinstance(url, str) for url in given):
            raise InputError("router_urls", str(vcluster), "not a list of addresses", "[http://address:8700, …]", given)
        if given:
            urls[str(vcluster)] = list(given)
    return urls


def store_from(params: Params) -> PolicyStore:
    from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore

    return PolicyStore(
        params["policy_store_host"],
        params["policy_store_port"],
        params["policy_store_user"],
        params.get("policy_store_password"),
        timeout=float(params.get("timeout") or 10.0),
    )


def run_module(module: Any, function: Callable[[Any], Mapping[str, Any]]) -> None:
    """Call ``function(module)`` and end the module with its result, or with what went wrong.

    A service that nobody answers for ends as *unreachable*: ansible-playbook then exits 4 and not 2, so that ``fleet`` can tell a
    datacenter that is away from one that failed. If a change may have been carried out all the same, it is a failure. ``error.kind`` is
    the error's class for machines.
    """
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(
            msg=f"The Python library requests is needed by {sys.executable} on this host, which runs the module.",
            exception=REQUESTS_IMPORT_ERROR,
        )
    try:
        refuse_unusable()
        result = function(module)
    except ZeusError as error:
        if isinstance(error, AwayError) and not error.maybe_done:
            # Without `failed`: Ansible looks at that first.
            module.exit_json(unreachable=True, msg=error.message, error=_told(error))
        module.fail_json(msg=error.message, error=_told(error))
    else:
        module.exit_json(**result)


def _told(error: ZeusError) -> dict[str, Any]:
    kinds = ((LockedError, "locked"), (ApiError, "api"), (AwayError, "away"), (InputError, "input"))
    kind = next((name for cls, name in kinds if isinstance(error, cls)), type(error).__name__.removesuffix("Error").lower())
    return {"kind": kind, **{key: value for key, value in error.details.items() if key != "body"}}
