# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check that `make conformance` has, against the engine: all must be as expected."""

from __future__ import annotations

import pytest

from conformance import operations
from conformance.__main__ import _modules
from conformance.checking import AS_EXPECTED
from conformance.cluster import Api
from conformance.marathon_checks import Marathon
from conformance.mesos_checks import Mesos
from conformance.suite import CHECKED, Suite
from integration.conformance.conftest import PASSWORD, USER
from integration.engine.running import RunningEngine

SERVED = sorted(one.name for group in operations.load() for one in group.operations if one.served and one.name in CHECKED)


@pytest.fixture(scope="module")
def checked(secured: RunningEngine) -> Suite:
    credentials = (USER, PASSWORD)
    suite = Suite(
        Mesos(Api(secured.mesos_url, credentials)),
        Marathon(Api(secured.url, credentials), "zeus-conformance-own", placing=60.0),
        _modules(secured.url, credentials),
        {"mesos_urls": [secured.mesos_url], "mesos_user": USER, "mesos_password": PASSWORD},
    )
    suite.check()
    return suite


@pytest.mark.parametrize("operation", SERVED)
def test_as_expected(checked: Suite, operation: str) -> None:
    outcome = checked.outcomes[operation]
    assert outcome.verdict == AS_EXPECTED, f"{outcome.seen}{outcome.why}"


def test_nothing_is_left(checked: Suite, secured: RunningEngine) -> None:
    assert secured.call("GET", "/v2/apps")["apps"] == []
    assert secured.call("GET", "/v2/groups")["groups"] == []
    secured.wait_deployed()  # the last instance may still be ending
