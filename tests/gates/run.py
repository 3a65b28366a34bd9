# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs gates side by side, one per core of the machine; the output of each one is kept whole."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gates.catalogue import Command, Gate


@dataclass(frozen=True)
class Outcome:
    gate: Gate
    passed: bool
    seconds: float
    log: Path


def run_all(gates: Sequence[Gate], logs: Path, tell: Callable[[Outcome], None], at_once: int | None = None) -> list[Outcome]:
    """Every gate once; ``tell`` hears of each one when it has ended. A gate whose need did not pass does not run, and has not passed."""
    logs.mkdir(parents=True, exist_ok=True)
    waiting, outcomes = list(gates), dict[str, Outcome]()
    ready = threading.Condition()
    chosen = {gate.name for gate in gates}

    def ended(outcome: Outcome) -> None:
        with ready:
            outcomes[outcome.gate.name] = outcome
            tell(outcome)
            ready.notify_all()

    def next_gate() -> Gate | None:
        with ready:
            while waiting:
                for gate in waiting:
                    if gate.needs not in chosen or gate.needs in outcomes:
                        waiting.remove(gate)
                        return gate
                ready.wait()
        return None

    def work() -> None:
        while (gate := next_gate()) is not None:
            ended(run(gate, logs, needed=outcomes.get(gate.needs)))

    workers = [threading.Thread(target=work) for _number in range(at_once or os.cpu_count() or 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return list(outcomes.values())


def run(gate: Gate, logs: Path, needed: Outcome | None = None) -> Outcome:
    """The gate's commands until one fails, with their output in a log of the gate's name."""
    log, begin = logs / f"{gate.name}.log", time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        if needed is not None and not needed.passed:
            output.write(f"not run: {needed.gate.name} did not pass\n")
            passed = False
        else:
            passed = all(succeeds(command, output.fileno()) for command in gate.commands)
    return Outcome(gate, passed, time.monotonic() - begin, log)


def succeeds(command: Command, output: int) -> bool:
    environment = {**os.environ, **{name: value for name, value in command.environment.items() if value is not None}}
    for name, value in command.environment.items():
        if value is None:
            environment.pop(name, None)
    try:
        os.write(output, f"$ {' '.join(command.arguments)}\n".encode())
        return not subprocess.run(
            command.arguments, cwd=command.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode
    except OSError as error:
        os.write(output, f"{error}\n".encode())
        return False
