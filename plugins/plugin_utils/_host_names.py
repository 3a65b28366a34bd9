# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Names of hosts by Ansible's own rules."""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.plugins.inventory import detect_range, expand_hostname_range


def expanded(text: str) -> list[str]:
    """All names that a range such as ``web-[01:40]`` stands for; of a plain name, it alone. Raises ValueError with what is wrong."""
    try:
        return list(expand_hostname_range(text)) if detect_range(text) else [text]
    except AnsibleError as error:
        raise ValueError(str(error)) from error
