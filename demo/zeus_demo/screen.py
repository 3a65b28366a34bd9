# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line per stage; colour only on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stage:
    """What a running stage may say about itself: the last word stands at the end of its line."""

    def __init__(self) -> None:
        self.word = ""

    def says(self, word: str) -> None:
        self.word = word


class Screen:
    """Writes plain lines. With ``verbose`` other output flows between them, so a stage's title then gets its own line."""

    def __init__(self, verbose: bool = False) -> None:
        self.verbose = verbose
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, text: str = "") -> None:
        print(text, flush=True)

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """A line ``title … word (seconds)``."""
        stage, begin = Stage(), time.monotonic()
        print(f"{title:<58}", end="\n" if self.verbose else " ", flush=True)
        try:
            yield stage
        except BaseException:
            print(self.paint("failed", "31"), flush=True)
            raise
        seconds = time.monotonic() - begin
        print(f"{self.paint('ok', '32')} {seconds:6.1f} s  {stage.word}".rstrip(), flush=True)

    def table(self, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Columns as wide as their widest cell."""
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        for number, row in enumerate([head, *rows]):
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            self.line("  " + (self.paint(text, "1") if number == 0 else text))
