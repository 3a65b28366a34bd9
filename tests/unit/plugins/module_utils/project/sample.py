# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small project and site that the tests of this folder change."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from ansible_collections.zeus.paas.plugins.module_utils._catalogue import read_catalogue
from ansible_collections.zeus.paas.plugins.module_utils._project import Project, load_project
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import Site

SHOP: dict[str, Any] = yaml.safe_load(
    """
project: shop
owner: shop-team@example.com
environments:
  production: {}
  test: {web: {hosts: [shop.test.example.com], instances: 1}, price: {port: 19090}}
apps:
  web:
    type: web
    vcluster: web
    version: "1.4"
    files: web
    cmd: python3 web.py --port $PORT0
    env: {LOG_LEVEL: info, RETRIES: 3}
    instances: 4
    resources: {cpus: 0.5, mem: 256}
    hosts: [shop.example.com, www.shop.example.com]
    health: {path: /healthz}
    gray: {version: "2.0-RC1", instances: 2, policy: tv-beijing, env: {LOG_LEVEL: debug}, resources: {mem: 512}}
    datacenters: {bj01: {instances: 6, resources: {cpus: 1}}}
  price: {type: service, vcluster: web, version: "1.0", cmd: ./price, port: 9090}
  mailer: {type: worker, vcluster: batch, version: "1.0", cmd: ./mailer}
"""
)
CATALOGUE = read_catalogue(
    {"web": {"router": "both"}, "l7": {"router": "nginx"}, "batch": {"router": "none"}, "tv": {"router": "both", "owners": ["tv-home"]}},
    "zeus_vclusters",
    "",
)
DIGEST = "ab" * 32


def shop(**changes: Any) -> dict[str, Any]:
    """SHOP with values replaced; a key is a path with ``__`` between its parts, ``None`` removes it."""
    data = copy.deepcopy(SHOP)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return data


def project(**changes: Any) -> Project:
    return load_project(shop(**changes), "shop.yml")


def site(datacenter: str = "bj01") -> Site:
    return Site(datacenter, CATALOGUE, "http://10.1.0.10:8600", {"web": DIGEST})
