# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zeus.paas.drain and zeus.paas.undrain on a cluster of stand-ins, in the order in which a team would meet it.

What needs hosts with systemd (attributes, patches) is in the molecule scenario ``day_two``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from integration.standins.bed import Bed, until

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
#: Name → cluster and rack; the number is that of the bed's agent.
HOSTS = {"bj01-web-1": ("web", "r1"), "bj01-web-2": ("web", "r1"), "bj01-web-3": ("web", "r2"), "bj01-batch-1": ("batch", "r2")}
NUMBERS = {name: number for number, name in enumerate(HOSTS, start=1)}
CHECK = {"protocol": "MESOS_HTTP", "path": "/", "intervalSeconds": 1, "gracePeriodSeconds": 60, "delaySeconds": 1}


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    bed = Bed(tmp_path_factory.mktemp("standins"))
    try:
        bed.start_zookeeper()
        for number in (1, 2, 3):
            bed.master(number)
        for name, (cluster, rack) in HOSTS.items():
            bed.agent(NUMBERS[name], f"vcluster:{cluster};rack:{rack}")
        bed.marathon(1)
        until(lambda: len(bed.agents()) == len(HOSTS))
        until(lambda: requests.get(f"http://{bed.net}.43.1:8080/v2/leader", timeout=5).json()["leader"])
        deploy(bed, "/shop", 3)
        yield bed
    finally:
        bed.close()


@pytest.fixture(scope="module")
def datacenter(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    common = {
        "zeus_engine": "mesos", "zeus_vclusters": {"web": {"router": "none"}, "batch": {"router": "none"}},
        "ansible_connection": "local", "ansible_python_interpreter": sys.executable,
    }  # fmt: skip
    hosts: dict[str, Any] = {
        f"bj01-control-{number}": {"ansible_host": f"{bed.net}.41.{number}", "zeus_node_role": "control"} for number in (1, 2, 3)
    }
    for name, (cluster, rack) in HOSTS.items():
        place = {"zeus_node_role": "compute", "zeus_vcluster": cluster, "zeus_rack": rack}
        hosts[name] = {"ansible_host": f"{bed.net}.42.{NUMBERS[name]}", **place}
    write(folder / "common" / "site.yml", common)
    write(folder / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
    write(folder / "bj01" / "hosts.yml", {"all": {"hosts": hosts}})
    write(folder / "bj01" / "group_vars" / "bj01.yml", {"zeus_marathon_urls": [f"http://{bed.net}.43.1:8080"]})
    return folder / "bj01"


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def run(datacenter: Path, playbook: str, *options: str) -> tuple[int, str]:
    """Its exit code, and what it printed on one line."""
    extra = [part for option in options for part in (("-e", option) if "=" in option else (option,))]
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(datacenter), str(PLAYBOOKS / f"{playbook}.yml"), *extra],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, timeout=300,
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).replace("''", "'").split())


def deploy(bed: Bed, name: str, instances: int, **more: Any) -> None:
    app = {
        "id": name, "cmd": "exec python3 -m http.server $PORT0", "cpus": 0.1, "mem": 32, "instances": instances, "healthChecks": [CHECK],
        "constraints": [["vcluster", "CLUSTER", "web"]], "labels": {"ZEUS_VCLUSTER": "web"}, **more,
    }  # fmt: skip
    until(lambda: requests.post(f"http://{bed.net}.43.1:8080/v2/apps", json=app, timeout=30).status_code in (201, 409))
    until(lambda: healthy(bed, name) == instances)


def healthy(bed: Bed, name: str) -> int:
    return int(bed.app(1, name.strip("/"))["tasksHealthy"])


def where(bed: Bed, name: str = "/shop") -> list[str]:
    """The hosts of an app's tasks."""
    return sorted(task["host"] for task in bed.app(1, name.strip("/"))["tasks"])


def out_of_service(bed: Bed) -> set[str]:
    return {name for name, agent in bed.agents().items() if agent.get("deactivated")}


class Watch:
    """The least number of healthy instances while something goes on; what kept it from looking is raised at the end."""

    def __init__(self, bed: Bed, name: str) -> None:
        self._bed, self._name, self._ended = bed, name, threading.Event()
        self._error: Exception | None = None
        self.least = healthy(bed, name)

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error

    def _look(self) -> None:
        try:
            while not self._ended.wait(0.2):
                self.least = min(self.least, healthy(self._bed, self._name))
        except Exception as error:
            self._error = error


@pytest.mark.parametrize(("options", "said"), [
    ((), "It is not said which agents are meant; expected -e host=<host, or several with commas> or -e rack=<rack>"),
    (("host=bj01-web-9",), "host: not among the hosts of this kind (got 'bj01-web-9'); expected some of bj01-batch-1, bj01-web-1,"),
    (("rack=r7",), "rack: no host is in this rack (got 'r7'); expected some of r1, r2"),
    (("host=bj01-batch-1",), "batch: none of its agents would stay in service. Nothing was changed"),
    (("rack=r2",), "batch: none of its agents would stay in service. Nothing was changed"),
    (("host=bj01-web-1,bj01-web-2,bj01-web-3",), "web: none of its agents would stay in service. Nothing was changed"),
])  # fmt: skip
def test_what_is_refused(bed: Bed, datacenter: Path, options: tuple[str, ...], said: str) -> None:
    before = where(bed)
    code, output = run(datacenter, "drain", *options)
    assert code == 2, output
    assert said in output
    assert (out_of_service(bed), where(bed)) == (set(), before)


def test_what_the_rest_cannot_carry_is_refused(bed: Bed, datacenter: Path) -> None:
    deploy(bed, "/large", 2, cpus=1.5, constraints=[["vcluster", "CLUSTER", "web"], ["hostname", "UNIQUE"]])
    host = next(name for name, number in NUMBERS.items() if f"{bed.net}.42.{number}" in where(bed, "/large"))
    other = next(name for name in NUMBERS if name.startswith("bj01-web") and name != host)
    code, output = run(datacenter, "drain", f"host={host},{other}")
    assert code == 2, output
    assert "web: no room on the 1 agent that would stay for" in output
    assert "/large wants each of its 2 instances on a host of its own, and 1 agent would stay" in output
    assert out_of_service(bed) == set()
    assert requests.delete(f"http://{bed.net}.43.1:8080/v2/apps/large", timeout=30).status_code == 200
    until(lambda: requests.get(f"http://{bed.net}.43.1:8080/v2/deployments", timeout=5).json() == [] or None)


def test_a_check_run_changes_nothing(bed: Bed, datacenter: Path) -> None:
    code, output = run(datacenter, "drain", "host=bj01-web-1", "--check", "--diff")
    assert code == 0, output
    assert "Would be drained: bj01-web-1." in output
    assert '"state": "drained"' in output
    assert out_of_service(bed) == set()


def test_a_host_is_drained_and_comes_back(bed: Bed, datacenter: Path) -> None:
    address = where(bed)[0]
    host = f"bj01-web-{address[-1]}"
    code, output = run(datacenter, "drain", f"host={host}", "drain_grace=5")
    assert code == 0, output
    # At once, with no waiting here: the run ends only then.
    assert healthy(bed, "/shop") == 3
    assert address not in where(bed)
    assert bed.agents()[address]["drain_info"]["state"] == "DRAINED"
    assert f"Drained, with nothing running there: {host}." in output
    code, output = run(datacenter, "drain", f"host={host}")
    assert code == 0, output
    assert "changed=1" not in output
    code, output = run(datacenter, "undrain", f"host={host}")
    assert code == 0, output
    assert f"In service: {address}." in output
    assert out_of_service(bed) == set()


def test_an_app_that_runs_nowhere_else_is_never_away(bed: Bed, datacenter: Path) -> None:
    deploy(bed, "/pair", 2, constraints=[["rack", "CLUSTER", "r1"]])
    home = where(bed, "/pair")[0]
    # Both on one host, as they may be after the other one died.
    other = next(name for name in ("bj01-web-1", "bj01-web-2") if f"{bed.net}.42.{NUMBERS[name]}" != home)
    code, output = run(datacenter, "drain", f"host={other}")
    assert code == 0, output
    code, output = run(datacenter, "undrain", f"host={other}")
    assert code == 0, output
    assert where(bed, "/pair") == [home, home]
    host = next(name for name, number in NUMBERS.items() if f"{bed.net}.42.{number}" == home)
    with Watch(bed, "/pair") as watch:
        code, output = run(datacenter, "drain", f"host={host}")
    assert code == 0, output
    assert watch.least == 2
    assert home not in where(bed, "/pair")
    code, output = run(datacenter, "undrain", f"host={host}")
    assert code == 0, output
    assert requests.delete(f"http://{bed.net}.43.1:8080/v2/apps/pair", timeout=30).status_code == 200
    until(lambda: requests.get(f"http://{bed.net}.43.1:8080/v2/deployments", timeout=5).json() == [] or None)


def test_a_rack_goes_host_by_host(bed: Bed, datacenter: Path) -> None:
    code, output = run(datacenter, "drain", "rack=r1")
    assert code == 0, output
    assert out_of_service(bed) == {f"{bed.net}.42.1", f"{bed.net}.42.2"}
    assert where(bed) == [f"{bed.net}.42.3"] * 3
    assert output.count("PLAY [One batch after the other is drained]") == 2
    code, output = run(datacenter, "undrain", "rack=r1")
    assert code == 0, output
    assert out_of_service(bed) == set()


def test_by_a_constraint_no_instance_is_missing(bed: Bed, datacenter: Path) -> None:
    assert f"{bed.net}.42.3" in where(bed)
    with Watch(bed, "/shop") as watch:
        code, output = run(datacenter, "drain", "host=bj01-web-3", "drain_method=constraint")
        assert code == 0, output
        assert f"{bed.net}.42.3" not in where(bed)
        code, output = run(datacenter, "undrain", "host=bj01-web-3")
        assert code == 0, output
    assert watch.least == 3
    assert bed.app(1, "shop")["constraints"] == [["vcluster", "CLUSTER", "web"]]


def test_a_host_that_is_away_does_not_hold_up_the_others(bed: Bed, datacenter: Path) -> None:
    bed.kill("a2")
    until(lambda: f"{bed.net}.42.2" not in bed.agents())
    until(lambda: healthy(bed, "/shop") == 3)
    code, output = run(datacenter, "drain", "rack=r1")
    assert code == 0, output
    assert f"Not registered, so nothing of it was changed: {bed.net}.42.2." in output
    assert out_of_service(bed) == {f"{bed.net}.42.1"}
    code, output = run(datacenter, "undrain", "rack=r1")
    assert code == 0, output
    bed.start("a2", "")
    until(lambda: bed.agents()[f"{bed.net}.42.2"]["active"])


def test_replacements_that_do_not_get_well_end_the_run(bed: Bed, datacenter: Path) -> None:
    """The next batch keeps its tasks, and the run names the app."""
    deploy(bed, "/picky", 2, constraints=[["rack", "CLUSTER", "r1"], ["hostname", "MAX_PER", "1"]])
    code, output = run(datacenter, "drain", "rack=r1", "drain_timeout=20")
    assert code == 2, output
    assert "drained, but not everything runs elsewhere within 20 s: /picky has 1 healthy instances elsewhere, before 2" in output
    assert out_of_service(bed) == {f"{bed.net}.42.1"}
    code, output = run(datacenter, "drain", "rack=r1", "drain_timeout=20")
    assert code == 2, output
    assert "/picky: instances wait for an offer" in output
    assert out_of_service(bed) == {f"{bed.net}.42.1"}
    code, output = run(datacenter, "undrain", "rack=r1")
    assert code == 0, output
    until(lambda: healthy(bed, "/picky") == 2)
