# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Little programs that the tests run as tasks, and ready-made definitions."""

from __future__ import annotations

import shlex
from typing import Any

#: Answers every GET with its version and pid; exits at once on SIGTERM, as Python does.
SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = int(os.environ.get("ANSWER", "200")) if not os.path.exists("ill") else 500
        body = f"{os.environ.get('VERSION', '-')} {os.getpid()}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT0"])), Handler).serve_forever()
"""

#: Three processes in three sessions; each writes when it got SIGTERM, and ends.
FAMILY = """
import os, signal, time
for name in ("parent", "child", "grandchild"):
    if name == "grandchild" or os.fork():
        break
    os.setsid()
def ended(*_):
    with open(name, "w") as file:
        file.write(str(time.time()))
    os._exit(0)
signal.signal(signal.SIGTERM, ended)
open(name + ".up", "w").close()
while True:
    time.sleep(60)
"""

STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen('up', 'w').close()\ntime.sleep(600)"
HUNGRY = "import time\nblock = bytearray(200 * 1024 * 1024)\ntime.sleep(600)"
LATE = """
import os, socket, time
time.sleep(2)
listening = socket.create_server(("0.0.0.0", int(os.environ["PORT0"])))
while True:
    listening.accept()[0].close()
"""
BUSY = "while True: pass"


def python(program: str) -> str:
    return f"exec python3 -c {shlex.quote(program)}"


def server(app_id: str, **fields: Any) -> dict[str, Any]:
    """A web app with a health check that runs beside it."""
    check = {"protocol": "MESOS_HTTP", "path": "/", "delaySeconds": 0, "intervalSeconds": 1, "timeoutSeconds": 5, "gracePeriodSeconds": 30}
    return {"id": app_id, "cmd": python(SERVER), "cpus": 0.2, "mem": 48, "healthChecks": [check], **fields}


def sleeper(app_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": app_id, "cmd": "exec sleep 600", "cpus": 0.05, "mem": 32, **fields}
