# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader of the policy store believes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical, digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import (
    MAX_BYTES,
    BrokenValueError,
    Entry,
    accept,
    app_of,
    asset_key,
    assets_key,
    binding_key,
    checked_key,
    parse_entry,
    policy_key,
)

KEY = policy_key("p")


def entry(epoch: int, counter: int, body: dict[str, Any] | None) -> Entry:
    return Entry(KEY, epoch, counter, digest_of(body), body)


bodies = st.one_of(st.none(), st.dictionaries(st.text(max_size=5), st.integers(), max_size=3))
entries = st.builds(entry, st.integers(0, 3), st.integers(0, 3), bodies)


@given(st.lists(entries, max_size=8))
def test_what_is_believed_never_goes_back(offers: list[Entry]) -> None:
    """The stamp only grows, what is in use was always offered, and the highest stamp that was offered first wins."""
    have: Entry | None = None
    for offered in offers:
        taken, reason = accept(have, offered)
        assert taken in (have, offered)
        assert have is None or taken.stamp >= have.stamp
        if taken is not offered and have is not None:
            assert (reason == "") == (have.stamp == offered.stamp and have.digest == offered.digest)
        have = taken
    if offers:
        highest = max(offer.stamp for offer in offers)
        assert have == next(offer for offer in offers if offer.stamp == highest)


@given(entries)
def test_an_entry_survives_its_text(one: Entry) -> None:
    assert parse_entry(KEY, one.to_text()) == one
    assert parse_entry(KEY, one.to_text().encode()) == one
    assert one.to_text() == canonical(json.loads(one.to_text()))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": 2}, "schema 2"),
        ({"schema": None}, "schema None"),
        ({"epoch": -1}, "no usable epoch"),
        ({"epoch": True}, "no usable epoch"),
        ({"counter": "1"}, "no usable epoch"),
        ({"digest": 5}, "no usable epoch"),
        ({"body": []}, "neither an object nor null"),
        ({"body": {"other": 1}}, "digest that does not fit"),
        ({"digest": "0" * 64}, "digest that does not fit"),
    ],
)
def test_a_broken_value_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BrokenValueError, match=reason):
        parse_entry(KEY, json.dumps({**json.loads(entry(1, 1, {"a": 1}).to_text()), **change}))


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[1]", b"null", b"{", b"[" * 100_000, b" " * (MAX_BYTES + 1)])
def test_what_is_no_value_at_all_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenValueError):
        parse_entry(KEY, raw)


def test_keys_have_one_form() -> None:
    assert binding_key("production", "shop", "web") == "zeus:binding:production:shop:web"
    assert app_of(binding_key("production", "shop", "web")) == app_of(assets_key("production", "shop", "web")) == "/production/shop/web"
    assert app_of(KEY) is None
    assert asset_key("a" * 64) == f"zeus:asset:{'a' * 64}"
    for key in ("zeus:policy:../x", "zeus:policy:a b", "zeus:asset:xyz", "zeus:store", "zeus:binding:a:b:c:d", "zeus:policy:p\n"):
        with pytest.raises(InputError):
            checked_key(key)
