# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which routers of a cluster carry its traffic, so that another one may have its turn."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._router_reports import serving

WELL: dict[str, Any] = {
    "router": "web-router-1",
    "running": True,
    "nginx": {"problem": None, "generation": 4},
    "haproxy": {"problem": None, "services": []},
    "problems": [],
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"status": WELL}, ["web-router-1"]),
        ({"status": {**WELL, "nginx": None}}, ["web-router-1"]),
        (
            {"status": {**WELL, "problems": [{"kind": "snippet", "subject": "/production/shop/web", "message": "refused"}]}},
            ["web-router-1"],
        ),
        ({"away": "Connection refused"}, []),
        ({"status": {**WELL, "running": False}}, []),
        ({"status": {**WELL, "nginx": {"problem": "no answer"}}}, []),
        ({"status": {**WELL, "haproxy": {"problem": "no answer"}}}, []),
    ],
    ids=["well", "services only", "an app's problem", "away", "another plan", "nginx", "haproxy"],
)
def test_a_router_serves(said: dict[str, Any], expected: list[str]) -> None:
    assert serving({"http://10.1.0.21:8700": said}) == expected


def test_they_are_sorted() -> None:
    assert serving({"a": {"status": {**WELL, "router": "web-router-2"}}, "b": {"status": WELL}}) == ["web-router-1", "web-router-2"]
