"""`duban up` stands in for a run that was killed, and for nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from flows.local.environment import child_environment
from flows.local.standing_in import AGAIN_SECONDS, ASK_SECONDS, LOOK_SECONDS, StandIn
from models.settings import Settings
from models.store.database import open_engine, reading
from models.store.migrate import upgrade
from models.store.schema import escalations
from tasks.delivery.processes import this_process
from tasks.organisation import lease
from tasks.organisation.deployment import Deployment
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A database with a complaint that is long overdue."""
    given = {
        "home": tmp_path,
        "database_url": f"sqlite:///{tmp_path / 'duban.db'}",
        "operations_email": "o@example.com",
    }
    deployment = Deployment(Settings.model_validate(given))
    engine = open_engine(deployment.settings.url)
    upgrade(engine)
    story = Story(engine, deployment)
    story.house()
    story.complaint("2026-11-02 09:00")
    yield story
    engine.dispose()


class Watched(StandIn):
    """Writes down what it would start instead of starting it."""

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        STARTED.append(command)
        return subprocess.Popen([sys.executable, "-c", ""])


STARTED: list[tuple[str, ...]] = []


@pytest.fixture
def watched(story: Story) -> Watched:
    """With a clock that the test moves, and a worker that would take a new run."""
    STARTED.clear()
    environment = child_environment(story.deployment.settings)
    return Watched(story.engine, environment, story.deployment.settings.home, lambda _line: None, may_ask=True)


def looked(watched: Watched, *instants: float) -> list[tuple[str, ...]]:
    """What was started at these looks."""
    STARTED.clear()
    for at in instants:
        watched.clock = lambda at=at: at  # type: ignore[misc]
        for one in watched.gone.values():
            if one.process is not None:
                one.process.wait(10)
        watched.look()
    return list(STARTED)


def killed() -> str:
    """A holder whose process has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        host, _, _ = this_process().partition(":")
        return f"run@{host}:{process.pid}:1"


def test_who_lives_or_came_to_its_end_is_left_alone(story: Story, watched: Watched) -> None:
    """So is a run of another machine, and one of an older version that named no process."""
    now = story.at("2026-11-02 09:00")
    for holder in (f"run@{this_process()}", lease.NOBODY, "stopped", "run", "run@elsewhere:1:1"):
        lease.take(story.engine, "sweep", holder, now)
        assert [] == looked(watched, watched.clock() + LOOK_SECONDS)


def test_a_killed_run_is_stood_in_for_until_the_next_is_there(story: Story, watched: Watched) -> None:
    """The command of its job at once and every few seconds, a new run asked for now and then; then no more."""
    now = story.at("2026-11-02 09:00")
    lease.take(story.engine, "sweep", killed(), now)
    follow, sweep = ("flows.local.groundwork", "follow", "sweep"), ("flows.commands.app", "sweep")

    assert [follow, sweep] == looked(watched, 100.0)
    assert [] == looked(watched, 100.2, 101.0)
    assert [sweep] == looked(watched, 100.0 + AGAIN_SECONDS)
    assert [follow, sweep] == looked(watched, 100.0 + ASK_SECONDS)
    lease.take(story.engine, "sweep", f"run@{this_process()}", now)
    assert [] == looked(watched, 200.0, 300.0)
    lease.take(story.engine, "sweep", killed(), now)
    assert [follow, sweep] == looked(watched, 400.0)


def test_before_there_is_a_worker_nobody_is_asked(story: Story, watched: Watched) -> None:
    """While everything starts again the command alone covers the gap."""
    watched.may_ask = False
    lease.take(story.engine, "deliver", killed(), story.at("2026-11-02 09:00"))
    deliver = ("flows.commands.app", "deliver")
    assert [deliver] == looked(watched, 100.0)
    watched.others_asked()
    assert [deliver] == looked(watched, 110.0)
    assert [("flows.local.groundwork", "follow", "deliver"), deliver] == looked(watched, 100.0 + ASK_SECONDS)


def test_a_database_that_is_away_stops_nothing(story: Story, watched: Watched) -> None:
    """It looks again later."""
    story.engine.dispose()
    watched.engine = open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    assert [] == looked(watched, 100.0)


def test_what_is_due_fires_within_ten_seconds(story: Story) -> None:
    """For real: the command runs without Prefect, and the step that the killed run would have fired is on record."""
    environment = child_environment(story.deployment.settings, dict(os.environ))
    stand_in = StandIn(story.engine, environment, story.deployment.settings.home, lambda _line: None)
    lease.take(story.engine, "sweep", killed(), story.at("2026-11-02 09:00"))
    begun = time.monotonic()
    fired = 0
    while not fired and time.monotonic() - begun < 10:
        stand_in.look()
        with reading(story.engine) as connection:
            fired = len(connection.execute(escalations.select()).all())
    stand_in.stop()
    assert fired
