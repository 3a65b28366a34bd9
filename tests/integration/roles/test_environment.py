# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs of a Mesos cluster are started with, by the roles' own variables and Ansible's own templating."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROLES = Path(__file__).parents[3] / "roles"
ARCHIVE = {"type": "archive", "file": "/srv/program.tar.gz", "sha256": "0" * 64, "version": "1.11.0"}
PACKAGE = {"type": "package", "name": "mesos", "version": "1.11.0-2.0.1"}
SITE = {
    "ansible_host": "10.1.0.11",
    "zeus_datacenter": "bj01",
    "zeus_vcluster": "web",
    "zeus_vclusters": {"web": {}},
    "zeus_zookeeper_hosts": ["10.1.0.11:2181"],
    "zeus_mesos_urls": ["http://10.1.0.11:5050"],
    "zeus_marathon_urls": ["http://10.1.0.11:8080"],
    "zeus_chronos_urls": ["http://10.1.0.11:4400"],
    "zeus_mesos_source": ARCHIVE,
    "zeus_marathon_source": ARCHIVE,
    "zeus_chronos_source": ARCHIVE,
}
SECRETS = {
    "zeus_mesos_authentication": True,
    "zeus_mesos_framework_secret": "geheim-framework-4711",
    "zeus_marathon_user": "deployer",
    "zeus_marathon_password": "geheim-marathon-4711",
    "marathon_keystore": "/etc/marathon/keystore",
    "marathon_keystore_password": "geheim-keystore-4711",
}
PROGRAMS = ("mesos_master", "mesos_agent", "marathon", "chronos")
#: name → role, and what an inventory says more than SITE.
SITUATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{role: (role, {}) for role in PROGRAMS},
    "package": ("mesos_master", {"zeus_mesos_source": PACKAGE}),
    "own pages": ("mesos_master", {"mesos_master_settings": {"webui_dir": "/srv/pages"}}),
    "system's library": ("marathon", {"marathon_mesos_library": "/usr/lib/libmesos.so"}),
    "secrets": ("marathon", SECRETS),
    "own Java": ("marathon", {"marathon_java_options": ["-XX:+UseSerialGC"]}),
}


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    folder = tmp_path_factory.mktemp("environments")
    plays = [
        {
            "name": name,
            "hosts": "localhost",
            "gather_facts": False,
            "vars_files": [str(ROLES / role / part / "main.yml") for part in ("defaults", "vars")],
            "tasks": [
                {
                    "name": name,
                    "ansible.builtin.copy": {
                        "content": "{{ __" + role + "_environment | to_json }}",
                        "dest": str(folder / f"{name}.json"),
                        "mode": "0600",
                    },
                    "vars": {**SITE, **given},
                }
            ],
        }
        for name, (role, given) in SITUATIONS.items()
    ]
    (folder / "playbook.yml").write_text(json.dumps(plays), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", str(folder / "playbook.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in SITUATIONS}


@pytest.mark.parametrize("role", PROGRAMS)
def test_an_archive_brings_its_libraries_along(environments: dict[str, dict[str, str]], role: str) -> None:
    """Marathon ends at once where libmesos, or a library that it was linked with, is not found."""
    assert environments[role]["LD_LIBRARY_PATH"] == "/opt/mesos/current/lib"


def test_a_library_of_the_system_needs_no_path(environments: dict[str, dict[str, str]]) -> None:
    assert "LD_LIBRARY_PATH" not in environments["system's library"]


def test_an_archive_brings_its_web_pages_and_its_executors_along(environments: dict[str, dict[str, str]]) -> None:
    assert environments["mesos_master"]["MESOS_WEBUI_DIR"] == "/opt/mesos/current/share/mesos/webui"
    assert environments["mesos_agent"]["MESOS_LAUNCHER_DIR"] == "/opt/mesos/current/libexec/mesos"


def test_a_package_finds_its_own_pages_and_a_user_may_have_others(environments: dict[str, dict[str, str]]) -> None:
    assert "MESOS_WEBUI_DIR" not in environments["package"]
    assert environments["own pages"]["MESOS_WEBUI_DIR"] == "/srv/pages"


def test_no_secret_of_marathon_is_an_option(environments: dict[str, dict[str, str]]) -> None:
    """It writes all its options into its log when it starts: MARATHON_* are options, MESOSPHERE_* are not."""
    found = environments["secrets"]
    assert found["MESOSPHERE_HTTP_CREDENTIALS"] == "deployer:geheim-marathon-4711"
    assert found["MESOSPHERE_KEYSTORE_PATH"] == "/etc/marathon/keystore"
    assert found["MESOSPHERE_KEYSTORE_PASS"] == "geheim-keystore-4711"
    assert [name for name, value in found.items() if name.startswith("MARATHON_") and "4711" in value] == []


@pytest.mark.parametrize("role", ["marathon", "chronos"])
def test_java_is_told_what_their_libraries_need_since_17(environments: dict[str, dict[str, str]], role: str) -> None:
    """Without the first of these words Java 8 would not start with the second."""
    assert environments[role]["JAVA_OPTS"].split()[-2:] == [
        "-XX:+IgnoreUnrecognizedVMOptions",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
    ]


def test_java_may_be_told_something_else(environments: dict[str, dict[str, str]]) -> None:
    assert environments["own Java"]["JAVA_OPTS"].split() == ["-Xms1g", "-Xmx1g", "-XX:+UseSerialGC"]
