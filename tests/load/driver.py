# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the load client in a container, says what was done meanwhile, and reads what the client counted."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).with_name("client.py")
PLACE = "/opt/zeus-load.py"
#: A client that did not send this share of what was planned has measured nothing.
SENT_OF_PLANNED = 0.95


@dataclass
class Load:
    """``rate``: requests per second of all streams. ``streams``: by name, what was counted (`client.Counts`), after the end."""

    rate: float
    streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    _begin: float = field(default_factory=time.monotonic)
    _actions: list[tuple[float, str]] = field(default_factory=list)

    @contextmanager
    def during(self, action: str) -> Iterator[None]:
        """Name what is being done, so that a failure can be told together with what happened at its time."""
        self._actions.append((time.time(), action))
        try:
            yield
        finally:
            self._actions.append((time.time(), f"after: {action}"))

    def last_for(self, requests: int) -> None:
        """Go on until so many requests were planned, and as many more as a client may leave out."""
        left = requests / SENT_OF_PLANNED / self.rate - (time.monotonic() - self._begin)
        time.sleep(max(0.0, left))

    @property
    def sent(self) -> int:
        return sum(self.sent_by(name) for name in self.streams)

    def sent_by(self, name: str) -> int:
        return sum(int(self.streams[name][kind]["sent"]) for kind in ("get", "post"))

    def failed(self, name: str, *kinds: str) -> int:
        """Failed requests of a stream; ``kinds`` are ``get`` and ``post``."""
        return sum(int(self.streams[name][kind]["failed"]) for kind in kinds)

    def versions(self, name: str) -> set[str]:
        """``"<app> <variant> <version>"`` of all that answered."""
        return set(self.streams[name]["answers"])

    def story(self) -> str:
        """For the reader of a failed test: the counts, and the failures beside what was being done."""
        lines = []
        for name, counts in self.streams.items():
            lines.append(
                f"{name}: planned {counts['planned']}, dropped {counts['dropped']}, get {counts['get']}, post {counts['post']}, "
                f"reasons {counts['reasons']}, ms {counts['milliseconds']}"
            )
            for failure in counts["failures"]:
                doing = next((action for at, action in reversed(self._actions) if at <= failure["at"]), "before the first action")
                begun = next((at for at, _unused in reversed(self._actions) if at <= failure["at"]), failure["at"])
                lines.append(
                    f"  {failure['request']}: {failure['reason']} after {failure['milliseconds']} ms; "
                    f"sent {failure['at'] - begun:.3f} s into {doing!r} ({failure['at']:.3f})"
                )
        return "\n".join(lines)

    def check_planned(self) -> None:
        for name, counts in self.streams.items():
            sent = self.sent_by(name)
            assert sent >= SENT_OF_PLANNED * counts["planned"], (
                f"{name}: only {sent} of {counts['planned']} requests were sent\n{self.story()}"
            )


@contextmanager
def running(container: str, streams: list[dict[str, Any]]) -> Iterator[Load]:
    """Load flows inside this context; the counts are there after it. It ends with this process: the client stops with its input."""
    subprocess.run(["docker", "cp", "-q", str(CLIENT), f"{container}:{PLACE}"], check=True, capture_output=True)
    load = Load(sum(float(stream["rate"]) for stream in streams))
    process = subprocess.Popen(
        ["docker", "exec", "-i", container, "python3", PLACE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(streams) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "started\n", "the load client did not start"
        yield load
        assert process.poll() is None, "the load client ended before it was told to"
    finally:
        process.stdin.close()
        said = process.stdout.read()
        code = process.wait()
    assert code == 0, f"the load client ended with {code}"
    load.streams.update({counts["name"]: counts for counts in json.loads(said)})
    load.check_planned()
