# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball that users get: what is in it, and that it works installed, with only ``meta plugins roles playbooks`` left of it.

Collections may rely on these four folders alone; some tools strip the rest.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.engine.running import RunningEngine, agent, docker
from unit.repo import tree

KEPT = ("meta", "plugins", "roles", "playbooks")
NOT_SHIPPED = (".ci/", ".gitignore")
PLUGIN_TYPES = {"module": "modules", "lookup": "lookup", "filter": "filter", "inventory": "inventory", "callback": "callback"}


def ansible(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ansible", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", **environment},
    )


def only_from(root: Path) -> dict[str, str]:
    """An environment in which only the collections of this folder can be found."""
    return {"ANSIBLE_COLLECTIONS_PATH": str(root), "PYTHONPATH": "", "ANSIBLE_CONFIG": str(root / "none.cfg")}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    done = ansible("galaxy", "collection", "build", str(tree.ROOT), "--output-path", str(folder))
    assert done.returncode == 0, done.stderr
    return next(folder.glob("zeus-paas-*.tar.gz"))


@pytest.fixture(scope="module")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``ANSIBLE_COLLECTIONS_PATH`` with nothing but the stripped collection; our checkout is not on it."""
    root = tmp_path_factory.mktemp("installed")
    # A collection that is found elsewhere would make this "nothing to do".
    done = ansible("galaxy", "collection", "install", str(tarball), "--offline", "-p", str(root), **only_from(root))
    assert done.returncode == 0, done.stderr
    for path in (root / "ansible_collections" / "zeus" / "paas").iterdir():
        if path.name not in KEPT and path.is_dir():
            shutil.rmtree(path)
        elif path.name not in (*KEPT, "MANIFEST.json", "FILES.json"):
            path.unlink()
    return root


@pytest.fixture(scope="module")
def alone(installed: Path) -> Mapping[str, str]:
    return only_from(installed)


def test_the_tarball_holds_what_git_holds_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        shipped = {member.name for member in archive.getmembers() if member.isfile()} - {"MANIFEST.json", "FILES.json"}
    tracked = {tree.relative(path) for path in tree.files()} - {"galaxy.yml"}
    assert shipped == {name for name in tracked if not name.startswith(NOT_SHIPPED)}


def test_every_plugin_is_documented(installed: Path, alone: Mapping[str, str]) -> None:
    plugins = installed / "ansible_collections" / "zeus" / "paas" / "plugins"
    for kind, folder in PLUGIN_TYPES.items():
        names = sorted({f"zeus.paas.{path.stem}" for path in (plugins / folder).glob("[a-z]*.*") if path.suffix in (".py", ".yml")})
        done = ansible("doc", "--json", "-t", kind, *names, **alone)
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        assert sorted(shown) == names
        assert all(entry["doc"]["short_description"] for entry in shown.values())


def test_every_playbook_can_be_called_by_its_name(installed: Path, alone: Mapping[str, str]) -> None:
    playbooks = installed / "ansible_collections" / "zeus" / "paas" / "playbooks"
    names = sorted(path.stem for path in playbooks.glob("*.yml"))
    assert names
    for name in names:
        done = ansible(
            "playbook", "--syntax-check", "-i", str(tree.ROOT / "inventories" / "example" / "bj01"), f"zeus.paas.{name}", **alone
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"


def test_modules_and_lookups_work(alone: Mapping[str, str], tmp_path: Path) -> None:
    app = {"id": "/t/p/a/stable", "definition": {"cmd": "exec sleep 1000", "cpus": 0.01, "mem": 32}, "vcluster": "web"}
    with RunningEngine([agent("web-1.bj01", "web", 31000)]) as engine:
        play = {
            "name": "The installed collection alone",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable, "zeus_marathon_urls": [engine.url]},
            "module_defaults": {"group/zeus.paas.marathon": {"marathon_urls": [engine.url]}},
            "tasks": [
                {"name": "The app runs", "zeus.paas.marathon_app": app},
                {
                    "name": "It serves",
                    "ansible.builtin.assert": {"that": "query('zeus.paas.app_endpoints', '/t/p/a/stable') | length == 1"},
                },
            ],
        }
        path = tmp_path / "play.yml"
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        done = ansible("playbook", "-i", "localhost,", str(path), **alone)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(engine.tasks("/t/p/a/stable")) == 1


def test_a_teams_repository_is_written_from_it_alone(alone: Mapping[str, str], tmp_path: Path) -> None:
    team = tmp_path / "team"
    done = ansible("playbook", "zeus.paas.init", "-e", f"dest={team}", **alone)
    assert done.returncode == 0, done.stdout
    version = yaml.safe_load((tree.ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert yaml.safe_load((team / "requirements.yml").read_text(encoding="utf-8")) == {
        "collections": [{"name": "zeus.paas", "version": version}]
    }
    listed = ansible("inventory", "-i", f"{team}/inventories/paas/dc1", "--list", **{**alone, "ANSIBLE_CONFIG": f"{team}/ansible.cfg"})
    assert json.loads(listed.stdout)["routers"]["hosts"] == ["dc1-web-router-1"]


def test_the_router_agent_is_complete(installed: Path, alone: Mapping[str, str], tmp_path: Path) -> None:
    """What the role would lay down runs by itself: the program, and the libraries that it needs."""
    role = installed / "ansible_collections" / "zeus" / "paas" / "roles" / "router_agent" / "files"
    sources = {"zeus_router_agent": str(role / "zeus_router_agent")}
    task = {"name": "It", "zeus.paas.program_files": {"dest": str(tmp_path / "program"), "sources": sources, "libraries": True}}
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    done = ansible("playbook", "-i", "localhost,", "-c", "local", str(path), **alone)
    assert done.returncode == 0, done.stdout + done.stderr
    agent = [sys.executable, "-m", "zeus_router_agent", "--help"]
    subprocess.run(agent, check=True, cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "program")})


def test_module_utils_need_no_ansible(installed: Path) -> None:
    """On a router there is Debian's Python with Debian's libraries, and no ansible-core."""
    program = (
        "import importlib, importlib.util, pathlib, sys\n"
        "assert importlib.util.find_spec('ansible') is None\n"
        "sys.path.insert(0, '/c')\n"
        "names = sorted(p.stem for p in pathlib.Path('/c/ansible_collections/zeus/paas/plugins/module_utils').glob('_*.py'))\n"
        "for name in names:\n"
        "    importlib.import_module('ansible_collections.zeus.paas.plugins.module_utils.' + name)\n"
        "print(len(names))\n"
    )
    image = os.environ["ZEUS_TEST_IMAGE"]
    name = f"{os.environ.get('ZEUS_TEST_PREFIX', 'zeus-test-')}artefact-{os.getpid()}"
    command = ("run", "--rm", "--name", name, "-v", f"{installed}:/c:ro", image, "/usr/bin/python3", "-B", "-I", "-c", program)
    utils = installed / "ansible_collections" / "zeus" / "paas" / "plugins" / "module_utils"
    assert int(docker(*command)) == len(list(utils.glob("_*.py"))) > 40
