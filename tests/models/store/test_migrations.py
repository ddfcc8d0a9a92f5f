"""The migrations lead to exactly the tables that the code knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from models.store.database import open_engine, reading
from models.store.migrate import upgrade
from models.store.schema import cases, events, metadata

if TYPE_CHECKING:
    from pathlib import Path


def test_an_upgraded_database_has_the_schema_of_the_code(database_url: str) -> None:
    """Upgrading an empty database leaves no difference to the tables, on either database."""
    engine = open_engine(database_url)
    before, after = upgrade(engine)

    with reading(engine) as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert before is None
    assert after is not None
    assert [] == found


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    """`duban init` may run as often as it likes."""
    engine = open_engine(database_url)
    _, first = upgrade(engine)

    assert (first, first) == upgrade(engine)
    engine.dispose()


def test_a_foreign_program_must_write_instants_that_sort(tmp_path: Path) -> None:
    """On SQLite an instant in another form than `2026-11-01T01:05:00Z` is refused by the table itself."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(engine)
    with pytest.raises(IntegrityError, match="opened_at_is_utc"), engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO cases (number, kind, opened_at) VALUES ('1', 'complaint', '2026-11-01 09:00')"
        )
    engine.dispose()


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET name = 'x'", "UPDATE events SET at = at", "DELETE FROM events"]
)
def test_events_are_facts(database_url: str, statement: str) -> None:
    """Neither database lets anybody rewrite what an event says, or take it away; that it was taken in is noted."""
    engine = open_engine(database_url)
    upgrade(engine)
    now = datetime(2026, 11, 2, 1, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(cases.insert().values(id=1, number="1", kind="complaint", opened_at=now))
        connection.execute(events.insert().values(case_id=1, name="registered", at=now))
        connection.execute(events.update().values(applied_at=now))
    with pytest.raises(IntegrityError, match="events are facts"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
