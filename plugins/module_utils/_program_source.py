# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Where a program comes from: a Debian package, an archive, an image, or what is on the host already (docs/design.md, sources).

What the user wrote becomes a ``Source`` with everything that the role ``service_base`` needs, or an InputError that names the variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, each, known_keys, mapping, matching, one_of, text

TYPES = ("package", "archive", "image", "preinstalled")
_KEYS = {
    "package": ("type", "name", "version", "repository", "prefix"),
    "archive": ("type", "url", "file", "sha256", "version"),
    "image": ("type", "name", "digest", "version", "entrypoint"),
    "preinstalled": ("type", "path", "version"),
}
_REPOSITORY_KEYS = ("url", "suite", "components", "key", "fingerprint", "trusted")
_NAME = re.compile(r"[a-z0-9][a-z0-9.+-]+")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~:-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PATH = re.compile(r"/[A-Za-z0-9._+/-]*[A-Za-z0-9._+-]")
_FILE = re.compile(r"/[^\n\r\0]+")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[^\s\"']*)?|https?://\[[0-9a-fA-F:]+\](:[0-9]+)?(/[^\s\"']*)?")
_REPOSITORY_URL = re.compile(_URL.pattern + r"|file:/[^\s\"']*")
_IMAGE = re.compile(r"([a-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*")
_WORD = re.compile(r"[A-Za-z0-9._/+-]+")
_FINGERPRINT = re.compile(r"[0-9A-F]{40}([0-9A-F]{24})?")
_EXAMPLE = (
    "one of {type: package, name: …, version: …}, {type: archive, url: …, sha256: …, version: …}, "
    "{type: image, name: …, digest: sha256:…, version: …}, {type: preinstalled, path: …, version: …}"
)


@dataclass(frozen=True)
class Repository:
    """A Debian repository. A flat one has a suite that ends with a slash, and no components. ``key`` is a text or a file's path."""

    url: str
    suite: str
    components: tuple[str, ...] = ()
    key: str = ""
    fingerprint: str = ""
    trusted: bool = False


@dataclass(frozen=True)
class Source:
    """A program's source. ``version`` is as the user wrote it; empty for what does not apply to the type.

    ``folder``: where the program's files are (``/opt/<program>/current`` leads there); empty for an image.
    ``reference``: what Docker calls the image, ``entrypoint``: its program if it is not that of the unit's name; else empty.
    """

    type: str
    version: str
    folder: str = ""
    name: str = ""
    repository: Repository | None = None
    url: str = ""
    file: str = ""
    sha256: str = ""
    digest: str = ""
    reference: str = ""
    entrypoint: str = ""

    @property
    def upstream(self) -> str:
        """The version without what Debian adds to it: ``1.11.0`` of ``1:1.11.0-2.0.1``."""
        return self.version.rpartition(":")[2].partition("-")[0].partition("+")[0].partition("~")[0]


def read_source(value: Any, program: str, variable: str) -> Source:
    """The source of a program. Raises InputError: the variable, the key, the value and what would be right."""
    where = Where(variable)
    if value in (None, "", {}):
        where.refuse(f"no source of {program} is configured, and none is built in", _EXAMPLE)
    given = mapping(value, where, _EXAMPLE)
    if "type" not in given:
        where.at("type").refuse("this key is missing", _EXAMPLE)
    kind = one_of(given["type"], TYPES, where.at("type"))
    known_keys(given, _KEYS[kind], where, what=f"key of a source of type {kind}")
    version = matching(_needed(given, "version", where), _VERSION, where.at("version"), 'a version such as "1.11.0"')
    if kind == "package":
        return _package(given, version, where)
    if kind == "archive":
        return _archive(given, version, where, program)
    if kind == "image":
        name = matching(_needed(given, "name", where), _IMAGE, where.at("name"), "an image's name without tag: registry.example.com/mesos")
        digest = matching(_needed(given, "digest", where), _DIGEST, where.at("digest"), "sha256: and 64 hexadecimal digits in lower case")
        entry = given.get("entrypoint", "")
        if entry:
            matching(entry, _WORD, where.at("entrypoint"), "the program in the image, such as /marathon/bin/marathon")
        return Source(kind, version, name=name, digest=digest, reference=f"{name}@{digest}", entrypoint=entry)
    path = matching(_needed(given, "path", where), _PATH, where.at("path"), f"an absolute path such as /opt/vendor/{program}")
    if path in (f"/opt/{program}/current", f"/opt/{program}"):
        where.at("path").refuse("this is where the role puts its own link", "the folder that the program is really in", path)
    return Source(kind, version, folder=path)


def as_mapping(source: Source) -> dict[str, Any]:
    """For templates: all fields, and ``upstream``."""
    return {**asdict(source), "upstream": source.upstream}


def _package(given: Mapping[str, Any], version: str, where: Where) -> Source:
    name = matching(_needed(given, "name", where), _NAME, where.at("name"), "a Debian package's name")
    prefix = matching(given.get("prefix", "/usr"), _PATH, where.at("prefix"), "the folder below which the package has bin or sbin, as /usr")
    raw = given.get("repository")
    repository = None if raw in (None, {}) else _repository(raw, where.at("repository"))
    return Source("package", version, folder=prefix, name=name, repository=repository)


def _repository(value: Any, where: Where) -> Repository:
    given = mapping(value, where, "{url: …, suite: …, components: [main], key: …, fingerprint: …}")
    known_keys(given, _REPOSITORY_KEYS, where)
    url = matching(_needed(given, "url", where), _REPOSITORY_URL, where.at("url"), "https://…, http://… or file:/…")
    suite = matching(_needed(given, "suite", where), _WORD, where.at("suite"), "a suite such as bookworm, or ./ for a flat repository")
    components = each(given.get("components", []), where.at("components"), lambda item, at: matching(item, _WORD, at, "such as main"))
    if suite.endswith("/") == bool(components):
        where.at("components").refuse(
            "a flat repository (suite ends with /) has no components, every other one has some",
            "[] here" if suite.endswith("/") else "[main] for instance",
            list(components),
        )
    trusted = given.get("trusted", False)
    if not isinstance(trusted, bool):
        where.at("trusted").refuse("this is not a truth value", "true or false", trusted)
    if trusted:
        if not url.startswith("file:"):
            where.at("trusted").refuse("only a repository on the host's own disk goes without a key", "key and fingerprint", trusted)
        return Repository(url, suite, components, trusted=True)
    key = text(_needed(given, "key", where), where.at("key"), "the key, ASCII-armoured, or the path of a file on the controller")
    spelt = re.sub(r"[\s:]", "", text(_needed(given, "fingerprint", where), where.at("fingerprint"))).upper()
    fingerprint = matching(spelt, _FINGERPRINT, where.at("fingerprint"), "40 hexadecimal digits, as its owner publishes them")
    return Repository(url, suite, components, key, fingerprint)


def _archive(given: Mapping[str, Any], version: str, where: Where, program: str) -> Source:
    if ("url" in given) == ("file" in given):
        where.refuse("an archive has a url or a file", "exactly one of url (the host fetches it) and file (on the controller)")
    sha256 = matching(_needed(given, "sha256", where), _SHA256, where.at("sha256"), "what sha256sum prints for it")
    url = matching(given["url"], _URL, where.at("url"), "https://… or http://…") if "url" in given else ""
    file = matching(given["file"], _FILE, where.at("file"), "an absolute path on the controller") if "file" in given else ""
    return Source("archive", version, folder=f"/opt/{program}/{version}-{sha256[:12]}", url=url, file=file, sha256=sha256)


def _needed(given: Mapping[str, Any], key: str, where: Where) -> Any:
    if given.get(key) is None:
        where.at(key).refuse("this key is missing", "it in every source of this type" if key != "version" else 'the version, as "1.11.0"')
    return given[key]
