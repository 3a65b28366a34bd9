# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused: with which words, and that nothing at all is different afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration.gray.site import BINDING, EVERYONE, GRAY, POLICY, STABLE, TESTERS, Site, done, policy

EVIL = '"; } evil {'
AT = f"policy {POLICY}: rules[0]"


def refused(site: Site, run: Callable[..., dict[str, Any]], *arguments: Any, **parameters: Any) -> str:
    """The message; the same in check mode, and nothing was done."""
    before = site.state()
    predicted, real = run(*arguments, check=True, **parameters), run(*arguments, **parameters)
    assert real.get("failed"), real
    assert predicted.get("msg") == real["msg"]
    assert site.state() == before
    return str(real["msg"])


@pytest.mark.parametrize(("condition", "message"), [
    ({"address": {"in": ["10.0.0.0/33"]}},
     f"{AT}.when.address.in[0]: this is no network: '10.0.0.0/33' does not appear to be an IPv4 or IPv6 network (got '10.0.0.0/33'); "
     "expected a network such as 10.0.0.0/8 or 2001:db8::/32"),
    ({"percent": None}, f"{AT}.when.percent: this is empty; expected a number from 0 to 100, in steps of 0.01"),
    ({"cookie": {"name": EVIL, "exists": True}},
     f"{AT}.when.cookie.name: this cannot be used here (got '\"; }} evil {{'); expected a cookie's name: letters, digits, - and _"),
    ({"header": {"name": EVIL, "exists": True}},
     f"{AT}.when.header.name: this cannot be used here (got '\"; }} evil {{'); expected a header's name: letters, digits and -"),
    ({"region": {"in": ["CN-XX"]}},
     f"{AT}.when.region: there is no such region in zeus_regions (got 'CN-XX'); expected one of its names: CN-BJ, CN-SH"),
])  # fmt: skip
def test_a_bad_policy(datacenter: Site, condition: dict[str, Any], message: str) -> None:
    assert refused(datacenter, datacenter.policy, policy({"when": condition})) == message


def test_two_megabytes_of_rules(datacenter: Site) -> None:
    rule = {"when": {"cookie": {"name": "uid", "in": [f"user-{number:08d}" for number in range(160)]}}}
    assert refused(datacenter, datacenter.policy, policy(*[rule] * 900)) == (
        f"policy {POLICY}: the policy has 2356231 bytes of canonical JSON; expected at most 1000000"
    )
    file = datacenter.folder / "large.yml"
    file.write_text("# " + "x" * 2_000_000)
    assert refused(datacenter, datacenter.policy, src=str(file)) == f"{file}: this file has 2000002 bytes; expected at most 2000000"


def test_policy_files(datacenter: Site, tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    assert refused(datacenter, datacenter.policy, src=str(file)) == f"{file}: there is no such file; expected the path of a YAML file"
    file.write_text("policy: shop-web\nrules:\n  - variant: '2.0'\n    when: {percent: 101}\n")
    assert refused(datacenter, datacenter.policy, src=str(file)).startswith(f"{file}: rules[0].when.percent: ")
    file.write_text("policy: shop-web\nrules: [{variant: '2.0', when: {percent: 1}}]\n")
    assert refused(datacenter, datacenter.policy, src=str(file), name="other") == (
        f"{file}: policy: the task names it other (got 'shop-web'); expected one name"
    )
    datacenter.write()
    release = {"project": str(datacenter.file), "environment_name": "production", "datacenter": "bj01", "app": "web"}
    file.write_text("policy: shop-web\nrules: [{variant: '9.9', when: {percent: 1}}]\n")
    assert refused(datacenter, datacenter.policy, src=str(file), **release) == (
        f"{file}: rules[0].variant: the release of /production/shop/web has no such version (got '9.9'); expected '2.0' or 'stable'"
    )
    file.write_text("policy: shop-web\nrules: [{variant: '2.0', when: {percent: 1}}]\n")
    assert refused(datacenter, datacenter.policy, src=str(file), must_be_bound=True, **release) == (
        f"{file}: /production/shop/web is not bound to policy shop-web; expected that it is bound before it is widened "
        "(playbook zeus.paas.gray, step bind)"
    )


def test_an_expired_policy_is_taken_with_a_warning(site: Site) -> None:
    expired = {**TESTERS, "owner": "shop@example.com", "expires": "2016-09-01"}
    # The last one: modules in this process share what they have warned of.
    assert done(site.policy(expired))["warnings"][-1]["event"]["msg"] == (
        f"policy {POLICY}: it expired on 2016-09-01, and still routes (its owner: shop@example.com); finish or abort its release, or give "
        "it another date"
    )


def test_steps_out_of_order(site: Site) -> None:
    at = f"{site.file}: apps.web"
    assert refused(site, site.release, "bound") == (
        f"{at}.gray.policy: there is no policy shop-web in the policy store; expected that it is written first "
        "(gray_policy, or step policy)"
    )
    done(site.policy(TESTERS))
    assert refused(site, site.release, "bound") == (
        f"{GRAY} does not run; expected the gray version beside stable before it is bound (step deploy)"
    )
    assert refused(site, site.release, "finished") == (
        f"{GRAY} does not run; expected a release to finish: deploy, policy and bind come first"
    )
    done(site.release("deployed"))
    assert refused(site, site.release, "finished") == (
        f"{at}.gray: /production/shop/web is bound to no policy, so nobody has seen 2.0 yet; expected that it is bound before it becomes "
        "stable (step bind)"
    )
    done(site.release("aborted"))
    done(site.release("aborted"), changed=False)
    del site.app["gray"]
    assert refused(site, site.release, "deployed") == f'{at}.gray: this app has no gray version; expected gray: {{version: "2.0", …}}'
    assert refused(site, site.release, "deployed", app="wbe") == (
        f"{site.file}: apps: this app is not in the file (got 'wbe'); expected one of web"
    )


def test_versions_that_do_not_fit(site: Site) -> None:
    done(site.release("deployed"))
    done(site.policy(policy({"variant": "9.9", "when": {"percent": 1}})))
    assert refused(site, site.release, "bound") == (
        f"{AT}.variant: the release of /production/shop/web has no such version (got '9.9'); expected '2.0' or 'stable'"
    )
    done(site.policy(TESTERS))
    done(site.release("bound"))
    assert refused(site, site.policy, policy({"variant": "9.9", "when": {"percent": 1}})) == (
        f"{AT}.variant: the release of /production/shop/web has no such version (got '9.9'); expected '2.0' or 'stable'"
    )
    assert refused(site, site.policy, state="absent", name=POLICY) == (
        f"policy {POLICY}: it is bound to /production/shop/web, version 2.0; expected that the release is finished or aborted first "
        "(playbook zeus.paas.gray)"
    )
    site.app["gray"]["version"] = "3.0"
    assert refused(site, site.release, "deployed") == (
        f"{site.file}: apps.web.gray.version: another gray version runs already, {GRAY}; expected one release of an app at a time: "
        "finish or abort that one first"
    )


def test_finishing_what_nobody_has_tried(site: Site) -> None:
    done(site.release("deployed"))
    done(site.policy(TESTERS))
    done(site.release("bound"))
    (site.folder / "web" / "web.py").write_text("# edited after the deploy\n")
    assert refused(site, site.release, "finished") == (
        f"{site.file}: apps.web.gray: what runs as {GRAY} is not what the file says now (env differ), so finishing would make something "
        "stable that nobody has tried; expected the file and folder as they were deployed, or a new deploy"
    )


def test_no_room_to_finish(site: Site) -> None:
    """Each agent has 512 MiB. Stable's two instances and gray's one leave 364 free; growing needs 1, the update 1 more."""
    site.app["gray"]["resources"] = {"mem": 300}
    done(site.release("deployed"))
    done(site.policy(EVERYONE))
    done(site.release("bound"))
    message = refused(site, site.release, "finished")
    assert message.startswith(f"{site.file}: apps.web: there is no room to finish the release, and nothing was changed: ")
    assert "1 find no place (missing: 0.1 CPUs, 300 MiB of memory)" in message
    assert message.endswith("virtual cluster web has 1.7 CPUs, 596 MiB of memory, 20480 MiB of disk free on 2 agents")
    assert site.variants() == {"2-0"}
    assert site.apps()[STABLE] == ("1.0", 2)
    assert site.values()[BINDING]["policy"] == POLICY
