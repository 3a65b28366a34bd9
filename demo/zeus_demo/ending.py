# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo prints at its end: what was shown, what serves, and where to go on by hand."""

from __future__ import annotations

import base64
import json
import urllib.request
from os.path import relpath
from typing import Any

import yaml

from zeus_demo.clients import SHOP, Ask
from zeus_demo.screen import Screen
from zeus_demo.settings import Datacenter, Settings


def tell(settings: Settings, screen: Screen, proven: list[tuple[Ask, str]], shares: list[tuple[int, dict[str, int]]]) -> None:
    names = [datacenter.name for datacenter in settings.datacenters]
    screen.line()
    screen.table(("request", "got", "by rule"), [(ask.what, ask.variant, rule) for ask, rule in proven])
    screen.line()
    screen.table(("share", *names), [(f"{share} %", *(str(counts[name]) for name in names)) for share, counts in shares])
    screen.line()
    screen.table(
        ("datacenter", "engine", "shop", "price service"),
        [
            (each.name, _engine(settings, each), f"http://{each.routers[0].address}/", f"http://{each.routers[0].address}:9090/")
            for each in settings.datacenters
        ],
    )
    first = settings.datacenters[0]
    site = relpath(settings.site)
    screen.line(f"""
Try it:
  curl -H 'Host: {SHOP}' http://{first.routers[0].address}/
  curl -H 'Host: {SHOP}' http://{first.routers[0].address}/catalog
  ssh -i {relpath(settings.home / "ssh" / "id_ed25519")} root@{first.control.address}
The project and the policy that were deployed lie in {relpath(settings.home / "shop")}, the inventories in {site};
README.md goes on from here. The logs: {relpath(settings.logs)}

On Mesos: set zeus_engine: mesos, zeus_marathon_urls and zeus_mesos_urls in the inventory; project, policies and playbooks stay as they are.
Remove it all: make demo-down""")


def _engine(settings: Settings, datacenter: Datacenter) -> str:
    """What serves the Marathon API, as it says itself."""
    secrets: dict[str, Any] = yaml.safe_load((settings.site / datacenter.name / "group_vars" / datacenter.name / "secrets.yml").read_text())
    request = urllib.request.Request(f"http://{datacenter.control.address}:8080/v2/info")
    token = base64.b64encode(f"{secrets['zeus_marathon_user']}:{secrets['zeus_marathon_password']}".encode()).decode()
    request.add_header("Authorization", f"Basic {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        info = json.load(answer)
    # The build says what it is; name and version only say whose API it speaks.
    return f"{info.get('buildref') or info['name']} (Marathon's API {info['version']})"
