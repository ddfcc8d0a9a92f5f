"""Who claims a row: a process, named so that another one on the same host can see whether it still lives."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

import psutil

_START = 19
"""Where /proc/PID/stat, after the name, tells when the process started: in ticks since boot, so no clock moves it."""


def this_process() -> str:
    """The name of this process: host, pid and when it started."""
    return _named(os.getpid())


def is_gone(name: str) -> bool:
    """Whether that process ran on this host and has ended; False for another host, of which we know nothing."""
    host, _, rest = name.partition(":")
    pid, _, started = rest.partition(":")
    if host != _host() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def is_alive(name: str) -> bool:
    """Whether that process runs on this host; False for another host, of which we know nothing."""
    return name.partition(":")[0] == _host() and not is_gone(name)


@lru_cache(maxsize=1)
def _named(pid: int) -> str:
    return f"{_host()}:{pid}:{_started(pid)}"


def _host() -> str:
    return socket.gethostname().replace(":", "-")[:60]


def _started(pid: int) -> str | None:
    """When the process started; None when it has ended, also while its parent has not noticed."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if state in "ZX" else rest[_START - 1]
    except OSError:
        pass
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.0f}"
    except psutil.Error:
        return None
