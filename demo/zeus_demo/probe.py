# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs where the clients are: reads a JSON list of requests from standard input, prints a JSON list of answers.

A request: ``{"address": "host:port", "host": …, "path": …, "headers": {…}}``; an answer: ``{"status": n, "body": JSON or text}``. One
connection per address, used again for as long as the server allows. Only the standard library, since it is copied there as one file.
"""

from __future__ import annotations

import http.client
import json
import sys
from typing import Any


def ask(connections: dict[str, http.client.HTTPConnection], request: dict[str, Any]) -> dict[str, Any]:
    address = request["address"]
    if address not in connections:
        connections[address] = http.client.HTTPConnection(address, timeout=10)
    connection = connections[address]
    connection.request("GET", request["path"], headers={"Host": request["host"], **request.get("headers", {})})
    answer = connection.getresponse()
    text = answer.read().decode()
    try:
        return {"status": answer.status, "body": json.loads(text)}
    except ValueError:
        return {"status": answer.status, "body": text}


if __name__ == "__main__":
    opened: dict[str, http.client.HTTPConnection] = {}
    print(json.dumps([ask(opened, request) for request in json.load(sys.stdin)]))
