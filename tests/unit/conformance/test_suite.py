# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind: nothing, or a text that says how to remove it."""

from __future__ import annotations

import pytest

from conformance.cluster import Api, AwayError
from conformance.marathon_checks import Marathon
from conformance.suite import Suite
from fakes.server import Answer, Request, Server, as_json

OWN, FOREIGN, ALIKE = "/zeus-conformance-x/app", "/shop/web", "/zeus-conformance-xy/app"


def stubborn(request: Request) -> Answer:
    """A Marathon that lists apps and removes none."""
    if request.method == "GET" and request.path == "/v2/apps":
        return as_json({"apps": [{"id": one} for one in (OWN, FOREIGN, ALIKE)]})
    return as_json({"message": "no"}, status=500)


def test_what_is_left_is_told_with_what_to_do() -> None:
    with Server(stubborn) as server:
        suite = Suite(marathon=Marathon(Api(server.url, patience=0), "zeus-conformance-x", placing=0))
        with pytest.raises(AwayError) as told:
            suite.check()
        text = str(told.value)
        assert f"could not be removed: {OWN}; remove it with: curl -X DELETE '{server.url}/v2/groups/zeus-conformance-x?force=true'" in text
        deleted = [one.path for one in server.requests if one.method == "DELETE" and "nobody" not in one.path]
        assert set(deleted) == {f"/v2/apps{OWN}", "/v2/groups/zeus-conformance-x"}


def test_a_marathon_that_went_away_leaves_its_group_to_the_user() -> None:
    with Server(lambda request: Answer(hang=True)) as server:
        suite = Suite(marathon=Marathon(Api(server.url, patience=0), "zeus-conformance-x", placing=0))
        with pytest.raises(AwayError, match=r"what is below /zeus-conformance-x .*remove it with: curl -X DELETE"):
            suite.check()
    assert {one.verdict for one in suite.outcomes.values()} == {"not checked"}


def test_only_requests_below_the_own_group_change_anything() -> None:
    with Server(stubborn) as server:
        suite = Suite(marathon=Marathon(Api(server.url, patience=0), "zeus-conformance-x", placing=0))
        with pytest.raises(AwayError):
            suite.check()
        changing = [one for one in server.requests if one.method != "GET"]
    for one in changing:
        text = one.path + one.body.decode()
        assert "zeus-conformance-x" in text or "nobody" in one.path or one.body in (b'{"id": ', b'{"ids": ["no task"]}'), (one.method, text)
