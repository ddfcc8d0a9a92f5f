"""`duban up` for real: processes, ports, a second start, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import time as hour
from typing import TYPE_CHECKING

import psutil
import pytest

from flows.local.children import Child, Children, leftovers
from flows.local.environment import child_environment, duban_environment
from flows.local.up import with_ports
from models.errors import UsageError
from models.settings import Settings, Tls, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAM = """
import sys
from flows.local.up import run
from models.settings import load_settings
sys.exit(run(load_settings(), demo=True))
"""


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def up(home: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`duban up --demo` on free ports, once it has said that it runs; killed in the end if need be."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("DUBAN_", "PREFECT_"))},
        "DUBAN_HOME": str(home),
        "DUBAN_PREFECT_PORT": str(free_port()),
        "DUBAN_MAILBOX_PORT": str(free_port()),
        "DUBAN_MAILBOX_SMTP_PORT": str(free_port()),
    }
    process = subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "-c", PROGRAM],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    lines: list[str] = []
    try:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        assert any("Ctrl-C" in line for line in lines), "".join(lines)
        yield process, lines
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def address(lines: list[str], what: str) -> str:
    """The address that was printed for something."""
    return next(line.split(": ", 1)[1].strip() for line in lines if what in line)


def planned_runs(server: str) -> int:
    """How many runs the scheduler has planned."""
    question = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": ["auto-scheduled"]}}}
    request = urllib.request.Request(  # noqa: S310 -- the printed address
        f"{server}/api/flow_runs/count", json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- as above
        return int(answer.read())


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within so many seconds."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if holds():
            return True
        time.sleep(0.5)
    return False


def family(pid: int) -> list[psutil.Process]:
    """A process and everything it started."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_up_starts_stops_and_starts_again(tmp_path: Path) -> None:
    """Everything answers, Ctrl-C ends every process, a second start goes on with the same data."""
    home = tmp_path / "home"
    with up(home) as (process, lines):
        assert any("sample data" in line for line in lines)
        health = address(lines, "Prefect 界面") + "/api/health"
        with urllib.request.urlopen(health, timeout=10) as answer:  # noqa: S310 -- the printed address
            assert b"true" == answer.read()
        assert (home / "prefect" / "prefect.db").exists()
        assert within(60, lambda: planned_runs(address(lines, "Prefect 界面")) > 0), "the scheduler plans nothing"
        everybody = family(process.pid)
        assert len(everybody) >= 3
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(60)
        _, alive = psutil.wait_procs(everybody, timeout=10)
        assert [] == [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    with up(home) as (process, lines):
        assert not any("sample data" in line for line in lines)
        everybody = family(process.pid)
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(60)
        _, alive = psutil.wait_procs(everybody, timeout=10)
        assert [] == [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_a_taken_port_is_named_with_its_setting() -> None:
    """The message says which port and which variable to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"{port}.*DUBAN_PREFECT_PORT"):
            with_ports(Settings(prefect_port=port))


def test_port_nought_becomes_a_free_one() -> None:
    """The mailbox may be anywhere; the worker must know where."""
    settings = with_ports(Settings(prefect_port=free_port(), mailbox_port=0, mailbox_smtp_port=0))
    assert 0 not in {settings.mailbox_port, settings.mailbox_smtp_port}
    assert str(settings.mailbox_smtp_port) == duban_environment(settings)["DUBAN_MAILBOX_SMTP_PORT"]


def test_the_environment_gives_the_same_settings_anywhere(tmp_path: Path) -> None:
    """A run in another folder reads the settings that `duban up` had; relative paths have become absolute."""
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "office_hours": "08:30-12:00,13:30-17:30",
            "notice_hour": "8",
            "smtp_host": "mail.example.com",
            "smtp_password": "secret",
            "smtp_tls": "starttls",
            "calendar_file": tmp_path / "days.csv",
        }
    )
    read = load_settings(duban_environment(settings))
    assert settings.model_copy(update={"database_url": read.database_url}) == read
    assert (hour(8), Tls.STARTTLS, settings.url) == (read.notice_hour, read.smtp_tls, read.url)


def test_children_see_nothing_of_another_prefect(tmp_path: Path) -> None:
    """The user's Prefect settings and proxies do not reach ours; telemetry is off."""
    outside = {
        "PREFECT_API_URL": "https://elsewhere",
        "PREFECT_API_KEY": "k",
        "HTTP_PROXY": "http://proxy",
        "HOME": "/h",
    }
    seen = child_environment(Settings(home=tmp_path), outside)
    assert "PREFECT_API_KEY" not in seen
    assert "http://127.0.0.1:4200/api" == seen["PREFECT_API_URL"]
    assert str(tmp_path / "prefect") == seen["PREFECT_HOME"]
    assert "127.0.0.1" in seen["NO_PROXY"]
    assert ("1", "false") == (seen["DO_NOT_TRACK"], seen["PREFECT_SERVER_ANALYTICS_ENABLED"])


def sleeper(tmp_path: Path, name: str = "sleeper") -> Child:
    """A child that only waits."""
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    return Child(name, command, dict(os.environ), tmp_path / f"{name}.log")


def test_a_dead_child_is_started_again(tmp_path: Path) -> None:
    """With a line that says so, and with what has to be done after a restart."""
    said: list[str] = []
    done: list[str] = []
    children = Children(tmp_path / "processes.json", said.append)
    child = sleeper(tmp_path)
    child.after_restart = lambda: done.append("begun")
    children.start(child)
    try:
        assert child.process
        first = child.process.pid
        child.process.kill()
        child.process.wait()
        children.revive()
        assert child.process.pid != first
        assert ["begun"] == done
        assert "sleeper" in said[0]
    finally:
        children.stop()
    assert child.process.poll() is not None


def test_what_a_killed_up_left_behind_is_found_again(tmp_path: Path) -> None:
    """By process id and start time; a stranger that has the number now is not touched."""
    record = tmp_path / "processes.json"
    children = Children(record, print)
    child = sleeper(tmp_path)
    children.start(child)
    try:
        assert child.process
        running, left = leftovers(record)
        assert os.getpid() == (running.pid if running else None)
        assert [child.process.pid] == [process.pid for process in left]
        record.write_text(f"[[{os.getpid()}, 1.0], [{child.process.pid}, 1.0]]")
        assert (None, []) == leftovers(record)
    finally:
        children.stop()
