# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is: asked of an operation, it says what it saw, or raises why that is wrong or could not be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cluster import AwayError

AS_EXPECTED, DIFFERS, NOT_CHECKED = "as expected", "differs", "not checked"


class Differs(Exception):
    """The answer is not what it should be; the text says what was seen."""


class NotChecked(Exception):
    """It was not possible to look; the text says why."""


@dataclass(frozen=True)
class Outcome:
    """One operation's verdict. `seen` is empty if it was not checked, `why` if all was as expected."""

    operation: str
    verdict: str
    seen: str = ""
    why: str = ""


@dataclass(frozen=True)
class Check:
    operation: str
    run: Callable[[Any], str]

    def outcome(self, subject: Any) -> Outcome:
        try:
            return Outcome(self.operation, AS_EXPECTED, seen=self.run(subject))
        except Differs as error:
            return Outcome(self.operation, DIFFERS, seen=str(error))
        except NotChecked as error:
            return Outcome(self.operation, NOT_CHECKED, why=str(error))
        except AwayError as error:
            return Outcome(self.operation, NOT_CHECKED, why=str(error))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            return Outcome(self.operation, DIFFERS, seen=f"an answer that cannot be read: {type(error).__name__}: {error}")


class Checks(list[Check]):
    """Checks in the order in which they are run; later ones may build on what earlier ones made."""

    def of(self, operation: str) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
        def register(run: Callable[[Any], str]) -> Callable[[Any], str]:
            self.append(Check(operation, run))
            return run

        return register


def expect(found: object, wanted: object, what: str) -> None:
    """Raises Differs if they are not equal."""
    if found != wanted:
        raise Differs(f"{what}: {found!r}, not {wanted!r}")


def ensure(condition: object, what: str) -> None:
    """Raises Differs with this text if the condition does not hold."""
    if not condition:
        raise Differs(what)
