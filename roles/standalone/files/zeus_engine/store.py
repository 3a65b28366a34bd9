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

SCHEMA = 1
VERSIONS_KEPT = 50
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS apps (id TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions (id TEXT NOT NULL, version TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (id, version));
CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deployments (id TEXT PRIMARY KEY, position INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS failures (id TEXT PRIMARY KEY, data TEXT NOT NULL);
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
        if found is None:
            self.set_meta("schema", str(SCHEMA))
        elif int(found) > SCHEMA:
            raise SchemaError(f"{path}: schema {found} was written by a newer engine; this one reads up to {SCHEMA}")

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
