# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""From a user's data to a policy. Every error names the source, the key, the value and what would be right."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, matching, sequence, text
from ansible_collections.zeus.paas.plugins.module_utils._gray_condition import parse_condition, printable
from ansible_collections.zeus.paas.plugins.module_utils._gray_model import Policy, Rule, UserAgent, policy_body

MAX_RULES = 1000
MAX_BYTES = 1_000_000
MAX_USER_AGENTS = 1000

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NAME_EXPECTED = "1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit"
_SALT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_VARIANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}")
_KEYS = ("policy", "owner", "reason", "expires", "salt", "rules", "user_agents")


def parse_policy(data: Any, source: str) -> Policy:
    """A policy from what YAML or JSON gave.

    ``source`` is what messages begin with, usually the file. Raises :class:`InputError` for anything that is not exactly a policy:
    unknown keys, wrong types, names or networks, more than 1000 rules, more than 1 MB of canonical JSON, nesting deeper than 8.
    """
    top = Where(source)
    found = mapping(data, top, "a policy: a mapping with the keys policy and rules")
    known_keys(found, _KEYS, top)
    for key in ("policy", "rules"):
        if key not in found:
            top.at(key).refuse("this key is missing", _NAME_EXPECTED if key == "policy" else "a list of rules")
    rules = sequence(found["rules"], top.at("rules"), "a list of rules")
    if not rules:
        top.at("rules").refuse("a policy without rules sends nobody anywhere", "at least one rule")
    if len(rules) > MAX_RULES:
        top.at("rules").refuse(f"{len(rules)} rules are too many", f"at most {MAX_RULES}; many values go into one condition's list")
    _bounded(found, top)
    name = matching(found["policy"], _NAME, top.at("policy"), _NAME_EXPECTED)
    policy = Policy(
        name=name,
        owner=_line(found, "owner", top),
        reason=_line(found, "reason", top),
        expires=_date(found.get("expires"), top.at("expires")),
        salt=matching(found["salt"], _SALT, top.at("salt"), "1 to 64 of A-Z, a-z, 0-9, . _ and -") if "salt" in found else name,
        rules=tuple(_rule(raw, number, top.at("rules").item(number - 1)) for number, raw in enumerate(rules, 1)),
        user_agents=_user_agents(found.get("user_agents", []), top.at("user_agents")),
    )
    _unique_names(policy, top)
    _bounded(policy_body(policy), top)  # again: defaults and canonical forms may be longer than what was written
    return policy


def _rule(raw: Any, number: int, where: Where) -> Rule:
    found = mapping(raw, where, "a rule: {variant: …, when: …}")
    known_keys(found, ("name", "variant", "when"), where)
    for key in ("variant", "when"):
        if key not in found:
            where.at(key).refuse("this key is missing", "a version or 'stable'" if key == "variant" else "a condition")
    return Rule(
        name=matching(found["name"], _NAME, where.at("name"), _NAME_EXPECTED) if "name" in found else f"rule-{number}",
        variant=matching(found["variant"], _VARIANT, where.at("variant"), "a version in quotes, such as \"2.0\", or 'stable'"),
        when=parse_condition(found["when"], where.at("when")),
    )


def _unique_names(policy: Policy, top: Where) -> None:
    seen: dict[str, int] = {}
    for index, rule in enumerate(policy.rules):
        if rule.name in seen:
            where = top.at("rules").item(index).at("name")
            where.refuse(f"rule {seen[rule.name] + 1} has this name too", "a name of its own, for the log and explain", rule.name)
        seen[rule.name] = index


def _user_agents(raw: Any, where: Where) -> tuple[UserAgent, ...]:
    entries = sequence(raw, where, "a list of {contains: …, model: …}")
    if len(entries) > MAX_USER_AGENTS:
        where.refuse(f"{len(entries)} entries are too many", f"at most {MAX_USER_AGENTS}")
    table = []
    for index, entry in enumerate(entries):
        at = where.item(index)
        found = mapping(entry, at, "{contains: …, model: …}")
        known_keys(found, ("contains", "model"), at)
        for key in ("contains", "model"):
            if key not in found:
                at.at(key).refuse("this key is missing", "a text")
        table.append(UserAgent(printable(found["contains"], at.at("contains")), printable(found["model"], at.at("model"))))
    return tuple(table)


def _line(found: Mapping[str, Any], key: str, top: Where) -> str:
    """A line of prose for people; it reaches no router."""
    if found.get(key) is None:
        return ""
    line = text(found[key], top.at(key), "one line of text")
    if len(line) > 1000 or not line.isprintable():
        top.at(key).refuse("this cannot be used here", "one line of at most 1000 printable characters", line)
    return line


def _date(raw: Any, where: Where) -> str:
    if raw is None:
        return ""
    if isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime):
        return raw.isoformat()  # YAML reads 2026-09-01 without quotes as a date
    try:
        return datetime.date.fromisoformat(raw).isoformat()
    except (TypeError, ValueError):
        return where.refuse("this is not a date", "a date such as 2026-09-01", raw)


def _bounded(data: Mapping[str, Any], top: Where) -> None:
    """Refuse what is too big or too deep before it is looked at closely."""
    try:
        size = len(canonical({key: str(value) if key == "expires" else value for key, value in data.items()}).encode("utf-8", "replace"))
    except (TypeError, ValueError):
        raise InputError(top.source, "", "this holds values that JSON does not have", "texts, numbers, lists and mappings") from None
    except RecursionError:
        raise InputError(top.source, "", "this is nested too deeply", "conditions at most 8 deep") from None
    if size > MAX_BYTES:
        raise InputError(top.source, "", f"the policy has {size} bytes of canonical JSON", f"at most {MAX_BYTES}")
