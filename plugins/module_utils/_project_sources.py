# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a project file refers to, read from disk: the file itself, the folders it packs, the snippets it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._catalogue import read_catalogue
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._packing import Pack, pack
from ansible_collections.zeus.paas.plugins.module_utils._project import Project, parse_project
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import Site, files_of, find_app
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App
from ansible_collections.zeus.paas.plugins.module_utils._snippet import parse_snippet


@dataclass(frozen=True)
class Sources:
    """A project for one environment and one datacenter, with everything it refers to.

    ``packs``: by digest, for the artifact store. ``snippets``: the reviewed text of each app that has one, by app name.
    """

    project: Project
    environment: str
    site: Site
    packs: Mapping[str, Pack]
    snippets: Mapping[str, str]


def open_project(
    src: str,
    environment: str,
    datacenter: str,
    vclusters: Any,
    *,
    artifact_url: str | None,
    scratch: Path,
    gray: bool = False,
) -> Sources:
    """Read, validate and pack a project. ``vclusters`` is the catalogue as in ``zeus_vclusters``; archives are written into ``scratch``.

    With ``gray`` the files of the gray versions are packed too. Raises InputError, which names the project file and the key.
    """
    file = Path(src)
    project = parse_project(_read(file, src, "", "the path of a project file"), src)
    apps = project.expand(environment, datacenter)
    digests: dict[str, str] = {}
    packs: dict[str, Pack] = {}
    for path, key in files_of(apps, src, gray=gray).items():
        if not artifact_url:
            raise InputError(src, key, "files need an artifact store, and artifact_url is not set", "zeus_artifact_url in the inventory")
        root = _inside(file.parent, path, Where(src, key))
        packed = pack(root, scratch / f"{len(packs)}.tar.gz", src, key)
        digests[path] = packed.digest
        packs[packed.digest] = packed
    snippets: dict[str, str] = {}
    for app in apps:
        if app.snippet is not None:
            where = Where(src, f"{app.where}.nginx.snippet")
            snippet = _inside(file.parent, app.snippet, where)
            snippets[app.name] = _read(snippet, where.source, where.key, "a file with nginx directives")
            parse_snippet(snippets[app.name], str(snippet))
    site = Site(datacenter, read_catalogue(vclusters, "zeus_vclusters", ""), artifact_url or "", digests)
    return Sources(project, environment, site, packs, snippets)


def open_app(src: str, environment: str, datacenter: str, vclusters: Any, app_name: str) -> tuple[Project, App]:
    """A project and one of its apps as its file says; nothing that it refers to is read or packed. Raises InputError."""
    project = parse_project(_read(Path(src), src, "", "the path of a project file"), src)
    return project, find_app(project, environment, Site(datacenter, read_catalogue(vclusters, "zeus_vclusters", "")), app_name)


def _inside(folder: Path, path: str, where: Where) -> Path:
    """A path of the project file, which must not lead out of its folder by a symbolic link either."""
    found = (folder / path).resolve()
    if not found.is_relative_to(folder.resolve()):
        where.refuse("this path leaves the project's folder", "a path below the project file's folder", path)
    return found


def _read(file: Path, source: str, key: str, expected: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(source, key, "there is no such file", expected, str(file)) from None
    except UnicodeDecodeError:
        raise InputError(source, key, "this file is not UTF-8", expected, str(file)) from None
    except OSError as error:
        raise InputError(source, key, f"this file cannot be read: {error.strerror}", expected, str(file)) from None
