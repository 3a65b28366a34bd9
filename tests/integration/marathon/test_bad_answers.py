# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Marathon that answers 500, HTML, or nothing, and credentials that are wrong: every module says so, and names the address."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.server import Answer, Server, as_html, as_json
from integration.engine.running import RunningEngine
from integration.marathon.running import call

MODULES: dict[str, dict[str, Any]] = {
    "marathon_app": {"id": "/a/b", "vcluster": "web", "definition": {"cmd": "sleep 1"}},
    "marathon_apps": {"vcluster": "web", "apps": [{"id": "/a/b", "cmd": "sleep 1"}]},
    "marathon_app_info": {},
}
BAD = {
    "500": (Answer(500, b""), "HTTP 500, an empty answer"),
    "500 with a page": (as_html("<html><body><h1>Server Error</h1></body></html>", 500), "HTTP 500, HTML: 'Server Error'"),
    "a page": (as_html("<html><title>Welcome to nginx!</title></html>"), "answered HTML instead of JSON: 'Welcome to nginx!'"),
    "nothing": (Answer(), "answered nothing instead of JSON"),
    "other JSON": (as_json({"hello": "world"}), "answered JSON, but not an object with app"),
    "a number": (as_json(42), "answered JSON, but not an object"),
}


@pytest.mark.parametrize("name", sorted(MODULES))
@pytest.mark.parametrize("answer", sorted(BAD))
def test_bad_answers(name: str, answer: str) -> None:
    given, text = BAD[answer]
    with Server(lambda _: given) as server:
        for check in (True, False):
            failed = call(name, {"marathon_urls": [server.url], **MODULES[name]}, check=check)
            assert failed["failed"], failed
            assert failed["error"]["kind"] == "api"
            assert f"Marathon: GET {server.url}/v2/apps" in failed["msg"]
            assert text in failed["msg"]
        assert {request.method for request in server.requests} == {"GET"}, "nothing was written"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_answer_at_all_is_unreachable(name: str) -> None:
    with Server(lambda _: Answer(hang=True)) as server:
        away = call(name, {"marathon_urls": [server.url, "http://127.0.0.1:9"], **MODULES[name]})
    assert away["unreachable"] is True
    assert "failed" not in away
    assert server.url in away["msg"]
    assert "http://127.0.0.1:9: Connection refused" in away["msg"]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_wrong_credentials(name: str, engine: RunningEngine, connection: dict[str, Any]) -> None:
    wrong = {**connection, "marathon_password": "geheim-falsch-1"}
    failed = call(name, {**wrong, **MODULES[name]})
    assert failed["error"]["status"] == 401, failed
    assert "the credentials are missing or wrong" in failed["msg"]
    assert "geheim" not in str(failed)


def test_credentials_are_one_kind() -> None:
    for more in ({"marathon_user": "u"}, {"marathon_user": "u", "marathon_password": "p", "marathon_token": "t"}):
        assert call("marathon_app_info", {"marathon_urls": ["http://127.0.0.1:9"], **more})["failed"]
