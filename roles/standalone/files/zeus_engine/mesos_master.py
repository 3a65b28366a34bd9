# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the master is: build, flags, capabilities, and the words it uses of itself."""

from __future__ import annotations

import ipaddress
from typing import Any

from . import MESOS_VERSION
from .engine import Engine

BUILD = {
    "build_date": "2020-11-24 15:38:37",
    "build_time": 1606232317.0,
    "build_user": "ubuntu",
    "git_sha": "04bc7ee1984d86fbb0bd782ccc69ce44c13ae4b9",
    "git_tag": MESOS_VERSION,
    "version": MESOS_VERSION,
}
CAPABILITIES = ("AGENT_UPDATE", "AGENT_DRAINING", "QUOTA_V2")


class Master:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._config = engine.config

    @property
    def pid(self) -> str:
        return f"master@{self._config.host}:{self._config.mesos_port}"

    def flags(self) -> dict[str, str]:
        """Only flags that say something true of this engine; all values are text, as Mesos has it."""
        config = self._config
        secured = "true" if config.user is not None else "false"
        return {
            "authenticate_http_readonly": secured,
            "authenticate_http_readwrite": secured,
            "cluster": config.cluster,
            "hostname": config.address,
            "http_authenticators": "basic",
            "ip": config.address,
            "max_completed_frameworks": "0",
            "max_completed_tasks_per_framework": str(config.finished_tasks_kept),
            "port": str(config.mesos_port),
            "registry": "in_memory",
            "work_dir": str(config.state_dir),
        }

    def leader_info(self) -> dict[str, Any]:
        config = self._config
        return {"id": self._engine.state.master_id, "pid": self.pid, "port": config.mesos_port, "hostname": config.address}

    def state(self) -> dict[str, Any]:
        """The head of /state: everything but agents and frameworks."""
        config, started = self._config, self._engine.started_at
        return {
            **BUILD,
            "start_time": started,
            "elected_time": started,
            "id": self._engine.state.master_id,
            "pid": self.pid,
            "hostname": config.address,
            "capabilities": list(CAPABILITIES),
            "leader": self.pid,
            "leader_info": self.leader_info(),
            "cluster": config.cluster,
            "flags": self.flags(),
        }

    def get_master(self) -> dict[str, Any]:
        config, started = self._config, self._engine.started_at
        address = ipaddress.ip_address(config.address)
        # Protobuf's word for QUOTA_V2 is newer than the JSON writer's table: a real master too answers {} for it.
        capabilities: list[dict[str, str]] = [{"type": "AGENT_UPDATE"}, {"type": "AGENT_DRAINING"}, {}]
        return {
            "master_info": {
                "id": self._engine.state.master_id,
                "ip": int.from_bytes(address.packed, "little") if address.version == 4 else 0,
                "port": config.mesos_port,
                "pid": self.pid,
                "hostname": config.address,
                "version": MESOS_VERSION,
                "address": {"hostname": config.address, "ip": config.address, "port": config.mesos_port},
                "capabilities": capabilities,
            },
            "start_time": started,
            "elected_time": started,
        }
