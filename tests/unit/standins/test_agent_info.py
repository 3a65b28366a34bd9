# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an agent reads, checkpoints and refuses, each case as a real Mesos 1.11.0 was seen to do it (docs/mesos-traps.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from standins import agent_info


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("url:http://x:80", "url=http://x:80"),
        ("vcluster:web,rack:r1", "vcluster=web,rack:r1"),
        ("vcluster:web;vcluster:batch", "vcluster=web, vcluster=batch"),
        ("", ""),
        ("'vcluster:web'", "'vcluster=web'"),
        ("node.role/x-y_z:A.b-c_d/e", "node.role/x-y_z=A.b-c_d/e"),
        ("vcluster: web ; rack : r1", "vcluster=web,  rack =r1"),
        ("vcluster:web;", "vcluster=web"),
        ("vcluster:007", "vcluster=7"),
        ("n:007;f:1.5;r:[1-3,5-5];t:text;d:a;d:b", "n=7, f=1.5, r=[1-3, 5-5], t=text, d=a, d=b"),
    ],
)
def test_attributes_are_taken_as_mesos_takes_them(text: str, shown: str) -> None:
    """Trap 5."""
    assert ", ".join(f"{name}={value}" for name, _kind, value in agent_info.attributes(text)) == shown


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("vcluster", "attributes.cpp:168", "Invalid attribute key:value pair 'vcluster'"),
        ("vcluster:", "attributes.cpp:168", "Invalid attribute key:value pair 'vcluster:'"),
        ("ports:[1-", "attributes.cpp:131", "Failed to parse attribute ports text [1- error Mismatched brackets"),
        ('{"vcluster":"web"}', "attributes.cpp:131", 'Failed to parse attribute {"vcluster" text "web"} error Mismatched brackets'),
        ("a:b;set:{a,b}", "attributes.cpp:148", "Bad type for attribute set text {a,b} type 2"),
    ],
)
def test_attributes_on_which_mesos_aborts(text: str, where: str, message: str) -> None:
    """Trap 5."""
    with pytest.raises(agent_info.BadAttribute) as refused:
        agent_info.attributes(text)
    assert (refused.value.where, str(refused.value)) == (where, message)


def test_types_are_those_of_get_agents() -> None:
    shown = [agent_info.attribute_json(one) for one in agent_info.attributes("n:5;r:[1-3];t:x")]
    assert [one["type"] for one in shown] == ["SCALAR", "RANGES", "TEXT"]
    assert shown[1]["ranges"] == {"range": [{"begin": 1, "end": 3}]}


def test_resources() -> None:
    assert agent_info.resources("cpus:2;mem:256;disk:512;ports:[31000-31099]") == {
        "cpus": 2.0,
        "mem": 256.0,
        "disk": 512.0,
        "ports": [[31000, 31099]],
    }
    with pytest.raises(agent_info.BadResource, match="Bad type for resource cpus value x type TEXT"):
        agent_info.resources("cpus:x;mem")


def _info(attributes: str = "vcluster:web;rack:r1", cpus: float = 1.0, hostname: str = "h", port: int = 5051) -> dict[str, Any]:
    resources = {"cpus": cpus, "mem": 256.0, "disk": 512.0, "ports": [[31000, 32000]]}
    found = [list(one) for one in agent_info.attributes(attributes)]
    return {"hostname": hostname, "port": port, "attributes": found, "resources": resources}


@pytest.mark.parametrize(
    "changed",
    [_info("vcluster:batch;rack:r1"), _info("vcluster:web"), _info("vcluster:web;rack:r1;zone:z1"), _info(cpus=2.0), _info(port=5052)],
)
def test_equal_refuses_every_change(changed: dict[str, Any]) -> None:
    """Trap 1."""
    agent_info.check("equal", _info(), _info())
    with pytest.raises(agent_info.Incompatible, match=r"^Incompatible agent info detected"):
        agent_info.check("equal", _info(), changed)


def test_additive_takes_more_and_refuses_other() -> None:
    """Trap 2."""
    agent_info.check("additive", _info(), _info("vcluster:web;rack:r1;zone:z1", cpus=2.0))
    for changed, text in (
        (_info("vcluster:batch;rack:r1"), "Value of text attribute 'vcluster' changed from web to batch"),
        (_info("rack:r1"), "Couldn't find attribute vcluster=web"),
        (_info(hostname="other"), "Hostname changed from h to other"),
    ):
        with pytest.raises(agent_info.Incompatible, match=text):
            agent_info.check("additive", _info(), changed)


def test_the_checkpoint_keeps_what_was_written_first(tmp_path: Path) -> None:
    """Trap 3: an additive change is never written, so that its flag must stay on. Trap 4: what the log says to do, and a reboot."""
    checkpoint = agent_info.Checkpoint(tmp_path)
    assert checkpoint.load() is None
    checkpoint.save_boot()
    checkpoint.save("master-S0", _info())
    checkpoint.save("master-S0", _info("vcluster:web;rack:r1;zone:z1"))
    assert checkpoint.load() == ("master-S0", _info())
    assert not checkpoint.rebooted()
    (tmp_path / "meta" / "boot_id").write_text("another")
    assert checkpoint.rebooted()
    (tmp_path / "meta" / "slaves" / "latest").unlink()  # what the log of a refused agent says to do
    assert checkpoint.load() is None
