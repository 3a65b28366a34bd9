# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a gray policy is, as frozen data, and the normal form in which it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

SourceKind = Literal["header", "cookie", "argument", "user_agent", "address"]


@dataclass(frozen=True)
class Source:
    """An attribute of a request. ``name`` is in lower case, for nginx finds all of them so; user_agent and address have none."""

    kind: SourceKind
    name: str = ""

    def body(self) -> Any:
        return {self.kind: self.name} if self.name else self.kind

    def compiled(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True)
class Device:
    """Models, each exact or with a trailing ``*``; the first source with a value gives the request's model."""

    models: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Address:
    """Networks in canonical CIDR form."""

    networks: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """Names in the operator's table of regions."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Percent:
    """``hundredths`` of a percent, 0 to 10000, of the values of the first source that has one."""

    hundredths: int
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Attribute:
    """A cookie or a header whose value is in the list (exact, or a prefix with a trailing ``*``); ``None``: any value."""

    source: Source
    values: tuple[str, ...] | None


@dataclass(frozen=True)
class All:
    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:
    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    of: Condition


Condition: TypeAlias = "Device | Address | Region | Percent | Attribute | All | Any_ | Not"


@dataclass(frozen=True)
class Rule:
    """``variant`` is a version, or ``stable``."""

    name: str
    variant: str
    when: Condition


@dataclass(frozen=True)
class UserAgent:
    """User agents that contain this text are this model."""

    contains: str
    model: str


@dataclass(frozen=True)
class Policy:
    """A policy as its owner means it. ``source`` is where it was read from, for messages; it is not part of its value."""

    name: str
    owner: str
    reason: str
    expires: str
    salt: str
    rules: tuple[Rule, ...]
    user_agents: tuple[UserAgent, ...]


def policy_body(policy: Policy) -> dict[str, Any]:
    """The normal form: plain JSON, which ``parse_policy`` reads back into an equal policy. Absent and empty keys are left out."""
    body: dict[str, Any] = {"policy": policy.name}
    for key, value in (("owner", policy.owner), ("reason", policy.reason), ("expires", policy.expires)):
        if value:
            body[key] = value
    if policy.salt != policy.name:
        body["salt"] = policy.salt
    if policy.user_agents:
        body["user_agents"] = [{"contains": entry.contains, "model": entry.model} for entry in policy.user_agents]
    body["rules"] = [
        {**({} if rule.name == f"rule-{number}" else {"name": rule.name}), "variant": rule.variant, "when": _condition(rule.when)}
        for number, rule in enumerate(policy.rules, 1)
    ]
    return body


def _condition(condition: Condition) -> dict[str, Any]:
    match condition:
        case Device(models, sources):
            return {"device": {"model": list(models), "from": [source.body() for source in sources]}}
        case Address(networks):
            return {"address": {"in": list(networks)}}
        case Region(names):
            return {"region": {"in": list(names)}}
        case Percent(hundredths, sources):
            share = hundredths // 100 if hundredths % 100 == 0 else hundredths / 100
            return {"percent": share, "by": [source.body() for source in sources]}
        case Attribute(source):
            test = {"exists": True} if condition.values is None else {"in": list(condition.values)}
            return {source.kind: {"name": source.name, **test}}
        case All(of):
            return {"all": [_condition(one) for one in of]}
        case Any_(of):
            return {"any": [_condition(one) for one in of]}
        case Not(of):
            return {"not": _condition(of)}
