# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project of the tests' own, made of the demo's sample: same programs, another name, so that the shop itself runs on undisturbed."""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from zeus_demo.settings import CHECKOUT

from .bed import ENVIRONMENT

SHOP = CHECKOUT / "demo" / "shop"
HOST = "trial.example.com"
PORT = 9190
PROJECT = "trial"
POLICY = "trial-web"
APPS = ("web", "catalog", "price", "mailer")


def key(app: str) -> str:
    return f"/{ENVIRONMENT}/{PROJECT}/{app}"


def stable(app: str) -> str:
    return f"{key(app)}/stable"


@dataclass
class Trial:
    """A user's working copy; ``apps`` is what the project file will say when it is written."""

    folder: Path
    apps: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        shutil.copytree(SHOP, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.apps = copy.deepcopy(_load(SHOP / "project.yml")["apps"])
        assert set(self.apps) == set(APPS)
        for app in ("web", "catalog"):
            self.apps[app]["hosts"] = [HOST]
        self.apps["price"]["port"] = PORT
        self.apps["web"].pop("gray")
        self.write()
        self.write_policy(5)

    @property
    def project(self) -> Path:
        return self.folder / "project.yml"

    @property
    def policy(self) -> Path:
        return self.folder / "policies" / f"{POLICY}.yml"

    def write(self) -> Path:
        data = {"project": PROJECT, "owner": "tests@example.com", "environments": {ENVIRONMENT: {}}, "apps": self.apps}
        self.project.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        return self.project

    def change(self, *apps: str, **keys: Any) -> None:
        """Edit the file: these keys of these apps; None takes a key away."""
        for app in apps:
            for name, value in keys.items():
                if value is None:
                    self.apps[app].pop(name, None)
                else:
                    self.apps[app][name] = value
        self.write()

    def policy_data(self, share: float, version: str = "2.0") -> dict[str, Any]:
        """The shop's policy under this project's name, with this share of the users and this gray version."""
        data = _load(SHOP / "policies" / "shop-web.yml")
        data["policy"] = POLICY
        for rule in data["rules"]:
            rule["variant"] = version
            if "percent" in rule["when"]:
                rule["when"]["percent"] = share
        return data

    def write_policy(self, share: float, version: str = "2.0") -> Path:
        self.policy.write_text(yaml.safe_dump(self.policy_data(share, version), sort_keys=False), encoding="utf-8")
        return self.policy

    # -- variables of the playbooks -----------------------------------------------------------------------------------------------

    def deploy(self, **more: Any) -> dict[str, Any]:
        return {"project": str(self.project), "environment_name": ENVIRONMENT, **more}

    def gray(self, *steps: str) -> dict[str, Any]:
        return {**self.deploy(), "app": "web", "policy_file": str(self.policy), "gray_steps": list(steps)}


def _load(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data
