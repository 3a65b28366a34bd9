# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers' Lua code, under nginx's own interpreter, decides as the Python reference does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._gray import compile_gray, decide, murmur2, parse_policy
from ansible_collections.zeus.paas.plugins.module_utils._gray_hash import boundary
from integration.nginx.backend import entry, plan_of
from integration.nginx.running import RunningNginx, UnixConnection, free_port, until
from vectors.gray import loaded, made

PEER = {"task": "t", "address": "127.0.0.1", "port": 9}


class Asking:
    """explain, over one kept connection."""

    def __init__(self, nginx: RunningNginx) -> None:
        self._connection = UnixConnection(nginx.socket)

    def __call__(self, host: str, request: Mapping[str, Any]) -> tuple[str, str]:
        self._connection.request("POST", "/explain", json.dumps({"host": host, "path": "/", **request}))
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, told
        return told["variant"], told["rule"]

    def close(self) -> None:
        self._connection.close()


def push(nginx: RunningNginx, vectors: Mapping[str, Mapping[str, Any]]) -> None:
    apps = []
    for name, vector in vectors.items():
        gray = compile_gray(parse_policy(vector["policy"], name), **vector["binding"], regions=vector["regions"])
        apps.append(entry(name, [f"{name}.test"], {"stable": [PEER], vector["binding"]["variant"]: [PEER]}, gray=gray))
    answer = nginx.push(plan_of(*apps))
    assert answer["rejected"] == {}
    assert answer["missing"] == []


def differences(nginx: RunningNginx, vectors: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    asking = Asking(nginx)
    for name, vector in vectors.items():
        for case in vector["cases"]:
            told = asking(f"{name}.test", case["request"])
            if told != (case["variant"], case["rule"]):
                yield f"{name}: {told} instead of {case}"
    asking.close()


def test_golden_vectors(nginx: RunningNginx) -> None:
    vectors = loaded.vectors()
    assert len(vectors) > 25
    push(nginx, vectors)
    assert list(differences(nginx, vectors)) == []


@pytest.mark.parametrize("seed", [20, 21])
def test_ten_thousand_random_requests_get_what_the_reference_says(nginx: RunningNginx, seed: int) -> None:
    vectors = {f"random-{number}": vector for number, vector in enumerate(made.vectors(seed, 150, 40))}
    variants = [case["variant"] for vector in vectors.values() for case in vector["cases"]]
    assert len(variants) == 6000
    assert 0.2 < variants.count("stable") / len(variants) < 0.8
    push(nginx, vectors)
    assert list(differences(nginx, vectors)) == []


def send(connection: http.client.HTTPConnection, host: str, request: Mapping[str, Any], rng: Random) -> None:
    """The described request as a real one; every other argument is encoded though it need not be."""
    arguments = [
        (key, quote(value, safe="") if not value.isascii() or rng.random() < 0.5 else value) for key, value in request["arguments"].items()
    ]
    connection.putrequest("GET", "/?" + "&".join(f"{key}={value}" for key, value in arguments), skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host)
    connection.putheader("X-Forwarded-For", request["address"])
    for key, value in request["headers"].items():
        connection.putheader(key, value.encode())
    if request["cookies"]:
        cookies = [f"{key}={value}" for key, value in request["cookies"].items()]
        rng.shuffle(cookies)
        connection.putheader("Cookie", "; ".join(cookies).encode())
    connection.endheaders()
    connection.getresponse().read()


def test_live_requests_are_seen_as_described_ones() -> None:
    """The same by real requests: headers, cookies and arguments on the wire, the address through a trusted proxy."""
    rng = Random(7)
    with RunningNginx(workers=1, router_nginx_trusted_proxies=["127.0.0.1/32"]) as live:
        vectors = {f"live-{number}": vector for number, vector in enumerate(made.vectors(22, 40, 25))}
        push(live, vectors)
        connection = http.client.HTTPConnection(live.address, live.port, timeout=30)
        expected = []
        for name, vector in vectors.items():
            gray = compile_gray(parse_policy(vector["policy"], name), **vector["binding"], regions=vector["regions"])
            for case in vector["cases"]:
                request = {"address": "127.0.0.1", **case["request"]}
                if request["address"] == "255.255.255.255":
                    request["address"] = "255.255.255.254"  # nginx takes the former for a failure to read an address
                send(connection, f"{name}.test", request, rng)
                decision = decide(gray, made.as_request(request))
                expected.append((f"{name}.test", decision.variant, decision.rule, request))
        connection.close()
        lines = until(lambda: log if len(log := live.access_log()) == len(expected) else None, what="the access log")
        assert len(lines) == 1000
        wrong = [
            (line, asked) for line, asked in zip(lines, expected, strict=True) if (line["host"], line["variant"], line["rule"]) != asked[:3]
        ]
        assert wrong == []


HASHING = """
pid /tmp/hash.pid; error_log /tmp/hash.log; daemon on; worker_processes 1;
include /etc/nginx/modules-enabled/*.conf;
events {{}}
http {{
    access_log off;
    lua_package_path "/usr/local/share/zeus-router/lua/?.lua;;";
    split_clients $arg_key $hundredth {{ 0.01% in; * out; }}
    split_clients $arg_key $five {{ 5% in; * out; }}
    split_clients $arg_key $third {{ 33.33% in; * out; }}
    split_clients $arg_key $most {{ 99.99% in; * out; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            content_by_lua_block {{
                local var = ngx.var
                ngx.say(require("zeus.hash")(var.arg_key or ""), " ", var.hundredth, " ", var.five, " ", var.third, " ", var.most)
            }}
        }}
    }}
}}
"""


def test_hash_and_boundaries_are_those_of_split_clients(nginx: RunningNginx) -> None:
    port = free_port()
    (nginx.directory / "hash.conf").write_text(HASHING.format(port=port))
    nginx.execute("nginx", "-c", "/state/hash.conf")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        rng = Random(3)
        for number in range(3000):
            key = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789-._:") for _unused in range(number % 40))
            connection.request("GET", f"/?key={key}")
            told = connection.getresponse().read().decode().split()
            expected = murmur2(key.encode())
            sides = ["in" if expected < boundary(hundredths) else "out" for hundredths in (1, 500, 3333, 9999)]
            assert told == [str(expected), *sides], key
        connection.close()
    finally:
        nginx.execute("nginx", "-c", "/state/hash.conf", "-s", "stop")
