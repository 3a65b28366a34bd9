# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of `project` leaves alone while a gray release is under way, and after it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._project_release import check_finished, check_under_release

from . import sample

STABLE = "/production/shop/web/stable"
KEYS = {"web": "/production/shop/web", "price": "/production/shop/price", "mailer": "/production/shop/mailer"}


def app(variant: str, owner: str = "project", version: str = "1.4") -> dict[str, Any]:
    labels = {"ZEUS_ENVIRONMENT": "production", "ZEUS_PROJECT": "shop", "ZEUS_APP": "web"}
    return {"labels": {**labels, "ZEUS_VARIANT": variant, "ZEUS_OWNER": owner, "ZEUS_VERSION": version}}


RELEASE = {STABLE: app("stable"), "/production/shop/web/2-0": app("2-0", "gray_release", "2.0")}


def test_under_release_an_app_is_only_scaled() -> None:
    check_under_release("shop.yml", {STABLE: ("update", ("instances",))}, RELEASE)
    check_under_release("shop.yml", {"/production/shop/price/stable": ("update", ("env",))}, RELEASE)
    check_under_release("shop.yml", {STABLE: ("update", ("env", "instances"))}, {STABLE: app("stable")})


@pytest.mark.parametrize(("change", "what"), [
    (("update", ("env", "instances")), "it would change env, instances"),
    (("delete", ("id",)), "it is not in the file any more"),
])  # fmt: skip
def test_under_release_other_changes_are_refused(change: tuple[str, tuple[str, ...]], what: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_under_release("shop.yml", {STABLE: change}, RELEASE)
    assert refused.value.message == (
        f"shop.yml: apps.web: this app is under gray release (variant 2-0 runs), and {what}; meanwhile project changes only its instances. "
        "Finish or abort the release first (playbook zeus.paas.gray)"
    )


def test_a_finished_release_is_not_taken_back() -> None:
    expanded = sample.project().expand("production", "bj01")
    check_finished("shop.yml", expanded, KEYS, {STABLE: app("stable")})
    check_finished("shop.yml", expanded, KEYS, {})
    with pytest.raises(RefusedError) as refused:
        check_finished("shop.yml", expanded, KEYS, {STABLE: app("stable", version="2.0-RC1")})
    assert refused.value.message == (
        "shop.yml: apps.web.gray.version: 2.0-RC1 already runs as stable: its release was finished. This file would take it back "
        "to 1.4. "
        'Change these lines: set apps.web.version to "2.0-RC1", move env, resources from apps.web.gray to apps.web, '
        "and remove apps.web.gray"
    )
