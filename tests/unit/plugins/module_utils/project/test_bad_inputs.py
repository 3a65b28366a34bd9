# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bad project file is refused with a text that names the file, the key, the value and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._project import load_project, parse_project
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import compile_apps

from . import sample

EVIL = '"; } evil {'
NOT_YET = "this version of zeus.paas does not do it yet; expected files and cmd: a plain process"

BAD: list[tuple[str, dict[str, Any], str]] = [
    (
        "unknown key of the file",
        {"aps": {}},
        "shop.yml: aps: unknown key; did you mean apps?",
    ),
    (
        "unknown key of an app",
        {"apps__web__instance": 3},
        "shop.yml: apps.web.instance: unknown key; did you mean instances?",
    ),
    (
        "unknown key of a section",
        {"apps__web__health": {"pth": "/"}},
        "shop.yml: apps.web.health.pth: unknown key; did you mean path?",
    ),
    (
        "unknown key in an environment",
        {"environments__test__web__hots": []},
        "shop.yml: environments.test.web.hots: unknown key; did you mean hosts?",
    ),
    (
        "unknown app in an environment",
        {"environments__test__webb": {}},
        "shop.yml: environments.test.webb: unknown app; did you mean web?",
    ),
    (
        "a type cannot be overridden",
        {"environments__test__web__type": "worker"},
        "shop.yml: environments.test.web.type: unknown key; expected one of "
        "cmd, code, env, files, grace_period, gray, health, hosts, image, instances, nginx, path, port, resources, schedule, secrets, "
        "timezone, upgrade, vcluster, version",
    ),
    ("no virtual cluster", {"apps__web__vcluster": None},
     "shop.yml: apps.web.vcluster: this key is missing in environment production, datacenter bj01; "
     "expected the virtual cluster it runs in"),
    ("unknown virtual cluster", {"apps__web__vcluster": "wbe"},
     "shop.yml: apps.web.vcluster: unknown virtual cluster (got 'wbe'); expected one of batch, l7, tv, web"),
    ("somebody else's virtual cluster", {"apps__web__vcluster": "tv"},
     "shop.yml: apps.web.vcluster: project shop is not among the owners of this virtual cluster (got 'tv'); expected a cluster of its own, "
     "or the project's name in the owners of zeus_vclusters.tv (now tv-home)"),
    ("web app without nginx", {"apps__web__vcluster": "batch"},
     "shop.yml: apps.web.vcluster: this virtual cluster has no nginx (its router is none) (got 'batch'); "
     "expected one with router nginx or both"),
    ("service without HAProxy", {"apps__price__vcluster": "l7"},
     "shop.yml: apps.price.vcluster: this virtual cluster has no HAProxy (its router is nginx) (got 'l7'); "
     "expected one with router haproxy or both"),
    ("no type", {"apps__web__type": None}, "shop.yml: apps.web.type: this key is missing; expected web, service or worker"),
    ("misspelt type", {"apps__web__type": "wep"},
     "shop.yml: apps.web.type: unknown value (got 'wep'); expected one of web, service, worker; did you mean 'web'?"),
    ("cron", {"apps__mailer__type": "cron"},
     "shop.yml: apps.mailer.type: apps of type cron run on Chronos: this version of zeus.paas does not do it yet (got 'cron'); "
     "expected one of web, service, worker"),
    ("task", {"apps__mailer__type": "task"},
     "shop.yml: apps.mailer.type: apps of type task run once per release: this version of zeus.paas does not do it yet (got 'task'); "
     "expected one of web, service, worker"),
    ("image", {"apps__web__image": {"name": "x"}}, f"shop.yml: apps.web.image: images of a registry: {NOT_YET}"),
    ("code", {"apps__web__code": {"git": "x"}}, f"shop.yml: apps.web.code: images built from code: {NOT_YET}"),
    ("secrets", {"apps__web__secrets": {"A": "b"}}, f"shop.yml: apps.web.secrets: secrets as files of a task: {NOT_YET}"),
    ("image of a gray version", {"apps__web__gray__image": {}}, f"shop.yml: apps.web.gray.image: images of a registry: {NOT_YET}"),
    ("evil host", {"apps__web__hosts": [f"a.example.com{EVIL}"]},
     "shop.yml: apps.web.hosts[0]: this cannot be used here (got 'a.example.com\"; } evil {'); "
     "expected a DNS name in lower case, such as shop.example.com"),
    ("evil host of an environment", {"environments__test__web__hosts": ["ok.example.com", EVIL]},
     "shop.yml: environments.test.web.hosts[1]: this cannot be used here (got '\"; } evil {'); "
     "expected a DNS name in lower case, such as shop.example.com"),
    ("host with a line break", {"apps__web__hosts": ["a.example.com\n"]},
     "shop.yml: apps.web.hosts[0]: this cannot be used here (got 'a.example.com\\n'); "
     "expected a DNS name in lower case, such as shop.example.com"),
    ("evil path", {"apps__web__path": f"/{EVIL}"},
     "shop.yml: apps.web.path: this cannot be used here (got '/\"; } evil {'); "
     "expected a path such as / or /shop: segments of letters, digits and . _ ~ -"),
    ("path upwards", {"apps__web__path": "/a/../b"},
     "shop.yml: apps.web.path: a path must not contain . or .. as a segment (got '/a/../b'); expected a plain path"),
    ("evil health path", {"apps__web__health__path": f"/{EVIL}"},
     "shop.yml: apps.web.health.path: this cannot be used here (got '/\"; } evil {'); expected a path such as /healthz"),
    ("no hosts", {"apps__web__hosts": []},
     "shop.yml: apps.web.hosts: this key is missing in environment production, datacenter bj01; "
     "expected a list with at least one DNS name"),
    ("the same host twice", {"apps__web__hosts": ["a.example.com", "a.example.com"]},
     "shop.yml: apps.web.hosts[1]: this is in the list twice (got 'a.example.com'); expected every value once"),
    ("version as a number", {"apps__web__version": 1.10},
     'shop.yml: apps.web.version: this is not text (got 1.1); expected a version such as "1.4": letters, digits and inner . _ + -, at most '
     "63 characters, in quotes: YAML reads it as float without them"),
    ("evil version", {"apps__web__version": EVIL},
     "shop.yml: apps.web.version: this cannot be used here (got '\"; } evil {'); expected a version such as \"1.4\": letters, digits and "
     "inner . _ + -, at most 63 characters"),
    ("half an instance", {"apps__web__instances": 0.5},
     "shop.yml: apps.web.instances: this is not a whole number (got 0.5); expected a whole number from 0 to 10000"),
    ("yes as instances", {"apps__web__instances": True},
     "shop.yml: apps.web.instances: this is not a whole number (got True); expected a whole number from 0 to 10000"),
    ("no memory", {"apps__web__resources__mem": 0},
     "shop.yml: apps.web.resources.mem: this is out of range (got 0); expected a number from 4 to 1.04858e+06"),
    ("not a number", {"apps__web__resources__cpus": float("nan")},
     "shop.yml: apps.web.resources.cpus: this is out of range (got nan); expected a number from 0.01 to 1024"),
    ("port out of range", {"apps__price__port": 65536},
     "shop.yml: apps.price.port: this is out of range (got 65536); expected a whole number from 1 to 65535"),
    ("the router agent's port", {"apps__price__port": 8700},
     "shop.yml: apps.price.port: the router agent listens on this port of a router (got 8700); expected another port"),
    ("a worker with a port", {"apps__mailer__port": 9091},
     "shop.yml: apps.mailer.port: an app of type worker cannot have this key; expected it only in apps of type service"),
    ("a worker with a check", {"apps__mailer__health": {"tcp": True}},
     "shop.yml: apps.mailer.health: a worker has no port that could be checked; expected no health for an app of type worker"),
    ("two kinds of check", {"apps__web__health": {"path": "/", "tcp": True}},
     "shop.yml: apps.web.health: a check has either a path or tcp; expected path: /… for HTTP, or tcp: true"),
    ("our own variable", {"apps__web__env": {"ZEUS_CMD": "x"}},
     "shop.yml: apps.web.env.ZEUS_CMD: Marathon or zeus.paas sets this variable itself (got 'ZEUS_CMD'); expected another name"),
    ("a variable's name", {"apps__web__env": {"A B": "x"}},
     "shop.yml: apps.web.env.A B: this is no name of an environment variable (got 'A B'); "
     "expected letters, digits and _, not starting with a digit"),
    ("a variable that is yes", {"apps__web__env": {"DEBUG": True}},
     "shop.yml: apps.web.env.DEBUG: this is neither a text nor a whole number (got True); expected a text in quotes"),
    ("files elsewhere", {"apps__web__files": "../other"},
     "shop.yml: apps.web.files: this path leaves the project's folder (got '../other'); expected a path below the project file's folder"),
    ("an app called tasks", {"apps__tasks": {"type": "worker", "vcluster": "batch", "version": "1", "cmd": "true"}},
     "shop.yml: apps.tasks: Marathon reserves this name (got 'tasks'); expected another name than restart, tasks, versions"),
    ("an app with a capital", {"apps__Web": {}},
     "shop.yml: apps.Web: this cannot be used here (got 'Web'); "
     "expected lower-case letters, digits and inner hyphens, at most 63 characters"),
    ("gray is stable", {"apps__web__gray__version": "1.4"},
     "shop.yml: apps.web.gray.version: this is the stable version in environment production, datacenter bj01 (got '1.4'); "
     "expected another version than the app's own"),
    ("gray without a version", {"apps__web__gray__version": None},
     "shop.yml: apps.web.gray.version: this key is missing in environment production, datacenter bj01; "
     'expected the gray version, such as "2.0"'),
    ("two apps on one host and path",
     {"apps__admin": {"type": "web", "vcluster": "web", "version": "1", "cmd": "true", "hosts": ["shop.example.com"]},
      "environments__test__admin": {"hosts": ["admin.test.example.com"]}},
     "shop.yml: apps.web.hosts: shop.example.com/ of virtual cluster web is taken twice: by apps.admin in environment production and by "
     "apps.web in environment production; expected a host and path, or a port, that belongs to one app; environments can override it"),
    ("one host in two environments", {"environments__test__web": {}},
     "shop.yml: apps.web.hosts: shop.example.com/ of virtual cluster web is taken twice: by apps.web in environment production and by "
     "apps.web in environment test; expected a host and path, or a port, that belongs to one app; environments can override it"),
    ("one port in two environments", {"environments__test__price": {}},
     "shop.yml: apps.price.port: port 9090 of virtual cluster web is taken twice: by apps.price in environment production and by "
     "apps.price in environment test; expected a host and path, or a port, that belongs to one app; environments can override it"),
    ("no apps", {"apps": {}}, "shop.yml: apps: this is empty; expected at least one entry"),
    ("apps as a list", {"apps": [1]}, "shop.yml: apps: this is not a mapping (got [1]); expected a mapping of keys and values"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        compile_apps(load_project(sample.shop(**changes), "shop.yml"), "production", sample.site())
    assert refused.value.message == message


def test_the_sample_itself_is_good() -> None:
    assert len(compile_apps(sample.project(), "production", sample.site())) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("project: a\nproject: b\n", "p.yml: line 2: this is not valid YAML: the key 'project' is written twice, in lines 1 and 2"),
        ("apps: {a: [}", "p.yml: line 1: this is not valid YAML: expected the node content, but found '}'"),
        ("apps: !!python/object:os.system {}\n",
         "p.yml: line 1: this is not valid YAML: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:python/object:os.system'"),
        ("- a\n", "p.yml: this is not a mapping (got ['a']); expected a project: the keys project, owner, environments, apps"),
        ("", "p.yml: this is not a mapping; expected a project: the keys project, owner, environments, apps"),
        ("? [a, b]\n: 1\n", "p.yml: line 1: this is not valid YAML: a key must be plain text"),
    ],
)  # fmt: skip
def test_text_that_is_no_project(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_project(text, "p.yml")
    assert refused.value.message == message


def test_an_unknown_environment() -> None:
    with pytest.raises(InputError) as refused:
        sample.project().expand("prod", "bj01")
    assert refused.value.message == (
        "shop.yml: environments: this environment is not in the file (got 'prod'); expected one of production, test"
    )


def test_a_mistake_for_another_datacenter_is_found_too() -> None:
    with pytest.raises(
        InputError, match=r"apps\.web\.gray\.version: this is the stable version in environment production, datacenter sh02"
    ):
        sample.project(apps__web__datacenters={"sh02": {"version": "2.0-RC1"}})
