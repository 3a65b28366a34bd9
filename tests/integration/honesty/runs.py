# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as real processes against the small datacenter, several at once or cut off."""

from __future__ import annotations

import json
import os
import shutil
import sys
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from honesty.processes import Running
from integration.gray.site import CATALOGUE, REGIONS, Site

NUMBERS = count(1)


class Runs:
    """``start("deploy", copy)``: the playbook for a working copy of the project."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.inventory = folder / "inventory.yml"
        variables = {
            "zeus_datacenter": "bj01", "zeus_vclusters": CATALOGUE, "zeus_regions": REGIONS,
            "zeus_marathon_urls": [site.engine.url], "zeus_marathon_user": "zeus", "zeus_marathon_password": "engine-password-0",
            "zeus_mesos_urls": [site.engine.mesos_url],
            "zeus_router_urls": {"web": [site.agent.url]}, "zeus_router_token": site.agent.token,
            "zeus_policy_store_host": site.redis.host, "zeus_policy_store_port": site.redis.port,
            "zeus_policy_store_writer_password": site.redis.writer,
            "zeus_artifact_url": site.artifacts.url, "zeus_artifact_token": site.artifacts.token,
        }  # fmt: skip
        self.inventory.write_text(yaml.safe_dump({"control": {"hosts": {"bj01-control": None}, "vars": variables}}))

    def copy(self, name: str) -> Path:
        """Somebody's working copy of the project as it is now: its file."""
        self.site.write()
        shutil.copytree(self.site.folder, self.folder / name)
        return self.folder / name / self.site.file.name

    def start(self, play: str, project: Path, *options: str, **more: Any) -> Running:
        variables = {"project": str(project), "environment_name": "production", "deploy_timeout": 60, "gray_timeout": 60, **more}
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory), f"zeus.paas.{play}"]
        return Running(
            [*command, "-e", json.dumps(variables), *options],
            self.folder / f"{next(NUMBERS)}-{play}.log",
            {**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )

    def gray(self, project: Path, *steps: str, options: tuple[str, ...] = (), **more: Any) -> Running:
        return self.start("gray", project, *options, app="web", gray_steps=list(steps), **more)
