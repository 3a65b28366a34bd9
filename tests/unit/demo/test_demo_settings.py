# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the demo's parts lie and which addresses they get."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import pytest
import yaml

from zeus_demo import clients, site
from zeus_demo.errors import DemoError
from zeus_demo.sample import SHOP, Sample
from zeus_demo.settings import CHECKOUT, Settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    for name in ("ZEUS_BED", "ZEUS_BED_DESCRIPTION", "ZEUS_DEMO_SUBNET", "ZEUS_DEMO_DATACENTERS", "V"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZEUS_STATE", str(tmp_path))
    return Settings.from_environment()


def test_two_datacenters_with_networks_of_their_own(settings: Settings) -> None:
    nets = [settings.center_net, *(datacenter.net for datacenter in settings.datacenters)]
    assert len(settings.datacenters) == 2
    assert not any(one.overlaps(other) for number, one in enumerate(nets) for other in nets[number + 1 :])


def test_each_datacenter_has_a_control_host_and_a_router_for_each_routed_cluster(settings: Settings) -> None:
    for datacenter in settings.datacenters:
        assert [(host.role, host.vcluster) for host in datacenter.hosts] == [("control", None), ("router", "web")]
        assert len({host.address for host in datacenter.hosts}) == len(datacenter.hosts)
        assert all(ipaddress.ip_address(host.address) in datacenter.net for host in datacenter.hosts)


def test_a_bed_on_mesos_has_numbered_control_hosts_and_compute_hosts(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("ZEUS_BED", "cluster")
    monkeypatch.setenv("ZEUS_BED_DESCRIPTION", str(CHECKOUT / "extensions" / "molecule" / "cluster" / "bed"))
    cluster = Settings.from_environment()
    (datacenter,) = cluster.datacenters
    assert [host.name for host in datacenter.hosts if host.role == "control"] == [f"bj01-control-{number}" for number in (1, 2, 3)]
    assert [(host.vcluster, host.rack) for host in datacenter.hosts if host.role == "compute"] == [
        ("web", "r1"),
        ("web", "r2"),
        ("batch", "r1"),
        ("batch", "r2"),
    ]
    assert len({host.address for host in datacenter.hosts}) == 8
    assert [machine.hostname for machine in site.machines(cluster) if machine.docker] == [
        host.name for host in datacenter.hosts if host.role == "compute"
    ]
    assert (cluster.image, settings.image) == ("cluster", "base")


def test_the_subnet_can_be_chosen(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("ZEUS_DEMO_SUBNET", "172.30.0.0/20")
    assert Settings.from_environment().datacenters[1].control.address == "172.30.2.10"


@pytest.mark.parametrize("subnet", ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1/16", "fd00::/64", "none"])
def test_a_subnet_that_cannot_be_cut_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, settings: Settings, subnet: str) -> None:
    monkeypatch.setenv("ZEUS_DEMO_SUBNET", subnet)
    with pytest.raises(DemoError, match="ZEUS_DEMO_SUBNET"):
        Settings.from_environment()


@pytest.mark.parametrize("count", ["0", "99", "two"])
def test_a_number_of_datacenters_that_cannot_be_built_is_refused(monkeypatch: pytest.MonkeyPatch, settings: Settings, count: str) -> None:
    monkeypatch.setenv("ZEUS_DEMO_DATACENTERS", count)
    with pytest.raises(DemoError, match=f"datacenters: {count}"):
        Settings.from_environment()


def test_secrets_are_private_differ_and_stay(settings: Settings) -> None:
    site.write(settings)
    before = site.secret_values(settings)
    site.write(settings)
    assert site.secret_values(settings) == before
    assert len(set(before)) == len(before) == 2 * len(site.SECRETS)
    for path in settings.site.glob("*/group_vars/*/secrets.yml"):
        assert os.stat(path).st_mode & 0o777 == 0o600


def test_the_inventory_holds_variables_of_its_own_datacenter_only(settings: Settings) -> None:
    site.write(settings)
    for datacenter in settings.datacenters:
        folder = settings.site / datacenter.name
        assert [path.name for path in (folder / "group_vars").iterdir()] == [datacenter.name]
        hosts = yaml.safe_load((folder / "hosts.yml").read_text())["all"]["hosts"]
        assert {name: entry["ansible_host"] for name, entry in hosts.items()} == {host.name: host.address for host in datacenter.hosts}


def test_the_sample_goes_through_three_states(settings: Settings) -> None:
    sample = Sample(settings)
    sample.lay_down()
    web = yaml.safe_load(sample.project.read_text())["apps"]["web"]
    assert web["version"] == "1.0"
    assert "gray" not in web
    sample.add_gray()
    assert yaml.safe_load(sample.project.read_text())["apps"]["web"]["gray"]["version"] == "2.0"
    sample.finish()
    apps = yaml.safe_load(sample.project.read_text())["apps"]
    assert apps["web"]["version"] == "2.0"
    assert "gray" not in apps["web"]
    assert apps["catalog"]["version"] == "1.0"


def test_the_share_is_what_changes_in_the_policy(settings: Settings) -> None:
    sample = Sample(settings)
    sample.lay_down()
    sample.share(50)
    original = yaml.safe_load((SHOP / "policies" / "shop-web.yml").read_text())
    changed = yaml.safe_load(sample.policy.read_text())
    assert changed["rules"][-1]["when"]["percent"] == 50
    changed["rules"][-1]["when"]["percent"] = original["rules"][-1]["when"]["percent"]
    assert changed == original


def test_every_kind_of_condition_is_asked_for() -> None:
    """A condition that the policy has but no request tries would prove nothing."""
    said = " ".join(ask.what for ask in clients.CONDITIONS)
    for kind in ("header", "argument", "user agent", "address", "region", "cookie", "any", "all", "not"):
        assert kind in said
    assert {ask.variant for ask in clients.CONDITIONS} == {"stable", "2-0"}
