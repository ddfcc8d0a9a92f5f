"""Child processes of `duban up`: started in sessions of their own, restarted when they die, all stopped in the end.

Each is ended by its own id, and so are the processes it started. A file keeps the ids with their start times, so that
the next `duban up` also ends what a killed one left behind, and never a stranger that got the same number since.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from flows.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

STOP_SECONDS = 10.0
LONGEST_WAIT = 30.0
STEADY_SECONDS = 60.0
MEGABYTE = 1_000_000
OLD = ".old.log"


@dataclass(slots=True)
class Child:
    """One program that has to run all the time."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    stop_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    after_restart: Callable[[], None] | None = None

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C in the terminal does not reach it before us."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 -- our own programs
                self.command,
                env=dict(self.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()


@dataclass(slots=True)
class Children:
    """All of them, and the file that remembers them."""

    record: Path
    say: Callable[[str], None]
    running: list[Child] = field(default_factory=list)

    def start(self, child: Child) -> None:
        """Start one and remember it."""
        child.start()
        self.running.append(child)
        self.remember()

    def remember(self) -> None:
        """Write down whom we started, ourselves included."""
        own = [os.getpid(), *(child.process.pid for child in self.running if child.process)]
        self.record.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.record.with_suffix(".new")
        fresh.write_text(json.dumps([[pid, _created(pid)] for pid in own]))
        fresh.replace(self.record)

    def revive(self) -> None:
        """Start again what died: at once, then after longer and longer waits."""
        now = time.monotonic()
        for child in self.running:
            if child.process is None or child.process.poll() is None:
                continue
            if not child.again_at:
                child.failures = 1 if now - child.started > STEADY_SECONDS else child.failures + 1
                wait = 0.0 if child.failures == 1 else min(2.0**child.failures, LONGEST_WAIT)
                child.again_at = now + wait
                self.say(
                    f"{child.name} 意外退出（代码 {child.process.returncode}），{wait:.0f} 秒后重启，日志见 {child.log}"
                    f" / stopped unexpectedly, starting it again in {wait:.0f} s"
                )
            if now >= child.again_at:
                child.again_at = 0.0
                child.start()
                self.remember()
                if child.after_restart:
                    child.after_restart()

    def stop(self) -> None:
        """Ask each to stop, the last started first; what has not gone after a while is killed with all it started."""
        everybody = {child.process.pid: _family([child.process.pid]) for child in self.running if child.process}
        for child in reversed(self.running):
            if child.process is None:
                continue
            family = {*everybody[child.process.pid], *_family([child.process.pid])}
            with suppress(ProcessLookupError):
                child.process.send_signal(child.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
            end(family)
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
        self.running.clear()
        self.record.unlink(missing_ok=True)


def rotate(logs: Path, most: int) -> None:
    """Put logs of more than so many bytes aside, in the place of what was aside before, also while they are written.

    A program goes on writing at the end of the same file, which is copied and emptied: what it writes in that moment
    may be lost.
    """
    for log in logs.glob("*.log"):
        if log.name.endswith(OLD) or log.stat().st_size <= most:
            continue
        shutil.copyfile(log, log.with_name(log.stem + OLD))
        os.truncate(log, 0)


def leftovers(record: Path) -> tuple[psutil.Process | None, list[psutil.Process]]:
    """The `duban up` that the file names, while it runs, and its children that still run."""
    try:
        known = json.loads(record.read_text())
    except (OSError, ValueError):
        return None, []
    alive = [_alive(pid, created) for pid, created in known]
    return (alive[0] if alive else None), [process for process in alive[1:] if process]


def end(processes: Iterable[psutil.Process], seconds: float = 3.0) -> None:
    """End these processes: asked first, killed after so many seconds."""
    asked = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            asked.append(process)
    _, stubborn = psutil.wait_procs(asked, timeout=seconds)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=seconds)


def with_offspring(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """These processes and everything they started."""
    return _family([process.pid for process in processes])


def _family(pids: Iterable[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found += [*process.children(recursive=True), process]
    return found


def _created(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _alive(pid: int, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    same = abs(process.create_time() - created) < 1 and process.status() != psutil.STATUS_ZOMBIE
    return process if same else None
