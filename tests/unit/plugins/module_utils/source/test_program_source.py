# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of programs: what is taken, what follows from it, and that a refusal names the variable, the key and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._program_source import Source, read_source

SHA = "ab" * 32
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----"
REPOSITORY = {"url": "https://apt.example.com/debian", "suite": "bookworm", "components": ["main"], "key": KEY, "fingerprint": "AB" * 20}
ARCHIVE = {"type": "archive", "url": "https://example.com/mesos.tar.gz", "sha256": SHA, "version": "1.11.0"}
PACKAGE = {"type": "package", "name": "mesos", "version": "1:1.11.0-2.0.1"}
IMAGE = {"type": "image", "name": "registry.example.com:5000/infra/mesos", "digest": f"sha256:{SHA}", "version": "1.11.0"}


def read(value: Any) -> Source:
    return read_source(value, "mesos", "mesos_master_source (zeus_mesos_source)")


def refusal(value: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(value)
    return str(caught.value)


def test_an_archive_has_a_folder_of_its_own() -> None:
    assert read(ARCHIVE).folder == "/opt/mesos/1.11.0-abababababab"


def test_a_package_is_looked_for_below_usr() -> None:
    source = read({**PACKAGE, "repository": REPOSITORY})
    assert source.folder == "/usr"
    assert source.repository is not None
    assert source.repository.fingerprint == "AB" * 20


def test_an_image_goes_by_its_digest() -> None:
    source = read(IMAGE)
    assert source.reference == f"registry.example.com:5000/infra/mesos@sha256:{SHA}"
    assert source.folder == ""


def test_what_is_installed_is_only_linked_to() -> None:
    assert read({"type": "preinstalled", "path": "/opt/vendor/mesos", "version": "1.11.0"}).folder == "/opt/vendor/mesos"


@pytest.mark.parametrize("written", ["1.11.0", "1:1.11.0-2.0.1", "1.11.0~rc1", "1.11.0+git7"])
def test_debians_additions_are_no_part_of_the_version(written: str) -> None:
    assert read({**PACKAGE, "version": written}).upstream == "1.11.0"


def test_a_fingerprint_may_be_spelt_in_groups() -> None:
    spelt = " ".join(["abab"] * 10)
    found = read({**PACKAGE, "repository": {**REPOSITORY, "fingerprint": spelt}}).repository
    assert found is not None
    assert found.fingerprint == "AB" * 20


@pytest.mark.parametrize("nothing", [None, {}, ""])
def test_no_source_names_the_variable_and_the_choices(nothing: Any) -> None:
    told = refusal(nothing)
    assert told.startswith("mesos_master_source (zeus_mesos_source): no source of mesos is configured")
    assert "{type: archive, url: …, sha256: …, version: …}" in told


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ({**ARCHIVE, "type": "tarball"}, "type"),
        ({"url": "https://example.com"}, "type"),
        ({**ARCHIVE, "sha": SHA}, "sha"),
        ({**ARCHIVE, "sha256": SHA.upper()}, "sha256"),
        ({**ARCHIVE, "version": 1.11}, "version"),
        ({key: value for key, value in ARCHIVE.items() if key != "version"}, "version"),
        ({**ARCHIVE, "version": "../1"}, "version"),
        ({**ARCHIVE, "url": "ftp://example.com/x"}, "url"),
        ({**PACKAGE, "name": "mesos; rm -rf /"}, "name"),
        ({**PACKAGE, "repository": {**REPOSITORY, "key": None}}, "repository.key"),
        ({**PACKAGE, "repository": {**REPOSITORY, "fingerprint": "ABCD"}}, "repository.fingerprint"),
        ({**PACKAGE, "repository": {**REPOSITORY, "suite": "./"}}, "repository.components"),
        ({**PACKAGE, "repository": {**REPOSITORY, "components": []}}, "repository.components"),
        ({**PACKAGE, "repository": {**REPOSITORY, "trusted": True}}, "repository.trusted"),
        ({**PACKAGE, "repository": {**REPOSITORY, "url": "https://apt.example.com/ x\nSigned-By: y"}}, "repository.url"),
        ({**IMAGE, "name": "mesos:latest"}, "name"),
        ({**IMAGE, "digest": "latest"}, "digest"),
        ({"type": "preinstalled", "path": "opt/mesos", "version": "1.11.0"}, "path"),
        ({"type": "preinstalled", "path": "/opt/mesos/current", "version": "1.11.0"}, "path"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_key(value: Any, key: str) -> None:
    assert refusal(value).startswith(f"mesos_master_source (zeus_mesos_source).{key}: ") or f": {key}: " in refusal(value)


def test_an_archive_has_one_place() -> None:
    assert "exactly one of url" in refusal({**ARCHIVE, "file": "/srv/mesos.tar.gz"})


def test_only_the_hosts_own_disk_goes_without_a_key() -> None:
    found = read({**PACKAGE, "repository": {"url": "file:/srv/apt", "suite": "./", "trusted": True}}).repository
    assert found is not None
    assert found.trusted
