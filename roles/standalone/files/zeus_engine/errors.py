# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the Marathon API that are not a success, with its bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LOCKED = (
    "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'."
)


class ApiError(Exception):
    """An answer with an error status. `body` is what the client gets as JSON."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {body.get('message', '')}")
        self.status = status
        self.body = dict(body)


def failed(status: int, message: str) -> ApiError:
    return ApiError(status, {"message": message})


def not_found(message: str) -> ApiError:
    return failed(404, message)


def app_not_found(app_id: str, version: str | None = None) -> ApiError:
    suffix = f" in version {version}" if version else ""
    return not_found(f"App '{app_id}' does not exist{suffix}")


def group_not_found(group_id: str) -> ApiError:
    return not_found(f"Group '{group_id}' does not exist")


def locked(deployment_ids: Iterable[str]) -> ApiError:
    return ApiError(409, {"message": LOCKED, "deployments": [{"id": one} for one in deployment_ids]})


def too_many_deployments(limit: int) -> ApiError:
    # The missing blank after "one" is Marathon's own.
    return failed(
        403,
        f"Max number ({limit}) of running deployments is achieved. Wait for existing deployments to complete or cancel one"
        "using force=true parameter. You can increase max deployment number by using --max_running_deployments parameter "
        "but be advised that this can have negative effects on the performance.",
    )


class Problems:
    """Collects what is wrong with a body, by path, in the order found."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: str, text: str) -> None:
        texts = self._found.setdefault(path or "/", [])
        if text not in texts:
            texts.append(text)

    def take(self, error: ApiError, prefix: str) -> None:
        """Make the problems of one part problems of the whole. An error without details goes on as it is."""
        if "details" not in error.body:
            raise error
        for one in error.body["details"]:
            for text in one["errors"]:
                self.add(f"{prefix}{one['path']}".rstrip("/"), text)

    def details(self) -> list[dict[str, Any]]:
        return [{"path": path, "errors": texts} for path, texts in self._found.items()]

    def raise_wrong_types(self) -> None:
        """Wrong types and missing fields: Marathon answers 422 "Invalid JSON"."""
        if self._found:
            raise ApiError(422, {"message": "Invalid JSON", "details": self.details()})

    def raise_not_valid(self) -> None:
        """Well-formed but not acceptable: 422 "Object is not valid"."""
        if self._found:
            raise ApiError(422, {"message": "Object is not valid", "details": self.details()})


def not_valid(path: str, text: str) -> ApiError:
    return ApiError(422, {"message": "Object is not valid", "details": [{"path": path, "errors": [text]}]})


def wrong_type(path: str, text: str) -> ApiError:
    return ApiError(422, {"message": "Invalid JSON", "details": [{"path": path, "errors": [text]}]})
