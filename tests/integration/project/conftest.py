# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine and an artifact store for all tests of this folder, and the module as Ansible runs it."""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from integration.engine.running import RunningEngine
from integration.project.store import RunningStore, run

WEB = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.environ['ZEUS_VERSION']} {open('text').read()} {os.environ['A']}".encode())
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT0"])), Handler).serve_forever()
"""
PROJECT: dict[str, Any] = {
    "project": "shop",
    "environments": {"production": {}},
    "apps": {
        "web": {
            "type": "web", "vcluster": "web", "version": "1.0", "files": "web", "cmd": "exec python3 web.py", "instances": 2,
            "env": {"A": "it's \"$HOME\" `id` \\ %s"}, "resources": {"cpus": 0.1, "mem": 64}, "hosts": ["shop.example.com"],
            "health": {"path": "/", "interval": 1, "timeout": 1}, "grace_period": 1,
        },
        "mailer": {
            "type": "worker", "vcluster": "batch", "version": "1.0", "cmd": "exec sleep 10000", "resources": {"cpus": 0.1, "mem": 32},
        },
    },
}  # fmt: skip
CATALOGUE = {"web": {"router": "both"}, "batch": {"router": "none"}, "tv": {"router": "both", "owners": ["tv-home"]}}


@pytest.fixture(scope="session")
def engine() -> Iterator[RunningEngine]:
    with RunningEngine(user="zeus", password="engine-password-0") as running:
        yield running


@pytest.fixture(scope="session")
def store() -> Iterator[RunningStore]:
    with RunningStore() as running:
        yield running


@dataclass
class Result:
    """What Ansible said: the module's result, the exit code, what was printed, and of that what comes before the result: the diff."""

    data: dict[str, Any]
    code: int
    printed: str
    diff: str

    @property
    def changed(self) -> bool:
        return bool(self.data["changed"])

    @property
    def message(self) -> str:
        return str(self.data["msg"])

    def actions(self) -> dict[str, str]:
        """What was done with each app; a mere change of the number of instances is called scale."""
        changes = {change["id"]: change for change in self.data["changes"]}
        found = dict.fromkeys((app["id"] for app in self.data["apps"]), "none")
        for id_, change in changes.items():
            if id_.startswith("/"):
                found[id_] = "scale" if change["fields"] == ["instances"] else change["action"]
        return {id_.split("/")[3]: action for id_, action in found.items()}


class Shop:
    """The project in a folder of its own, with an empty Marathon below it."""

    def __init__(self, folder: Path, engine: RunningEngine, store: RunningStore) -> None:
        self.folder, self.engine, self.store = folder, engine, store
        self.data = copy.deepcopy(PROJECT)
        (folder / "web").mkdir()
        self.write("web/web.py", WEB)
        self.write("web/text", "hello")

    @property
    def web(self) -> dict[str, Any]:
        return dict.__getitem__(self.data["apps"], "web")  # type: ignore[no-any-return]

    def write(self, name: str, content: str) -> None:
        (self.folder / name).write_text(content)

    def run(self, *options: str, **parameters: Any) -> Result:
        """``ansible -m zeus.paas.project`` with this folder's project."""
        self.write("shop.yml", yaml.safe_dump(self.data, sort_keys=False))
        arguments = {
            "src": str(self.folder / "shop.yml"), "environment_name": "production", "datacenter": "bj01", "vclusters": CATALOGUE,
            "marathon_urls": [self.engine.url], "marathon_user": "zeus", "marathon_password": "engine-password-0",
            "artifact_url": self.store.url, "artifact_token": self.store.token, "wait_timeout": 60, **parameters,
        }  # fmt: skip
        arguments = {key: value for key, value in arguments.items() if value is not None}
        done = run(
            [sys.executable, "-m", "ansible", "adhoc", "localhost", "-c", "local", "-m", "zeus.paas.project", "-a", json.dumps(arguments),
             "-e", f"ansible_python_interpreter={sys.executable}", *options],
            env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
                 "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        )  # fmt: skip
        diff, _unused, rest = done.stdout.partition("=> {")
        assert rest, done.stdout + done.stderr
        data, _end = json.JSONDecoder().raw_decode("{" + rest)
        return Result(data, done.returncode, done.stdout + done.stderr, diff)

    def answers(self) -> set[str]:
        """What the running instances of web say."""
        tasks = self.engine.tasks("/production/shop/web/stable")
        return {requests.get(f"http://{self.engine.address}:{task['ports'][0]}/", timeout=5).text for task in tasks}

    def task_ids(self) -> set[str]:
        return {task["id"] for task in self.engine.call("GET", "/v2/tasks")["tasks"]}


@pytest.fixture
def shop(tmp_path: Path, engine: RunningEngine, store: RunningStore) -> Iterator[Shop]:
    yield Shop(tmp_path, engine, store)
    for app in engine.call("GET", "/v2/apps")["apps"]:
        engine.call("DELETE", f"/v2/apps{app['id']}", force="true")
    engine.wait_deployed()
    store.forget()
