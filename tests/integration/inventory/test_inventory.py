# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as Ansible loads them: the plugin, the site's common files, vault, and what is refused."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "inventories" / "example"
DATACENTERS = ("bj01", "cd04", "gz03", "sh02", "xa05")


def ansible(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ansible", program, *arguments],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1", **environment},
    )  # fmt: skip


def inventory(*sources: Path, **environment: str) -> dict[str, Any]:
    done = ansible("inventory", *(part for source in sources for part in ("-i", str(source))), "--list", **environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two datacenters with the standalone engine."""
    write(
        tmp_path / "common" / "site.yml", {"zeus_engine": "standalone", "zeus_vclusters": {"web": {"router": "both"}}, "greeting": "common"}
    )
    for number, name in enumerate(("bj01", "sh02"), 1):
        write(tmp_path / name / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
        write(tmp_path / name / "hosts.yml", {"all": {"hosts": {
            f"{name}-control": {"ansible_host": f"10.{number}.0.10", "zeus_node_role": "control"},
            f"{name}-router": {"ansible_host": f"10.{number}.0.20", "zeus_node_role": "router", "zeus_vcluster": "web"},
        }}})  # fmt: skip
    return tmp_path


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data))


@cache
def example(datacenter: str) -> dict[str, Any]:
    """One datacenter of the example, loaded alone."""
    return inventory(EXAMPLE / datacenter)


@pytest.mark.parametrize("datacenter", DATACENTERS)
def test_the_example_loads(datacenter: str) -> None:
    found = example(datacenter)
    masters = [f"{datacenter}-control-{n}" for n in range(1, 6 if datacenter == "bj01" else 4)]
    for group in ("zookeepers", "mesos_masters", "marathons", "chronoses"):
        assert found[group]["hosts"] == masters
    assert found["docker_engines"]["hosts"] == found["mesos_agents"]["hosts"]
    variables = found["_meta"]["hostvars"][f"{datacenter}-web-12"]
    assert variables["zeus_datacenter"] == datacenter
    assert sorted(variables["zeus_vclusters"]) == ["batch", "data", "mobile", "pay", "tv", "web"]
    assert len(variables["zeus_marathon_urls"]) == len(variables["zeus_zookeeper_hosts"]) == len(masters)
    assert variables["ansible_host"].endswith(".10.22")


def test_the_example_has_400_hosts_of_which_each_has_its_own_address() -> None:
    hosts = {name: values for datacenter in DATACENTERS for name, values in example(datacenter)["_meta"]["hostvars"].items()}
    assert len(hosts) == len({values["ansible_host"] for values in hosts.values()}) == 400
    assert not [name for name, values in hosts.items() if "[" in values["ansible_host"] + values["zeus_rack"]]


@pytest.mark.parametrize("datacenter", DATACENTERS)
def test_nothing_of_another_datacenter_is_loaded(datacenter: str) -> None:
    """No host, group, address or value of it, wherever it may stand."""
    found = copy.deepcopy(example(datacenter))
    for variables in found["_meta"]["hostvars"].values():
        # What the site says to all; these are clients' networks, not machines.
        del variables["zeus_regions"]
    text = json.dumps(found)
    for number, other in enumerate(("bj01", "sh02", "gz03", "cd04", "xa05"), 1):
        mentioned = other in text or re.search(rf"\b10\.{number}\.", text) is not None
        assert mentioned is (other == datacenter), other


def test_every_datacenter_of_the_example_is_tested() -> None:
    assert sorted(path.parent.name for path in EXAMPLE.glob("*/topology.zeus.yml")) == sorted(DATACENTERS)


def test_no_value_reaches_another_datacenter(site: Path) -> None:
    """Each gives the same variables its own values, for its group, a group of a cluster, and a host."""
    for name in ("bj01", "sh02"):
        write(site / name / "group_vars" / name / "main.yml", {"canary": f"all of {name}", f"only_{name}": True})
        write(site / name / "group_vars" / f"{name}_web.yml", {"canary": f"web of {name}"})
        write(site / name / "host_vars" / f"{name}-control.yml", {"canary": f"control of {name}"})
    for name, other in (("bj01", "sh02"), ("sh02", "bj01")):
        found = inventory(site / name)["_meta"]["hostvars"]
        assert {host: values["canary"] for host, values in found.items()} == {
            f"{name}-control": f"control of {name}", f"{name}-router": f"web of {name}",
        }  # fmt: skip
        assert other not in json.dumps(found)


def test_the_datacenters_variables_override_common_and_derived_ones(site: Path) -> None:
    write(site / "bj01" / "group_vars" / "bj01" / "main.yml", {"greeting": "bj01", "zeus_marathon_urls": ["https://marathon.bj01:8443"]})
    here = inventory(site / "bj01")["_meta"]["hostvars"]["bj01-router"]
    there = inventory(site / "sh02")["_meta"]["hostvars"]["sh02-router"]
    assert (here["greeting"], here["zeus_marathon_urls"]) == ("bj01", ["https://marathon.bj01:8443"])
    assert (there["greeting"], there["zeus_marathon_urls"]) == ("common", ["http://10.2.0.10:8080"])
    assert here["zeus_router_urls"] == {"web": ["http://10.1.0.20:8700"]}


def test_values_of_common_may_be_templates(site: Path) -> None:
    write(site / "common" / "more.yml", {"zeus_marathon_user": "zeus-{{ zeus_datacenter }}"})
    done = ansible("adhoc", "-i", str(site / "bj01"), "control", "-m", "ansible.builtin.debug", "-a", "var=zeus_marathon_user")
    assert "zeus-bj01" in done.stdout


def test_common_files_may_be_encrypted(site: Path) -> None:
    write(site / "password", "vault-password\n")
    secret = site / "common" / "secrets.yml"
    write(secret, {"zeus_router_token": "a-token-of-the-vault"})
    done = ansible("vault", "encrypt", "--vault-password-file", str(site / "password"), str(secret))
    assert done.returncode == 0, done.stderr
    assert "a-token-of-the-vault" not in secret.read_text()
    found = inventory(site / "bj01", ANSIBLE_VAULT_PASSWORD_FILE=str(site / "password"))
    assert found["_meta"]["hostvars"]["bj01-router"]["zeus_router_token"] == "a-token-of-the-vault"


def refused(*sources: Path) -> str:
    """What a run of the site playbook says; it must end before anything is done, whatever ansible.cfg says."""
    said = []
    for fatal in ("true", "false"):
        done = ansible(
            "playbook", *(part for source in sources for part in ("-i", str(source))), "zeus.paas.deploy",
            "-e", "project=x", "-e", "environment_name=y", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=fatal,
        )  # fmt: skip
        assert done.returncode != 0
        assert "The projects run as their files say" not in done.stdout
        # Some versions of Ansible break long lines inside a path, so blanks do not count.
        said.append("".join((done.stdout + done.stderr).split()))
    assert "TASK[Thetopologyhasbeenaccepted]" in said[1]
    return said[1]


def assert_refused(expected: str, *sources: Path) -> None:
    assert "".join(expected.split()) in refused(*sources)


def test_a_wrong_layout_ends_the_run(site: Path) -> None:
    hosts = yaml.safe_load((site / "bj01" / "hosts.yml").read_text())
    hosts["all"]["hosts"]["bj01-router"]["zeus_vcluster"] = "wbe"
    write(site / "bj01" / "hosts.yml", hosts)
    assert_refused(f"{site}/bj01: bj01-router.zeus_vcluster: unknown virtual cluster (got 'wbe'); expected one of web", site / "bj01")


def test_two_datacenters_in_one_run(site: Path) -> None:
    assert_refused(
        f"{site}/sh02/topology.zeus.yml: another datacenter is loaded already, by {site}/bj01/topology.zeus.yml; "
        "expected one datacenter per run; zeus.paas.fleet runs several side by side",
        site / "bj01",
        site / "sh02",
    )
    assert_refused("another datacenter is loaded already", site)


def test_two_datacenters_of_the_example_in_one_run() -> None:
    assert_refused("another datacenter is loaded already", EXAMPLE / "bj01", EXAMPLE / "sh02")


def test_no_datacenter_at_all(tmp_path: Path) -> None:
    write(tmp_path / "hosts.yml", {"all": {"hosts": {"a": {}}}})
    for sources in ((), (tmp_path / "hosts.yml",)):
        assert_refused("No datacenter was loaded; expected -i inventories/<site>/<datacenter>", *sources)


def test_a_hosts_file_that_is_read_too_late(site: Path) -> None:
    shutil.copy(site / "bj01" / "hosts.yml", site / "bj01" / "zz.yml")
    assert_refused(f"{site}/bj01/zz.yml: Ansible reads this file after topology.zeus.yml", site / "bj01")


def test_variables_of_a_group_that_is_not_the_datacenters(site: Path) -> None:
    write(site / "bj01" / "group_vars" / "all.yml", {"a": 1})
    assert_refused(f"{site}/bj01: group_vars/all: a datacenter's folder must not hold variables of this group", site / "bj01")


def test_one_variable_in_two_common_files(site: Path) -> None:
    write(site / "common" / "more.yml", {"greeting": "more"})
    assert_refused(f"{site}/common/site.yml: greeting: more.yml sets this variable too", site / "bj01")


def test_an_unknown_option(site: Path) -> None:
    write(site / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "commmon": "../common"})
    assert_refused(f"{site}/bj01/topology.zeus.yml: commmon: unknown key; did you mean common?", site / "bj01")


def test_no_common_folder(site: Path) -> None:
    write(site / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../comon"})
    assert_refused(f"{site}/bj01/topology.zeus.yml: common: there is no such folder (got '{site}/comon')", site / "bj01")


def of_ranges(site: Path, *lines: str) -> Path:
    """bj01 with these lines as its hosts."""
    write(site / "bj01" / "hosts.yml", "all:\n  hosts:\n" + "".join(f"    {line}\n" for line in lines))
    return site / "bj01"


CONTROL = "bj01-control: {ansible_host: 10.1.0.10, zeus_node_role: control}"
ROUTERS = 'bj01-router-[1:4]: {ansible_host: "10.1.0.[21:24]", zeus_node_role: router, zeus_vcluster: web, zeus_rack: "r[1:2]"}'


def test_a_host_that_is_gone_leaves_its_place(site: Path) -> None:
    write(site / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common", "absent": ["bj01-router-2"]})
    found = inventory(of_ranges(site, CONTROL, ROUTERS))
    assert found["routers"]["hosts"] == ["bj01-router-1", "bj01-router-3", "bj01-router-4"]
    variables = found["_meta"]["hostvars"]
    assert "bj01-router-2" not in variables
    assert [(variables[f"bj01-router-{n}"]["ansible_host"], variables[f"bj01-router-{n}"]["zeus_rack"]) for n in (1, 3, 4)] == [
        ("10.1.0.21", "r1"), ("10.1.0.23", "r2"), ("10.1.0.24", "r2"),
    ]  # fmt: skip
    assert variables["bj01-control"]["zeus_router_urls"] == {"web": [f"http://10.1.0.{n}:8700" for n in (21, 23, 24)]}


def test_a_host_that_never_was(site: Path) -> None:
    write(site / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common", "absent": ["bj01-router-5"]})
    assert_refused(
        f"{site}/bj01/topology.zeus.yml: absent[0]: the hosts file does not name this host (got 'bj01-router-5'); "
        "expected a host of one of its ranges, once",
        of_ranges(site, CONTROL, ROUTERS),
    )


def test_a_range_with_too_few_addresses(site: Path) -> None:
    assert_refused(
        f"{site}/bj01: bj01-router-1.ansible_host: 4 hosts (bj01-router-1 to bj01-router-4) for a range of 3 addresses",
        of_ranges(site, CONTROL, ROUTERS.replace("24]", "23]")),
    )


def test_a_range_that_ansible_does_not_know(site: Path) -> None:
    assert_refused(
        "this range cannot be used: host range must specify equal-length begin and end formats",
        of_ranges(site, CONTROL, ROUTERS.replace("[21:24]", "[09:112]")),
    )
