# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A team's own repository, from templates. An action plugin, because it writes on the controller and needs Ansible's vault."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._repository import (
    EXAMPLE_ADDRESS,
    MANIFEST,
    PASSWORD_FILE,
    SECRETS,
    Planned,
    Site,
    outline,
    read_site,
    settings_of,
)
from ansible_collections.zeus.paas.plugins.module_utils._repository_files import (
    Manifest,
    RepositoryFiles,
    digest,
    read_manifest,
    sort_out,
)
from ansible_collections.zeus.paas.plugins.module_utils._resource import Outcome, reconcile
from ansible_collections.zeus.paas.plugins.plugin_utils._host_names import expanded

display = Display()
COLLECTION = Path(__file__).resolve().parents[2]
TEMPLATES = COLLECTION / "playbooks" / "templates" / "repository"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "site": {"type": "str"},
    "engine": {"type": "str"},
    "vclusters": {"type": "dict"},
    "datacenters": {"type": "dict"},
    "address": {"type": "str"},
    "user": {"type": "str"},
    "ssh_key": {"type": "path"},
    "force": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """The face: options in, files and what is left to do out."""

    _supports_check_mode = True
    _supports_diff = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, given = self.validate_argument_spec(ARGUMENTS)
        try:
            return result | self._write(given)
        except ZeusError as error:
            raise AnsibleActionFail(error.message) from error
        except OSError as error:
            raise AnsibleActionFail(f"{error.filename or given['dest']}: {error.strerror}") from error

    def _write(self, given: Mapping[str, Any]) -> dict[str, Any]:
        dest = Path(given["dest"]).absolute()
        known = read_manifest(dest) or Manifest()
        # Through JSON, because Ansible's own texts carry tags that YAML cannot write.
        settings: dict[str, Any] = json.loads(json.dumps(settings_of(given, known.settings)))
        site = read_site(settings, expanded)
        files = outline(site)
        wanted = {file.path: _render(file, site) for file in files if not file.secret}
        verdict = sort_out(dest, wanted, known, force=given["force"])
        digests = {path: digest(text.encode()) for path, text in verdict.write.items()}
        digests |= {path: known.files[path] for path in verdict.kept if path in known.files}
        definitions: dict[str, Any] = {path: {"text": text, "mode": 0o644} for path, text in verdict.write.items()}
        hidden = _secrets(dest, files, site)
        definitions |= {path: {"text": text, "mode": 0o600} for path, text in hidden.items()}
        definitions[MANIFEST] = {"text": Manifest(settings, digests).text(), "mode": 0o644}
        outcome = reconcile(RepositoryFiles(dest), definitions, check_mode=self._task.check_mode)
        for path, why in verdict.kept.items():
            display.display(f"left as it is: {path} ({why}; -e init_force=true replaces it)")
        return {
            "changed": outcome.changed,
            "diff": _diff(outcome, hidden),
            "files": [change.id for change in outcome.changes],
            "kept": sorted(verdict.kept),
            "no_longer_written": sorted(set(known.files) - set(wanted)),
            "dest": str(dest),
            "inventories": [f"inventories/{site.name}/{dc.name}" for dc in site.datacenters],
            "settings": settings,
            "next": _next(site),
        }


def _next(site: Site) -> list[str]:
    """What is left to people."""
    steps = [
        f"inventories/{site.name}/{dc.name}/hosts.yml: {EXAMPLE_ADDRESS} is nobody's address; put your machine's there"
        for dc in site.datacenters
        if any(variables.get("ansible_host") == EXAMPLE_ADDRESS for variables in dc.hosts.values())
    ]
    return [*steps, f"{PASSWORD_FILE} opens the secrets and is not in git: keep it in your password manager"]


def _render(file: Planned, site: Site, **more: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["flow"] = lambda value: yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6).strip()
    environment.filters["scalar"] = lambda value: yaml.safe_dump(value, width=10**6).removesuffix("...\n").strip()
    return environment.get_template(file.template).render(site=site, dc=file.datacenter, version=_version(), **more)


def _secrets(dest: Path, files: tuple[Planned, ...], site: Site) -> dict[str, str]:
    """The secret files that do not exist yet, encrypted; with them the vault's password, if the repository has none."""
    all_of_them = [file for file in files if file.secret]
    missing = [file for file in all_of_them if not (dest / file.path).exists()]
    if not missing:
        return {}
    found: dict[str, str] = {}
    password_file = dest / PASSWORD_FILE
    if password_file.exists():
        password = password_file.read_text(encoding="utf-8").strip()
    elif len(missing) < len(all_of_them):
        raise RefusedError(
            f"{password_file}: this file is not here, and {missing[0].path} is to be encrypted with the same password as the other "
            "secrets; expected the vault's password in it (mode 0600)"
        )
    else:
        password = secrets.token_urlsafe(32)
        found[PASSWORD_FILE] = f"{password}\n"
    vault = VaultLib([("default", VaultSecret(password.encode()))])
    for file in missing:
        plain = _render(file, site, secrets={name: secrets.token_urlsafe(32) for name in SECRETS})
        found[file.path] = vault.encrypt(plain).decode()
    return found


def _diff(outcome: Outcome, hidden: Mapping[str, str]) -> list[dict[str, str]]:
    def shown(path: str, side: Mapping[str, Any] | None) -> str:
        return "" if side is None else "(hidden)\n" if path in hidden else str(side["text"])

    return [
        {
            "before_header": change.id,
            "after_header": change.id,
            "before": shown(change.id, change.before),
            "after": shown(change.id, change.after),
        }
        for change in outcome.changes
        if change.id != MANIFEST
    ]


def _version() -> str:
    """This collection's version: an installed one has a manifest, a working copy its galaxy.yml."""
    manifest = COLLECTION / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    galaxy = COLLECTION / "galaxy.yml"
    if galaxy.is_file():
        return str(yaml.safe_load(galaxy.read_text(encoding="utf-8"))["version"])
    return ""
