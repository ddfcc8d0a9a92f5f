"""`duban up`: everything on this machine, started in order, watched, and stopped together.

1. End what a killed `duban up` left behind; refuse when another one runs here or a port is taken.
2. Bring the schema up to date and register the regulations.
3. Open the mailbox (when no mail server is set), start the Prefect server, lay the groundwork and deploy.
4. Start the worker and the first runs, print where to look, and restart what dies.
5. On Ctrl-C or SIGTERM let the runs that look ahead finish, then stop the children, the last started first.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from flows.local.children import MEGABYTE, Child, Children, end, leftovers, rotate, with_offspring
from flows.local.environment import (
    LOOPBACK,
    ROOT,
    api_url,
    child_environment,
    process_record,
    server_variables,
)
from flows.local.logs import write_logging
from flows.local.sign_in import sign_in
from flows.local.standing_in import StandIn
from flows.local.telling import announce, say, warn_of_onlookers
from models.errors import StorageError, UsageError
from models.store.database import open_engine, writing
from models.store.private import close_to_others, private_folder, private_umask
from models.wording.catalogue import both
from tasks.alarms.watch import Watch, utc_now
from tasks.delivery.mailbox import serve_mailbox
from tasks.organisation import lease
from tasks.organisation.deployment import Deployment
from tasks.organisation.registry import Regulations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from models.settings import Settings

FINISH_SECONDS = 12.0
POLL_SECONDS = 0.5
POOL = "duban"
RUNS_AT_ONCE = 20
LEASES = ("sweep", "deliver", "replies")


class Stopped(BaseException):
    """Ctrl-C or SIGTERM."""


def run(settings: Settings, demo: bool = False) -> int:  # noqa: FBT001, FBT002 -- the switch of the command
    """Start everything and stay until stopped; returns the exit code. UsageError when it cannot start here."""
    with private_umask():
        return _run(settings, demo=demo)


def _run(settings: Settings, *, demo: bool) -> int:
    if not close_to_others(private_folder(settings.home)):
        warn_of_onlookers(settings)
    record = process_record(settings)
    clear_the_way(record)
    settings = with_ports(settings)
    server = server_variables()
    entry = sign_in(settings, server)
    engine = open_engine(settings.url)
    children = Children(record, say)
    mailbox = ExitStack()
    try:
        with stoppable():
            prepare_database(engine, settings)
            if not settings.smtp_host:
                mailbox.enter_context(serve_mailbox(settings, partial(answer, engine, Deployment(settings))))
            logs = settings.home.absolute() / "logs"
            stand_in = StandIn(engine, child_environment(settings), logs, say)
            mailbox.callback(stand_in.stop)
            if demo:
                load_sample(settings, engine)
            start(settings, children, stand_in)
            announce(settings, server, entry)
            with Watch(engine, Deployment(settings), utc_now):
                while True:
                    time.sleep(POLL_SECONDS)
                    children.revive()
                    stand_in.look()
                    rotate(logs, settings.keep_logs_mb * MEGABYTE)
    except Stopped:
        say("正在停止……  stopping")
    finally:
        with suppress(Stopped), unstoppable():
            finish_runs(engine, children)
            children.stop()
            mailbox.close()
            engine.dispose()
    say("已停止。再次运行 `duban up` 即从此处继续。  Stopped; `duban up` continues from here.")
    return 0


# -- before ---------------------------------------------------------------------------------------------------


def clear_the_way(record: Path) -> None:
    """End what is left of a killed `duban up` of this home; UsageError when it still runs."""
    running, left = leftovers(record)
    if running is not None:
        raise UsageError(
            f"duban up already runs with this home (process {running.pid}): use it, or stop it with Ctrl-C first"
        )
    if left:
        say(f"清理上次遗留的 {len(left)} 个进程  ending {len(left)} processes that the last run left behind")
        end(with_offspring(left))
    record.unlink(missing_ok=True)


def with_ports(settings: Settings) -> Settings:
    """The settings with every port known to be free; 0 becomes one that is. UsageError names the taken one."""
    ports = {"prefect_port": settings.prefect_port}
    if not settings.smtp_host:
        ports |= {"mailbox_port": settings.mailbox_port, "mailbox_smtp_port": settings.mailbox_smtp_port}
    return settings.model_copy(update={name: _free(name, port) for name, port in ports.items()})


def _free(name: str, port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            variable = f"DUBAN_{name.upper()}"
            msg = f"port {port} of {LOOPBACK} is taken: stop what listens there, or set {variable} to a free one"
            raise UsageError(msg) from error
        return int(probe.getsockname()[1])


def prepare_database(engine: Engine, settings: Settings) -> None:
    """The newest schema, and every regulation as its file says it now."""
    from models.packs.load import catalogue  # noqa: PLC0415 -- YAML, alembic: only where they are needed
    from models.store.migrate import upgrade  # noqa: PLC0415

    upgrade(engine)
    regulations = Regulations(settings)
    now = datetime.now(UTC).replace(microsecond=0)
    with writing(engine) as connection:
        for name in catalogue(regulations.folders):
            regulations.register(connection, name, now)


# -- start ----------------------------------------------------------------------------------------------------


def start(settings: Settings, children: Children, stand_in: StandIn) -> None:
    """Start the children in order, each when the one before it is ready; whose run was killed is stood in for."""
    environment = child_environment(settings)
    write_logging(environment)
    logs = settings.home.absolute() / "logs"

    def child(name: str, *command: str) -> Child:
        return Child(name, [sys.executable, "-m", *command], environment, logs / f"{name}.log")

    def groundwork(*words: str) -> None:
        log = logs / "deploy.log"
        once("flows.local.groundwork", *words, environment=environment, log=log, meanwhile=stand_in.look)

    say("正在启动 Prefect 服务器并部署……  starting the Prefect server and deploying")
    server = child("prefect-server", "flows.local.prefect_server")
    children.start(server)
    try:
        groundwork("lay")
    except StorageError:
        await_ready(server, f"{api_url(settings, server_variables())}/health")  # says so when it is the server
        raise
    close_to_others(settings.home)  # Prefect copies its pages with the modes that they have where it is installed
    command = ("worker", "start", "--pool", POOL, "--type", "process", "--name", "duban", "--limit", str(RUNS_AT_ONCE))
    worker = child("worker", "prefect", *command)
    children.start(worker)
    worker.after_restart = partial(attempt, partial(groundwork, "begin"))
    stand_in.others_asked()


def load_sample(settings: Settings, engine: Engine) -> None:
    """The sample data of `--demo`, unless this home has had it before."""
    from flows.local import demo as sample  # noqa: PLC0415 -- only on demand

    if sample.load(engine, Deployment(settings), datetime.now(UTC).replace(microsecond=0)):
        say("已装入示例数据  sample data loaded")


def await_ready(child: Child, url: str) -> None:
    """Say with the end of its log that the child is what failed: StorageError when it has ended or does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    if child.process is not None and child.process.poll() is None:
        with suppress(urllib.error.URLError, OSError), opener.open(url, timeout=5):
            return
    raise StorageError(f"{child.name} did not start: see {child.log} ({_last_line(child.log)})")


def once(*command: str, environment: dict[str, str], log: Path, meanwhile: Callable[[], None]) -> None:
    """Run a program to its end, and do something meanwhile; StorageError with the end of its log when it fails."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own programs
            [sys.executable, "-m", *command],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while process.poll() is None:
            meanwhile()
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode:
        raise StorageError(f"`{' '.join(command)}` failed: see {log} ({_last_line(log)})")


def attempt(work: Callable[[], None]) -> None:
    """Do something without which we can go on; say so when it fails."""
    try:
        work()
    except StorageError as error:
        say(str(error))


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    return lines[-1].strip()[:200] if lines else "empty"


def answer(engine: Engine, deployment: Deployment, mail: bytes, text: str) -> tuple[str, bool]:
    """Take in what was typed into the mailbox's reply box: what became of it, and whether an answer to it comes."""
    from tasks.replies.local import answer as take  # noqa: PLC0415 -- statements, digests: only when somebody answers

    taken = take(engine, deployment, mail, text, datetime.now(UTC).replace(microsecond=0))
    return both(f"reply.title.{taken.outcome}"), taken.answered


# -- stop -----------------------------------------------------------------------------------------------------


def finish_runs(engine: Engine, children: Children) -> None:
    """Take the leases, so that the runs that look ahead end by themselves within a second; wait for them a while."""
    worker = next((child for child in children.running if child.name == "worker" and child.process), None)
    if worker is None or worker.process is None or worker.process.poll() is not None:
        return
    now = datetime.now(UTC).replace(microsecond=0)
    with suppress(Exception):
        for name in LEASES:
            lease.take(engine, name, "stopped", now)
    limit = time.monotonic() + FINISH_SECONDS
    while time.monotonic() < limit and len(with_offspring_of(worker)) > 1:
        time.sleep(0.2)


def with_offspring_of(child: Child) -> list[int]:
    """The ids of a child and of everything it started."""
    import psutil  # noqa: PLC0415 -- see children.py

    with suppress(psutil.NoSuchProcess):
        if child.process is not None:
            return [process.pid for process in with_offspring([psutil.Process(child.process.pid)])]
    return []


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into `Stopped`, at any point of the start too."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise Stopped

    with _handling(stop):
        yield


@contextmanager
def unstoppable() -> Iterator[None]:
    """While we stop, being asked again changes nothing."""
    with _handling(signal.SIG_IGN):
        yield


@contextmanager
def _handling(handler: Callable[[int, object], None] | signal.Handlers) -> Iterator[None]:
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
