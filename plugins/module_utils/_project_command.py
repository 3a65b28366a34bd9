# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The command of a plain process, as Marathon runs it: two constant texts; whatever a user wrote travels in environment variables.

Nothing is pasted into shell code, so there is nothing to quote. ``$ZEUS_CMD`` is the user's command; ``$ZEUS_FILES_URL`` and
``$ZEUS_FILES_SHA256`` say where the packed files are and what they must be. Both run the same below the standalone engine and below
Mesos: with ``sh -c`` in the task's own folder.
"""

from __future__ import annotations

RUN = 'exec sh -c "$ZEUS_CMD"'

# curl's exit 22 (an HTTP error, such as a range beyond the end) and 33 (the server cannot resume) mean that what lies there is of no use;
# after every other failure the next try goes on where the last one ended. The files land in their own folder, so that none of them can
# replace what the executor keeps beside it (stdout, stderr).
FETCH_AND_RUN = r"""
zeus_ok() { printf '%s  zeus-files.tar.gz\n' "$ZEUS_FILES_SHA256" | sha256sum --check --status - 2>/dev/null; }
zeus_try=0
until zeus_ok; do
  zeus_try=$((zeus_try + 1))
  if [ "$zeus_try" -gt 10 ]; then
    echo "zeus: cannot fetch $ZEUS_FILES_URL with sha256 $ZEUS_FILES_SHA256: giving up after 10 tries" >&2
    exit 69
  fi
  if [ "$zeus_try" -gt 1 ]; then sleep 1; fi
  zeus_rc=0
  curl -fsS --connect-timeout 5 --speed-limit 1024 --speed-time 20 -C - -o zeus-files.tar.gz "$ZEUS_FILES_URL" || zeus_rc=$?
  case "$zeus_rc" in
    0) zeus_ok || { echo "zeus: what $ZEUS_FILES_URL sent is not $ZEUS_FILES_SHA256" >&2; rm -f zeus-files.tar.gz; } ;;
    22|33) rm -f zeus-files.tar.gz ;;
  esac
done
mkdir -p app && tar -xzf zeus-files.tar.gz -C app --no-same-owner && rm -f zeus-files.tar.gz && cd app || exit 70
unset zeus_try zeus_rc
exec sh -c "$ZEUS_CMD"
""".strip()
