# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m standins build …``, or one of the programs by its name: ``python -m standins mesos-master --zk=…``."""

from __future__ import annotations

import importlib
import os
import sys

#: Each program's module has a main(arguments, environ) that returns the exit code.
PROGRAMS = {"mesos-master": "master", "mesos-agent": "agent", "marathon": "marathon", "chronos": "chronos", "build": "build"}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        print(f"usage: python -m standins {{{','.join(PROGRAMS)}}} …", file=sys.stderr)
        return 2
    program = importlib.import_module(f".{PROGRAMS[sys.argv[1]]}", __package__)
    return int(program.main(sys.argv[2:], os.environ))


if __name__ == "__main__":
    sys.exit(main())
