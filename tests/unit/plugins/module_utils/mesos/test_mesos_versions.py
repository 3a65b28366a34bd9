# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What versions of Mesos can do, and flags that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._mesos_flags import environment
from ansible_collections.zeus.paas.plugins.module_utils._mesos_versions import DOCUMENTED, FEATURES, OBSERVED, check_cgroups, features

README = Path(__file__).parents[5] / "roles" / "mesos_agent" / "README.md"
CGROUPS = ["cgroups/cpu", "cgroups/mem"]


@pytest.mark.parametrize(
    ("version", "first", "lacking"),
    [("0.23.0", None, "maintenance"), ("0.28.2", "quota", "agent_names"), ("1.4.3", "operator_api", "reconfiguration_policy"),
     ("1.8.1", "reconfiguration_policy", "draining"), ("1.11.0", "draining", "cgroups2"), ("1.12.0", "cgroups2", None)],
)  # fmt: skip
def test_features_by_version(version: str, first: str | None, lacking: str | None) -> None:
    found = features(version, "zeus_mesos_source")
    assert first is None or found[first]
    assert lacking is None or not found[lacking]


@pytest.mark.parametrize("version", ["0.22.1", "0.9", "latest"])
def test_what_is_too_old_or_no_version_is_refused(version: str) -> None:
    with pytest.raises(InputError, match=r"zeus_mesos_source: version|zeus_mesos_source.version"):
        features(version, "zeus_mesos_source")


def test_every_entry_says_how_it_is_known_and_stands_in_the_guide() -> None:
    table = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(table) == len(FEATURES)
    for feature, line in zip(FEATURES, table, strict=True):
        assert f"| {feature.since[0]}.{feature.since[1]} | {feature.basis}" in line
    assert {feature.basis for feature in FEATURES} == {OBSERVED, DOCUMENTED}


@pytest.mark.parametrize(
    ("version", "unified"),
    [("1.11.0", True), ("0.28.2", True), ("1.12.0", False), ("1:1.11.0-2.0.1", True), ("1.11.0-0.5.1", True), ("1.11.0-0.9.0", False)],
)
def test_a_version_that_does_not_fit_the_cgroups_is_refused(version: str, unified: bool) -> None:
    """Trap 24: 1.11 knows cgroup v1 only."""
    with pytest.raises(InputError, match=r"bj01-web-1 has v[12]"):
        check_cgroups(version, "zeus_mesos_source", unified, "", CGROUPS, "bj01-web-1")


@pytest.mark.parametrize(
    ("version", "unified", "launcher", "isolation"),
    [
        ("1.11.0", False, "", CGROUPS),
        ("1.12.0", True, "", CGROUPS),
        ("1.11.0", True, "posix", ["posix/cpu"]),
        ("1.12.0", False, "posix", ["posix/cpu"]),
        ("1.11.0-0.10.1", True, "", CGROUPS),
        ("1:1.11.0-0.6.0", True, "", CGROUPS),
    ],
)
def test_what_fits_or_does_without_is_taken(version: str, unified: bool, launcher: str, isolation: list[str]) -> None:
    assert check_cgroups(version, "zeus_mesos_source", unified, launcher, isolation, "bj01-web-1") == ""


def on_v2(*, containerizers: list[str], systemd_slice: bool) -> str:
    """A 1.11.0 without cgroups on a host with version 2 only, as Debian 12 boots."""
    return check_cgroups(
        "1.11.0",
        "zeus_mesos_source",
        True,
        "posix",
        ["posix/cpu", "posix/mem"],
        "bj01-web-1",
        containerizers=containerizers,
        systemd_slice=systemd_slice,
    )


def test_the_slice_of_systemds_needs_cgroup_v1_too() -> None:
    """``Failed to locate systemd cgroups hierarchy`` would be the agent's last word (1.11.0, src/linux/systemd.cpp)."""
    with pytest.raises(InputError, match="mesos_agent_systemd_slice: false"):
        on_v2(containerizers=["mesos"], systemd_slice=True)


def test_docker_without_cgroup_v1_is_warned_of() -> None:
    """``Failed to find a mounted cgroups hierarchy for the 'cpu' subsystem`` (src/docker/docker.cpp), which somebody can mount."""
    assert "mesos_agent_containerizers: [mesos]" in on_v2(containerizers=["docker", "mesos"], systemd_slice=False)
    assert on_v2(containerizers=["mesos"], systemd_slice=False) == ""


def test_the_default_launcher_uses_cgroups_even_with_posix_isolators() -> None:
    with pytest.raises(InputError):
        check_cgroups("1.11.0", "zeus_mesos_source", True, "", ["posix/cpu"], "bj01-web-1")


def test_an_unknown_flag_is_refused_since_mesos_ignores_it() -> None:
    """Trap 7: nobody would see the typing error."""
    with pytest.raises(InputError, match="did you mean zk_session_timeout"):
        environment({}, {"zk_sesion_timeout": "20secs"}, "master", "mesos_master_settings")


def test_a_flag_of_the_agents_is_none_of_the_masters() -> None:
    with pytest.raises(InputError, match="unknown flag of mesos-master"):
        environment({}, {"attributes": "rack:r1"}, "master", "mesos_master_settings")


def test_what_the_role_sets_is_not_set_twice() -> None:
    with pytest.raises(InputError, match="the role sets this flag itself"):
        environment({"quorum": 2}, {"quorum": 1}, "master", "mesos_master_settings")


def test_names_are_those_mesos_reads() -> None:
    made = environment({"quorum": 2}, {"zk_session_timeout": "20secs"}, "master", "mesos_master_settings")
    assert made == {"MESOS_QUORUM": 2, "MESOS_ZK_SESSION_TIMEOUT": "20secs"}
