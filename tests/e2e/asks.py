# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request for each kind of condition of the sample policy, and who must answer it by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .bed import Center
from .trial import HOST

STABLE, GRAY = "stable", "2-0"
#: Not in any list of the policy, and user u9 is not among the first 5 %.
NOBODY: Mapping[str, str] = {"uid": "u9"}
SOMEWHERE = "203.0.113.1"


@dataclass(frozen=True)
class Ask:
    """The same request, as a user sends it (`sent`) and as the question to the router (`asked`)."""

    what: str
    variant: str
    rule: str
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=lambda: NOBODY)
    arguments: Mapping[str, str] = field(default_factory=dict)
    address: str = SOMEWHERE

    def sent(self, center: Center) -> dict[str, Any]:
        """Through the router; the tests' container is a trusted proxy, so it may say which client it asks for."""
        headers = {**self.headers, "X-Forwarded-For": self.address}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return center.request(HOST, "/" + (f"?{urlencode(self.arguments)}" if self.arguments else ""), headers)

    @property
    def asked(self) -> dict[str, Any]:
        return {
            "host": HOST,
            "path": "/",
            "headers": dict(self.headers),
            "cookies": dict(self.cookies),
            "arguments": dict(self.arguments),
            "address": self.address,
        }


ASKS = (
    Ask("nobody special", STABLE, "-"),
    Ask("device by a header", GRAY, "device", headers={"X-Device-Model": "x60"}),
    Ask("device by an argument, as a prefix", GRAY, "device", arguments={"device": "Max70"}),
    Ask("device by the user agent's table", GRAY, "device", headers={"User-Agent": "Mozilla/5.0 (LeTV X60 Build)"}),
    Ask("another device", STABLE, "-", headers={"X-Device-Model": "X50"}),
    Ask("the first source with a value counts", STABLE, "-", headers={"X-Device-Model": "X50"}, arguments={"device": "X60"}),
    Ask("IPv4 network", GRAY, "office", address="198.51.100.77"),
    Ask("just outside of it", STABLE, "-", address="198.51.101.0"),
    Ask("IPv6 network", GRAY, "office", address="2001:db8:1::9"),
    Ask("region by the operator's table", GRAY, "north", address="10.201.3.4"),
    Ask("a region that the rule does not name", STABLE, "-", address="10.202.3.4"),
    Ask("cookie, exact", GRAY, "tester", cookies={"beta": "1"}),
    Ask("cookie, by its prefix", GRAY, "tester", cookies={"a": "b", "beta": "v7"}),
    Ask("cookie with another value", STABLE, "-", cookies={"beta": "2", **NOBODY}),
    Ask("all of: any of: a header", GRAY, "staff", headers={"X-Staff": "yes"}),
    Ask("all of: any of: a cookie", GRAY, "staff", cookies={"staff": "42", **NOBODY}),
    Ask("all of: not", STABLE, "-", headers={"X-Staff": "yes"}, cookies={"beta": "0", **NOBODY}),
)
