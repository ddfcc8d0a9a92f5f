"""`duban up` for real: processes, ports, a second start, and nothing left behind."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import time as hour
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from flows.local.children import Child, Children, leftovers
from flows.local.environment import child_environment, duban_environment
from flows.local.up import with_ports
from models.errors import UsageError
from models.settings import Settings, Tls, load_settings
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAM = """
import sys
from flows.local.up import run
from models.settings import load_settings
sys.exit(run(load_settings(), demo=True))
"""


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


def asked(server: str, line: str, path: str, question: Any = None, **headers: str) -> Any:
    """What Prefect's API answers to whoever has signed in with that line (nobody, when it is empty)."""
    signed = {"Authorization": f"Basic {base64.b64encode(line.encode()).decode()}"} if line else {}
    data = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(  # noqa: S310 -- the printed address
        f"{server}/api/{path}", data, {"Content-Type": "application/json", **signed, **headers}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- as above
        return json.loads(answer.read())


def planned_runs(server: str, line: str) -> int:
    """How many runs the scheduler has planned."""
    token = asked(server, line, "csrf-token?client=test")["token"]
    question = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": ["auto-scheduled"]}}}
    guard = {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": "test"}
    return int(asked(server, line, "flow_runs/count", question, **guard))


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


def open_to_others(home: Path) -> list[Path]:
    """What of the home anybody but its owner could read or change."""
    return [path for path in (home, *home.rglob("*")) if path.exists() and path.stat().st_mode & 0o077]


def test_up_starts_stops_and_starts_again(tmp_path: Path) -> None:
    """Everything answers, Ctrl-C ends every process, a second start goes on with the same data.

    Who signs in with the printed line is answered, others are not; the line is in no argument and no log, and shown
    once. Nothing in the home is open to others.
    """
    home = tmp_path / "home"
    with up(home) as (process, lines):
        assert any("sample data" in line for line in lines)
        server = address(lines, "Prefect 界面")
        signed = address(lines, "sign in with").split()[0]
        assert asked(server, "", "health")
        for line in ("", f"{signed}x"):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                asked(server, line, "flows/name/sweep")
        assert (home / "prefect" / "prefect.db").exists()
        assert within(60, lambda: planned_runs(server, signed) > 0), "the scheduler plans nothing"
        everybody = family(process.pid)
        assert len(everybody) >= 3
        assert [] == [one for one in everybody if signed.split(":")[1] in " ".join(one.cmdline())]
        assert within(60, lambda: "Finished in state Completed" in (home / "logs" / "worker.log").read_text())
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(60)
        _, alive = psutil.wait_procs(everybody, timeout=10)
        assert [] == [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    assert [] == open_to_others(home)
    assert [] == [log for log in (home / "logs").iterdir() if signed.split(":")[1] in log.read_text(errors="replace")]
    with up(home) as (process, lines):
        assert not any("sample data" in line for line in lines)
        assert str(home / "sign-in") == address(lines, "sign in with")
        assert "sweep" == asked(address(lines, "Prefect 界面"), signed, "flows/name/sweep")["name"]
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


def test_what_the_operator_asks_of_the_server_goes_through(tmp_path: Path) -> None:
    """`PREFECT_SERVER_*` goes before ours, also where Prefect has two names for a setting; the port stays Duban's."""
    asked_for = {
        "PREFECT_SERVER_API_HOST": "0.0.0.0",  # noqa: S104 -- only named here
        "PREFECT_SERVER_API_PORT": "1",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://db/prefect",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "https://duban.example.org",
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "INFO",
    }
    seen = child_environment(Settings(home=tmp_path), asked_for)
    assert asked_for | {"PREFECT_SERVER_API_PORT": "4200"} == {name: seen[name] for name in asked_for}
    assert "http://127.0.0.1:4200/api" == seen["PREFECT_API_URL"]
    read = "import prefect.settings as s; c = s.get_current_settings().server; "
    read += "print(c.api.csrf_protection_enabled, c.api.cors_allowed_origins, c.logging_level)"
    done = subprocess.run([sys.executable, "-c", read], env=seen, capture_output=True, text=True, check=True)  # noqa: S603 -- our own line
    assert "False https://duban.example.org INFO" == done.stdout.strip()


@pytest.mark.parametrize(
    ("host", "reached"),
    [("::", "http://127.0.0.1:4200/api"), ("::1", "http://[::1]:4200/api"), ("10.0.0.5", "http://10.0.0.5:4200/api")],
)
def test_programs_reach_the_server_where_it_listens(tmp_path: Path, host: str, reached: str) -> None:
    """Everywhere is also here; a single address is asked for itself."""
    seen = child_environment(Settings(home=tmp_path), {"PREFECT_SERVER_API_HOST": host})
    assert reached == seen["PREFECT_API_URL"]


def test_the_door_is_closed_without_a_setting(tmp_path: Path) -> None:
    """Sign-in, one origin, CSRF protection; the page asks the server it came from, programs have the line too."""
    seen = child_environment(Settings(home=tmp_path), {})
    assert seen["PREFECT_SERVER_API_AUTH_STRING"] == seen["PREFECT_API_AUTH_STRING"]
    assert "http://127.0.0.1:4200" == seen["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"]
    assert ("true", "/api") == (seen["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"], seen["PREFECT_SERVER_UI_API_URL"])
    behind = child_environment(Settings(home=tmp_path, ui_url="https://duban.example.org/prefect"), {})
    assert "https://duban.example.org" == behind["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"]


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
