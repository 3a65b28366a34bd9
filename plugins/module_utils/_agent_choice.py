# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Which agents somebody means: by id, host name, address, or by an attribute such as the rack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent


def find(agents: Sequence[Agent], name: str) -> tuple[Agent, ...]:
    """The agents of this id, host name (in any case) or address; several if one host runs several."""
    return tuple(agent for agent in agents if name == agent.id or name.lower() == agent.hostname.lower() or name == agent.address)


def choose(agents: Sequence[Agent], names: Sequence[str], attributes: Mapping[str, str] | None = None) -> tuple[Agent, ...]:
    """Those named, and those that have all of ``attributes``; in the order of their host names, each once.

    :raises InputError: a name, or the attributes, fit no registered agent.
    """
    found: dict[str, Agent] = {}
    for name in names:
        these = find(agents, name)
        if not these:
            raise InputError("agents", "", "no agent of this id, host name or address is registered", told(agents), name)
        found |= {agent.id: agent for agent in these}
    if attributes:
        these = tuple(agent for agent in agents if all(agent.values(key) == (value,) for key, value in attributes.items()))
        if not these:
            shown = ", ".join(f"{key}={value}" for key, value in attributes.items())
            raise InputError("attributes", "", "no registered agent has them", "attributes of one that is", shown)
        found |= {agent.id: agent for agent in these}
    return tuple(sorted(found.values(), key=lambda agent: (agent.hostname, agent.id)))


def told(agents: Sequence[Agent], limit: int = 8) -> str:
    """For messages: who is registered."""
    names = sorted({agent.hostname for agent in agents})
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"one of {', '.join(names[:limit])}{more}" if names else "that there are any: none is registered"
