# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zeus.paas.init`` as a stranger calls it: what it writes, what it leaves alone, and that the result stands by itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

SECRETS = "inventories/paas/dc1/group_vars/dc1/secrets.yml"


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """In a folder, with that folder's settings: nothing of this checkout's ansible.cfg."""
    environment = {key: value for key, value in os.environ.items() if key != "ANSIBLE_CONFIG"}
    return subprocess.run(
        [*command],
        cwd=cwd,
        env={**environment, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def init(dest: Path, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    given = json.dumps({"dest": str(dest), **variables})
    return run(sys.executable, "-m", "ansible", "playbook", "zeus.paas.init", "-e", given, *options, cwd=dest.parent)


def changed(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r"changed=(\d+)", done.stdout)[1])  # type: ignore[index]


def contents(dest: Path) -> dict[str, bytes]:
    return {str(path.relative_to(dest)): path.read_bytes() for path in dest.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("made") / "team"
    assert changed(init(dest, init_address="10.1.0.10")) == 1
    return dest


@pytest.fixture
def team(made: Path, tmp_path: Path) -> Path:
    """A copy for tests that change something."""
    shutil.copytree(made, tmp_path / "team")
    return tmp_path / "team"


def test_a_second_run_changes_nothing_and_remembers_what_was_given(made: Path) -> None:
    before = contents(made)
    assert changed(init(made)) == 0
    assert contents(made) == before
    assert b"10.1.0.10" in before["inventories/paas/dc1/hosts.yml"]


def test_check_mode_shows_everything_and_writes_nothing(tmp_path: Path) -> None:
    done = init(tmp_path / "team", "--check", "--diff")
    assert changed(done) == 1
    assert not (tmp_path / "team").exists()
    assert "+zeus_engine: standalone" in done.stdout
    assert "(hidden)" in done.stdout
    assert "zeus_router_token" not in done.stdout


def test_secrets_are_random_encrypted_and_not_in_git(team: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    init(other)
    assert (team / ".vault-password").stat().st_mode & 0o777 == 0o600
    assert (team / ".vault-password").read_text() != (other / ".vault-password").read_text()
    assert (team / SECRETS).read_text().startswith("$ANSIBLE_VAULT;")
    assert "/.vault-password" in (team / ".gitignore").read_text().splitlines()
    shown = run(sys.executable, "-m", "ansible", "vault", "view", SECRETS, cwd=team)
    values = yaml.safe_load(shown.stdout)
    assert len(set(values.values())) == len(values) == 6
    assert all(len(value) >= 32 for name, value in values.items() if name != "zeus_marathon_user")


def test_what_the_team_changed_is_left_and_named(team: Path) -> None:
    (team / "README.md").write_text("ours\n")
    (team / "policies/hello.yml").unlink()
    done = init(team, init_address="10.1.0.99")
    assert changed(done) == 1  # hosts.yml, which is still as it was written
    assert "left as it is: README.md (changed by the team; -e init_force=true replaces it)" in done.stdout
    assert "left as it is: policies/hello.yml (removed by the team" in done.stdout
    assert (team / "README.md").read_text() == "ours\n"
    assert not (team / "policies/hello.yml").exists()
    assert "10.1.0.99" in (team / "inventories/paas/dc1/hosts.yml").read_text()
    assert changed(init(team)) == 0


def test_force_replaces_files_but_never_secrets(team: Path) -> None:
    before = contents(team)
    (team / "README.md").write_text("ours\n")
    assert changed(init(team, init_force=True)) == 1
    assert contents(team) == before


def test_a_datacenter_more_gets_its_own_secrets_under_the_same_password(team: Path) -> None:
    before = contents(team)
    assert changed(init(team, init_datacenters={"dc1": {"address": "10.1.0.10"}, "dc2": {"address": "10.2.0.10"}})) == 1
    after = contents(team)
    assert before[SECRETS] == after[SECRETS]
    values = [
        run(sys.executable, "-m", "ansible", "vault", "view", SECRETS.replace("dc1", dc), cwd=team).stdout.splitlines()[2:]
        for dc in ("dc1", "dc2")
    ]
    assert len(values[0]) == len(values[1]) == 6
    assert len(set(values[0]) & set(values[1])) == 1  # the user's name


def test_without_the_password_no_secret_can_be_added(team: Path) -> None:
    (team / ".vault-password").unlink()
    assert changed(init(team)) == 0
    done = init(team, init_datacenters={"dc1": {"address": "10.1.0.10"}, "dc2": {"address": "10.2.0.10"}})
    assert done.returncode == 2
    assert ".vault-password: this file is not here" in done.stdout
    assert not (team / "inventories/paas/dc2").exists()


def test_a_run_that_was_cut_off_is_finished_by_the_next(team: Path) -> None:
    """Cut off at its first moment: the manifest is there, without the digests of what was to follow, and half of the files."""
    before = contents(team)
    manifest = json.loads(before[".zeus-init.json"])
    (team / ".zeus-init.json").write_text(json.dumps({**manifest, "files": {}}))
    (team / "Jenkinsfile").unlink()
    shutil.rmtree(team / "inventories/paas/dc1/group_vars")
    assert changed(init(team)) == 1
    after = contents(team)
    assert after.keys() == before.keys()
    assert {path for path in after if after[path] != before[path]} == {SECRETS}


@pytest.mark.parametrize("name", ["notes.txt", ".hidden"])
def test_somebody_elses_folder_is_refused(tmp_path: Path, name: str) -> None:
    dest = tmp_path / "mine"
    dest.mkdir()
    (dest / name).write_text("mine\n")
    done = init(dest)
    assert done.returncode == 2
    assert (
        f"{dest}: this folder is not empty (it has {name}), and zeus.paas.init has not made it; expected a new or an empty folder"
        in done.stdout
    )
    assert contents(dest) == {name: b"mine\n"}


def test_a_clone_of_an_empty_repository_is_a_new_folder(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "team"], cwd=tmp_path, check=True)
    assert changed(init(tmp_path / "team")) == 1


def test_without_a_folder_nothing_is_done(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "ansible", "playbook", "zeus.paas.init", cwd=tmp_path)
    assert done.returncode == 2
    assert "Expected -e dest=<the folder of the repository" in done.stdout


def test_its_inventory_is_accepted(made: Path) -> None:
    done = run(sys.executable, "-m", "ansible", "inventory", "-i", "inventories/paas/dc1", "--list", cwd=made)
    found = json.loads(done.stdout)
    assert done.stderr == ""
    assert found["routers_l7"]["hosts"] == ["dc1-web-router-1"]
    assert found["control"]["hosts"] == ["dc1-control-1"]


MESOS = {
    "bj01": {
        "hosts": {
            "bj01-control-1": {"ansible_host": "10.1.0.11", "zeus_node_role": "control"},
            "bj01-web-router-1": {"ansible_host": "10.1.0.21", "zeus_node_role": "router", "zeus_vcluster": "web"},
            "bj01-web-1": {"ansible_host": "10.1.0.101", "zeus_node_role": "compute", "zeus_vcluster": "web"},
            "bj01-batch-1": {"ansible_host": "10.1.0.111", "zeus_node_role": "compute", "zeus_vcluster": "batch"},
        }
    }
}


def test_a_site_on_mesos(tmp_path: Path) -> None:
    team = tmp_path / "team"
    assert changed(init(team, init_site="shop", init_engine="mesos", init_datacenters=MESOS)) == 1
    done = run(sys.executable, "-m", "ansible", "inventory", "-i", "inventories/shop/bj01", "--list", cwd=team)
    found = json.loads(done.stdout)
    assert found["mesos_agents"]["hosts"] == ["bj01-batch-1", "bj01-web-1"]
    assert found["mesos_masters"]["hosts"] == ["bj01-control-1"]
    yamllint = run(sys.executable, "-m", "yamllint", "--strict", ".", cwd=team)
    assert yamllint.returncode == 0, yamllint.stdout


def test_it_passes_the_linters(made: Path) -> None:
    yamllint = run(sys.executable, "-m", "yamllint", "--strict", ".", cwd=made)
    assert yamllint.returncode == 0, yamllint.stdout
    lint = run(sys.executable, "-m", "ansiblelint", "--offline", "--strict", cwd=made)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    assert "Profile 'production' was required, and it passed" in lint.stdout + lint.stderr


def test_another_user_becomes_root_and_keys_may_lie_anywhere(tmp_path: Path) -> None:
    init(tmp_path / "team", init_user="deploy", init_ssh_key="/keys/it's: mine")
    values = yaml.safe_load((tmp_path / "team/inventories/paas/common/connection.yml").read_text())
    assert values == {
        "ansible_user": "deploy",
        "ansible_become": True,
        "ansible_ssh_private_key_file": "/keys/it's: mine",
        "ansible_python_interpreter": "/usr/bin/python3",
    }


def scripts(jenkinsfile: str) -> list[str]:
    return list(re.findall(r"'''\n(.*?)'''", jenkinsfile, re.DOTALL))


def test_the_pipeline_lets_no_text_into_a_shell(made: Path) -> None:
    """Groovy pastes variables into double-quoted texts only, so no script is one; and nobody types a parameter."""
    text = (made / "Jenkinsfile").read_text()
    assert len(scripts(text)) == 2
    assert re.findall(r"\bsh\s*\(?\s*\"|script: *\"|\"\"\"", text) == []
    assert re.findall(r"\b(string|text|password)\(name:", text) == []
    for script in scripts(text):
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)
        assert "${" not in script


def test_the_pipelines_script_calls_the_fleet(made: Path, tmp_path: Path) -> None:
    """The script as Jenkins runs it: parameters in the environment; a stand-in for ansible-playbook says what it was called with."""
    script = scripts((made / "Jenkinsfile").read_text())[1]
    stand_in = tmp_path / ".venv/bin/ansible-playbook"
    stand_in.parent.mkdir(parents=True)
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 4\n')
    stand_in.chmod(0o755)
    environment = {
        "SITE": "inventories/paas",
        "PLAY": "gray",
        "PROJECT": "hello; id",
        "ENVIRONMENT": "production",
        "APP": "web",
        "STEP": "bind",
    }
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **environment, "RUN_WHERE": "dc1", "RUN_MODE": "--check"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stdout.splitlines() == [
        "zeus.paas.fleet", "--check", "--diff",
        "-e", "site=inventories/paas", "-e", "play=gray", "-e", "fleet_report_dir=.fleet/dc1--check", "-e", "only=dc1",
        "-e", "project=projects/hello; id/project.yml", "-e", "environment_name=production",
        "-e", "app=web", "-e", "step=bind", "-e", "policy_file=policies/hello; id.yml",
    ]  # fmt: skip


def test_deploying_starts_where_it_is_called_and_asks_for_no_root_here(tmp_path: Path) -> None:
    """Its tasks run on the controller, whatever the inventory says of becoming root on hosts; a stand-in tells on whoever calls sudo."""
    team = tmp_path / "team"
    init(team, init_user="deploy")
    sudo = tmp_path / "bin/sudo"
    sudo.parent.mkdir()
    sudo.write_text("#!/bin/sh\necho sudo was called >&2\nexit 1\n")
    sudo.chmod(0o755)
    path = f"{sudo.parent}{os.pathsep}{os.environ['PATH']}"
    # Root need not become root: so somebody else, for this test.
    given = json.dumps({"project": "projects/none.yml", "environment_name": "production", "ansible_become_user": "nobody"})
    command = [
        "env",
        f"PATH={path}",
        sys.executable,
        "-m",
        "ansible",
        "playbook",
        "-i",
        "inventories/paas/dc1",
        "zeus.paas.deploy",
        "-e",
        given,
    ]
    done = run(*command, cwd=team)
    assert done.returncode == 2
    assert f"{team}/projects/none.yml: there is no such file" in re.sub(r"\s+", " ", done.stdout)
