# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mesos_maintenance and mesos_quota against what a real Mesos does, trap by trap (docs/mesos-traps.md)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._maintenance_plan import start_of
from fakes.mesos_operated import OperatedMaster

from .conftest import Run

WEB_HOST, WEB_IP = "web-r2.mesos.test", "127.0.10.12"
BATCH_HOST, BATCH_IP = "batch-r1.mesos.test", "127.0.10.13"
WEB = {"hostname": WEB_HOST, "ip": WEB_IP}
OTHERS = {
    "machine_ids": [{"hostname": "elsewhere", "ip": "10.9.9.9"}, {"hostname": BATCH_HOST, "ip": BATCH_IP}],
    "unavailability": {"start": {"nanoseconds": 1795378213000000000}, "duration": {"nanoseconds": 60 * 10**9}},
}
SATURDAY = {"start": "2026-11-28T02:00:00+00:00", "duration": 3600}


def planned(operated: OperatedMaster) -> list[str]:
    return sorted(machine["hostname"] for machine in operated._planned())


def test_trap_18_others_windows_stay_although_the_schedule_is_replaced(run: Run, operated: OperatedMaster) -> None:
    operated.windows = [OTHERS]
    result = run("mesos_maintenance", agents=[WEB_HOST], state="scheduled", **SATURDAY)
    assert result["changed"], result
    assert result["machines"] == [{**WEB, "mode": "draining", "start": "2026-11-28T02:00:00Z", "duration": 3600.0}]
    assert operated.windows[0] == OTHERS
    assert operated.windows[1] == {
        "machine_ids": [WEB],
        "unavailability": {"start": {"nanoseconds": 1795831200 * 10**9}, "duration": {"nanoseconds": 3600 * 10**9}},
    }
    assert run("mesos_maintenance", agents=[WEB_HOST], state="scheduled", **SATURDAY)["changed"] is False
    # Without times, a window that there is stays as it is.
    assert run("mesos_maintenance", agents=[WEB_HOST, BATCH_HOST], state="scheduled")["changed"] is False
    # One of two machines leaves its window; the other one keeps it.
    assert run("mesos_maintenance", agents=[BATCH_HOST], state="unscheduled")["changed"] is True
    assert planned(operated) == ["elsewhere", WEB_HOST]


def test_trap_18_host_name_and_address_are_the_agents_own(run: Run, operated: OperatedMaster) -> None:
    run("mesos_maintenance", agents=[WEB_HOST.upper()], state="scheduled")
    assert operated._planned() == [WEB]


def test_trap_18_a_name_in_another_case_is_the_same_machine(run: Run, operated: OperatedMaster) -> None:
    shouted = {"hostname": WEB_HOST.upper(), "ip": WEB_IP}
    operated.windows = [{**OTHERS, "machine_ids": [shouted]}]
    assert run("mesos_maintenance", agents=[WEB_HOST], state="scheduled")["changed"] is False
    assert run("mesos_maintenance", agents=[WEB_HOST], state="unscheduled")["changed"] is True
    assert operated.windows == []


def test_trap_18_down_and_up_and_the_two_shapes(run: Run, operated: OperatedMaster) -> None:
    operated.windows = [OTHERS]
    down = run("mesos_maintenance", agents=[WEB_HOST], state="down")
    assert (down["changed"], down["machines"][0]["mode"]) == (True, "down")
    assert operated.down == [WEB]
    # Its agent is not registered any more, but the schedule knows its host.
    assert run("mesos_maintenance", agents=[WEB_HOST], state="down")["changed"] is False
    # Being down it counts as planned.
    for state in ("down", "scheduled"):
        again = run("mesos_maintenance", machines=[WEB], state=state)
        assert (again["changed"], again["machines"][0]["mode"]) == (False, "down")
    up = run("mesos_maintenance", machines=[WEB], state="up")
    assert (up["changed"], up["machines"], operated.down, operated.windows) == (True, [], [], [OTHERS])
    assert run("mesos_maintenance", machines=[WEB], state="up")["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_trap_18_a_machine_that_is_down_cannot_leave_the_schedule(run: Run, operated: OperatedMaster, check: bool) -> None:
    run("mesos_maintenance", agents=[WEB_HOST], state="down")
    result = run("mesos_maintenance", check=check, machines=[WEB], state="unscheduled")
    assert result["error"]["kind"] == "refused"
    assert "state: up" in result["msg"]
    assert WEB_HOST in result["msg"]
    assert operated.down == [WEB]


def test_trap_18_up_of_a_machine_that_only_had_a_window(run: Run, operated: OperatedMaster) -> None:
    run("mesos_maintenance", agents=[WEB_HOST], state="scheduled")
    assert run("mesos_maintenance", agents=[WEB_HOST], state="up")["changed"] is True
    assert operated.windows == []


def test_trap_18_somebody_else_writes_at_the_same_moment(run: Run, operated: OperatedMaster) -> None:
    operated.windows = [OTHERS]
    plan = operated._plan

    def raced(schedule: Any) -> None:
        plan({"windows": schedule["windows"][1:]})

    operated._plan = raced  # type: ignore[method-assign]
    result = run("mesos_maintenance", agents=[WEB_HOST], state="scheduled")
    assert result["failed"]
    assert "somebody else changed" in result["msg"]
    assert "elsewhere" in result["msg"]


def test_a_check_run_plans_nothing(run: Run, operated: OperatedMaster) -> None:
    told = run("mesos_maintenance", check=True, agents=[WEB_HOST, BATCH_HOST], state="scheduled", **SATURDAY)
    assert operated.windows == []
    assert told == run("mesos_maintenance", agents=[WEB_HOST, BATCH_HOST], state="scheduled", **SATURDAY)
    assert len(operated.windows) == 1


def test_times() -> None:
    assert start_of("1795831200", 0) == start_of("2026-11-28T03:00:00+01:00", 0) == 1795831200 * 10**9
    assert start_of(None, 17.9) == 17 * 10**9
    for text in ("tomorrow", "2026-11-28T02:00:00"):
        with pytest.raises(InputError, match="zone"):
            start_of(text, 0)


REPORTS = {"reports": {"guarantees": {"cpus": 2}, "limits": {"cpus": 3, "mem": 512}}}


def test_trap_25_quotas_are_set_compared_and_reset(run: Run, operated: OperatedMaster) -> None:
    told = run("mesos_quota", check=True, quotas=REPORTS)
    assert operated.calls == []
    assert told == (result := run("mesos_quota", quotas=REPORTS))
    assert (result["changed"], result["quotas"][0]["limits"]) == (True, {"cpus": 3.0, "mem": 512.0})
    assert run("mesos_quota", quotas=REPORTS)["changed"] is False
    assert run("mesos_quota", absent=["reports"])["changed"] is True
    assert operated.calls[-1]["update_quota"]["quota_configs"] == [{"role": "reports"}]
    # The role stays listed, with nothing in it.
    assert [one["role"] for one in operated._quota_status()["configs"]] == ["reports"]
    assert run("mesos_quota", absent=["reports", "never"])["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_trap_25_more_than_there_is_only_by_force(run: Run, operated: OperatedMaster, check: bool) -> None:
    much = {"reports": {"guarantees": {"cpus": 100}}, "other": {"guarantees": {"mem": 1}}}
    result = run("mesos_quota", check=check, quotas=much)
    assert result["error"]["kind"] == "refused"
    assert "100 cpus" in result["msg"]
    assert "force: true" in result["msg"]
    assert operated.calls == []
    assert run("mesos_quota", quotas=much, force=True)["changed"] is True


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        ({"guarantees": {"cpus": 3}, "limits": {"cpus": 2}}, "more is guaranteed than the limit of 2"),
        ({"guarantees": {"cpus": "many"}}, r"reports.guarantees.cpus: not an amount \(got 'many'\)"),
        ({"limit": {"cpus": 1}}, "reports.limit: unknown key"),
        ({}, "neither guarantees nor limits"),
    ],
)
def test_a_quota_that_is_none(run: Run, operated: OperatedMaster, quota: dict[str, Any], text: str) -> None:
    result = run("mesos_quota", quotas={"reports": quota})
    assert re.search(text, result["msg"]), result
    assert operated.calls == []
