"""The migrations lead to exactly the tables that the code knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from models.language.regulation import Regulation
from models.store.database import open_engine, reading, writing
from models.store.migrate import configuration, known_revisions, upgrade
from models.store.schema import cases, events, metadata, regulations
from tasks.organisation.registry import pinned

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


@pytest.mark.parametrize("revision", sorted(known_revisions()))
def test_every_version_is_brought_forward(database_url: str, revision: str) -> None:
    """From whichever schema a database, or a backup, comes: in the end it is that of the code."""
    engine = open_engine(database_url)
    config = configuration()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    assert revision == upgrade(engine)[0]

    with reading(engine) as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
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


def daily(holiday: str | None) -> Regulation:
    """A regulation with a daily duty, and a limit at the end of a day."""
    text = {"zh": "每日", "en": "daily"}
    given = {"cite": {"article": "1"}, "title": text, "responsible": "desk"}
    every_day = {"every": "day", "holiday": holiday}
    rule = {**given, "id": "answer", "start": "registered", "stop": "closed", "within": {"next": every_day}}
    return Regulation.model_validate(
        {
            "regulation": "drawn",
            "kind": "duty",
            "title": text,
            "description": text,
            "roles": {"desk": {**text, "above": "operations"}},
            "settings": {"later": {"value": 1, "note": "open"}, "earlier": {"value": 2, "note": "open"}},
            "duties": [{**given, **every_day, "id": "table"}],
            "rules": [rule],
        }
    )


def test_what_was_daily_on_working_days_stays_so(database_url: str) -> None:
    """A content on record keeps its meaning and is found by its new words; what said so already is left alone."""
    engine = open_engine(database_url)
    now = datetime(2026, 11, 2, 1, tzinfo=UTC)
    config = configuration()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for number, holiday in enumerate((None, "keep"), 1):
            rules = daily(holiday)
            row = {"id": number, "name": "drawn", "version": 1, "kind": "duty", "loaded_at": now}
            body = rules.model_dump_json(by_alias=True)
            connection.execute(regulations.insert().values(**row, content_hash=rules.content_hash, body=body))
    upgrade(engine)

    with reading(engine) as connection:
        hashes = connection.scalars(regulations.select().with_only_columns(regulations.c.content_hash)).all()
        first, second = pinned(connection, 1), pinned(connection, 2)
    assert {daily("skip").content_hash, daily("keep").content_hash} == set(hashes)
    assert (daily("skip"), daily("keep")) == (first, second)
    engine.dispose()


def test_two_contents_that_came_to_say_the_same_stay_two(tmp_path: Path) -> None:
    """Each has cases of its own, and a hash of its own."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    config = configuration()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for number, holiday in enumerate(("skip", None), 1):
            rules = daily(holiday)
            row = {"id": number, "name": "drawn", "version": 1, "kind": "duty", "loaded_at": datetime.now(UTC)}
            body = rules.model_dump_json(by_alias=True)
            connection.execute(regulations.insert().values(**row, content_hash=rules.content_hash, body=body))
    upgrade(engine)

    with reading(engine) as connection:
        found = [(row.content_hash, row.body) for row in connection.execute(regulations.select())]
    assert (1, 2) == (len({body for _, body in found}), len({mark for mark, _ in found}))
    engine.dispose()


def test_a_window_of_before_is_read_with_the_words_of_today(tmp_path: Path) -> None:
    """A stored gate with `inside` opens as early as it did; what comes after it is recorded as late now."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    config = configuration()
    text = {"zh": "期内", "en": "in time"}
    gate = {"id": "in-time", "cite": {"article": "1"}, "title": text, "guards": "renewed", "flag": ["desk"]}
    body = json.loads(daily("skip").model_dump_json(by_alias=True)) | {"gates": [gate | {"inside": "answer"}]}
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        row = {"id": 1, "name": "drawn", "version": 1, "kind": "duty", "loaded_at": datetime.now(UTC)}
        connection.execute(regulations.insert().values(**row, content_hash="before", body=json.dumps(body)))
    upgrade(engine)

    with reading(engine) as connection:
        (found,) = pinned(connection, 1).gates
    assert ("answer", "answer") == (found.not_before, found.not_after)
    engine.dispose()
