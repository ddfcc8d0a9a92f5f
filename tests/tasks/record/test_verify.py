"""The chain of hashes: whatever is changed later is found, and what is erased on purpose breaks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from models.errors import RefusedError
from models.store.chain import personal_digest, row_digest
from models.store.database import reading, savepoint, writing
from models.store.schema import events, links
from tasks.record.recording import append_event
from tasks.record.verify import Verified, verify
from tests.support.hand import AT_HAND
from tests.support.story import Story

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment


@pytest.fixture
def record(engine: Engine, deployment: Deployment) -> Story:
    """Two complaints with what happened, what was decided, and a penalty."""
    story = Story(engine, deployment)
    story.house()
    first = story.complaint("2026-11-02 09:00")
    second = story.complaint("2026-11-02 09:30", customer="李四")
    story.replay("2026-11-02 09:00", "2026-11-02 10:30")
    story.event(first, "first_contact", "2026-11-02 10:31", by="经办", note="已通话")
    story.event(second, "postponement_requested", "2026-11-02 10:32", by="经办", until="2026-11-09")
    story.event(second, "postponement_approved", "2026-11-02 10:33", by="总经理", until="2026-11-09")
    story.replay("2026-11-02 10:30", "2026-11-02 12:00")
    return story


def walked(story: Story, expected: tuple[int, str] | None = None) -> Verified:
    """What `duban verify` says."""
    with reading(story.engine) as connection:
        return verify(connection, expected)


def tamper(story: Story, *statements: str, **values: Any) -> None:
    """What somebody with the password of the database can do: take the triggers away, and write."""
    with writing(story.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
        else:
            for name in ("events_stay_as_they_are", "events_stay", "events_stay_sealed"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in statements:
            connection.execute(text(statement), values)


def test_an_untouched_record_agrees(record: Story) -> None:
    """Every event, escalation and penalty is in a link, and the links follow from each other."""
    done = walked(record)
    assert () == done.breaches
    assert done.rows > 10
    assert done.links == done.position
    assert walked(record) == done


ONE = "(SELECT max(id) FROM events WHERE name = 'postponement_approved')"
ALTERED = [
    f"""UPDATE events SET "by" = '经办' WHERE id = {ONE}""",
    f"UPDATE events SET name = 'postponement_refused' WHERE id = {ONE}",
    f"UPDATE events SET verified = true WHERE id = {ONE}",
    f"UPDATE events SET channel = 'reply' WHERE id = {ONE}",
    f"UPDATE events SET account = 'gm@example.com' WHERE id = {ONE}",
    f"UPDATE events SET unauthorised = 'no' WHERE id = {ONE}",
    f"UPDATE events SET case_id = (SELECT min(id) FROM cases) WHERE id = {ONE}",
    "UPDATE escalations SET reason = 'x' WHERE step = 'due'",
    "UPDATE escalations SET step = 'remind-9' WHERE step = 'due'",
    "UPDATE penalties SET amount = amount - 1",
    "UPDATE penalties SET who = '别人'",
]


@pytest.mark.parametrize("statement", ALTERED)
def test_what_a_row_says_cannot_be_changed_unseen(record: Story, statement: str) -> None:
    """Each changed row is named with its table and its case."""
    tamper(record, statement)
    found = walked(record).breaches
    assert found
    assert {"altered"} == {one.kind for one in found}
    assert all(one.row and one.case for one in found)


def test_an_instant_moved_by_a_second_is_found(record: Story) -> None:
    """In events and in escalations."""
    for table, column in (("events", "at"), ("escalations", "fired_at")):
        with writing(record.engine) as connection:
            is_sqlite = connection.dialect.name == "sqlite"
        moved = f"replace({column}, '0Z', '1Z')" if is_sqlite else f"{column} + interval '1 second'"
        tamper(record, f"UPDATE {table} SET {column} = {moved}")
    assert {"events", "escalations"} == {one.table for one in walked(record).breaches if one.kind == "altered"}


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM events WHERE id = {ONE}",
        "DELETE FROM penalties",
        "DELETE FROM events",
    ],
)
def test_a_row_that_was_taken_away_is_missing(record: Story, statement: str) -> None:
    """Its link knows how many there were."""
    tamper(record, statement)
    assert "missing" in {one.kind for one in walked(record).breaches}


def test_a_row_that_was_slipped_in_is_found(record: Story) -> None:
    """Outside of any link, or with the name of one."""
    columns = "case_id, name, at, fields, recorded_at, applied_at, verified"
    copied = f"INSERT INTO events ({columns}) SELECT case_id, 'closed', at, fields, recorded_at, applied_at, verified"
    tamper(record, f"{copied} FROM events WHERE id = {ONE}")
    assert ["outside"] == [one.kind for one in walked(record).breaches]

    more = f"{columns}, salt, digest, link"
    copied = f"INSERT INTO events ({more}) SELECT case_id, 'closed', at, fields, recorded_at, applied_at, verified"
    tamper(record, f"{copied}, salt, digest, link FROM events WHERE id = {ONE}")
    assert {"outside", "altered", "extra"} == {one.kind for one in walked(record).breaches}


def test_a_digest_that_was_made_anew_is_no_way_around(record: Story) -> None:
    """Whoever computes the digest of the changed row too is found by the link; who mends the link, by the next one."""
    with writing(record.engine) as connection:
        row = dict(connection.execute(events.select().where(events.c.name == "postponement_approved")).mappings().one())
    row["by"] = "经办"
    digest = row_digest("events", row, row["salt"])
    tamper(record, f"""UPDATE events SET "by" = '经办', digest = :digest WHERE id = {ONE}""", digest=digest)
    assert ["extra"] == [one.kind for one in walked(record).breaches]

    tamper(record, "UPDATE links SET content = :content WHERE id = :link", content=b"x" * 32, link=row["link"])
    assert "broken" in {one.kind for one in walked(record).breaches}


def test_links_cannot_be_taken_away_or_changed_places(record: Story) -> None:
    """A link in the middle that is gone breaks the next; the newest that is gone leaves rows nobody knows."""
    tamper(record, "DELETE FROM links WHERE position = 2")
    assert {"broken", "extra"} <= {one.kind for one in walked(record).breaches}


def test_the_end_of_the_chain_can_be_kept_elsewhere(record: Story) -> None:
    """Who cuts off the end, rows and links alike, is found by the place and hash that somebody kept."""
    before = walked(record)
    kept = (before.position, before.hash)
    assert () == walked(record, kept).breaches
    record.event("2611001", "follow_up", "2026-11-02 12:30", by="回访")
    assert () == walked(record, kept).breaches

    tamper(
        record,
        "DELETE FROM events WHERE link IN (SELECT id FROM links WHERE position >= :place)",
        "DELETE FROM escalations WHERE link IN (SELECT id FROM links WHERE position >= :place)",
        "DELETE FROM links WHERE position >= :place",
        place=before.position,
    )
    assert () == walked(record).breaches
    assert ["head"] == [one.kind for one in walked(record, kept).breaches]


def test_the_end_of_an_empty_chain_can_be_kept_too(engine: Engine, record: Story) -> None:
    """Who backed up before anything was recorded has kept place nought."""
    assert record.engine is engine
    assert () == walked(record, (0, "00" * 32)).breaches
    assert ["head"] == [one.kind for one in walked(record, (0, "01" * 32)).breaches]


def test_erasing_what_a_row_says_of_people_breaks_nothing(record: Story) -> None:
    """The salt gives way to the digest of what was erased; what is left is still held by the chain."""
    with writing(record.engine) as connection:
        row = dict(connection.execute(events.select().where(events.c.name == "first_contact")).mappings().one())
    left = personal_digest("events", row, row["salt"])
    erase = "UPDATE events SET fields = '{}', \"by\" = NULL, account = NULL, place = NULL, salt = :left WHERE id = :id"
    tamper(record, erase, left=left, id=row["id"])
    done = walked(record)
    assert (1, ()) == (done.erased, done.breaches)

    tamper(record, "UPDATE events SET name = 'agreement' WHERE id = :id", id=row["id"])
    assert ["altered"] == [one.kind for one in walked(record).breaches]


def test_a_row_of_another_program_enters_when_it_is_taken_in(record: Story) -> None:
    """Until then it waits, and is no breach."""
    record.fact("2611001", "follow_up", "2026-11-02 13:00")
    assert (1, ()) == (walked(record).waiting, walked(record).breaches)
    record.sweep("2026-11-02 13:01")
    assert (0, ()) == (walked(record).waiting, walked(record).breaches)


def test_what_was_rolled_back_within_a_transaction_is_in_no_link(record: Story) -> None:
    """A part of an answer that is refused leaves nothing behind, in the record and in the chain."""
    told: dict[str, Any] = {"number": "2611001", "fields": {}, "by": None, "provenance": AT_HAND}
    told |= {"at": record.at("2026-11-02 13:00"), "now": record.at("2026-11-02 13:00")}

    def refused_in_the_end(connection: Connection) -> None:
        with savepoint(connection):
            append_event(connection, record.deployment, **told, name="agreement")
            append_event(connection, record.deployment, **told, name="nonsense")

    with writing(record.engine) as connection:
        append_event(connection, record.deployment, **told, name="follow_up")
        with pytest.raises(RefusedError, match="nonsense"):
            refused_in_the_end(connection)
        append_event(connection, record.deployment, **told, name="handed_over")
    assert () == walked(record).breaches


def test_one_transaction_makes_one_link(record: Story) -> None:
    """A file of three rows is one link, and importing it again makes none."""
    rows = "number,received_at,customer\n" + "".join(f"X{n},2026-11-02 14:0{n},客户{n}\n" for n in range(3))
    before = walked(record).links
    record.imported("complaints", rows, "2026-11-02 15:00")
    record.imported("complaints", rows, "2026-11-02 15:00")
    with reading(record.engine) as connection:
        newest = connection.execute(links.select().order_by(links.c.position.desc()).limit(1)).one()
    assert (before + 1, 3) == (walked(record).links, newest.rows)
