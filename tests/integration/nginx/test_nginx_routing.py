# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a request goes: host and path, variants and their peers, and what the backend is told."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._gray import compile_gray, parse_policy
from integration.nginx.backend import Backend, entry, plan_of
from integration.nginx.running import RunningNginx, until

Start = Callable[[str], Backend]


def gray(*conditions: Any) -> dict[str, Any]:
    rules = [{"variant": "2.0", "when": condition} for condition in conditions]
    return compile_gray(parse_policy({"policy": "beta", "rules": rules}, "test"), variant="2-0", version="2.0", regions={})


def told(answer: tuple[int, Mapping[str, str], bytes]) -> dict[str, Any]:
    status, _unused, body = answer
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def test_before_the_first_plan_nothing_is_served_and_health_says_so() -> None:
    with RunningNginx(workers=1) as fresh:
        assert fresh.request("shop.test")[0] == 503
        status, headers, _unused = fresh.request("any", "/.zeus/health")
        assert (status, headers["retry-after"]) == (503, "1")
        fresh.push({})
        assert fresh.request("any", "/.zeus/health")[::2] == (200, b"ok\n")
        assert fresh.request("shop.test")[::2] == (404, b"no app has this address\n")


def test_host_and_longest_path_lead_to_an_app(nginx: RunningNginx, backend: Start) -> None:
    backends = {name: backend(name) for name in ("web", "api", "deep", "other", "wild", "one")}
    places = {"web": ("shop.test", "/"), "api": ("shop.test", "/api"), "deep": ("shop.test", "/api/v2/"), "other": ("other.test", "/x")}
    places |= {"wild": ("*.wild.test", "/"), "one": ("one.wild.test", "/")}
    nginx.push(plan_of(*(entry(name, [host], {"stable": [backends[name].peer()]}, path=path) for name, (host, path) in places.items())))
    expected = {
        ("shop.test", "/"): "web",
        ("SHOP.test:8080", "/"): "web",
        ("shop.test.", "/index"): "web",
        ("shop.test", "/api"): "api",
        ("shop.test", "/api/"): "api",
        ("shop.test", "/api?x=/"): "api",
        ("shop.test", "/apix"): "web",
        ("shop.test", "/api/v2"): "deep",
        ("shop.test", "/api/v2/items"): "deep",
        ("shop.test", "/api/v22"): "api",
        ("shop.test", "/%61pi/x"): "api",
        ("shop.test", "//api//v2"): "deep",
        ("other.test", "/x/y"): "other",
        ("a.b.wild.test", "/"): "wild",
        ("one.wild.test", "/"): "one",
    }
    found = {place: told(nginx.request(*place))["backend"] for place in expected}
    assert found == expected
    for host, path in (("other.test", "/"), ("wild.test", "/"), ("nobody.test", "/"), ("notshop.test", "/")):
        assert nginx.request(host, path)[0] == 404
    assert told(nginx.request("shop.test", "/%61pi/x?q=%20a"))["path"] == "/%61pi/x?q=%20a"


def test_a_connection_outlives_a_refused_request_with_a_body(nginx: RunningNginx, backend: Start) -> None:
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("web").peer()]})))
    connection = http.client.HTTPConnection(nginx.address, nginx.port, timeout=30)
    for _unused in range(3):
        connection.request("POST", "/", b"GET /evil HTTP/1.1\r\nHost: shop.test\r\n\r\n", {"Host": "nobody.test"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (404, b"no app has this address\n")
        connection.request("GET", "/good", headers={"Host": "shop.test"})
        assert json.loads(connection.getresponse().read())["path"] == "/good"
    connection.close()


def test_the_backend_is_told_who_and_why(nginx: RunningNginx, backend: Start) -> None:
    stable, beta = backend("stable"), backend("beta")
    app = entry(
        "web", ["shop.test"], {"stable": [stable.peer()], "2-0": [beta.peer()]}, gray=gray({"cookie": {"name": "beta", "in": ["1"]}})
    )
    nginx.push(plan_of(app))
    spoofed = {f"X-Zeus-{name}": "mine" for name in ("App", "Variant", "Version", "Rule", "Plan")}
    for cookie, name, variant, version, rule in (("beta=1", "beta", "2-0", "2.0", "rule-1"), ("beta=2", "stable", "stable", "1.0", "-")):
        answer = told(nginx.request("shop.test", headers={**spoofed, "Cookie": cookie, "Connection": "keep-alive"}))
        assert answer["backend"] == name
        headers = answer["headers"]
        assert {key: headers.get(f"x-zeus-{key}") for key in ("app", "variant", "version", "rule", "plan")} == {
            "app": "/test/shop/web",
            "variant": variant,
            "version": version,
            "rule": rule,
            "plan": app["digest"][:12],
        }
        assert headers["host"] == "shop.test"
        assert "connection" not in headers


def test_the_log_says_who_and_why(nginx: RunningNginx, backend: Start) -> None:
    beta = backend("beta")
    app = entry("logged", ["logged.test"], {"stable": [], "2-0": [beta.peer()]}, gray=gray({"header": {"name": "X-Q", "in": ['a"b']}}))
    nginx.push(plan_of(app))
    nginx.request("logged.test", '/x?"y"', headers={"X-Q": 'a"b', "User-Agent": 'evil "quoted" \\ agent'})
    (line,) = until(lambda: [one for one in nginx.access_log() if one["app"] == "/test/shop/logged"], what="the line in the log")
    expected = {"status": "200", "variant": "2-0", "rule": "rule-1", "plan": app["digest"][:12], "upstream": f"127.0.0.1:{beta.port}"}
    assert {key: line[key] for key in expected} == expected
    assert line["user_agent"] == 'evil "quoted" \\ agent'


def test_a_gray_variant_without_instances_means_stable(nginx: RunningNginx, backend: Start) -> None:
    stable = backend("stable")
    everybody = gray({"percent": 100})
    for variants in ({"stable": [stable.peer()], "2-0": []}, {"stable": [stable.peer()]}):
        nginx.push(plan_of(entry("web", ["shop.test"], variants, gray=everybody)))
        answer = told(nginx.request("shop.test"))
        assert (answer["backend"], answer["headers"]["x-zeus-variant"], answer["headers"]["x-zeus-rule"]) == ("stable", "stable", "-")
        explained = nginx.admin("POST", "/explain", {"host": "shop.test", "path": "/", "address": "10.0.0.1"})
        assert explained["reason"] == "rule rule-1 matches, but its variant has no instance"


def test_no_instance_at_all_is_503_and_says_when_to_come_again(nginx: RunningNginx, backend: Start) -> None:
    beta = backend("beta")
    nginx.push(
        plan_of(entry("web", ["shop.test"], {"stable": [], "2-0": [beta.peer()]}, gray=gray({"cookie": {"name": "b", "exists": True}})))
    )
    status, headers, body = nginx.request("shop.test")
    assert (status, headers["retry-after"], body) == (503, "1", b"no instance of this app is up\n")
    assert told(nginx.request("shop.test", headers={"Cookie": "b=1"}))["backend"] == "beta"


def test_instances_and_clients_may_be_of_ipv6(nginx: RunningNginx) -> None:
    with Backend("six", host="::1") as six:
        nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [six.peer()]})))
        connection = http.client.HTTPConnection("::1", nginx.port, timeout=30)
        connection.request("GET", "/", headers={"Host": "shop.test"})
        assert json.loads(connection.getresponse().read())["headers"]["x-real-ip"] == "::1"
        connection.close()


def test_explain_answers_from_the_running_plan(nginx: RunningNginx, backend: Start) -> None:
    peers = {"stable": [backend("stable").peer()], "2-0": [backend("beta").peer()]}
    app = entry("web", ["shop.test"], peers, path="/shop", gray=gray({"cookie": {"name": "beta", "in": ["1"]}}))
    plain = entry("plain", ["plain.test"], {"stable": peers["stable"]})
    nginx.push(plan_of(app, plain))
    described = {"host": "Shop.Test:80", "path": "/shop/x?y=1", "method": "GET", "headers": {}, "cookies": {"BETA": "1"}, "address": "::1"}
    answer = {"app": "/test/shop/web", "variant": "2-0", "version": "2.0", "policy": "beta", "rule": "rule-1", "plan": app["digest"][:12]}
    assert nginx.admin("POST", "/explain", described) == {**answer, "reason": "rule rule-1 matches"}
    stable = {**answer, "variant": "stable", "version": "1.0", "rule": "-"}
    assert nginx.admin("POST", "/explain", {**described, "cookies": {}}) == {**stable, "reason": "no rule matches"}
    assert nginx.admin("POST", "/explain", {"host": "plain.test", "path": "/"}) == {
        **stable,
        "app": "/test/shop/plain",
        "policy": None,
        "plan": plain["digest"][:12],
        "reason": "the app has no gray version",
    }
    assert nginx.admin_raw("POST", "/explain", {"host": "shop.test", "path": "/"})[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "/plans", None, 404, "there is no such call"),
        ("GET", "/plan", None, 405, "this call has another method"),
        ("PUT", "/plan", None, 400, "the request has no body"),
        ("PUT", "/plan", [1], 400, "schema must be 1"),
        ("PUT", "/plan", {"schema": 2, "digest": "a", "index": {}, "apps": {}}, 400, "schema must be 1"),
        ("PUT", "/plan", {"schema": 1, "digest": "a"}, 400, "digest, index and apps must be there"),
        ("POST", "/explain", {"path": "/"}, 400, "host must be a text"),
        ("POST", "/explain", {"host": "a", "headers": "b"}, 400, "headers must be a mapping of names to texts"),
        ("POST", "/explain", {"host": "a", "cookies": {"b": 1}}, 400, "cookies must be a mapping of names to texts"),
        ("POST", "/explain", {"host": "a", "address": "10.0.0"}, 400, "address is no IP address: 10.0.0"),
        ("PUT", "/closing", {"seconds": "1"}, 400, "seconds must be a number from 0 to 10"),
        ("PUT", "/closing", {"seconds": 11}, 400, "seconds must be a number from 0 to 10"),
    ],
)
def test_wrong_calls_are_told_what_is_wrong(nginx: RunningNginx, method: str, path: str, body: Any, status: int, message: str) -> None:
    assert nginx.admin_raw(method, path, body) == (status, {"message": message})
