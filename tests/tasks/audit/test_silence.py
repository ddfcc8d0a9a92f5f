"""Where the engine did what it should, the audit finds nothing, however it came about."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.audit.run import audit
from tasks.engine.sweep import replay, sweep_once
from tasks.intake import import_file
from tests.support.audited import differences
from tests.support.histories import History
from tests.tasks.audit.workshop import NOW, audited, record
from tests.tasks.engine.test_exactly_once import NOW as KILLED
from tests.tasks.engine.test_exactly_once import SWEEP, neglected
from tests.tasks.engine.test_one_state_machine import START, complaints, told

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tests.support.story import Story

DATA = Path(__file__).parents[2] / "data"
END = datetime(2026, 12, 20, 1, 30, tzinfo=UTC)


def imported(engine: Engine, deployment: Deployment, folder: Path, now: datetime, *names: str) -> None:
    """Files of a folder."""
    for name in names:
        import_file(engine, deployment, name.partition("-")[0], folder / f"{name}.csv", now=now)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_a_random_history_swept_at_random_instants_agrees(
    seed: int, tmp_path: Path, engine: Engine, deployment: Deployment
) -> None:
    """Pauses, rounds, what is recorded late or out of order; after each sweep, and after each incremental audit."""
    history = History(seed, end=datetime(2026, 12, 20, 9, 30))  # noqa: DTZ001 -- local, as in the files
    history.add(20, 12, since=datetime(2026, 9, 25), until=datetime(2026, 12, 10))  # noqa: DTZ001
    history.write(tmp_path)
    draw = random.Random(seed)
    now = datetime(2026, 9, 24, tzinfo=UTC)
    imported(engine, deployment, tmp_path, now, "directory", "complaints", "loans", "events")
    while now < END:
        coming = min(now + timedelta(hours=draw.choice([1, 30, 300])), END)
        if draw.random() < 0.5:
            replay(engine, deployment, now, coming)
        else:
            sweep_once(engine, deployment, coming)
        now = coming
        if draw.random() < 0.1:
            imported(engine, deployment, tmp_path, now, "events-late")
            sweep_once(engine, deployment, now)
        assert [] == differences(engine, deployment, now, whole=False)

    assert [] == differences(engine, deployment, END)


def test_after_four_weeks_of_downtime_the_record_agrees(tmp_path: Path, engine: Engine, deployment: Deployment) -> None:
    """One sweep writes what a sweep at every instant would have written."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for name in ("directory", "complaints", "loans", "events"):
        (tmp_path / f"{name}.csv").write_bytes((DATA / f"{name}.csv").read_bytes())
    imported(engine, deployment, tmp_path, now, "directory", "complaints", "loans", "events")
    sweep_once(engine, deployment, now + timedelta(days=29))

    assert [] == differences(engine, deployment, now + timedelta(days=29))


def test_after_kills_at_any_point_the_record_agrees(engine: Engine, deployment: Deployment) -> None:
    """What was cut off is not there, and what waits for the next sweep is no finding."""
    neglected(engine, 60)
    draw = random.Random(20261127)
    command = [sys.executable, "-c", SWEEP, deployment.settings.url, str(deployment.settings.home), KILLED.isoformat()]
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 -- our own program
            for _line in zip(range(draw.randint(2, 9)), process.stdout or (), strict=False):
                pass
            time.sleep(draw.random() * 0.006)
            process.kill()
        half_done = audit(engine, deployment, KILLED, processes=1)
        assert {"missing"} >= {one.kind for one in half_done.findings}
    sweep_once(engine, deployment, KILLED)

    assert [] == differences(engine, deployment, KILLED)


def test_what_waits_for_a_sweep_is_no_finding_until_it_has_waited_too_long(story: Story) -> None:
    """Two sweeps' time: then a step that is due and did not fire is missing."""
    record(story)
    assert [] == audited(story, "2026-11-05 17:05")  # the table of the day is due at 17:00

    late = audited(story, "2026-11-05 17:12")
    assert [("missing", "table-2026-11-05", "table", 1, "due")] == [one[:5] for one in late if one.kind == "missing"]


def test_a_case_that_is_to_be_looked_at_anew_waits(story: Story) -> None:
    """An event that no sweep has taken in yet changes nothing so far."""
    record(story)
    story.event("A1", "fixed", NOW)
    assert [] == audited(story)
    assert ["event"] == [one.kind for one in audited(story, "2026-11-05 12:12")]


def test_a_change_of_people_explains_whom_earlier_steps_told(story: Story) -> None:
    """The directory of today is held against nothing that fired before it was so."""
    record(story)
    assert [] == audited(story)
    story.person("新主管", "chief")
    story.away("台长", "2026-11-01", "2026-11-30")

    assert [] == audited(story)


@settings(max_examples=40, deadline=None)
@given(st.lists(complaints, min_size=1, max_size=4), st.lists(st.integers(0, 200), min_size=2, max_size=6))
def test_whatever_happens_and_whenever_it_is_swept_the_record_agrees(
    happened: list[tuple[int, str, str, list[tuple[int, str, int]]]], swept: list[int]
) -> None:
    """Levels that rise by lateness and by count, pauses, steps again and again; an audit after each sweep."""
    with tempfile.TemporaryDirectory() as folder:
        story = told(Path(folder), happened)
        for minute in sorted(swept):
            now = story.at(START) + timedelta(minutes=minute)
            sweep_once(story.engine, story.deployment, now)
            assert [] == differences(story.engine, story.deployment, now)
        story.engine.dispose()


PETITIONS = """
regulation: petitions
version: 1
kind: petition
title: {zh: 信访答复, en: Petitions}
description: {zh: 答复, en: Answered}
roles: {service_manager: {zh: 客服部经理, en: service manager, above: operations}}
rules:
  - {id: answer, cite: {article: "1"}, title: {zh: 答复, en: Answer}, start: registered, stop: answered, within: P3WD,
     responsible: service_manager, remind: [-P1WD]}
events: {answered: {zh: 已答复, en: answered}}
"""


def test_a_day_that_becomes_free_changes_what_runs_and_not_what_has_ended(story: Story, tmp_path: Path) -> None:
    """Between the change and the next sweep running clocks wait; what has ended keeps its instants."""
    story.regulation("petitions", PETITIONS)
    story.house()
    for number in ("P1", "P2"):
        story.inserted(number, "petition", "2026-11-02 09:00", regulation="petitions")
    story.replay("2026-11-02 09:00", "2026-11-03 12:00")
    story.event("P1", "answered", "2026-11-03 12:00")
    story.sweep("2026-11-03 12:00")
    assert [] == audited(story, "2026-11-03 12:00")
    free = tmp_path / "calendar.txt"
    free.write_text("2026-11-04 free\n", encoding="utf-8")
    story.deployment = story.deployment.changed(calendar_file=free)

    assert [] == audited(story, "2026-11-03 12:05")
    story.replay("2026-11-03 12:10", "2026-11-09 12:00")
    assert [] == audited(story, "2026-11-09 12:00")
