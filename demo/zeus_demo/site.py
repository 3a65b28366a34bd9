# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated site: an ordinary inventory, one folder per datacenter, as ``docs/inventories.md`` describes it."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import yaml

from zeus_demo.hosts import Keys, Machine, Owner, ssh_options
from zeus_demo.images import WHEEL_FOLDER
from zeus_demo.settings import Datacenter, Host, Settings

HEADER = "---\n# Written by `make demo`; changes are lost.\n"
#: Passwords and tokens that each datacenter has of its own.
SECRETS = (
    "zeus_marathon_password",
    "zeus_router_token",
    "zeus_policy_store_writer_password",
    "zeus_policy_store_reader_password",
    "zeus_artifact_token",
)
#: And those of a cluster on Mesos.
MESOS_SECRETS = ("zeus_mesos_agent_secret", "zeus_mesos_framework_secret", "zeus_mesos_password")


def machines(settings: Settings) -> list[Machine]:
    """All containers of the demo, the control center's among them."""
    center_networks = {network_name(settings, None): settings.center_address(settings.center_net)}
    result = []
    for datacenter in settings.datacenters:
        name = network_name(settings, datacenter)
        center_networks[name] = settings.center_address(datacenter.net)
        result += [
            Machine(settings.container(host), host.name, {name: host.address}, docker=host.role == "compute") for host in datacenter.hosts
        ]
    return [*result, Machine(settings.center, "center", center_networks, systemd=False)]


def network_name(settings: Settings, datacenter: Datacenter | None) -> str:
    return f"{settings.prefix}-{datacenter.name if datacenter else 'control-center'}"


def keys(settings: Settings) -> Keys:
    return Keys(settings.home / "ssh")


def owner(settings: Settings) -> Owner:
    """After ``Keys.make``: containers that know another key, or another subnet, are not this checkout's."""
    public = keys(settings).private.with_suffix(".pub").read_bytes()
    return Owner(settings.label, hashlib.sha256(public + str(settings.subnet).encode()).hexdigest()[:12])


def write(settings: Settings) -> None:
    """Write all inventories; secrets that exist stay as they are."""
    common = settings.site / "common"
    shutil.rmtree(common, ignore_errors=True)
    shutil.copytree(settings.description / "common", common)
    for datacenter in settings.datacenters:
        folder = settings.site / datacenter.name
        _dump(folder / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
        _dump(folder / "hosts.yml", {"all": {"hosts": {host.name: _host(host) for host in datacenter.hosts}}})
        _dump(folder / "group_vars" / datacenter.name / "main.yml", _variables(settings, datacenter))
        _write_secrets(settings, folder / "group_vars" / datacenter.name / "secrets.yml")


def _host(host: Host) -> dict[str, str]:
    entry = {"ansible_host": host.address, "zeus_node_role": host.role, "zeus_rack": host.rack}
    return entry | ({"zeus_vcluster": host.vcluster} if host.vcluster else {})


def _variables(settings: Settings, datacenter: Datacenter) -> dict[str, Any]:
    found = keys(settings)
    return {
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_private_key_file": str(found.private),
        "ansible_ssh_common_args": " ".join(ssh_options(found)),
        "router_agent_pip_extra_args": f"--no-index --find-links {WHEEL_FOLDER}",
        # Everybody's clients sit in the control center here, as if it were the balancer in front of the routers.
        "zeus_trusted_proxies": [f"{settings.center_address(datacenter.net)}/32"],
    }


def _secret_names(settings: Settings) -> tuple[str, ...]:
    return SECRETS + (MESOS_SECRETS if settings.engine == "mesos" else ())


def _write_secrets(settings: Settings, path: Path) -> None:
    known = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    users = {"zeus_marathon_user": "zeus"} | ({"zeus_mesos_user": "operator"} if settings.engine == "mesos" else {})
    values = users | {name: known.get(name) or secrets.token_urlsafe(24) for name in _secret_names(settings)}
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made with its final mode: never readable by others, not even for a moment.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(HEADER + yaml.safe_dump(values))


def secret_values(settings: Settings) -> list[str]:
    """Every generated secret of every datacenter: what must not show up anywhere else."""
    values: list[str] = []
    for datacenter in settings.datacenters:
        found = yaml.safe_load(
            (settings.site / datacenter.name / "group_vars" / datacenter.name / "secrets.yml").read_text(encoding="utf-8")
        )
        values += [found[name] for name in _secret_names(settings)]
    return values


def _dump(path: Path, data: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
