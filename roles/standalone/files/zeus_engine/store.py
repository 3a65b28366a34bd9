# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that must survive the engine, in one SQLite file (write-ahead log).

Every write is committed before the engine goes on, so a kill -9 between any two lines loses nothing that was answered or started.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .model import Task
from .tree import Group, Tree, of_apps

SCHEMA = 2
#: Of each app, and of the whole; Marathon's --zk_max_versions.
VERSIONS_KEPT = 50
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS apps (id TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions (id TEXT NOT NULL, version TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (id, version));
CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deployments (id TEXT PRIMARY KEY, position INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS failures (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS groups (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roots (version TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS history (
    kind TEXT NOT NULL, id TEXT NOT NULL, since TEXT NOT NULL, until TEXT, data TEXT NOT NULL, PRIMARY KEY (kind, id, since)
);
CREATE INDEX IF NOT EXISTS history_until ON history (until);
"""


class SchemaError(Exception):
    """The file was written by a newer engine."""


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


class Store:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._depth = 0
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)
        found = self.meta("schema")
        if found is not None and int(found) > SCHEMA:
            raise SchemaError(f"{path}: schema {found} was written by a newer engine; this one reads up to {SCHEMA}")
        if found == "1":
            self._from_schema_1()
        if found != str(SCHEMA):
            self.set_meta("schema", str(SCHEMA))

    def _from_schema_1(self) -> None:
        """Schema 1 knew neither groups nor versions of the whole: the groups follow from the apps, history begins with what is there."""
        version = self.meta("version")
        if version is not None:
            apps = self.apps()
            with self.transaction():
                self.put_root(version, Tree(), of_apps(apps))
                self.set_meta("schema", str(SCHEMA))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become visible together, or not at all."""
        if self._depth:
            yield
            return
        self._depth = 1
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._depth = 0

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put_root(self, version: str, before: Tree, after: Tree) -> None:
        """A new version of the whole. Apps and groups are written where they differ; both trees share what did not change."""
        with self.transaction():
            self.set_meta("version", version)
            self._db.execute("INSERT INTO roots VALUES (?)", (version,))
            known = self.groups()
            for group_id, group in after.groups.items():
                if group != known.get(group_id):
                    text = _dump(group.to_json())
                    self._db.execute("INSERT OR REPLACE INTO groups VALUES (?, ?)", (group_id, text))
                    self._begin("group", group_id, version, text)
            for group_id in known.keys() - after.groups.keys():
                self._db.execute("DELETE FROM groups WHERE id = ?", (group_id,))
                self._end("group", group_id, version)
            for app_id in before.apps.keys() - after.apps.keys():
                self.delete_app(app_id)
                self._end("app", app_id, version)
            for app_id, app in after.apps.items():
                if app is not before.apps.get(app_id):
                    self.put_app(app)
                    self._begin("app", app_id, version, _dump(app))
            self._prune_roots()

    def _prune_roots(self) -> None:
        row = self._db.execute("SELECT version FROM roots ORDER BY version DESC LIMIT 1 OFFSET ?", (VERSIONS_KEPT - 1,)).fetchone()
        if row:
            self._db.execute("DELETE FROM roots WHERE version < ?", row)
            self._db.execute("DELETE FROM history WHERE until <= ?", row)

    def _begin(self, kind: str, some_id: str, since: str, data: str) -> None:
        self._end(kind, some_id, since)
        self._db.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, NULL, ?)", (kind, some_id, since, data))

    def _end(self, kind: str, some_id: str, until: str) -> None:
        self._db.execute("UPDATE history SET until = ? WHERE kind = ? AND id = ? AND until IS NULL", (until, kind, some_id))

    def roots(self) -> list[str]:
        """Versions of the whole, newest first."""
        return [str(row[0]) for row in self._db.execute("SELECT version FROM roots ORDER BY version DESC")]

    def roots_with_group(self, group_id: str) -> list[str]:
        """Versions of the whole in which this group was there, newest first."""
        rows = self._db.execute(
            "SELECT version FROM roots WHERE EXISTS (SELECT 1 FROM history WHERE kind = 'group' AND id = ?"
            " AND since <= version AND (until IS NULL OR until > version)) ORDER BY version DESC",
            (group_id,),
        )
        return [str(row[0]) for row in rows]

    def root_at(self, version: str) -> Tree | None:
        """The whole as it was in this very version."""
        if self._db.execute("SELECT 1 FROM roots WHERE version = ?", (version,)).fetchone() is None:
            return None
        rows = self._db.execute("SELECT kind, data FROM history WHERE since <= ?1 AND (until IS NULL OR until > ?1)", (version,)).fetchall()
        apps = [json.loads(data) for kind, data in rows if kind == "app"]
        groups = [Group.from_json(json.loads(data)) for kind, data in rows if kind == "group"]
        return of_apps({app["id"]: app for app in apps}, groups)

    def groups(self) -> dict[str, Group]:
        return {group_id: Group.from_json(json.loads(text)) for group_id, text in self._db.execute("SELECT id, data FROM groups")}

    def patch_group(self, group: Group) -> None:
        """Change a group without a new version of the whole."""
        with self.transaction():
            text = _dump(group.to_json())
            self._db.execute("UPDATE groups SET data = ? WHERE id = ?", (text, group.id))
            self._db.execute("UPDATE history SET data = ? WHERE kind = 'group' AND id = ? AND until IS NULL", (text, group.id))

    def apps(self) -> dict[str, dict[str, Any]]:
        return {app_id: json.loads(text) for app_id, text in self._db.execute("SELECT id, definition FROM apps")}

    def put_app(self, app: Mapping[str, Any]) -> None:
        with self.transaction():
            text = _dump(app)
            self._db.execute("INSERT OR REPLACE INTO apps VALUES (?, ?)", (app["id"], text))
            self._db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", (app["id"], app["version"], text))
            self._db.execute(
                "DELETE FROM versions WHERE id = ?1 AND version NOT IN"
                " (SELECT version FROM versions WHERE id = ?1 ORDER BY version DESC LIMIT ?2)",
                (app["id"], VERSIONS_KEPT),
            )

    def delete_app(self, app_id: str) -> None:
        with self.transaction():
            for table in ("apps", "versions", "failures"):
                self._db.execute(f"DELETE FROM {table} WHERE id = ?", (app_id,))

    def versions(self, app_id: str) -> list[str]:
        rows = self._db.execute("SELECT version FROM versions WHERE id = ? ORDER BY version DESC", (app_id,))
        return [str(row[0]) for row in rows]

    def version(self, app_id: str, version: str) -> dict[str, Any] | None:
        row = self._db.execute("SELECT definition FROM versions WHERE id = ? AND version = ?", (app_id, version)).fetchone()
        return dict(json.loads(row[0])) if row else None

    def tasks(self) -> list[Task]:
        return [Task.from_json(json.loads(row[0])) for row in self._db.execute("SELECT data FROM tasks")]

    def put_task(self, task: Task) -> None:
        self._db.execute("INSERT OR REPLACE INTO tasks VALUES (?, ?)", (task.task_id, _dump(task.to_json())))

    def delete_task(self, task_id: str) -> None:
        self._db.execute("DELETE FROM tasks WHERE id = ?", (task_id,))

    def deployments(self) -> list[dict[str, Any]]:
        return [json.loads(row[0]) for row in self._db.execute("SELECT data FROM deployments ORDER BY position")]

    def put_deployment(self, deployment_id: str, position: int, data: Mapping[str, Any]) -> None:
        self._db.execute("INSERT OR REPLACE INTO deployments VALUES (?, ?, ?)", (deployment_id, position, _dump(data)))

    def delete_deployment(self, deployment_id: str) -> None:
        self._db.execute("DELETE FROM deployments WHERE id = ?", (deployment_id,))

    def failures(self) -> dict[str, dict[str, Any]]:
        return {app_id: json.loads(text) for app_id, text in self._db.execute("SELECT id, data FROM failures")}

    def put_failure(self, app_id: str, failure: Mapping[str, Any]) -> None:
        self._db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?)", (app_id, _dump(failure)))
