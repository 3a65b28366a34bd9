# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python keeps what it has compiled for files, but not for zip archives. On hosts of the test bed it does so for them as well.

Ansible sends each module as an archive with its libraries, and every task on every host compiles them anew: a third of what a task costs on
a host. Real hosts have processors of their own; all those of a test bed share the controller's two. What is kept is named after a hash of
the source, as Python's own hash-based files are, so another source is never taken for it.
"""

from __future__ import annotations

import _imp
import marshal
import os
import zipimport
from importlib._bootstrap_external import MAGIC_NUMBER  # importlib.util would cost every start of Python 3 ms

FOLDER = "/run/testbed-zip-bytecode"  # gone with the host, and nobody takes it for something that a role has written
_compile_source = zipimport._compile_source


def compile_source(path, source):
    """As zipimport's own, of which nothing is documented: `source` are the bytes of a file in an archive."""
    kept = f"{FOLDER}/{_imp.source_hash(int.from_bytes(MAGIC_NUMBER, 'little'), source).hex()}"
    try:
        with open(kept, "rb") as file:
            return marshal.load(file)
    except (OSError, EOFError, ValueError, TypeError):
        pass  # not kept yet, or not whole
    code = _compile_source(path, source)
    fresh = f"{kept}.{os.getpid()}"
    try:
        os.makedirs(FOLDER, exist_ok=True)
        with open(fresh, "wb") as file:
            marshal.dump(code, file)
        os.replace(fresh, kept)
    except OSError:
        pass  # not root's process, or a file system that is full or read-only, as tests have them
    return code


zipimport._compile_source = compile_source
