# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snippets from the policy store to a real nginx: with root's helper, tested on a copy, one reload, and a bad one harms its app only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import asset_key, assets_key
from integration.nginx.backend import Backend
from integration.nginx.running import RunningNginx, until
from integration.policystore.running import RunningStore

from .fake_marathon import FakeMarathon, app_of
from .running import AGENT, RunningAgent

LIVE = "/state/live"
# The helper as it is, but for the two folders and for the service manager, which a container without systemd does not have.
WRAPPER = f"""
import sys
sys.path.insert(0, '/opt/helper')
from pathlib import Path
import zeus_router_apply as helper
helper.LIVE, helper.STAGED = Path('{LIVE}'), Path('/state/snippets')
sys.exit(helper.main())
"""


class NginxWithHelper(RunningNginx):
    """May mount, for the helper tests in a private view of the file system."""

    def _docker(self, *arguments: str, check: bool = True) -> str:
        if arguments[0] == "run":
            more = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]
            more += ["-v", f"{AGENT}:/opt/helper:ro", "-e", "PYTHONDONTWRITEBYTECODE=1"]
            arguments = ("run", *more, *arguments[1:])
        return super()._docker(*arguments, check=check)

    def listen(self) -> None:
        (self.directory / "helper.py").write_text(WRAPPER)
        stand_in = "#!/bin/sh\n[ \"$1 $2\" = 'reload nginx.service' ] && exec nginx -s reload\nexit 1\n"
        (self.directory / "systemctl").write_text(stand_in)
        self.execute("install", "-m", "755", "/state/systemctl", "/usr/local/bin/systemctl")
        command = ["socat", "UNIX-LISTEN:/run/zeus-router/apply.sock,fork,mode=666", "EXEC:python3 /state/helper.py"]
        subprocess.run(["docker", "exec", "-d", self.name, *command], check=True)
        until((self.run_directory / "apply.sock").exists, what="the helper's socket")


@pytest.fixture(scope="module")
def nginx() -> Iterator[NginxWithHelper]:
    made = NginxWithHelper(__router_nginx_snippets=LIVE)
    (made.directory / "live").mkdir()
    with made as running:
        running.listen()
        yield running


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with RunningStore() as running:
        yield running


@pytest.fixture(scope="module")
def agent(marathon: FakeMarathon, nginx: NginxWithHelper, store: RunningStore) -> Iterator[RunningAgent]:
    with Backend("a") as a, Backend("b") as b:
        marathon.run(app_of("web", (a.host, a.port)))
        marathon.run(app_of("other", (b.host, b.port)))
        with RunningAgent(marathon.url, nginx=nginx, store=store.for_agent) as running:
            until(lambda: running.peers("web") and running.peers("other"), what="the apps")
            yield running


def give(store: RunningStore, text: str, name: str = "web") -> str:
    body = {"kind": "snippet", "text": text}
    digest = digest_of(body)
    store.writer().put_many({asset_key(digest): body, assets_key("test", "shop", name): {"snippet": digest}})
    return digest


def own(nginx: RunningNginx, name: str = "web") -> str | None:
    status, headers, _body = nginx.request(f"{name}.test")
    assert status == 200
    return headers.get("x-own")


def runs(agent: RunningAgent, digest: str | None, name: str = "web") -> bool:
    app = agent.plan()["apps"].get(f"/test/shop/{name}")
    return app is not None and bool(app["snippet"] == digest)


def told(agent: RunningAgent) -> list[Any]:
    return [one for one in agent.problems() if one["kind"] == "snippet"]


def test_a_snippet_counts_once_every_worker_has_it(agent: RunningAgent, store: RunningStore, nginx: NginxWithHelper) -> None:
    before = agent.get("/v1/status").json()["reloads"]["nginx"]
    digest = give(store, "add_header X-Own one always;\n")
    until(lambda: runs(agent, digest), what="the snippet in the running plan")
    assert [own(nginx) for _unused in range(20)] == ["one"] * 20
    assert own(nginx, "other") is None
    second = give(store, "add_header X-Own two always;\n")
    until(lambda: runs(agent, second), what="the second snippet")
    assert [own(nginx) for _unused in range(20)] == ["two"] * 20
    assert agent.get("/v1/status").json()["reloads"]["nginx"] == before + 2
    assert told(agent) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("root /etc;\n", "not allowed"),
        ("content_by_lua_block { ngx.say(1) }\n", "not allowed"),
        ("client_max_body_size 99999999999999999999999k;\n", "invalid value"),
    ],
)
def test_a_bad_snippet_keeps_the_one_before_and_holds_up_nobody(
    agent: RunningAgent, store: RunningStore, nginx: NginxWithHelper, text: str, why: str
) -> None:
    good = give(store, "add_header X-Own good always;\n")
    until(lambda: runs(agent, good), what="the good snippet")
    until(lambda: told(agent) == [], what="the end of the problem before")
    give(store, text)
    until(lambda: any(one["subject"] == "/test/shop/web" and why in one["message"] for one in told(agent)), what="the problem")
    assert runs(agent, good)
    assert own(nginx) == "good"
    neighbour = give(store, f"add_header X-Own {digest_of(text)[:8]} always;\n", "other")
    until(lambda: runs(agent, neighbour, "other"), what="another app's snippet")
    assert own(nginx, "other") == digest_of(text)[:8]
    nginx.execute("nginx", "-t")


def test_a_restart_of_agent_and_nginx_keeps_snippets_and_taking_one_back_needs_no_reload(
    agent: RunningAgent, store: RunningStore, nginx: NginxWithHelper
) -> None:
    digest = give(store, "add_header X-Own kept always;\n")
    until(lambda: runs(agent, digest), what="the snippet in the running plan")
    agent.restart("KILL")
    nginx.restart()
    assert own(nginx) == "kept"
    until(lambda: runs(agent, digest), what="the snippet in the running plan")
    reloads, pids = agent.get("/v1/status").json()["reloads"]["nginx"], nginx.worker_pids()
    store.writer().put(assets_key("test", "shop", "web"), {"snippet": None})
    until(lambda: runs(agent, None), what="the end of the snippet")
    assert own(nginx) is None
    assert (agent.get("/v1/status").json()["reloads"]["nginx"], nginx.worker_pids()) == (reloads, pids)
