# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See cleanup_images.yml and cleanup_versions.yml."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils import _cleanup


def cleanup_images(inspected: Any, used: Any, definitions: Any, days: Any) -> list[dict[str, Any]]:
    """Images that may go. Raises AnsibleFilterError for what Docker did not say."""
    try:
        images = json.loads(inspected) if isinstance(inspected, str) else inspected
        needed = _cleanup.images_of(json.loads(json.dumps(definitions, default=str)))
        return _cleanup.images_to_go(images, set(used), needed, time.time(), float(days))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"what Docker says of its images cannot be read: {error}"
        raise AnsibleFilterError(f"{problem}; expected the answer of docker image inspect") from error


def cleanup_versions(found: Mapping[str, Any], current: Collection[str], running: Collection[str], keep: Any) -> list[str]:
    """Folders of programs that may go. Raises AnsibleFilterError for a number that is none."""
    try:
        count = int(keep)
    except (TypeError, ValueError):
        count = -1
    if count < 0:
        raise AnsibleFilterError(f"cleanup_versions is {keep!r}; expected how many versions stay beside the present one, 0 or more")
    times = {str(path): float(changed) for path, changed in found.items()}
    return _cleanup.versions_to_go(times, [str(path) for path in current], [str(path) for path in running], count)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cleanup_images": cleanup_images, "cleanup_versions": cleanup_versions}
