# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a daemon that was killed left behind does not disturb the next one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from zeus_demo import dockerd

TABLE = """*nat
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.210.1.0/24 ! -o br-0123456789ab -j MASQUERADE
-A POSTROUTING -s 10.210.1.0/24 ! -o br-aaaaaaaaaaaa -j MASQUERADE
-A POSTROUTING -s 192.168.0.0/24 ! -o eth7 -j MASQUERADE
-A POSTROUTING -s 192.168.1.0/24 -j MASQUERADE
-A POSTROUTING -s 10.210.1.0/24 ! -o br-0123456789ab -m comment --comment "the operator's own" -j MASQUERADE
-A DOCKER -i br-0123456789ab -j RETURN
COMMIT
"""


def test_translation_is_removed_of_bridges_that_are_gone_and_of_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else a new network of the same subnet has all its packets between containers sent from the bridge's address."""
    (tmp_path / "br-aaaaaaaaaaaa").mkdir()
    deleted = []

    def capture(command: Sequence[str], *, check: bool = True) -> str:
        if list(command) == ["iptables-save", "-t", "nat"]:
            return TABLE
        deleted.append(" ".join(command))
        return ""

    monkeypatch.setattr(dockerd, "INTERFACES", tmp_path)
    monkeypatch.setattr(dockerd, "capture", capture)
    monkeypatch.setattr(dockerd.shutil, "which", lambda tool: f"/usr/sbin/{tool}")
    dockerd._forget_lost_bridges()
    assert deleted == ["iptables -t nat -D POSTROUTING -s 10.210.1.0/24 ! -o br-0123456789ab -j MASQUERADE"]
