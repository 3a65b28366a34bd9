# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings of Docker need a restart."""

from __future__ import annotations

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._docker_settings import SettingsChange, settings_change
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError


@pytest.mark.parametrize(
    ("before", "wanted", "expected"),
    [
        ("", {}, SettingsChange((), ())),
        ('{"log-driver": "json-file"}', {"log-driver": "json-file"}, SettingsChange((), ())),
        ("", {"log-driver": "json-file", "live-restore": True}, SettingsChange(("live-restore",), ("log-driver",))),
        ('{"registry-mirrors": ["https://a"]}', {"registry-mirrors": ["https://b"]}, SettingsChange(("registry-mirrors",), ())),
        # What is taken away is a change, too.
        ('{"data-root": "/srv"}', {}, SettingsChange((), ("data-root",))),
    ],
)
def test_what_a_change_asks_for(before: str, wanted: dict[str, object], expected: SettingsChange) -> None:
    assert settings_change(before, wanted) == expected


@pytest.mark.parametrize(("before", "said"), [("{", "this is no JSON"), ("[]", "this is no mapping")])
def test_a_file_that_cannot_be_read_is_refused(before: str, said: str) -> None:
    with pytest.raises(InputError, match=f"/etc/docker/daemon.json: {said}"):
        settings_change(before, {})
