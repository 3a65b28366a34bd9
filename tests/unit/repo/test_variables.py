# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/variables.md beside what it is made of: nothing that an inventory may set is left out, and nothing is there that nobody reads."""

from __future__ import annotations

import re

from ansible_collections.zeus.paas.plugins.module_utils._topology import build_topology
from documented.variables import FILE, SHARED, readers, roles, shared, specs, write

DESCRIBED = {name: said for group in shared() for name, said in group["variables"].items()}


def derived() -> set[str]:
    hosts = {"control": {"zeus_node_role": "control"}, "compute": {"zeus_node_role": "compute", "zeus_vcluster": "batch"}}
    common = {"zeus_engine": "mesos", "zeus_vclusters": {"batch": {"router": "none"}}}
    return set(build_topology("bj01", hosts, common, source="s", common_source="c").variables)


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == write(), "run: make variables-doc"


def test_every_shared_variable_is_described() -> None:
    """Whoever adds one says in tests/documented/inventory_variables.yml what it is."""
    assert sorted((set(readers()) | derived()) - set(DESCRIBED)) == []


def test_every_described_variable_exists() -> None:
    assert sorted(set(DESCRIBED) - set(readers()) - derived()) == []


def test_no_variable_is_described_twice() -> None:
    """YAML would keep the last one."""
    names = re.findall(r"^    (zeus_\w+):", SHARED.read_text("utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(DESCRIBED)


def test_every_variable_says_what_it_is() -> None:
    for name, said in DESCRIBED.items():
        assert set(said) <= {"type", "default", "secret", "description"}, name
        assert said["type"], name
        assert said["description"].endswith("."), name
        assert said.get("secret", False) == name.endswith(("_password", "_token", "_secret")), name


def test_every_option_of_every_role_is_on_the_page() -> None:
    page = FILE.read_text("utf-8")
    missing = [
        name for role in roles() for entry in specs(role).values() for name in entry.get("options") or {} if f"| `{name}` |" not in page
    ]
    assert missing == []
    assert len(roles()) >= 6
