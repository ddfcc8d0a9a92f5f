"""Whatever is put into the record, taken out of it or changed in it by hand is found, and called what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.store.chain import seal
from models.store.database import reading, writing
from models.store.schema import (
    cases,
    deadlines,
    derived_events,
    duties,
    escalations,
    events,
    links,
    message_items,
    messages,
    penalties,
)
from tests.tasks.audit.faults import FAULTS, ONE
from tests.tasks.audit.workshop import audited, record, tamper

if TYPE_CHECKING:
    from sqlalchemy import Table

    from tests.support.story import Story

TABLES = (cases, events, derived_events, deadlines, escalations, messages, message_items, penalties, links, duties)


@pytest.fixture
def workshop(story: Story) -> Story:
    """The record, untouched."""
    return record(story)


def test_an_untouched_record_agrees(workshop: Story) -> None:
    """Nothing is found where nobody changed anything, whole or in part."""
    assert [] == audited(workshop)
    assert [] == audited(workshop, whole=False)
    assert 30 <= len(FAULTS)


def test_every_fault_is_found_and_called_what_it_is(workshop: Story) -> None:
    """Each by itself in a transaction that is taken back; all that were missed are named."""
    missed = []
    for one in FAULTS:
        with reading(workshop.engine) as connection:
            kept = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in TABLES}
        identity = f"CAST('{1:032x}' AS UUID)" if workshop.engine.dialect.name == "postgresql" else f"'{1:032x}'"
        tamper(workshop, *(statement.replace(ONE, identity) for statement in one.statements))
        found = audited(workshop)
        if not any((each.kind, each.case, each.rule) == (one.kind, one.case, one.rule) for each in found):
            missed.append((one.name, [each[:5] for each in found]))
        restore(workshop, kept)

    assert [] == missed
    assert [] == audited(workshop)


def test_a_step_that_was_sealed_anew_for_another_person_is_found(workshop: Story) -> None:
    """Whoever makes the digest anew too is told by the directory, which the audit has known since it was as it is."""
    assert [] == audited(workshop)
    workshop.inserted("A4", "complaint", "2026-11-05 12:20", department="维修部", handler="经办", level="minor")
    workshop.replay("2026-11-05 12:00", "2026-11-05 12:25")
    assert [] == audited(workshop, "2026-11-05 12:25")
    with writing(workshop.engine) as connection:
        of_case = select(cases.c.id).where(cases.c.number == "A4").scalar_subquery()
        query = select(escalations).where(escalations.c.case_id == of_case)
        fired = dict(connection.execute(query).mappings().one())
        told = [{**fired["recipients"][0], "name": "别人", "email": "e588abe4baba@example.com"}]
        fresh = seal(escalations, {**fired, "recipients": told})
        connection.execute(escalations.update().where(escalations.c.id == fired["id"]).values(recipients=told, **fresh))

    assert ("recipient", "A4", "call", 1, "opens") in {one[:5] for one in audited(workshop, "2026-11-05 12:25")}


def restore(story: Story, kept: dict[Table, list[dict[str, Any]]]) -> None:
    """Put every row back as it was."""
    with writing(story.engine) as connection:
        for table in reversed(TABLES):
            connection.execute(table.delete())
        for table in TABLES:
            if kept[table]:
                connection.execute(table.insert(), kept[table])
