# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine says of itself, asked of this one."""

from __future__ import annotations

import os
import socket

from ansible_collections.zeus.paas.plugins.module_utils import _machine


def test_a_listening_socket_is_found_with_its_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (found,) = [entry for entry in _machine.listening() if entry["port"] == port]
        assert found["address"] == "127.0.0.1"
        assert found["program"]
    assert port not in [entry["port"] for entry in _machine.listening()]


def test_ipv6_addresses_are_read_as_the_kernel_writes_them() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        (found,) = [entry for entry in _machine.listening() if entry["port"] == server.getsockname()[1]]
        assert found["address"] == "::1"


def test_open_refused_and_unknown_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as gone:
        open_target, closed = (f"127.0.0.1:{each.getsockname()[1]}" for each in (server, gone))
        gone.close()
        found = _machine.reach([open_target, closed, "no-such-host.invalid:80"], 30)
    assert found == {open_target: "open", closed: "refused", "no-such-host.invalid:80": "the name is unknown"}
    assert _machine.reach([], 3) == {}


def test_silence_is_told_within_the_timeout() -> None:
    """A listener whose queue is full answers no further connection."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        target = f"127.0.0.1:{server.getsockname()[1]}"
        waiting = [socket.socket() for _number in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        assert _machine.reach([target], 0.5) == {target: "no answer within 0.5 s"}
        for client in waiting:
            client.close()


def test_names_are_resolved() -> None:
    found = _machine.resolve(["localhost", "no-such-host.invalid"])
    assert "127.0.0.1" in found["localhost"]
    assert found["no-such-host.invalid"] == []


def test_the_machine_is_described() -> None:
    found = _machine.describe()
    assert found["uid"] == os.geteuid()
    assert found["memory_mib"] > 100
    assert found["free_mib"]["/"] >= 0
    assert set(found["cgroups"]) == {"version", "controllers", "writable"}
    assert found["system"]["id"]
