# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody would write instead: get all apps, compare the fields that were given, say what differs, validate nothing."""

from __future__ import annotations

import json
import sys

import requests


def main(url: str, path: str) -> int:
    with open(path, encoding="utf-8") as file:
        wanted = json.load(file)["apps"]
    answer = requests.get(f"{url}/v2/apps", timeout=10)
    answer.raise_for_status()
    running = {app["id"]: app for app in answer.json()["apps"]}
    different = [app["id"] for app in wanted if any(running.get(app["id"], {}).get(key) != value for key, value in app.items())]
    print(json.dumps({"changed": bool(different), "different": different}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
