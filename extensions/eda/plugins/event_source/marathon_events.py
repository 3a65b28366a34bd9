# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event source for ansible-rulebook: what Marathon tells, as it tells it."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
name: marathon_events
short_description: Marathon's events, for rulebooks
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Follows the event stream of Marathon, or of the standalone engine, and hands every event on as C(marathon), with Marathon's own
    fields, such as C(event.marathon.eventType) and C(event.marathon.appId).
  - Marathon keeps no events for who is away. So whenever the stream stands, first and after each break, there is an event whose
    C(eventType) is V(event_stream_connected); a rule for it can look at what runs now, with M(zeus.paas.marathon_app_info).
  - A broken stream is opened again, after 1 second at first and after 30 at most. Arguments that cannot be used, and an answer that says
    the credentials are wrong, end the source with an error.
options:
  marathon_urls:
    description: The addresses of all Marathon instances of the datacenter, as V(http://host:port) or V(https://host:port).
    type: list
    elements: str
    required: true
  marathon_user:
    description: User for basic authentication, with O(marathon_password).
    type: str
  marathon_password:
    description: Password for basic authentication.
    type: str
  marathon_token:
    description: Bearer token, instead of O(marathon_user) and O(marathon_password).
    type: str
  event_types:
    description: Only events of these types, such as V(deployment_failed). By default all.
    type: list
    elements: str
    default: []
  ca_path:
    description: File with the certificates of the authorities that are trusted, in PEM form.
    type: path
  client_cert:
    description: File with the certificate that is shown to Marathon, in PEM form.
    type: path
  client_key:
    description: File with the private key of O(client_cert), if it is not in the same file.
    type: path
  validate_certs:
    description: Whether Marathon's certificate is verified.
    type: bool
    default: true
  timeout:
    description: How many seconds Marathon may take to open the stream.
    type: float
    default: 10.0
  silence:
    description: After how many seconds without any sign of life the stream counts as broken. Marathon sends one every few seconds.
    type: float
    default: 60.0
"""

EXAMPLES = r"""
- name: Deployments that failed are looked at
  hosts: localhost
  sources:
    - name: Marathon of bj01
      zeus.paas.marathon_events:
        marathon_urls: [http://10.1.0.11:8080]
        event_types: [deployment_failed]
  rules:
    - name: A deployment failed
      condition: event.marathon.eventType == "deployment_failed"
      action:
        run_playbook:
          name: playbooks/look_at_deployment.yml
          extra_vars:
            plan: "{{ event.marathon.plan }}"
"""

_OPTIONS: dict[str, type | tuple[type, ...]] = {
    "marathon_urls": list,
    "marathon_user": str,
    "marathon_password": str,
    "marathon_token": str,
    "event_types": list,
    "ca_path": str,
    "client_cert": str,
    "client_key": str,
    "validate_certs": bool,
    "timeout": (int, float),
    "silence": (int, float),
}
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_log = logging.getLogger(__name__)

try:
    importlib.import_module("ansible_collections.zeus.paas")
except ImportError:
    # ansible-rulebook runs this file by its path; the collection's own root is not always on Python's.
    sys.path.append(str(Path(__file__).resolve().parents[7]))

from ansible_collections.zeus.paas.plugins.module_utils._connection import marathon_from
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, InputError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon

SOURCE = "zeus.paas.marathon_events"


def check(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given, or InputError, which names the one that cannot be used."""
    given = {name: value for name, value in args.items() if value is not None}
    for name, value in given.items():
        if name not in _OPTIONS:
            raise InputError(SOURCE, name, "unknown argument", f"one of {', '.join(_OPTIONS)}")
        wrong_type = not isinstance(value, _OPTIONS[name]) or (isinstance(value, bool) and _OPTIONS[name] is not bool)
        if wrong_type or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            raise InputError(SOURCE, name, "has the wrong type", "a list of texts" if _OPTIONS[name] is list else str(_OPTIONS[name]))
        if name in ("timeout", "silence") and value <= 0:
            raise InputError(SOURCE, name, "is no time", "seconds above 0", value)
    if not given.get("marathon_urls"):
        raise InputError(SOURCE, "marathon_urls", "is missing", "a list of http://host:port")
    if ("marathon_user" in given) != ("marathon_password" in given) or {"marathon_user", "marathon_token"} <= set(given):
        raise InputError(SOURCE, "marathon_user", "does not fit", "marathon_user with marathon_password, or marathon_token alone")
    return given


async def main(queue: asyncio.Queue[dict[str, Any]], args: Mapping[str, Any]) -> None:
    """ansible-rulebook's entry point: runs until it is cancelled. Reading blocks, so it has a thread of its own."""
    given = check(args)
    follower = _Follower(queue, asyncio.get_running_loop(), given)
    try:
        await asyncio.get_running_loop().run_in_executor(None, follower.run)
    finally:
        follower.stop()


class _Follower:
    """Reads the stream in a thread. Handing an event over waits until the rulebook has room for it, so none is lost on our side."""

    def __init__(self, queue: asyncio.Queue[dict[str, Any]], loop: asyncio.AbstractEventLoop, given: Mapping[str, Any]) -> None:
        self._queue = queue
        self._loop = loop
        self._given = given
        self._marathon: Marathon = marathon_from(given)
        self._stopping = threading.Event()
        self._pause = _FIRST_PAUSE

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
                _log.info("%s: Marathon ended the event stream", SOURCE)
            except ApiError as error:
                if error.status in (401, 403):
                    raise
                _log.warning("%s", error.message)
            except ZeusError as error:
                _log.warning("%s", error.message)
            self._stopping.wait(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        self._stopping.set()
        self._marathon.close()

    def _follow(self) -> None:
        types = self._given.get("event_types") or ()
        for event in self._marathon.events(types, read_timeout=self._given.get("silence", 60.0), on_open=self._opened):
            self._hand_over(event.data)
            if self._stopping.is_set():
                return

    def _opened(self) -> None:
        self._pause = _FIRST_PAUSE
        self._hand_over({"eventType": "event_stream_connected"})

    def _hand_over(self, data: dict[str, Any]) -> None:
        if not self._stopping.is_set():
            asyncio.run_coroutine_threadsafe(self._queue.put({"marathon": data}), self._loop).result()
