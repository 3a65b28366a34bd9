# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference of the decision: golden vectors, and what holds for every percentage, policy and table of networks."""

from __future__ import annotations

import ipaddress
import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._gray import Request, compile_gray, decide, murmur2, parse_policy, policy_body
from ansible_collections.zeus.paas.plugins.module_utils._gray_hash import boundary
from ansible_collections.zeus.paas.plugins.module_utils._gray_ranges import compile_ranges, contains, packed_address
from vectors.gray import loaded, made

VECTORS = loaded.vectors()


@pytest.mark.parametrize("name", VECTORS)
def test_golden_vectors(name: str) -> None:
    vector = VECTORS[name]
    policy = parse_policy(vector["policy"], name)
    gray = compile_gray(policy, **vector["binding"], regions=vector["regions"])
    assert vector["cases"]
    for case in vector["cases"]:
        decision = decide(gray, Request(**case["request"]))
        assert (decision.variant, decision.rule) == (case["variant"], case["rule"]), case


def test_the_generated_vectors_are_those_of_the_reference() -> None:
    assert (made.HERE / "generated.json").read_text(encoding="utf-8") == made.generated()


def test_without_a_policy_everybody_gets_stable() -> None:
    decision = decide(None, Request())
    assert (decision.variant, decision.rule) == ("stable", "-")


# Values computed by nginx 1.22's own ngx_murmur_hash2 (tests/lua compares many more with it).
@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("a", 2456313694), ("ab", 446775395), ("abc", 324500635), ("abcd", 646393889), ("tv-beijing:user-1", 3758886475)],
)
def test_the_hash_is_nginxs(text: str, expected: int) -> None:
    assert murmur2(text.encode()) == expected


def test_boundaries_are_those_of_split_clients() -> None:
    assert boundary(0) == 0
    assert boundary(1) == 429496
    assert boundary(500) == 214748364
    assert boundary(9999) == 4294537798
    assert boundary(10000) == 2**32


def gray_of(percent: float, **keys: Any) -> dict[str, Any]:
    rules = [{"variant": "2.0", "when": {"percent": percent, "by": [{"cookie": "uid"}, "address"]}}]
    return compile_gray(parse_policy({"policy": "p", "rules": rules, **keys}, "test"), variant="2-0", version="2.0", regions={})


def members(percent: float, users: list[str], **keys: Any) -> set[str]:
    gray = gray_of(percent, **keys)
    return {user for user in users if decide(gray, Request(cookies={"uid": user})).variant == "2-0"}


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=50),
    st.lists(st.integers(0, 10000), min_size=2, max_size=5).map(sorted),
)
def test_raising_a_percentage_moves_nobody_out(users: list[str], steps: list[int]) -> None:
    before: set[str] = set()
    for step in steps:
        now = members(step / 100, users)
        assert before <= now
        before = now


def test_five_ten_and_fifty_percent_keep_their_members() -> None:
    users = [f"user-{number}" for number in range(20000)]
    five, ten, fifty = (members(percent, users) for percent in (5, 10, 50))
    assert five < ten < fifty


@pytest.mark.parametrize("percent", [0.5, 5, 10, 33.33, 50, 90])
@pytest.mark.parametrize("salt", ["tv-beijing", "another"])
def test_shares_are_as_large_as_asked(percent: float, salt: str) -> None:
    users = [f"user-{number}" for number in range(20000)]
    expected = len(users) * percent / 100
    deviation = math.sqrt(expected * (1 - percent / 100))
    assert abs(len(members(percent, users, salt=salt)) - expected) <= 3 * deviation


def test_two_policies_draw_independently() -> None:
    users = [f"user-{number}" for number in range(20000)]
    both = members(10, users, salt="one") & members(10, users, salt="two")
    assert abs(len(both) - 200) <= 3 * math.sqrt(200 * 0.99)


def test_addresses_are_keys_by_their_bytes() -> None:
    gray = gray_of(37)
    for plain, mapped in (("10.0.0.1", "::ffff:10.0.0.1"), ("192.0.2.9", "::ffff:c000:209")):
        assert decide(gray, Request(address=plain)) == decide(gray, Request(address=mapped))
    network = [str(ipaddress.ip_address(0x0A000000 + number)) for number in range(20000)]
    share = sum(decide(gray, Request(address=address)).variant == "2-0" for address in network)
    assert abs(share - 7400) <= 3 * math.sqrt(7400 * 0.63)


@given(st.integers(0, 2**32))
def test_a_policys_body_is_read_back_as_the_same_policy(seed: int) -> None:
    policy = parse_policy(made.policy(Random(seed), 1), "made")
    body = policy_body(policy)
    again = parse_policy(json.loads(json.dumps(body)), "stored")
    assert again == policy
    assert policy_body(again) == body


networks = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda pair: str(ipaddress.ip_network(pair, strict=False))),
    st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(lambda pair: str(ipaddress.IPv6Network(pair, strict=False))),
)
# Close together, so that they overlap and touch.
close = st.tuples(st.integers(0, 1023), st.integers(22, 32)).map(lambda pair: str(ipaddress.IPv4Network(pair, strict=False)))


@settings(max_examples=200)
@given(st.lists(networks | close, max_size=8), st.lists(st.integers(0, 1100), max_size=20))
def test_ranges_hold_what_their_networks_hold(texts: list[str], near: list[int]) -> None:
    ranges = compile_ranges(texts)
    parsed = [ipaddress.ip_network(text) for text in texts]
    mapped = ipaddress.ip_network("::ffff:0:0/96")
    asked = [ipaddress.ip_address(number) for number in near] + [
        edge for network in parsed for edge in (network.network_address, network.broadcast_address) if edge not in mapped
    ]
    for address in asked:
        assert contains(ranges, packed_address(str(address))) == any(address in network for network in parsed)
