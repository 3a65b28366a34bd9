# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snippets: what is on the allow-list is printed anew, and nothing else gets through."""

from __future__ import annotations

from pathlib import Path

import crossplane
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._snippet import (
    FRAME_HEADERS,
    location_name,
    parse_snippet,
    quoted,
    render_snippet,
)

ROLE = Path(__file__).resolve().parents[5] / "roles" / "router_nginx"
DIGEST = "abcdef0123456789"
KEY = "/production/shop/web"


def reread(tmp_path: Path, text: str) -> list[dict[str, object]]:
    """The directives of the one location in a rendered file."""
    path = tmp_path / "rendered.conf"
    path.write_text(text, encoding="utf-8")
    payload = crossplane.parse(str(path), single=True, check_ctx=False)
    assert payload["errors"] == []
    (location,) = payload["config"][0]["parsed"]
    assert location["directive"] == "location"
    block: list[dict[str, object]] = location["block"]
    return block


def test_a_snippet_is_printed_after_the_frames_own_settings(tmp_path: Path) -> None:
    text = "# ours\nadd_header X-Served 'by {web}; \"$request_id\"' always;\nclient_max_body_size 50m;\n"
    rendered = render_snippet(KEY, DIGEST, parse_snippet(text, "web.conf"))
    block = reread(tmp_path, rendered)
    assert block[0] == {"directive": "proxy_pass", "line": 3, "args": ["http://$zeus_upstream"]}
    assert [one["args"] for one in block if one["directive"] == "proxy_set_header"] == [list(pair) for pair in FRAME_HEADERS.items()]
    assert [(one["directive"], one["args"]) for one in block[-2:]] == [
        ("add_header", ["X-Served", 'by {web}; "$request_id"', "always"]),
        ("client_max_body_size", ["50m"]),
    ]


def test_proxy_set_header_is_merged_with_the_frames(tmp_path: Path) -> None:
    rendered = render_snippet(KEY, DIGEST, parse_snippet("proxy_set_header host shop.internal;\nproxy_set_header X-Tenant a;", "web.conf"))
    headers = [one["args"] for one in reread(tmp_path, rendered) if one["directive"] == "proxy_set_header"]
    expected = [[name, value] for name, value in FRAME_HEADERS.items() if name != "Host"]
    assert headers == [*expected, ["host", "shop.internal"], ["X-Tenant", "a"]]


def test_the_frames_headers_are_those_of_the_role() -> None:
    variables = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    assert variables["__router_nginx_headers"] == dict(FRAME_HEADERS)


FORBIDDEN = [
    ("content_by_lua_block { os.execute('x') }", "line 1: content_by_lua_block"),
    ("gzip on;\naccess_by_lua 'x';", "line 2: access_by_lua"),
    ("gzip on;\n\ninclude /etc/passwd;", "line 3: include"),
    ("load_module x.so;", "load_module"),
    ("alias /etc/;", "line 1: alias"),
    ("root /;", "line 1: root"),
    ("proxy_pass http://elsewhere;", "line 1: proxy_pass"),
    ("set $zeus_variant x;", "line 1: set"),
    ("if ($host) { gzip on; }", "line 1: if"),
    ("return 200 hello;", "line 1: return"),
    ("rewrite a b;", "line 1: rewrite"),
    ("error_page 404 /x;", "line 1: error_page"),
    ("keepalive_timeout 0;", "line 1: keepalive_timeout"),
    ("proxy_next_upstream non_idempotent;", "line 1: proxy_next_upstream"),
    ("access_log /etc/cron.d/x;", "line 1: access_log"),
    ("proxy_set_header Connection close;", "line 1: proxy_set_header"),
    ("proxy_set_header x-zeus-rule mine;", "line 1: proxy_set_header"),
    ("proxy_set_header X-Forwarded-For 1.2.3.4;", "line 1: proxy_set_header"),
    ("proxy_set_header X-A 1; proxy_set_header x-a 2;", "this header is set twice"),
    ("add_header Connection close;", "line 1: add_header"),
    ("add_header 'X A' b;", "no header's name"),
    ("add_header X-A $uri;", "variable"),
    ("add_header X-A ${document_uri};", "variable"),
    ("add_header X-A 'costs $';", "a $ must begin"),
    ("add_header X-A 'two\nlines';", "line break"),
    ("add_header X-A a\\nb;", "backslash"),
    ("proxy_redirect ~x y;", "regular expression"),
    ("add_header X-A 'a\x00b';", "control character"),
    ("gzip on; gzip off;", "line 1 already"),
]
UNFINISHED = [
    *(
        '"; } evil {',
        "} location /x { gzip on;",
        "} } } events {",
        "} } } http { server { location / {",
        "gzip on; zeus_end; } } } http { server { location / {",
    ),
    *(
        "{",
        "}",
        "gzip on; }",
        "gzip on",
        "gzip on; junk",
        'gzip on; "abc',
        "gzip on; '",
        "add_header;",
        "gzip on off on;",
        "zeus_end;",
        ";",
    ),
]


@pytest.mark.parametrize(("text", "named"), FORBIDDEN)
def test_what_is_not_allowed_is_named_with_its_line(text: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_snippet(text, "files/web.conf")
    assert str(caught.value).startswith("files/web.conf: ")
    assert named in str(caught.value)


@pytest.mark.parametrize("text", UNFINISHED)
def test_what_does_not_stay_inside_its_location_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"files/web\.conf"):
        parse_snippet(text, "files/web.conf")


def test_a_snippet_has_a_greatest_length() -> None:
    assert parse_snippet("# " + "x" * 60000 + "\n", "web.conf").directives == ()
    with pytest.raises(InputError, match="at most 65536 bytes"):
        parse_snippet("# " + "x" * 70000, "web.conf")


@pytest.mark.parametrize(
    ("key", "digest"),
    [("/a/b", DIGEST), ("/a/b/c/d", DIGEST), ("/a/b/c {", DIGEST), ("/a/b/c", "xyz"), ("/a/b/c", "abc"), ("/A/b/c", DIGEST)],
)
def test_a_locations_name_takes_no_other_text(key: str, digest: str) -> None:
    with pytest.raises(ValueError, match="not an app key"):
        location_name(key, digest)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\\")), min_size=1, max_size=4))
def test_quoted_texts_are_read_back_as_they_were(tmp_path: Path, texts: list[str]) -> None:
    (directive,) = reread(tmp_path, "location /x { anything " + " ".join(map(quoted, texts)) + "; }")
    assert directive["args"] == texts


@given(st.text(max_size=20), st.sampled_from(["\n", "\r", "\0", "\x7f", "\t"]), st.text(max_size=20))
def test_control_characters_cannot_be_quoted(before: str, control: str, after: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        quoted(before + control + after)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "gzip",
                "on",
                ";",
                "}",
                "{",
                '"',
                "'",
                "#",
                "\n",
                " ",
                "add_header",
                "X-A",
                "$host",
                "location",
                "/",
                "zeus_end",
                "include",
                "http",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_whatever_is_accepted_stays_one_location(tmp_path: Path, text: str) -> None:
    try:
        snippet = parse_snippet(text, "web.conf")
    except InputError:
        return
    block = reread(tmp_path, render_snippet(KEY, DIGEST, snippet))
    names = {one["directive"] for one in block}
    assert names <= {"proxy_pass", "proxy_set_header", "gzip", "add_header"}
