# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection options from the environment, as Ansible's own argument check takes them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.zeus.paas.plugins.module_utils import _connection as connection
from ansible_collections.zeus.paas.plugins.module_utils._environment import refuse_unusable
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

SPEC = connection.MARATHON_ARGS | connection.ROUTER_ARGS | connection.STORE_ARGS


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for _read, names in (option["fallback"] for option in SPEC.values()):
        monkeypatch.delenv(names[0], raising=False)
    monkeypatch.setenv("ZEUS_MARATHON_URLS", "http://a:8080, https://b:8080")
    monkeypatch.setenv("ZEUS_POLICY_STORE_HOST", "store")


def params(**given: Any) -> dict[str, Any]:
    result = ArgumentSpecValidator(SPEC).validate(given)
    assert result.error_messages == []
    refuse_unusable()
    return dict(result.validated_parameters)


@pytest.mark.parametrize(("option", "text", "value"), [
    ("marathon_urls", " http://a:8080 ,http://b ", ["http://a:8080", "http://b"]),
    ("router_urls", '{"web": ["http://r:8700"], "batch": []}', {"web": ["http://r:8700"], "batch": []}),
    ("router_token", " as it is, with, commas", " as it is, with, commas"),
    ("policy_store_port", "6380", 6380),
    ("timeout", "2.5", 2.5),
    ("validate_certs", "No", False),
    ("validate_certs", "1", True),
    ("ca_path", "/etc/ca.pem", "/etc/ca.pem"),
    ("timeout", "  ", 10.0),
    ("policy_store_user", "", "zeus-writer"),
])  # fmt: skip
def test_values(monkeypatch: pytest.MonkeyPatch, option: str, text: str, value: Any) -> None:
    monkeypatch.setenv(f"ZEUS_{option.upper()}", text)
    assert params()[option] == value


def test_the_task_counts_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEUS_TIMEOUT", "3")
    found = params(timeout=7, marathon_urls=["http://mine"])
    assert (found["timeout"], found["marathon_urls"]) == (7.0, ["http://mine"])
    assert params()["timeout"] == 3.0


@pytest.mark.parametrize(("option", "text", "message"), [
    ("timeout", "soon", "ZEUS_TIMEOUT: not a number (got 'soon'); expected a number, such as 10 or 0.5"),
    ("policy_store_port", "6379.5", "ZEUS_POLICY_STORE_PORT: not a number (got '6379.5'); expected a whole number"),
    ("validate_certs", "perhaps", "ZEUS_VALIDATE_CERTS: neither true nor false (got 'perhaps'); expected one of true, yes, on, 1, false, "),
    ("marathon_urls", "http://a,,http://b", "ZEUS_MARATHON_URLS: not a list of addresses (got 'http://a,,http://b'); expected addresses"),
    ("marathon_urls", '["http://a"]', "ZEUS_MARATHON_URLS: not a list of addresses"),
    ("router_urls", "web=http://r", "ZEUS_ROUTER_URLS: not JSON: Expecting value"),
    ("router_urls", '["http://r"]', "ZEUS_ROUTER_URLS: not a JSON object (got '[\"http://r\"]'); expected a JSON object of lists"),
    ("router_urls", '{"web": "http://r"}', "ZEUS_ROUTER_URLS: web: not a list of texts (got 'http://r')"),
])  # fmt: skip
def test_a_value_that_cannot_be_used_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, option: str, text: str, message: str) -> None:
    monkeypatch.setenv(f"ZEUS_{option.upper()}", text)
    with pytest.raises(InputError, match=re.escape(message)):
        params()
    # Nobody is told about a variable that does not count.
    given: dict[str, Any] = {"marathon_urls": ["http://mine"], "router_urls": {}, "timeout": 1, "policy_store_port": 1}
    assert params(validate_certs=True, **given)["timeout"] == 1.0


def test_secrets_of_the_environment_are_censored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEUS_MARATHON_PASSWORD", "geheim-7")
    assert "geheim-7" in ArgumentSpecValidator(SPEC).validate({})._no_log_values
