"""A month's beginning, swept at every instant or only once at the end: the record is the same."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.settings import Settings
from models.store import schema
from models.store.database import open_engine, reading
from models.store.schema import cases, escalations, penalties
from tasks.engine.sweep import replay, sweep_once
from tasks.intake import import_file
from tasks.organisation.deployment import Deployment

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

DATA = Path(__file__).parents[1] / "data"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2026, 1, 30, 6, tzinfo=UTC)


def imported(folder: Path) -> tuple[Engine, Settings]:
    """The sample files in a database of their own."""
    folder.mkdir()
    deployment = Deployment(
        Settings.model_validate({"home": folder, "database_url": f"sqlite:///{folder / 'duban.db'}"})
    )
    engine = open_engine(deployment.settings.url)
    schema.metadata.create_all(engine)
    for what in ("directory", "complaints", "loans", "events"):
        import_file(engine, deployment, what, Path(shutil.copy(DATA / f"{what}.csv", folder)), now=SINCE)
    return engine, deployment


def record(engine: Engine) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """What was told, when it was due; and what it costs."""
    told = select(
        *(cases.c.number, escalations.c.rule, escalations.c.round, escalations.c.step),
        *(escalations.c.scheduled_at, escalations.c.due_at),
    ).join(cases, cases.c.id == escalations.c.case_id)
    owed = select(
        *(cases.c.number, penalties.c.rule, penalties.c.round, penalties.c.amount, penalties.c.at),
    ).join(cases, cases.c.id == penalties.c.case_id)
    with reading(engine) as connection:
        steps = {tuple(row) for row in connection.execute(told)}
        fines = {tuple(row) for row in connection.execute(owed.where(penalties.c.withdrawn_at.is_(None)))}
    return steps, fines


def test_one_sweep_after_four_weeks_writes_what_a_sweep_at_every_instant_wrote(tmp_path: Path) -> None:
    """The record depends on what happened, not on when sweeps ran."""
    watched, deployment = imported(tmp_path / "watched")
    replay(watched, deployment, SINCE, UNTIL)
    slept, other = imported(tmp_path / "slept")
    sweep_once(slept, other, UNTIL)

    steps, fines = record(watched)
    assert len(steps) > 300
    assert len(fines) > 5
    assert (steps, fines) == record(slept)
    watched.dispose()
    slept.dispose()
