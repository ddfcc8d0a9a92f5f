"""A step fires exactly once in the record: under kill -9, two sweeps at once, and a lease that changes hands."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models.store.database import reading, writing
from models.store.schema import cases, deadlines, escalations, events, message_items, people, person_roles
from tasks.engine.sweep import look_ahead, sweep_once
from tasks.organisation import lease

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


OPENED = datetime(2026, 11, 2, 1, tzinfo=UTC)
NOW = OPENED + timedelta(hours=2)
STEPS_OF_A_NEGLECTED_COMPLAINT = {
    ("first-contact", "remind-1"),
    ("first-contact", "due"),
    ("first-contact", "escalate-1"),
    ("first-contact", "escalate-2"),
    ("follow-up", "opens"),
    ("follow-up", "due"),
    ("follow-up", "escalate-1"),
}

SWEEP = """
import sys
from datetime import datetime
from models.store.database import open_engine
from models.settings import Settings
from tasks.engine import apply, fire, sweep
from tasks.organisation.deployment import Deployment
sweep.apply_batch.__defaults__ = (20,)
sweep.fire_batch.__defaults__ = (7,)
begin = sweep.writing
def announced(engine):
    print("transaction", flush=True)
    return begin(engine)
sweep.writing = announced
deployment = Deployment(Settings.model_validate({"database_url": sys.argv[1], "home": sys.argv[2]}))
sweep.sweep_once(open_engine(deployment.settings.url), deployment, datetime.fromisoformat(sys.argv[3]))
print("done")
"""


def neglected(engine: Engine, count: int) -> None:
    """So many complaints that nobody touches, and one person who gets everything."""
    with writing(engine) as connection:
        connection.execute(people.insert().values(id=1, name="王强", email="wang@example.com", department="维修部"))
        for role in ("department_manager", "service_manager", "general_manager", "revisit_specialist"):
            connection.execute(person_roles.insert().values(person_id=1, role=role))
        rows = [
            {"number": f"N-{n}", "kind": "complaint", "opened_at": OPENED, "department": "维修部", "level": "major"}
            for n in range(count)
        ]
        connection.execute(cases.insert(), rows)


def assert_each_step_once(engine: Engine, count: int) -> None:
    """Every step of every case stands in the record once, and in exactly one message."""
    with reading(engine) as connection:
        found = connection.execute(
            select(escalations.c.case_id, escalations.c.rule, escalations.c.step, func.count()).group_by(
                escalations.c.case_id, escalations.c.rule, escalations.c.step
            )
        ).all()
        told = connection.execute(
            select(message_items.c.escalation_id, func.count()).group_by(message_items.c.escalation_id)
        ).all()
        waiting = connection.scalar(select(func.count()).where(deadlines.c.next_at <= NOW))
        unapplied = connection.scalar(select(func.count()).where(events.c.applied_at.is_(None)))
    assert count * len(STEPS_OF_A_NEGLECTED_COMPLAINT) == len(found)
    assert STEPS_OF_A_NEGLECTED_COMPLAINT == {(row.rule, row.step) for row in found}
    assert {1} == {row[3] for row in found}
    assert len(found) == len(told)
    assert {1} == {row[1] for row in told}
    assert (0, 0) == (waiting, unapplied)


def test_killed_at_any_point_no_step_is_lost_and_none_fires_twice(engine: Engine, deployment: Deployment) -> None:
    """A sweep killed with -9 at random moments, again and again, still ends with every step once."""
    count = 150
    neglected(engine, count)
    draw = random.Random(20261122)
    command = [sys.executable, "-c", SWEEP, deployment.settings.url, str(deployment.settings.home), NOW.isoformat()]
    kills = 0
    for _ in range(200):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 -- our own program
            for lines, line in enumerate(process.stdout or (), 1):
                if line == b"done\n":
                    break
                if kills < 8 and lines == draw.randint(lines, 12):
                    time.sleep(draw.random() * 0.006)
                    process.kill()
                    kills += 1
                    break
        if process.returncode == 0:
            break

    assert kills >= 5
    assert_each_step_once(engine, count)


def test_two_sweeps_at_once_share_the_work(engine: Engine, deployment: Deployment) -> None:
    """Whoever sweeps beside whom: every step once."""
    count = 100
    neglected(engine, count)
    command = [sys.executable, "-c", SWEEP, deployment.settings.url, str(deployment.settings.home), NOW.isoformat()]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]  # noqa: S603 -- our own program

    assert [True, True] == [process.communicate(timeout=120)[0].endswith(b"done\n") for process in both]
    sweep_once(engine, deployment, NOW)  # what one left because the other held it
    assert_each_step_once(engine, count)


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def now(self) -> datetime:
        """The instant it shows."""
        return self.at

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.at += timedelta(seconds=max(seconds, 0.001))


def test_looking_ahead_fires_at_the_second(engine: Engine, deployment: Deployment) -> None:
    """A sweep that looks ahead fires each coming step at its instant, also those of cases that came in meanwhile."""
    clock = Clock(OPENED)
    neglected(engine, 1)

    report = look_ahead(engine, deployment, holder="a", seconds=15 * 60, now=clock.now, wait=clock.wait)

    assert [("remind-1", 7), ("due", 10)] == [
        (fired.step, (fired.fired_at - OPENED).total_seconds() / 60) for fired in report.fired
    ]


def test_the_newer_run_takes_over(engine: Engine, deployment: Deployment) -> None:
    """A run that no longer holds the lease leaves at its next look, long before its time is up."""
    clock = Clock(OPENED)

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        if clock.now() > OPENED + timedelta(seconds=3):
            lease.take(engine, "sweep", "newer", clock.now())

    look_ahead(engine, deployment, holder="older", seconds=3600, now=clock.now, wait=wait)

    assert clock.now() < OPENED + timedelta(seconds=5)


def test_an_idle_pass_is_quick(engine: Engine, deployment: Deployment) -> None:
    """With nothing due a pass is a few index probes; the benchmark measures it, this only catches a scan."""
    neglected(engine, 300)
    sweep_once(engine, deployment, NOW)
    times = []
    for second in range(1, 20):
        begin = time.perf_counter()
        sweep_once(engine, deployment, NOW + timedelta(seconds=second))
        times.append(time.perf_counter() - begin)

    assert sorted(times)[len(times) // 2] < 0.1


def test_threads_in_one_process_do_not_disturb_each_other(engine: Engine, deployment: Deployment) -> None:
    """Flow runs may share a process: the same promise holds between threads."""
    neglected(engine, 40)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            sweep_once(engine, deployment, NOW)
        except BaseException as error:  # noqa: BLE001 -- carried over to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures
    sweep_once(engine, deployment, NOW)
    assert_each_step_once(engine, 40)
