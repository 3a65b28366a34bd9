# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the load client in a container and reads what it counted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).with_name("client.py")
PLACE = "/opt/zeus-load.py"


@dataclass
class Load:
    """``streams`` is filled when the load has ended: by name, what the client counted."""

    streams: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        return sum(stream[kind]["sent"] for stream in self.streams.values() for kind in ("get", "post"))

    def failures(self, name: str, *kinds: str) -> int:
        """Failed requests of a stream; ``kinds`` are ``get`` and ``post``."""
        return sum(int(self.streams[name][kind]["failed"]) for kind in kinds)

    def story(self) -> str:
        """What to read when a test fails."""
        return json.dumps(self.streams, indent=1)

    def check_planned(self) -> None:
        """A client that did not send what was planned has measured nothing."""
        for name, stream in self.streams.items():
            sent = stream["get"]["sent"] + stream["post"]["sent"]
            assert sent >= 0.95 * stream["planned"], f"{name}: only {sent} of {stream['planned']} planned requests were sent"


@contextmanager
def running(container: str, streams: list[dict[str, Any]]) -> Iterator[Load]:
    """Load flows inside this context; the counts are there after it."""
    subprocess.run(["docker", "cp", "-q", str(CLIENT), f"{container}:{PLACE}"], check=True, capture_output=True)
    load = Load()
    process = subprocess.Popen(["docker", "exec", "-i", container, "python3", PLACE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(streams) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "started\n", "the load client did not start"
        yield load
    finally:
        process.stdin.close()
        said = process.stdout.read()
        code = process.wait()
    assert code == 0, f"the load client ended with {code}"
    load.streams.update({stream["name"]: stream for stream in json.loads(said)})
    load.check_planned()
