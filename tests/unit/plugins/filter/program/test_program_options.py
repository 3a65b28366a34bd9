# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of programs: the two forms, what is left out, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.filter.option_environment import option_environment
from ansible_collections.zeus.paas.plugins.filter.option_words import option_words

SETTINGS = {"master": "zk://a:2181/mesos", "ha": True, "disable_http": False, "http_port": 8080}


def test_as_marathon_reads_its_environment() -> None:
    extra = {"metrics": False, "max_apps": 500, "local_port_min": "10000", "tracing": True}
    assert option_environment(SETTINGS, extra, "marathon_options", "MARATHON_") == {
        "MARATHON_MASTER": "zk://a:2181/mesos",
        "MARATHON_HA": "",
        "MARATHON_HTTP_PORT": "8080",
        "MARATHON_DISABLE_METRICS": "",
        "MARATHON_MAX_APPS": "500",
        "MARATHON_LOCAL_PORT_MIN": "10000",
        "MARATHON_TRACING": "",
    }


def test_as_words_of_a_command() -> None:
    told = option_words(SETTINGS, {"mail_from": "a b;c"}, "chronos_options")
    assert told == ["--ha", "--http_port", "8080", "--mail_from", "a b;c", "--master", "zk://a:2181/mesos"]


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ({"http_port": 1}, "http_port: the role sets this option itself"),
        # What the role left out is its own all the same.
        ({"disable_http": True}, "disable_http: the role sets this option itself"),
        ({"--zk": "x"}, "--zk: this is not an option's name"),
        ({"max apps": 1}, "max apps: this is not an option's name"),
        ({"max_apps": [1]}, "max_apps: this is not a value for an option"),
        ({"max_apps": None}, "max_apps: this is not a value for an option"),
        ({"max_apps": "1\nMARATHON_ZK=zk://evil"}, "max_apps: this is not a value for an option"),
        (["max_apps"], "marathon_options: this is not a mapping"),
    ],
)
@pytest.mark.parametrize("form", [lambda *given: option_environment(*given, "MARATHON_"), option_words], ids=["environment", "words"])
def test_refused(form: Any, extra: Any, problem: str) -> None:
    with pytest.raises(AnsibleFilterError, match=problem):
        form(SETTINGS, extra, "marathon_options")


def test_an_opposite_needs_a_program_that_has_it() -> None:
    with pytest.raises(AnsibleFilterError, match="ha: the role sets"):
        option_environment(SETTINGS, {"disable_ha": True}, "marathon_options", "MARATHON_")
    with pytest.raises(AnsibleFilterError, match="metrics: this program has no opposite"):
        option_words(SETTINGS, {"metrics": False}, "chronos_options")
