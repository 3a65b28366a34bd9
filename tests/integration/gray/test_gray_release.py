# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release from its first step to its last, and from any step back, as requests through the router see it."""

from __future__ import annotations

from integration.gray.site import BINDING, EVERYONE, GRAY, POLICY, STABLE, TESTERS, Site, done, kinds, policy, predicted


def test_a_whole_release(site: Site) -> None:
    assert kinds(predicted(site, "deployed")) == {GRAY: "create"}
    assert site.apps() == {STABLE: ("1.0", 2), GRAY: ("2.0", 1)}
    assert site.variants() == {"stable"}

    written = done(site.policy(TESTERS))
    assert written["bound"] == []
    assert site.variants(Cookie="beta=1") == {"stable"}

    bound = predicted(site, "bound")
    assert kinds(bound) == {BINDING: "create"}
    assert bound["routers"] == {"web": [site.agent.url]}
    assert site.variants() == {"stable"}
    assert site.get(Cookie="beta=1") == {"variant": "2-0", "version": "2.0"}
    explained = site.explain(cookies={"beta": "v7"})
    assert {part: explained[part] for part in ("variant", "version", "policy", "rule", "agree")} == {
        "variant": "2-0", "version": "2.0", "policy": POLICY, "rule": "tester", "agree": True,
    }  # fmt: skip

    wider = policy(*TESTERS["rules"], {"name": "everyone", "when": {"percent": 100}})
    assert done(site.policy(wider))["bound"] == ["/production/shop/web"]
    assert site.variants() == {"2-0"}
    assert site.explain(address="203.0.113.9")["rule"] == "everyone"
    done(site.policy(TESTERS))

    finished = predicted(site, "finished")
    assert kinds(finished) == {STABLE: "update", BINDING: "delete", GRAY: "delete"}
    assert finished["edit"] == ['set apps.web.version to "2.0"', "remove apps.web.gray"]
    assert site.apps() == {STABLE: ("2.0", 2)}
    assert site.gray() is None
    assert {site.get()["version"], site.get(Cookie="beta=1")["version"]} == {"2.0"}

    # The file as it is would take the release back, and says so; edited as told, nothing is left to do.
    assert "already runs as stable" in site.project()["msg"]
    assert "already runs as stable" in site.release("deployed")["msg"]
    del site.app["gray"]
    site.app["version"] = "2.0"
    done(site.project(), changed=False)


def test_abort(site: Site) -> None:
    done(site.release("deployed"))
    done(site.policy(EVERYONE))
    done(site.release("bound"))
    assert site.variants() == {"2-0"}
    # What the file says of the gray version by now does not matter.
    site.app["gray"]["version"] = "3.0"
    assert kinds(predicted(site, "aborted")) == {BINDING: "delete", GRAY: "delete"}
    assert site.variants() == {"stable"}
    assert site.apps() == {STABLE: ("1.0", 2)}
    assert done(site.policy(state="absent", name=POLICY))["stored"]["digest"]
