# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a policy and what is refused, with the place and the right form in the message."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray import compile_gray, parse_policy, policy_body

SOURCE = "policies/tv.yml"
EVIL = '"; } evil {'


def policy(*conditions: Any, **keys: Any) -> dict[str, Any]:
    return {"policy": "tv", "rules": [{"variant": "2.0", "when": condition} for condition in conditions], **keys}


def refused(data: Any) -> str:
    with pytest.raises(InputError) as caught:
        parse_policy(data, SOURCE)
    assert caught.value.source == SOURCE
    return str(caught.value)


def test_the_blueprints_example_is_read() -> None:
    parsed = parse_policy(
        policy(
            {"all": [{"device": {"model": ["X60", "Max*"]}}, {"region": {"in": ["CN-BJ", "CN-TJ"]}}]},
            {"percent": 5, "by": [{"cookie": "uid"}, "address"]},
            owner="tv-team@example.com",
            reason="2.0 for the new sets in the north",
            expires=datetime.date(2026, 9, 1),
        ),
        SOURCE,
    )
    assert policy_body(parsed) == {
        "policy": "tv",
        "owner": "tv-team@example.com",
        "reason": "2.0 for the new sets in the north",
        "expires": "2026-09-01",
        "rules": [
            {
                "variant": "2.0",
                "when": {
                    "all": [
                        {
                            "device": {
                                "model": ["X60", "Max*"],
                                "from": [{"header": "x-device-model"}, {"argument": "device"}, "user_agent"],
                            }
                        },
                        {"region": {"in": ["CN-BJ", "CN-TJ"]}},
                    ]
                },
            },
            {"variant": "2.0", "when": {"percent": 5, "by": [{"cookie": "uid"}, "address"]}},
        ],
    }


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "policies/tv.yml: this is not a mapping"),
        ({"policy": "tv"}, "rules: this key is missing"),
        ({"rules": [1]}, "policy: this key is missing"),
        (policy({"percent": 5}, ruels=[]), "ruels: unknown key; did you mean rules?"),
        (policy(), "rules: a policy without rules"),
        (policy({"percent": 5}, policy="TV set"), "policy: this cannot be used here (got 'TV set')"),
        (policy({"percent": 5}, salt=EVIL), "salt: this cannot be used here"),
        (policy({"percent": 5}, owner="a\nb"), "owner: this cannot be used here"),
        (policy({"percent": 5}, expires="soon"), "expires: this is not a date (got 'soon'); expected a date such as 2026-09-01"),
        (policy({"percent": 5}, expires=20260901), "expires: this is not a date"),
        ({"policy": "tv", "rules": [{"variant": 2.0, "when": {"percent": 5}}]}, "rules[0].variant: this is not text (got 2.0)"),
        ({"policy": "tv", "rules": [{"variant": EVIL, "when": {"percent": 5}}]}, "rules[0].variant: this cannot be used here"),
        ({"policy": "tv", "rules": [{"variant": "2.0"}]}, "rules[0].when: this key is missing"),
        (
            {"policy": "tv", "rules": [{"variant": "2.0", "wehn": {}, "when": {}}]},
            "rules[0].wehn: unknown key; did you mean when?",
        ),
        (
            {"policy": "tv", "rules": [{"name": "a", "variant": "2.0", "when": {"percent": 5}}] * 2},
            "rules[1].name: rule 1 has this name too (got 'a')",
        ),
        (policy({}), "rules[0].when: there is no condition here"),
        (policy({"by": ["address"]}), "rules[0].when: there is no condition here"),
        (policy({"percent": 5, "cookie": {"name": "a", "exists": True}}), "rules[0].when: several conditions side by side"),
        (policy({"percnt": 5}), "rules[0].when.percnt: unknown condition; did you mean percent?"),
        (policy({"region": {"in": ["CN"]}, "by": ["address"]}), "rules[0].when.by: region has no such key"),
        (policy({"percent": None}), "rules[0].when.percent: this is empty; expected a number from 0 to 100"),
        (policy({"percent": ""}), "rules[0].when.percent: this is empty; expected a number from 0 to 100"),
        (policy({"percent": "5%"}), "rules[0].when.percent: this is not a number (got '5%')"),
        (policy({"percent": True}), "rules[0].when.percent: this is not a number (got True)"),
        (policy({"percent": float("nan")}), "holds values that JSON does not have"),
        (policy({"percent": "nan"}), "rules[0].when.percent: this is not a number"),
        (policy({"percent": 100.01}), "rules[0].when.percent: this is no such percentage (got 100.01)"),
        (policy({"percent": -1}), "rules[0].when.percent: this is no such percentage"),
        (policy({"percent": 0.005}), "rules[0].when.percent: this is no such percentage"),
        (policy({"percent": "1e999999"}), "rules[0].when.percent: this is not a number"),
        (policy({"percent": "1e9999"}), "rules[0].when.percent: this is no such percentage"),
        (policy({"percent": 5, "by": []}), "rules[0].when.by: this list is empty"),
        (policy({"percent": 5, "by": "address"}), "rules[0].when.by: this is not a list"),
        (policy({"percent": 5, "by": ["adress"]}), "rules[0].when.by[0]: unknown source (got 'adress')"),
        (policy({"percent": 5, "by": ["address", "address"]}), "rules[0].when.by: a source is in the list twice"),
        (policy({"percent": 5, "by": [{"cookie": EVIL}]}), "rules[0].when.by[0].cookie: this cannot be used here"),
        (policy({"percent": 5, "by": [{"cookie": "a", "header": "b"}]}), "rules[0].when.by[0]: a source is exactly one attribute"),
        (policy({"address": {"in": []}}), "rules[0].when.address.in: this list is empty"),
        (policy({"address": ["10.0.0.0/8"]}), "rules[0].when.address: this is not a mapping"),
        (policy({"address": {"in": ["10.0.0.0/33"]}}), "rules[0].when.address.in[0]: this is no network: '10.0.0.0/33'"),
        (policy({"address": {"in": ["10.0.0.1/8"]}}), "rules[0].when.address.in[0]: this is no network: 10.0.0.1/8 has host bits set"),
        (policy({"address": {"in": ["10.0.0.0/8", "10.0.0.0/8"]}}), "rules[0].when.address.in[1]: this is in the list twice"),
        (policy({"address": {"in": [10]}}), "rules[0].when.address.in[0]: this is not text (got 10)"),
        (policy({"address": {"in": ["fe80::1%eth0"]}}), "rules[0].when.address.in[0]: this is no network"),
        (policy({"region": {"in": [EVIL]}}), "rules[0].when.region.in[0]: this cannot be used here"),
        (policy({"cookie": {"name": EVIL, "exists": True}}), "rules[0].when.cookie.name: this cannot be used here (got '\"; } evil {')"),
        (policy({"header": {"name": EVIL, "exists": True}}), "rules[0].when.header.name: this cannot be used here"),
        (policy({"header": {"name": "X_User", "exists": True}}), "rules[0].when.header.name: this cannot be used here"),
        (policy({"header": {"name": "X-Zeus-Variant", "in": ["a"]}}), "rules[0].when.header.name: the routers set the X-Zeus- headers"),
        (policy({"cookie": {"name": "a", "in": [EVIL]}}), "rules[0].when.cookie.in[0]: no cookie can have this value"),
        (policy({"cookie": {"name": "a"}}), "rules[0].when.cookie: there must be one of in and exists"),
        (policy({"cookie": {"name": "a", "in": ["1"], "exists": True}}), "rules[0].when.cookie: there must be one of in and exists"),
        (policy({"cookie": {"name": "a", "exists": False}}), "rules[0].when.cookie.exists: this can only be true"),
        (policy({"cookie": {"in": ["1"]}}), "rules[0].when.cookie.name: this key is missing"),
        (policy({"cookie": {"name": "a", "in": [1]}}), "rules[0].when.cookie.in[0]: this is not text (got 1)"),
        (policy({"cookie": {"name": "a", "in": ["a*b"]}}), "rules[0].when.cookie.in[0]: a * stands at the end or nowhere"),
        (policy({"header": {"name": "a", "in": ["x" * 513]}}), "rules[0].when.header.in[0]: this cannot be used here"),
        (policy({"header": {"name": "a", "in": ["x\ny"]}}), "rules[0].when.header.in[0]: this cannot be used here"),
        (policy({"device": {"modle": ["X60"]}}), "rules[0].when.device.modle: unknown key; did you mean model?"),
        (policy({"device": {"model": ["X60"], "from": ["address"]}}), "rules[0].when.device.from[0]: unknown source"),
        (policy({"all": []}), "rules[0].when.all: this list is empty"),
        (policy({"not": [{"percent": 5}]}), "rules[0].when.not: this is not a mapping"),
        (policy({"percent": 5}, user_agents=[{"contains": "X"}]), "user_agents[0].model: this key is missing"),
        (policy({"percent": 5}, user_agents=[{"contains": "X", "model": "x", "is": 1}]), "user_agents[0].is: unknown key"),
        (policy(*[{"percent": 5}] * 1001), "rules: 1001 rules are too many; expected at most 1000"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(data: Any, told: str) -> None:
    message = refused(data)
    assert message.startswith(SOURCE)
    assert told in message


def nested(depth: int) -> Any:
    condition: Any = {"percent": 5}
    for _unused in range(depth - 1):
        condition = {"not": condition}
    return condition


def test_conditions_nest_eight_deep_and_no_deeper() -> None:
    assert parse_policy(policy(nested(8)), SOURCE).rules
    assert "nested too deeply; expected at most 8 levels" in refused(policy(nested(9)))
    assert "nested too deeply" in refused(policy(nested(5000)))


def test_two_megabytes_of_rules_are_refused() -> None:
    values = [f"{number:0500d}" for number in range(4000)]
    assert "bytes of canonical JSON; expected at most 1000000" in refused(policy({"header": {"name": "a", "in": values}}))


def test_a_thousand_rules_and_ten_thousand_networks_are_taken() -> None:
    assert len(parse_policy(policy(*[{"percent": 5}] * 1000), SOURCE).rules) == 1000
    networks = [f"10.{number // 256}.{number % 256}.0/24" for number in range(10000)]
    assert parse_policy(policy({"address": {"in": networks}}), SOURCE).rules


@pytest.mark.parametrize(("written", "stored"), [(5, 5), (5.0, 5), ("5", 5), ("0.07", 0.07), (0, 0), (100, 100), (33.33, 33.33)])
def test_percentages_have_one_form(written: Any, stored: Any) -> None:
    body = policy_body(parse_policy(policy({"percent": written}), SOURCE))
    share = body["rules"][0]["when"]["percent"]
    assert (share, type(share)) == (stored, type(stored))


def test_networks_have_one_form() -> None:
    written = ["10.0.0.0/255.0.0.0", "192.0.2.7", "2001:DB8:0::/32", "::ffff:10.1.0.0/112"]
    body = policy_body(parse_policy(policy({"address": {"in": written}}), SOURCE))
    assert body["rules"][0]["when"]["address"]["in"] == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "10.1.0.0/16"]


def compiled(*conditions: Any, regions: dict[str, list[str]] | None = None, **keys: Any) -> dict[str, Any]:
    return compile_gray(parse_policy(policy(*conditions, **keys), SOURCE), variant="2-0", version="2.0", regions=regions or {})


def test_ranges_are_merged_and_sorted() -> None:
    networks = ["10.0.1.0/24", "10.0.0.0/24", "10.0.0.128/25", "192.0.2.7", "2001:db8::/127", "2001:db8::2/127"]
    condition = compiled({"address": {"in": networks}})["rules"][0]["when"]
    low = "20010db8" + "0" * 24
    assert condition == {"op": "address", "v4": "0a0000000a0001ffc0000207c0000207", "v6": low + low[:-1] + "3"}


def test_only_the_regions_that_are_used_are_embedded() -> None:
    gray = compiled({"not": {"any": [{"region": {"in": ["CN-BJ"]}}]}}, regions={"CN-BJ": ["10.0.0.0/8"], "CN-TJ": ["11.0.0.0/8"]})
    assert gray["regions"] == {"CN-BJ": {"v4": "0a0000000affffff", "v6": ""}}


def test_variants_become_those_of_the_binding() -> None:
    rules = [{"variant": variant, "when": {"percent": 5}} for variant in ("2.0", "2-0", "stable")]
    gray = compile_gray(parse_policy({"policy": "tv", "rules": rules}, SOURCE), variant="2-0", version="2.0", regions={})
    assert [rule["variant"] for rule in gray["rules"]] == ["2-0", "2-0", "stable"]


@pytest.mark.parametrize(
    ("condition", "version", "regions", "told"),
    [
        ({"percent": 5}, "3.0", {}, "policy tv: rules[0].variant: the binding has no such variant (got '2.0'); expected '3.0' or 'stable'"),
        ({"region": {"in": ["CN-XX"]}}, "2.0", {"CN-BJ": []}, "there is no such region in zeus_regions (got 'CN-XX')"),
        ({"region": {"in": ["CN-BJ"]}}, "2.0", {"CN-BJ": ["10.0.0.0/8", "10.0.0/8"]}, "zeus_regions: CN-BJ[1]: "),
    ],
)
def test_what_does_not_fit_the_binding_or_the_regions_is_named(condition: Any, version: str, regions: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_gray(parse_policy(policy(condition), SOURCE), variant="x", version=version, regions=regions)
    assert told in str(caught.value)
