# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m conformance --mesos URL --marathon URL``: is a cluster what docs/conformance.md says of Mesos and Marathon?

Exit code 0: nothing differs. 1: something does. 2: it was not started, and why. 130: broken off (and cleaned up).
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import report
from .checking import DIFFERS, Outcome
from .cluster import PATIENCE, Api, AwayError
from .marathon_checks import Marathon
from .mesos_checks import Mesos
from .suite import Suite

_MARKS = {"as expected": "ok", "differs": "DIFFERS", "not checked": "-"}


class UsageError(Exception):
    """Says what was given, and what would be right."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        suite, known = _suite(options, os.environ)
    except UsageError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except AwayError as error:
        print(f"conformance: {error}; nothing was done", file=sys.stderr)
        return 2
    code = _run(suite)
    about = {
        "When": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Mesos": options.mesos or "not named",
        "Marathon": options.marathon or "not named",
        "Group of the run": suite.marathon.group if suite.marathon else "none: only reading operations of Mesos",
    }
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(report.write(suite, about=about, secrets=known), encoding="utf-8")
    print(f"{report.summary(suite)}\nreport: {options.report}")
    return code


def _run(suite: Suite) -> int:
    """Exit code. SIGTERM and a terminal that goes away count as Ctrl-C; all are held off while cleaning up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Who started us in the background or under nohup had it ignored on purpose; SIGTERM nobody does.
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        suite.check(_tell)
    except KeyboardInterrupt:
        print("broken off; what was made has been removed", file=sys.stderr)
        return 130
    except AwayError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 1
    return 1 if any(one.verdict == DIFFERS for one in suite.outcomes.values()) else 0


def _tell(outcome: Outcome) -> None:
    print(f"  {_MARKS[outcome.verdict]:8} {outcome.operation}: {outcome.seen or outcome.why}"[:160], flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make conformance", description="Compare a cluster with docs/conformance.md; harmless to it.")
    parser.add_argument("--mesos", default="", help="URL of a Mesos master")
    parser.add_argument("--marathon", default="", help="URL of a Marathon")
    parser.add_argument("--report", type=Path, default=Path("conformance-report.md"), help="where to write the report")
    parser.add_argument("--prefix", default="", help="name of the group that the run's apps go into; a random one if not given")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for a cluster to come back, or to answer at all")
    parser.add_argument("--placing", type=float, default=180.0, help="seconds that a small task may take to run")
    return parser.parse_args(arguments)


def _suite(options: argparse.Namespace, environment: Mapping[str, str]) -> tuple[Suite, list[str]]:
    """The suite, and the texts that must not be in the report."""
    if not options.mesos and not options.marathon:
        raise UsageError("nothing to check; expected make conformance MESOS=http://master:5050 MARATHON=http://marathon:8080")
    if not options.mesos:
        raise UsageError("MESOS is missing; expected both URLs, or MESOS alone for the reading half")
    for name in ("mesos", "marathon"):
        _check_url(name.upper(), getattr(options, name))
    if options.prefix and not re.fullmatch(r"zeus-conformance-[a-z0-9]+", options.prefix):
        raise UsageError(
            f"prefix {options.prefix!r}: expected zeus-conformance-<small letters and digits>, so that nothing else can be meant"
        )
    credentials = {name: _credentials(environment, name) for name in ("MESOS", "MARATHON")}
    mesos = Api(options.mesos, credentials["MESOS"], patience=options.patience)
    mesos.request("GET", "/health")  # raises AwayError if nobody is there
    suite = Suite(mesos=Mesos(mesos))
    if options.marathon:
        prefix = options.prefix or f"zeus-conformance-{secrets.token_hex(4)}"
        marathon = Api(options.marathon, credentials["MARATHON"], patience=options.patience)
        suite.marathon = Marathon(marathon, prefix, placing=options.placing)
        if suite.marathon.taken():
            raise UsageError(f"{suite.marathon.group} exists on {options.marathon} already; expected a name that is free")
        suite.run = _modules(options.marathon, credentials["MARATHON"])
        suite.mesos_options = _connection("mesos", options.mesos, credentials["MESOS"])
    return suite, [found[1] for found in credentials.values() if found]


def _modules(url: str, credentials: tuple[str, str] | None) -> Any:
    """How to run our modules: in this process, as the integration tests do."""
    from integration.marathon.running import call

    connection = _connection("marathon", url, credentials)

    def run(module: str, options: Mapping[str, Any], *, check: bool = False) -> dict[str, Any]:
        return call(module, {**connection, **options}, check=check)

    return run


def _connection(api: str, url: str, credentials: tuple[str, str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {f"{api}_urls": [url]}
    if credentials:
        found |= {f"{api}_user": credentials[0], f"{api}_password": credentials[1]}
    return found


def _credentials(environment: Mapping[str, str], api: str) -> tuple[str, str] | None:
    """From MESOS_CREDENTIALS or MARATHON_CREDENTIALS, else from CREDENTIALS: ``user:password``."""
    name = f"{api}_CREDENTIALS" if environment.get(f"{api}_CREDENTIALS") else "CREDENTIALS"
    found = environment.get(name, "")
    if not found:
        return None
    user, colon, password = found.partition(":")
    if not user or not colon or not password:
        raise UsageError(f"{name}: expected user:password")
    return user, password


def _check_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{name}: the URL has credentials in it; expected them in the environment (CREDENTIALS=user:password)")
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise UsageError(f"{name}={url}: expected a URL such as http://host:port")


if __name__ == "__main__":
    sys.exit(main())
