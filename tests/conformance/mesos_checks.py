# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading operations of a Mesos master, against the recorded shapes; and calls that every master must refuse.

Nothing here can change a cluster. A master of the user's has other agents, frameworks, flags and operators than the recorded one. So only
what was there in every recording is asked for, and what depends on how a master is started or built may be missing; what is there besides
is fine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .checking import Checks, Differs, NotChecked, ensure, expect
from .cluster import Answer, Api
from .differences import Entry, load
from .recordings import PAYLOADS, SITUATIONS, Recording, Refusal, recordings, refusals
from .shape import Difference, differences, learn

#: Keys that a master has only with certain flags or builds.
CONDITIONAL = (
    *("/cluster", "/log_dir", "**/git_sha", "**/git_tag", "**/git_branch", "**/build_user", "**/offer_constraints", "**/attributes"),
    *("/registrar/**", "/allocator/**", "**/metrics/registrar/**", "**/metrics/allocator/**"),
)
#: Forms that any master has; ids and addresses are a cluster's own business.
_COMMON_FORMS = ("CONSTANT", "port ranges", "process id", "true or false")
#: Refusals that ask for nothing a master could do: broken requests, and agents that cannot exist.
_HARMLESS_PATHS = ("/api/v1", "/nosuch", "/state.json")
_CHANGING = ("UPDATE_", "SET_", "REMOVE_", "MAINTENANCE")


@dataclass
class Mesos:
    """A master under test. `version` is what it says of itself."""

    api: Api
    version: str = ""


def harmless(refusal: Refusal) -> bool:
    return refusal.path in _HARMLESS_PATHS and not any(word in (refusal.body or "") for word in _CHANGING)


def recorded() -> dict[str, list[Recording]]:
    """Every recorded request with its answers in all situations."""
    found: dict[str, list[Recording]] = {}
    for situation in SITUATIONS:
        for one in recordings(situation):
            found.setdefault(one.request, []).append(one)
    return found


def ask(api: Api, request: str) -> Answer:
    if request.startswith("GET /"):
        path = request.removeprefix("GET ")
        return api.request("GET", path, follow=path != "/redirect")
    return api.call(request, **PAYLOADS.get(request, {}))


def _reading(request: str, answers: list[Recording]) -> str:
    def run(mesos: Mesos) -> str:
        answer, first = ask(mesos.api, request), answers[0]
        if answer.status in (401, 403):
            raise NotChecked(f"the credentials are not enough: {answer.short()}")
        if answer.status == 404 and mesos.version and not mesos.version.startswith("1.11."):
            raise NotChecked(f"Mesos {mesos.version} does not have it")
        expect(answer.status, first.status, "status")
        if first.location is not None:
            ensure(answer.headers.get("Location", "").startswith("//"), f"Location {answer.headers.get('Location')!r} is not //host:port")
        if first.type != "application/json":
            return answer.short(40)
        expect(answer.type, first.type, "Content-Type")
        return _shape(request, answers, answer, mesos.version)

    CHECKS.of(request)(run)
    return request


def _shape(request: str, answers: list[Recording], answer: Answer, version: str) -> str:
    found = list(differences(learn(one.body for one in answers), answer.json()))
    more = [one for one in found if one.kind == "unknown"]
    wrong = [one for one in found if one.kind not in ("unknown", "empty", "filled") and not _may(request, one)]
    if wrong and version and not version.startswith("1.11."):
        raise NotChecked(f"Mesos {version} is not 1.11: {_some(wrong)}")
    if wrong:
        raise Differs(_some(wrong))
    return "the recorded keys and types" + (f"; besides: {', '.join(one.path for one in more[:3])}" if more else "")


def _may(request: str, difference: Difference) -> bool:
    """May a master differ so? By its own configuration, or for a reason that the written list has."""
    if difference.kind == "form":
        return not any(form in difference.recorded for form in _COMMON_FORMS)
    if difference.kind == "missing" and difference.recorded == "list" and not request.startswith("GET /"):
        return True  # protobuf's JSON leaves empty lists out
    return any(entry.covers(situation, request, difference) for entry in _entries() for situation in SITUATIONS)


@cache
def _entries() -> list[Entry]:
    return [*load(), Entry(("*",), ("**",), CONDITIONAL, "missing", "")]


def _some(found: list[Difference]) -> str:
    return "; ".join(str(one) for one in found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")


def _refusing(refusals_of_one: list[Refusal], operation: str) -> None:
    def run(mesos: Mesos) -> str:
        seen = []
        for one in refusals_of_one:
            answer = mesos.api.request(one.method, one.path, data=one.body, headers=one.headers)
            if answer.status in (401, 403):
                raise NotChecked(f"the credentials are not enough: {answer.short()}")
            expect((one.name, answer.status, answer.text), (one.name, one.status, one.answer), "refusal")
            seen.append(f"{one.name}: {answer.status}")
        return "; ".join(seen)

    CHECKS.of(operation)(run)


CHECKS = Checks()


@CHECKS.of("GET /version")
def _version(mesos: Mesos) -> str:
    answer = mesos.api.request("GET", "/version")
    expect(answer.status, 200, "status")
    mesos.version = str(answer.json()["version"])
    return f"Mesos {mesos.version}"


for _request, _answers in recorded().items():
    if _request != "GET /version":
        _reading(_request, _answers)
_refusing([one for one in refusals() if harmless(one)], "refused requests")
