# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Who wrote a text that becomes a variable: only the operator's own may be a template.

ansible-core 2.19 takes a text for a template if it is marked as trusted; 2.18 takes every text for one that is not marked as unsafe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18, or none
    trust_as_template = None
try:
    from ansible.utils.unsafe_proxy import wrap_var
except ImportError:  # no ansible-core
    wrap_var = None


def by_operator(value: Any) -> Any:
    """As Ansible's own loader would give it; else ansible-inventory shows it as something foreign."""
    return _each_text(value, _trusted)


def by_others(value: Any) -> Any:
    """What others said is never a template. Where it could not be one anyhow, it is shown as plain text."""
    return _each_text(value, lambda text: _unsafe(text) if "{" in text else _trusted(text))


def _each_text(value: Any, mark: Callable[[str], Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _each_text(item, mark) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, mark) for item in value]
    return mark(value) if isinstance(value, str) else value


def _trusted(text: str) -> Any:
    return text if trust_as_template is None else trust_as_template(text)


def _unsafe(text: str) -> Any:
    return text if wrap_var is None else wrap_var(text)
