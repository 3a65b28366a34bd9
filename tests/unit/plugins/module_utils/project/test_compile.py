# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a project compiles to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import prepare
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import (
    check_free,
    compile_apps,
    compile_gray_app,
    compile_promoted_app,
    files_of,
)

from . import sample

WEB = "/production/shop/web/stable"


def compiled(environment: str = "production", datacenter: str = "bj01", **changes: Any) -> dict[str, dict[str, Any]]:
    return compile_apps(sample.project(**changes), environment, sample.site(datacenter))


def test_a_web_app() -> None:
    web = compiled(datacenter="sh02")[WEB]
    assert {key: web[key] for key in web if key not in ("cmd", "env")} == {
        "id": WEB,
        "labels": {
            "ZEUS_ENVIRONMENT": "production",
            "ZEUS_PROJECT": "shop",
            "ZEUS_APP": "web",
            "ZEUS_VARIANT": "stable",
            "ZEUS_VERSION": "1.4",
            "ZEUS_VCLUSTER": "web",
            "ZEUS_TYPE": "web",
            "ZEUS_OWNER": "project",
            "ZEUS_HOSTS": "shop.example.com,www.shop.example.com",
            "ZEUS_PATH": "/",
        },
        "constraints": [["vcluster", "CLUSTER", "web"]],
        "instances": 4,
        "cpus": 0.5,
        "mem": 256,
        "disk": 0,
        "portDefinitions": [{"port": 0, "protocol": "tcp", "name": "default"}],
        "healthChecks": [
            {
                "protocol": "MESOS_HTTP",
                "path": "/healthz",
                "portIndex": 0,
                "delaySeconds": 0,
                "gracePeriodSeconds": 30,
                "intervalSeconds": 2,
                "timeoutSeconds": 2,
                "maxConsecutiveFailures": 3,
            }
        ],
        "upgradeStrategy": {"minimumHealthCapacity": 1.0, "maximumOverCapacity": 0.5},
        "taskKillGracePeriodSeconds": 10,
        "maxLaunchDelaySeconds": 60,
    }
    assert web["env"] == {
        "LOG_LEVEL": "info",
        "RETRIES": "3",
        "ZEUS_CMD": "python3 web.py --port $PORT0",
        "ZEUS_VERSION": "1.4",
        "ZEUS_VARIANT": "stable",
        "ZEUS_APP": "/production/shop/web",
        "ZEUS_DATACENTER": "sh02",
        "ZEUS_FILES_SHA256": sample.DIGEST,
        "ZEUS_FILES_URL": f"http://10.1.0.10:8600/{sample.DIGEST}.tar.gz",
    }


def test_a_service_is_checked_by_tcp_and_published_by_its_port() -> None:
    price = compiled()["/production/shop/price/stable"]
    assert price["labels"]["ZEUS_PORT"] == "9090"
    assert "ZEUS_HOSTS" not in price["labels"]
    assert [check["protocol"] for check in price["healthChecks"]] == ["MESOS_TCP"]
    assert "path" not in price["healthChecks"][0]
    assert price["cmd"] == 'exec sh -c "$ZEUS_CMD"'


def test_a_worker_has_no_port_and_no_check() -> None:
    mailer = compiled()["/production/shop/mailer/stable"]
    assert (mailer["portDefinitions"], mailer["healthChecks"]) == ([], [])
    assert mailer["constraints"] == [["vcluster", "CLUSTER", "batch"]]


def test_layers_merge_app_then_environment_then_datacenter() -> None:
    changes = {"environments__test__web__resources": {"cpus": 0.25, "disk": 10}, "environments__test__web__env": {"LOG_LEVEL": "debug"}}
    web = compiled("test", **changes)["/test/shop/web/stable"]
    assert (web["instances"], web["cpus"], web["mem"], web["disk"]) == (6, 1, 256, 10)
    assert (web["env"]["LOG_LEVEL"], web["env"]["RETRIES"]) == ("debug", "3")
    assert web["labels"]["ZEUS_HOSTS"] == "shop.test.example.com"
    elsewhere = compiled("test", "sh02", **changes)["/test/shop/web/stable"]
    assert (elsewhere["instances"], elsewhere["cpus"]) == (1, 0.25)


def test_a_check_by_path_gives_way_to_one_by_tcp() -> None:
    web = compiled(apps__web__datacenters={"bj01": {"health": {"tcp": True}}})[WEB]
    assert [(c["protocol"], "path" in c) for c in web["healthChecks"]] == [("MESOS_TCP", False)]


def test_the_gray_version() -> None:
    gray = compile_gray_app(sample.project(), "production", sample.site(), "web")
    assert gray["id"] == "/production/shop/web/2-0-rc1"
    labels = gray["labels"]
    assert (labels["ZEUS_VARIANT"], labels["ZEUS_VERSION"], labels["ZEUS_OWNER"]) == ("2-0-rc1", "2.0-RC1", "gray_release")
    assert (gray["instances"], gray["cpus"], gray["mem"]) == (2, 1, 512)
    assert (gray["env"]["LOG_LEVEL"], gray["env"]["RETRIES"], gray["env"]["ZEUS_VERSION"]) == ("debug", "3", "2.0-RC1")
    assert gray["healthChecks"] == compiled()[WEB]["healthChecks"]


def test_the_promoted_version_is_what_the_moved_lines_compile_to() -> None:
    """Else the first run of `project` after a finished release would restart everything."""
    promoted = compile_promoted_app(sample.project(), "production", sample.site(), "web")
    moved = {
        "apps__web__gray": None,
        "apps__web__version": "2.0-RC1",
        "apps__web__env": {"LOG_LEVEL": "debug", "RETRIES": 3},
        "apps__web__datacenters": {"bj01": {"instances": 6, "resources": {"cpus": 1, "mem": 512}}},
    }
    assert promoted == compiled(**moved)[WEB]


def test_a_gray_version_keeps_and_changes_the_check() -> None:
    assert compile_gray_app(sample.project(apps__web__gray__health={"grace": 90}), "production", sample.site(), "web")["healthChecks"][
        0
    ] == {**compiled()[WEB]["healthChecks"][0], "gracePeriodSeconds": 90}
    by_tcp = compile_gray_app(sample.project(apps__web__gray__health={"tcp": True}), "production", sample.site(), "web")
    assert by_tcp["healthChecks"][0]["protocol"] == "MESOS_TCP"


@pytest.mark.parametrize(("app", "message"), [
    ("price", 'shop.yml: apps.price.gray: this app has no gray version; expected gray: {version: "2.0", …}'),
    ("wbe", "shop.yml: apps: this app is not in the file (got 'wbe'); expected one of mailer, price, web"),
])  # fmt: skip
def test_no_gray_version(app: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        compile_gray_app(sample.project(), "production", sample.site(), app)
    assert refused.value.message == message


def test_files_that_are_packed() -> None:
    project = sample.project(apps__web__gray__files="web-2")
    apps = project.expand("production", "bj01")
    assert files_of(apps, "shop.yml") == {"web": "apps.web.files"}
    assert files_of(apps, "shop.yml", gray=True) == {"web": "apps.web.files", "web-2": "apps.web.gray.files"}


def test_every_definition_passes_marathons_own_rules() -> None:
    definitions = [*compiled().values(), compile_gray_app(sample.project(), "production", sample.site(), "web")]
    for definition in definitions:
        assert prepare(definition, "shop.yml")["constraints"] == definition["constraints"]


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=2).filter(lambda text: text.strip() != "")


@given(command=TEXTS, value=TEXTS)
def test_a_users_text_never_reaches_the_shell_code(command: str, value: str) -> None:
    changes = {"apps__price__cmd": command, "apps__web__cmd": command, "apps__web__env": {"A": value}}
    for id_, plain in compiled().items():
        definition = compiled(**changes)[id_]
        assert definition["cmd"] == plain["cmd"]
        assert definition["env"]["ZEUS_CMD"] == (command if "mailer" not in id_ else "./mailer")
    assert compiled(**changes)[WEB]["env"]["A"] == value


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_whatever_stands_in_a_key_ends_in_a_definition_or_an_input_error(value: Any) -> None:
    for key in (
        "apps__web__hosts",
        "apps__web__path",
        "apps__web__env",
        "apps__web__health",
        "apps__web__gray",
        "environments",
        "apps__web",
    ):
        try:
            definitions = compiled(**{key: value})
        except InputError as error:
            refused: InputError | None = error
        else:
            refused = None
            json.dumps(definitions, allow_nan=False)
        assert refused is None or refused.message.startswith("shop.yml: ")


def running(**labels: str) -> dict[str, Any]:
    base = {"ZEUS_ENVIRONMENT": "production", "ZEUS_PROJECT": "other", "ZEUS_APP": "site", "ZEUS_VCLUSTER": "web"}
    return {"id": "/production/other/site/stable", "labels": {**base, **labels}}


@pytest.mark.parametrize(("labels", "message"), [
    ({"ZEUS_HOSTS": "a.example.com,www.shop.example.com", "ZEUS_PATH": "/"},
     "shop.yml: apps.web.hosts: www.shop.example.com/ of virtual cluster web already belongs to /production/other/site, which runs in this "
     "datacenter; expected a host and path, or a port, that no other app has"),
    ({"ZEUS_PORT": "9090"},
     "shop.yml: apps.price.port: port 9090 of virtual cluster web already belongs to /production/other/site, which runs in this "
     "datacenter; expected a host and path, or a port, that no other app has"),
])  # fmt: skip
def test_what_another_project_published(labels: dict[str, str], message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_free("shop.yml", compiled(), [running(**labels)])
    assert refused.value.message == message


@pytest.mark.parametrize("app", [
    {"id": "/a", "labels": None},
    {"id": "/a", "labels": {"HAPROXY_0_VHOST": "shop.example.com"}},
    running(ZEUS_HOSTS="shop.example.com", ZEUS_PATH="/other"),
    running(ZEUS_HOSTS="shop.example.com", ZEUS_PATH="/", ZEUS_VCLUSTER="tv"),
    running(ZEUS_HOSTS="shop.example.com", ZEUS_PATH="/", ZEUS_PROJECT="shop", ZEUS_APP="web", ZEUS_VARIANT="2-0"),
    running(ZEUS_PORT="9091"),
])  # fmt: skip
def test_what_is_no_collision(app: dict[str, Any]) -> None:
    check_free("shop.yml", compiled(), [app])


def test_two_apps_may_swap_their_places_in_one_run() -> None:
    was = running(ZEUS_PORT="9090", ZEUS_PROJECT="shop", ZEUS_APP="old")
    moved = compiled(apps__old={"type": "service", "vcluster": "web", "version": "1", "cmd": "true", "port": 9099},
                     environments__test__old={"port": 19099})  # fmt: skip
    check_free("shop.yml", moved, [was])
