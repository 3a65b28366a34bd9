# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One health or readiness probe each: they return None if it passed, else why not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: str


async def http(session: aiohttp.ClientSession, url: str, timeout: float) -> Answer | str:
    """GET without following redirects or checking certificates, as Mesos and Marathon probe. A text is the reason of a failure."""
    try:
        async with session.get(url, allow_redirects=False, ssl=False, timeout=aiohttp.ClientTimeout(total=timeout)) as response:
            body = (await response.content.read(10_000)).decode("utf-8", "replace")
            return Answer(response.status, response.content_type, body)
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except (aiohttp.ClientError, OSError) as error:
        return f"{type(error).__name__}: {error}"


async def tcp(host: str, port: int, timeout: float) -> str | None:
    try:
        _unused, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout)
    except TimeoutError:
        return f"no connection within {timeout:g} s"
    except OSError as error:
        return f"{error}"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None


async def command(text: str, user: str, env: Mapping[str, str], folder: str, cgroup_procs: Sequence[str], timeout: float) -> str | None:
    """Run ``/bin/sh -c text`` as the task's user, in its sandbox, environment and cgroup."""
    account = pwd.getpwnam(user)

    def become() -> None:
        for procs in cgroup_procs:  # as root: the task's user may not
            with open(procs, "w") as file:
                file.write(str(os.getpid()))
        if os.getuid() == 0:
            os.setgroups([account.pw_gid])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)

    try:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            text,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
            preexec_fn=become,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"Command could not be started: {error}"
    try:
        code = await asyncio.wait_for(process.wait(), timeout)
    except TimeoutError:
        return f"Command timed out after {timeout:g} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return None if code == 0 else f"Command exited with status {code}"
