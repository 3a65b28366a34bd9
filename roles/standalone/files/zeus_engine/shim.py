# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process beside each task: starts it, keeps its logs, and writes down how it ended, whether the engine lives or not.

Run by path with ``python3 -I -S`` and nothing but the standard library, to stay small. Files in the task's folder, each written at once:
``shim.json`` and ``task.json`` ``{pid, start, boot}``, ``exit.json`` ``{code, signal, oom, memory, error, at}``.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import sys
import time

LINGER = 1.0  # how long what the main process left behind may go on, as under Mesos


def write(folder: str, name: str, value: dict[str, object]) -> None:
    path = os.path.join(folder, name)
    with open(path + ".new", "w") as file:
        file.write(json.dumps(value))
    os.rename(path + ".new", path)


def read_text(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def identity(pid: int) -> dict[str, object]:
    """What tells this process from a later one with the same pid."""
    stat = read_text(f"/proc/{pid}/stat")
    start = stat.rpartition(")")[2].split()[19] if stat else ""
    return {"pid": pid, "start": start, "boot": read_text("/proc/sys/kernel/random/boot_id").strip()}


class Log:
    """A log file that is rotated by size: name, name.1, name.2, ... The task's user can write to the folder but not to these files."""

    def __init__(self, folder: str, name: str, max_bytes: int, max_files: int) -> None:
        self.path = os.path.join(folder, name)
        self.max_bytes = max_bytes
        self.max_files = max_files
        self.fd = -1
        self.size = 0
        self.open()

    def open(self) -> None:
        self.fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        self.size = os.fstat(self.fd).st_size

    def write(self, data: bytes) -> None:
        """Append; a new file begins at the start of a line wherever lines are shorter than a file."""
        with contextlib.suppress(OSError):  # a full disk must not stop the task
            while self.size + len(data) > self.max_bytes:
                room = max(0, self.max_bytes - self.size)
                cut = data.rfind(b"\n", 0, room) + 1 or (0 if self.size else room)
                if cut:
                    os.write(self.fd, data[:cut])
                    data = data[cut:]
                self.rotate()
            self.size += os.write(self.fd, data)

    def rotate(self) -> None:
        os.close(self.fd)
        for number in range(self.max_files - 1, 0, -1):
            older = f"{self.path}.{number - 1}" if number > 1 else self.path
            if os.path.lexists(older):
                os.rename(older, f"{self.path}.{number}")
        if self.max_files == 1:
            os.unlink(self.path)
        self.open()


class Shim:
    def __init__(self, folder: str, report: int) -> None:
        self.folder = folder
        self.report = report
        os.set_inheritable(report, False)  # the task must not hold the engine's pipe open
        with open(os.path.join(folder, "spec.json")) as file:
            self.spec = json.load(file)
        self.pid = 0
        self.oom = False
        self.kill_at: float | None = None
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        with open(os.path.join(self.folder, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.exists(os.path.join(self.folder, "cancelled")):
                return  # an engine that came back has given this task up
            write(self.folder, "shim.json", identity(os.getpid()))
        wake, woken = os.pipe()
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(wake, selectors.EVENT_READ, self.terminate)
        logs = [(name, *os.pipe()) for name in ("stdout", "stderr")]
        failure, failed = os.pipe()
        self.watch_memory()
        self.pid = os.fork()
        if not self.pid:
            self.child([out for _read, _name, out in logs], failed)
        for name, end, out in logs:
            os.close(out)
            log = Log(self.spec["sandbox"], name, self.spec["log_max_bytes"], self.spec["log_max_files"])
            self.selector.register(end, selectors.EVENT_READ, (end, log))
        os.close(failed)
        error = b"".join(iter(lambda: os.read(failure, 4096), b"")).decode("utf-8", "replace")
        write(self.folder, "task.json", identity(self.pid))
        self.tell(json.dumps({"shim": os.getpid(), "pid": self.pid, "error": error}))
        status = self.wait()
        self.sweep()
        self.finish(status, error)

    def tell(self, line: str) -> None:
        try:
            os.write(self.report, line.encode() + b"\n")
            os.close(self.report)
        except OSError:
            pass  # the engine is gone; it will read the files

    def child(self, outputs: list[int], failed: int) -> None:
        """Becomes the task. Never returns."""
        step = "start"
        try:
            os.setsid()
            step = "join its cgroup"
            for procs in self.spec["cgroup_procs"]:
                with open(procs, "w") as file:
                    file.write(str(os.getpid()))
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            step = f"become user {self.spec['user']}"
            if os.getuid() == 0:
                os.setgroups(self.spec["groups"])
                os.setgid(self.spec["gid"])
                os.setuid(self.spec["uid"])
            step = "enter its sandbox"
            os.chdir(self.spec["sandbox"])
            os.umask(0o022)
            null = os.open("/dev/null", os.O_RDONLY)
            for source, target in ((null, 0), (outputs[0], 1), (outputs[1], 2)):
                os.dup2(source, target)
            step = f"run {self.spec['argv'][0]}"
            os.execvpe(self.spec["argv"][0], self.spec["argv"], self.spec["env"])
        except BaseException as problem:
            os.write(failed, f"Failed to {step}: {problem}".encode())
            os._exit(127)

    def watch_memory(self) -> None:
        """On cgroup v1 the kernel tells of an over-limit group through an eventfd (v2 kills the whole group by itself)."""
        control = self.spec.get("oom_control")
        if not control:
            return
        event = os.eventfd(0, os.EFD_CLOEXEC)
        source = os.open(control, os.O_RDONLY | os.O_CLOEXEC)
        with open(os.path.join(os.path.dirname(control), "cgroup.event_control"), "w") as file:
            file.write(f"{event} {source}")
        self.selector.register(event, selectors.EVENT_READ, self.out_of_memory)

    def out_of_memory(self, fd: int) -> None:
        os.eventfd_read(fd)
        self.oom = True
        self.signal_tree(signal.SIGKILL)

    def terminate(self, fd: int) -> None:
        """SIGTERM to the shim itself: the machine is going down."""
        os.read(fd, 64)
        if self.kill_at is None:
            self.kill_at = time.monotonic() + self.spec["grace"]
            self.signal_tree(signal.SIGTERM)

    def tree(self) -> list[int]:
        """All processes of the task: its cgroup if it has one, else its session."""
        if self.spec["cgroup_procs"]:
            return [int(pid) for pid in read_text(self.spec["cgroup_procs"][0]).split()]
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                fields = read_text(f"/proc/{name}/stat").rpartition(")")[2].split()
                if len(fields) > 3 and fields[3] == str(self.pid) and fields[0] != "Z":
                    found.append(int(name))
        return found

    def signal_tree(self, number: int) -> None:
        for pid in self.tree():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait(self) -> int:
        """Copy output until the main process ends."""
        ended = os.pidfd_open(self.pid)
        self.selector.register(ended, selectors.EVENT_READ, None)
        while True:
            left = None if self.kill_at is None else max(0.0, self.kill_at - time.monotonic())
            if left == 0.0:
                self.signal_tree(signal.SIGKILL)
                self.kill_at = time.monotonic() + 1
            for key, _unused in self.selector.select(left):
                if key.data is None:
                    self.selector.unregister(ended)
                    return os.waitpid(self.pid, 0)[1]
                self.handle(key)

    def handle(self, key: selectors.SelectorKey) -> None:
        if callable(key.data):
            key.data(key.fd)
            return
        end, log = key.data
        data = os.read(end, 65536)
        if data:
            log.write(data)
        else:
            self.selector.unregister(end)
            os.close(end)

    def sweep(self) -> None:
        """What the main process left running ends with it; then the rest of the output."""
        until = time.monotonic() + LINGER
        while self.tree() and time.monotonic() < until:
            self.drain(0.02)
        while self.tree():
            self.signal_tree(signal.SIGKILL)
            self.drain(0.01)
        self.drain(0.0)

    def drain(self, wait: float) -> None:
        while ready := self.selector.select(wait):
            for key, _unused in ready:
                self.handle(key)
            wait = 0.0

    def finish(self, status: int, error: str) -> None:
        folder = os.path.dirname(self.spec["cgroup_procs"][0]) if self.spec["cgroup_procs"] else ""
        oom = self.oom
        for name in ("memory.oom_control", "memory.events"):
            for line in read_text(os.path.join(folder, name)).splitlines() if folder else ():
                oom = oom or (line.startswith("oom_kill ") and line.split()[1] != "0")
        peak = (
            read_text(os.path.join(folder, "memory.max_usage_in_bytes")) or read_text(os.path.join(folder, "memory.peak")) if folder else ""
        )
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        memory = int(peak) if peak.strip() else None
        write(self.folder, "exit.json", {"code": code, "signal": number, "oom": oom, "memory": memory, "error": error, "at": time.time()})
        for procs in self.spec["cgroup_procs"]:
            with contextlib.suppress(OSError):  # else the engine removes it when it cleans up the task
                os.rmdir(os.path.dirname(procs))


def main() -> None:
    if os.fork():
        os._exit(0)  # the engine waits for this one; the real shim belongs to init
    os.chdir("/")
    Shim(sys.argv[1], int(sys.argv[2])).run()


if __name__ == "__main__":
    main()
