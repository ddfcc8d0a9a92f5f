"""A database made by a version before goes on after the upgrade as it would have gone on there.

`tests/data/version-0004.sql` was written by that version: complaints whose level rose and fell again, counts, a fact
that a gate forbids, cases that lapsed, events that no sweep had taken in. `version-0004.json` is what the same version
made of it by sweeping on.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.settings import Settings
from models.store.database import open_engine, reading
from models.store.migrate import upgrade
from models.store.schema import cases, deadlines, derived_events, escalations, events, messages, penalties
from tasks.organisation.deployment import Deployment
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[1] / "data"
SWEPT = ("2026-11-08 12:30", "2026-11-10 12:00", "2026-11-20 09:30")


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Story]:
    """The old database, upgraded."""
    file = tmp_path / "duban.db"
    with sqlite3.connect(file) as database:
        database.executescript((DATA / "version-0004.sql").read_text(encoding="utf-8"))
    database.close()
    given = {"home": tmp_path, "database_url": f"sqlite:///{file}", "operations_email": "operations@example.com"}
    deployment = Deployment(Settings.model_validate(given))
    engine = open_engine(deployment.settings.url)
    assert "0004" == upgrade(engine)[0]
    yield Story(engine, deployment)
    engine.dispose()


def test_what_duban_derived_lies_beside_the_facts(upgraded: Story) -> None:
    """Every note moved, the retracted ones under their own names."""
    with reading(upgraded.engine) as connection:
        names = set(connection.scalars(select(events.c.name)))
        derived = [(row.name, row.retracted_at is not None) for row in connection.execute(select(derived_events))]
        newest = max(connection.scalars(select(events.c.id)))
        known = max(connection.scalars(select(messages.c.known_event)))
    assert set() == names & {"raised", "counted", "flagged", "lapsed", "retracted"}
    raised = [("raised", False)] * 2 + [("raised", True)] * 2
    assert [("counted", False), ("flagged", False), *raised] == sorted(derived)
    assert known <= newest  # ids at the end are given again: a message must not take a new event for a known one


def test_it_sweeps_on_and_no_step_fires_twice(upgraded: Story) -> None:
    """Steps, recipients, penalties and states are those that the version before came to."""
    for instant in SWEPT:
        upgraded.sweep(instant)
    expected = json.loads((DATA / "version-0004.json").read_text(encoding="utf-8"))
    with reading(upgraded.engine) as connection:
        steps = connection.execute(select(cases.c.number, escalations).join(cases, cases.c.id == escalations.c.case_id))
        found = [
            [
                row.number,
                row.rule,
                row.round,
                row.step,
                str(row.scheduled_at),
                sorted(x["email"] for x in row.recipients),
            ]
            for row in steps
        ]
        owed = connection.execute(select(cases.c.number, penalties).join(cases, cases.c.id == penalties.c.case_id))
        fines = [
            [row.number, row.rule, row.round, row.seq, row.who, row.amount, bool(row.withdrawn_at)] for row in owed
        ]
        clocks = connection.execute(select(cases.c.number, deadlines).join(cases, cases.c.id == deadlines.c.case_id))
        states = [[row.number, row.rule, row.round, row.state, str(row.due_at)] for row in clocks]
    assert expected["steps"] == sorted(found)
    assert expected["penalties"] == sorted(fines)
    assert expected["deadlines"] == sorted(states)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET name = 'closed'",
        "UPDATE events SET at = '2026-01-01T00:00:00Z'",
        "UPDATE events SET \"by\" = 'somebody'",
        "UPDATE events SET fields = '{}'",
        "DELETE FROM events",
    ],
)
def test_what_an_event_says_can_not_be_changed(upgraded: Story, statement: str) -> None:
    """The upgraded database refuses it as a new one does."""
    with pytest.raises(IntegrityError, match="events are facts"), upgraded.engine.begin() as connection:
        connection.exec_driver_sql(statement)
