# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Marathon's API v2 (1.11), as far as the collection uses it. Objects stay in Marathon's own JSON form.

Every method raises ``AwayError`` when nobody answers and ``ApiError`` when the answer is not what the API promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._http import Event, HttpClient, Response

Json = dict[str, Any]

#: What a list of apps carries beyond the definitions.
EMBED = ("apps.tasks", "apps.counts", "apps.deployments", "apps.lastTaskFailure")


class Marathon:
    """A Marathon, or what speaks as one."""

    def __init__(self, http: HttpClient) -> None:
        self.http = http
        #: Asked before every write; raises if this run may not write any more.
        self.guard: Callable[[], Any] = lambda: None

    def apps(
        self, *, ids: Sequence[str] | None = None, label: str | None = None, embed: Sequence[str] = EMBED, timeout: float | None = None
    ) -> list[Json]:
        """All apps, or those of ``ids`` that exist, or those that a label selector chooses; one call."""
        if ids is not None and not ids:
            return []
        if ids is not None and len(ids) == 1 and label is None:
            found = self.app(ids[0])
            return [] if found is None else [found]
        params: list[tuple[str, str]] = [("embed", part) for part in embed]
        if label is not None:
            params.append(("label", label))
        answer = self._get("/v2/apps", params=params, timeout=timeout)
        apps = _list_of_objects(answer, _member(answer, "apps"))
        # `id` of the API is a substring search, so the choice is made here.
        return apps if ids is None else [app for app in apps if app.get("id") in set(ids)]

    def app(self, app_id: str) -> Json | None:
        """One app with counts, tasks, deployments and its last failure; None if there is none."""
        answer = self._get(f"/v2/apps{_path(app_id)}", ok=(200, 404))
        return None if answer.status == 404 else cast(Json, _member(answer, "app", dict))

    def put_apps(self, definitions: Sequence[Mapping[str, Any]], *, force: bool = False) -> str:
        """Create or fully replace these apps in one deployment, and return its id.

        ``partialUpdate=false``: a partial update would drop ``resourceLimits`` and ``executorResources`` that are not mentioned.
        """
        params = {"partialUpdate": "false", "force": _bool(force)}
        return self._deployment("PUT", "/v2/apps", params=params, json=list(definitions), ok=(200, 201))

    def delete_app(self, app_id: str, *, force: bool = False) -> str | None:
        """Delete one app; the deployment's id, or None if there was no such app. (``force`` is always sent: Marathon's default is true.)"""
        try:
            return self._deployment("DELETE", f"/v2/apps{_path(app_id)}", params={"force": _bool(force)})
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def restart_app(self, app_id: str) -> str:
        """Replace all tasks of the app as its upgrade strategy says, and return the deployment's id."""
        return self._deployment("POST", f"/v2/apps{_path(app_id)}/restart", params={"force": _bool(False)})

    def kill_tasks(self, ids: Sequence[str], *, scale: bool, force: bool = False) -> str | None:
        """Kill exactly these tasks; with ``scale`` they are not replaced, and the deployment's id is returned."""
        params = {"scale": _bool(scale), "force": _bool(force)}
        if scale:
            return self._deployment("POST", "/v2/tasks/delete", params=params, json={"ids": list(ids)})
        self._call("POST", "/v2/tasks/delete", params=params, json={"ids": list(ids)})
        return None

    def versions(self, app_id: str) -> list[str]:
        """The app's versions (timestamps), newest first."""
        answer = self._get(f"/v2/apps{_path(app_id)}/versions")
        return sorted((str(v) for v in _member(answer, "versions", list)), reverse=True)

    def app_version(self, app_id: str, version: str) -> Json:
        """The definition of one version."""
        return _object(self._get(f"/v2/apps{_path(app_id)}/versions/{quote(version, safe='')}"))

    def deployments(self) -> list[Json]:
        """What is being deployed now."""
        answer = self._get("/v2/deployments")
        return _list_of_objects(answer, answer.json())

    def cancel_deployment(self, deployment_id: str, *, force: bool) -> str | None:
        """Stop a deployment. With ``force`` it ends where it is (None), else a new deployment goes back (its id); None if it is gone."""
        path = f"/v2/deployments/{quote(deployment_id, safe='')}"
        answer = self._call("DELETE", path, params={"force": _bool(force)}, ok=(200, 202, 404))
        return str(_member(answer, "deploymentId", str)) if answer.status == 200 else None

    def queue(self) -> list[Json]:
        """What waits for offers or for a delay, with the reasons why offers were not used."""
        answer = self._get("/v2/queue")
        return _list_of_objects(answer, _member(answer, "queue"))

    def info(self) -> Json:
        return _object(self._get("/v2/info"))

    def leader(self) -> str | None:
        """``host:port`` of the leader; None while there is none."""
        answer = self._get("/v2/leader", ok=(200, 404))
        return None if answer.status == 404 else str(_member(answer, "leader", str))

    def events(
        self, types: Sequence[str] = (), *, read_timeout: float = 60.0, on_open: Callable[[], None] | None = None
    ) -> Iterator[Event]:
        """The event stream; ``types`` are event types, none for all. Marathon promises no order: use events as a hint to look again."""
        return self.http.events("/v2/events", params=[("event_type", t) for t in types], read_timeout=read_timeout, on_open=on_open)

    def close(self) -> None:
        self.http.close()

    def _get(self, path: str, *, params: Any = None, ok: Sequence[int] = (200,), timeout: float | None = None) -> Response:
        return self.http.request("GET", path, params=params, ok=ok, timeout=timeout)

    def _call(self, method: str, path: str, *, params: Any, json: Any = None, ok: Sequence[int] = (200,)) -> Response:
        self.guard()
        # Not sent again when no answer came: the first one may hold the lock by now, and the second would be told "locked".
        try:
            return self.http.request(method, path, params=params, json=json, ok=ok, retry=False)
        except ApiError as error:
            body = error.details.get("body")
            held = body.get("deployments") if isinstance(body, dict) else None
            if error.status != 409 or not isinstance(held, list):
                raise
            ids = [str(d.get("id")) for d in held if isinstance(d, dict)]
            raise _locked(error, ids) from error

    def _deployment(self, method: str, path: str, *, params: Any, json: Any = None, ok: Sequence[int] = (200,)) -> str:
        return str(_member(self._call(method, path, params=params, json=json, ok=ok), "deploymentId", str))


def _locked(error: ApiError, ids: list[str]) -> LockedError:
    told = {key: error.details[key] for key in ("service", "method", "url")}
    return LockedError(
        **told,
        status=409,
        problem=f"locked by the deployment {', '.join(ids) or '(not named)'}; wait until it ends, or give force: true, which "
        "cancels it and leaves its apps as far as they got",
        deployments=ids,
    )


def _path(app_id: str) -> str:
    return quote("/" + app_id.strip("/"), safe="/")


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _wrong(answer: Response, expected: str) -> ApiError:
    return ApiError(
        answer.service, answer.method, answer.url, answer.status, f"answered JSON, but not {expected}: is this address {answer.service}'s?"
    )


def _object(answer: Response) -> Json:
    body = answer.json()
    if not isinstance(body, dict):
        raise _wrong(answer, "an object")
    return body


def _member(answer: Response, key: str, kind: type = list) -> Any:
    value = _object(answer).get(key)
    if not isinstance(value, kind):
        raise _wrong(answer, f"an object with {key}")
    return value


def _list_of_objects(answer: Response, value: Any) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong(answer, "a list of objects")
    return value
