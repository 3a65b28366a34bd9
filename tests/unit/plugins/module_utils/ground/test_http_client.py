# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several endpoints, one leader, and answers that are not what they should be; against real sockets on the loopback address."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, HttpOptions
from fakes.server import Answer, Request, Server, as_html, as_json


@pytest.fixture
def dead() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def client(*urls: str, **options: object) -> HttpClient:
    return HttpClient("Marathon", urls, HttpOptions(**options), pause=lambda _seconds: None)  # type: ignore[arg-type]


def test_the_next_address_is_asked_and_then_kept(dead: str) -> None:
    with Server(lambda _: as_json({"a": 1})) as live:
        http = client(dead, live.url)
        assert http.request("POST", "/x", json={}).json() == {"a": 1}
        assert http._preferred == 1


def test_nobody_answers(dead: str) -> None:
    with pytest.raises(AwayError) as caught:
        client(dead).request("GET", "/v2/apps")
    assert caught.value.message == f"Marathon is away: {dead}: Connection refused"
    assert not caught.value.maybe_done


def test_an_unknown_name_is_away_too() -> None:
    with pytest.raises(AwayError, match=r"resolve|Name or service"):
        client("http://no-such-host.invalid:8080").request("GET", "/")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_redirect_to_the_leader_is_followed_with_verb_body_and_credentials(method: str) -> None:
    with Server(lambda r: as_json({"body": r.body.decode()})) as leader:

        def on(request: Request) -> Answer:
            # As Mesos does it: scheme-relative, empty body.
            return Answer(307, headers={"Location": f"//127.0.0.1:{leader.port}{request.path}"})

        with Server(on) as standby:
            http = client(standby.url, leader.url, user="u", password="p")
            body = b"" if method == "GET" else b'{"type": "GET_AGENTS"}'
            assert http.request(method, "/api/v1", data=body).json() == {"body": body.decode()}
        assert leader.requests[0].method == method
        assert leader.requests[0].headers["Authorization"].startswith("Basic ")


def test_a_leader_that_calls_itself_by_name_is_found_among_the_addresses() -> None:
    with Server(lambda _: as_json([])) as leader:
        location = {"Location": f"http://localhost:{leader.port}/v2/apps?embed=apps.tasks"}
        with Server(lambda _: Answer(302, headers=location)) as standby:
            http = client(standby.url, leader.url)
            assert http.request("GET", "/v2/apps", params={"embed": "apps.tasks"}).url == f"{leader.url}/v2/apps"
        assert leader.requests[0].query == {"embed": ["apps.tasks"]}


def test_a_redirect_elsewhere_is_refused_and_gets_no_credentials() -> None:
    with Server(lambda _: as_json({})) as foreign:
        location = {"Location": f"{foreign.url}/v2/apps"}
        refusal = f"sends us on to {foreign.url}, which is not among the listed addresses"
        with Server(lambda _: Answer(302, headers=location)) as listed, pytest.raises(ApiError, match=refusal):
            client(listed.url, token="geheim").request("GET", "/v2/apps")
        assert foreign.requests == []


def test_endpoints_that_send_us_in_a_circle() -> None:
    with Server(lambda r: Answer(307, headers={"Location": r.path})) as server:
        with pytest.raises(ApiError, match="disagree about the leader"):
            client(server.url).request("GET", "/v2/apps")
        assert len(server.requests) == 4


def test_a_login_page_is_not_given_our_write() -> None:
    with Server(lambda _: Answer(302, headers={"Location": "/login"})) as server:
        with pytest.raises(ApiError, match="another path, /login: a login page"):
            client(server.url).request("PUT", "/v2/apps", json=[])
        assert len(server.requests) == 1


def test_html_instead_of_json_names_the_address_and_shows_its_words() -> None:
    page = "<html><head><style>p{}</style><title>Sign in</title></head><body><p>Corporate proxy</p></body></html>"
    with Server(lambda _: as_html(page)) as server, pytest.raises(ApiError) as caught:
        client(server.url).request("GET", "/v2/apps").json()
    assert caught.value.message == (
        f"Marathon: GET {server.url}/v2/apps: HTTP 200, answered HTML instead of JSON: 'Sign in Corporate proxy'"
    )


def test_an_error_page_and_an_error_body() -> None:
    with Server(lambda _: as_html("<h1>Internal Server Error</h1>", 500)) as server:
        with pytest.raises(ApiError, match=r"HTTP 500, HTML: 'Internal Server Error'"):
            client(server.url).request("GET", "/")
        assert len(server.requests) == 1, "500 is an answer: asking again makes it no better"
    details = [{"path": "/upgradeStrategy", "errors": ["is not valid"]}]
    with Server(lambda _: as_json({"message": "Object is not valid", "details": details}, 422)) as server:
        with pytest.raises(ApiError, match="Object is not valid: /upgradeStrategy: is not valid") as caught:
            client(server.url).request("PUT", "/", json={})
        assert caught.value.status == 422
        assert caught.value.details["body"]["details"] == details


def test_nothing_at_all_is_said_so() -> None:
    with Server(lambda _: Answer()) as server, pytest.raises(ApiError, match="answered nothing instead of JSON"):
        client(server.url).request("GET", "/").json()


def test_without_an_answer_a_read_is_repeated_and_a_write_is_not() -> None:
    with Server(lambda _: Answer(hang=True)) as server:
        with pytest.raises(AwayError) as read:
            client(server.url, rounds=3).request("GET", "/")
        assert len(server.requests) == 3
        assert not read.value.maybe_done
        server.requests.clear()
        with pytest.raises(AwayError, match="whether it was carried out is unknown") as write:
            client(server.url, rounds=3).request("POST", "/", json={})
        assert len(server.requests) == 1
        assert write.value.maybe_done


def test_while_a_leader_is_elected_reads_wait() -> None:
    answers = [Answer(503), Answer(503), as_json({"ok": True})]
    with Server(lambda _: answers.pop(0)) as server:
        assert client(server.url, rounds=3).request("GET", "/").json() == {"ok": True}
    with Server(lambda _: as_json({"message": "no leader"}, 503)) as server:
        with pytest.raises(ApiError, match="HTTP 503, no leader"):
            client(server.url, rounds=2).request("GET", "/")
        assert len(server.requests) == 2


def test_a_bearer_token() -> None:
    with Server(lambda _: as_json({})) as server:
        client(server.url, token="abc").request("GET", "/")
        assert server.requests[0].headers["Authorization"] == "Bearer abc"


def test_secrets_stay_out_of_representations() -> None:
    assert "geheim" not in repr(HttpOptions(user="u", password="geheim", token="geheim"))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("10.0.0.1:8080", "not an address"),
        ("ftp://h", "not an address"),
        ("http://h:99999", "not an address"),
        ("http://h/?a=1", "not an address"),
        ("http://u:geheim@h:8080", "holds a user or password"),
    ],
)
def test_addresses_that_are_none(url: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        client(url)
    assert "geheim" not in caught.value.message


def test_no_address() -> None:
    with pytest.raises(InputError, match="no address is given"):
        client()


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch, dead: str) -> None:
    monkeypatch.setenv("http_proxy", dead)
    with Server(lambda _: as_json({})) as server:
        assert client(server.url).request("GET", "/").status == 200


STREAM = b': hello\r\n\r\nevent: status_update_event\r\ndata: {"taskId":\r\ndata:  "t"}\r\n\r\nid: 7\nevent: x\n\ndata: {"n": 1}\n\n'


def test_events() -> None:
    opened: list[bool] = []
    with Server(lambda _: Answer(200, STREAM, {"Content-Type": "text/event-stream"})) as server:
        events = list(client(server.url).events("/v2/events", params={"event_type": "x"}, on_open=lambda: opened.append(True)))
        assert server.requests[0].headers["Accept"] == "text/event-stream"
    assert [(e.type, e.data) for e in events] == [("status_update_event", {"taskId": "t"}), ("message", {"n": 1})]
    assert opened == [True]


def test_events_that_come_in_chunks() -> None:
    pieces = [STREAM[:40], STREAM[40:41], STREAM[41:]]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in [*pieces, b""])
    headers = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
    with Server(lambda _: Answer(200, chunked, headers)) as server:
        assert len(list(client(server.url).events("/v2/events"))) == 2


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (as_html("<p>Method Not Allowed</p>", 405), ApiError, "HTTP 405, HTML: 'Method Not Allowed'"),
        (as_json({}), ApiError, "answered application/json instead of an event stream"),
        (Answer(200, b"data: [1]\n\n", {"Content-Type": "text/event-stream"}), ApiError, "no JSON object"),
        (Answer(200, b"data: {", {"Content-Type": "text/event-stream", "Content-Length": "99"}), AwayError, "the event stream broke"),
    ],
)
def test_streams_that_are_none(answer: Answer, error: type[Exception], text: str) -> None:
    with Server(lambda _: answer) as server, pytest.raises(error, match=text):
        list(client(server.url, timeout=20).events("/v2/events", read_timeout=20))


def test_an_event_stream_is_read_from_the_leader() -> None:
    with (
        Server(lambda _: Answer(200, STREAM, {"Content-Type": "text/event-stream"})) as leader,
        Server(lambda r: Answer(307, headers={"Location": f"{leader.url}{r.path}"})) as standby,
    ):
        assert len(list(client(standby.url, leader.url).events("/v2/events"))) == 2
