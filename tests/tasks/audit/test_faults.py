"""Whatever is put into the record, taken out of it or changed in it by hand is found, and called what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
from tests.tasks.audit.workshop import audited, record, tamper

if TYPE_CHECKING:
    from sqlalchemy import Table

    from tests.support.story import Story

TABLES = (cases, events, derived_events, deadlines, escalations, messages, message_items, penalties, links, duties)

A1, A2, A3 = (f"(SELECT id FROM cases WHERE number = '{number}')" for number in ("A1", "A2", "A3"))
ALARM = f"case_id = {A1} AND rule = 'call' AND step = 'escalate-1'"
DUE = f"case_id = {A1} AND rule = 'call' AND step = 'due'"
OF_ALARM = f"(SELECT message_id FROM message_items WHERE escalation_id = (SELECT id FROM escalations WHERE {ALARM}))"
CALL, FIX = (f"case_id = {A1} AND rule = '{rule}'" for rule in ("call", "fix"))
STEP = "case_id, rule, round, step, due_at, scheduled_at, fired_at, recipients, reason"
ONE = "{uuid}"
OTHER_PERSON = '[{"name": "别人", "role": "chief", "email": "e588abe4baba@example.com", "instead_of": null}]'
OTHER_ROLE = '[{"name": "主管", "role": "clerk", "email": "e4b8bbe7aea1@example.com", "instead_of": null}]'


class Fault(NamedTuple):
    """What is done, and what has to be found: the kind, the case, and the rule."""

    name: str
    kind: str
    case: str | None
    rule: str | None
    statements: tuple[str, ...]


def fault(name: str, kind: str, case: str | None, rule: str | None, *statements: str) -> Fault:
    """One line of the table."""
    return Fault(name, kind, case, rule, statements)


FAULTS = (
    # -- clocks
    fault("a clock is deleted", "missing", "A1", "fix", f"DELETE FROM deadlines WHERE {FIX}"),
    fault(
        "a clock that no rule gives", "extra", "A1", "ghost",
        f"INSERT INTO deadlines (case_id, rule, round, starts_at, state, plan, provisional)"
        f" SELECT case_id, 'ghost', 1, starts_at, 'open', plan, provisional FROM deadlines WHERE {CALL}",
    ),
    fault("due a second later", "instant", "A1", "fix", f"UPDATE deadlines SET due_at = '2026-11-07T16:00:00Z' WHERE {FIX}"),
    fault("begun a second later", "instant", "A1", "fix", f"UPDATE deadlines SET starts_at = '2026-11-02T01:00:01Z' WHERE {FIX}"),
    fault("open a second later", "instant", "A1", "call", f"UPDATE deadlines SET opens_at = '2026-11-02T01:00:01Z' WHERE {CALL}"),
    fault(
        "met a second earlier", "instant", "A2", "call",
        f"UPDATE deadlines SET met_at = '2026-11-02T01:30:59Z' WHERE case_id = {A2} AND rule = 'call'",
    ),
    fault("late is said to be met", "state", "A1", "call", f"UPDATE deadlines SET state = 'met' WHERE {CALL}"),
    fault("running is said to be void", "state", "A1", "fix", f"UPDATE deadlines SET state = 'void' WHERE {FIX}"),
    fault("ended by something", "state", "A1", "fix", f"UPDATE deadlines SET ended_by = 'closed' WHERE {FIX}"),
    fault("another limit", "state", "A1", "fix", f"UPDATE deadlines SET \"limit\" = 'P6D' WHERE {FIX}"),
    fault("provisional", "state", "A1", "fix", f"UPDATE deadlines SET provisional = true WHERE {FIX}"),
    fault("next a second later", "instant", "A1", "fix", f"UPDATE deadlines SET next_at = '2026-11-06T01:00:01Z' WHERE {FIX}"),
    fault("next is nothing", "instant", "A1", "fix", f"UPDATE deadlines SET next_at = NULL WHERE {FIX}"),
    fault("the plan is gone", "missing", "A1", "fix", f"UPDATE deadlines SET next_at = NULL, plan = '[]' WHERE {FIX}"),
    fault(
        "an entry of the plan is gone", "missing", "A1", "fix",
        f"UPDATE deadlines SET plan = '[[\"2026-11-06T01:00:00Z\", \"remind-1\"]]' WHERE {FIX}",
    ),
    fault(
        "a step of the plan that no rule gives", "extra", "A1", "call",
        f"UPDATE deadlines SET plan = '[[\"2026-11-09T01:00:00Z\", \"escalate-9\"]]', next_at = '2026-11-09T01:00:00Z'"
        f" WHERE {CALL}",
    ),
    fault("another round", "missing", "A1", "fix", f"UPDATE deadlines SET round = 2 WHERE {FIX}"),
    # -- steps
    fault(
        "a step is deleted", "missing", "A1", "call",
        f"DELETE FROM message_items WHERE escalation_id = (SELECT id FROM escalations WHERE {ALARM})",
        f"DELETE FROM escalations WHERE {ALARM}",
    ),
    fault("a step twice", "extra", "A1", "call", f"INSERT INTO escalations (id, {STEP}) SELECT {ONE}, {STEP} FROM escalations WHERE {ALARM}"),
    fault(
        "a step of a case that never had it", "extra", "A2", "call",
        f"INSERT INTO escalations (id, {STEP}) SELECT {ONE}, {A2}, rule, round, step, due_at, scheduled_at, fired_at,"
        f" recipients, reason FROM escalations WHERE {ALARM}",
    ),
    fault("scheduled a second later", "instant", "A1", "call", f"UPDATE escalations SET scheduled_at = '2026-11-02T02:30:01Z', fired_at = '2026-11-02T02:30:01Z' WHERE {ALARM}"),
    fault("fired before it was due", "instant", "A1", "call", f"UPDATE escalations SET fired_at = '2026-11-02T02:29:59Z' WHERE {ALARM}"),
    fault("due at another instant", "instant", "A1", "call", f"UPDATE escalations SET due_at = '2026-11-02T01:30:01Z' WHERE {ALARM}"),
    fault("another person", "recipient", "A1", "call", f"UPDATE escalations SET recipients = '{OTHER_PERSON}' WHERE {ALARM}"),
    fault("another role", "recipient", "A1", "call", f"UPDATE escalations SET recipients = '{OTHER_ROLE}' WHERE {ALARM}"),
    fault("nobody", "recipient", "A1", "call", f"UPDATE escalations SET recipients = '[]' WHERE {ALARM}"),
    # -- messages
    fault("a message is deleted", "message", "A1", "call", f"DELETE FROM message_items WHERE message_id = {OF_ALARM}"),
    fault("a message to another address", "message", "A1", "call", f"UPDATE messages SET email = 'x@example.com' WHERE id = {OF_ALARM}"),
    fault("sent, nobody knows when", "message", "A1", "call", f"UPDATE messages SET state = 'sent' WHERE id = {OF_ALARM}"),
    fault("dropped without a reason", "message", "A1", "call", f"UPDATE messages SET state = 'dropped' WHERE id = {OF_ALARM}"),
    fault("a message of another minute", "message", "A1", "call", f"UPDATE messages SET created_at = '2026-11-02T02:31:00Z' WHERE id = {OF_ALARM}"),
    fault("a message of another kind", "message", "A1", "call", f"UPDATE messages SET kind = 'digest' WHERE id = {OF_ALARM}"),
    # -- what it costs
    fault("a fine is deleted", "penalty", "A1", "call", f"DELETE FROM penalties WHERE {CALL}"),
    fault(
        "a fine twice", "penalty", "A1", "call",
        f"INSERT INTO penalties (case_id, rule, round, who, amount, points, seq, at)"
        f" SELECT case_id, rule, round, who, amount, points, 1, at FROM penalties WHERE {CALL}",
    ),
    fault("another sum", "penalty", "A1", "call", f"UPDATE penalties SET amount = 2 WHERE {CALL}"),
    fault("another payer", "penalty", "A1", "call", f"UPDATE penalties SET who = '客服部' WHERE {CALL}"),
    fault("owed from another instant on", "penalty", "A1", "call", f"UPDATE penalties SET at = '2026-11-02T01:30:01Z' WHERE {CALL}"),
    fault("withdrawn for nothing", "penalty", "A1", "call", f"UPDATE penalties SET withdrawn_at = '2026-11-03T00:00:00Z', note = 'x' WHERE {CALL}"),
    fault("withdrawn without a reason", "penalty", "A3", "call", f"UPDATE penalties SET note = NULL WHERE case_id = {A3}"),
    fault("not withdrawn any more", "penalty", "A3", "call", f"UPDATE penalties SET withdrawn_at = NULL, note = NULL WHERE case_id = {A3}"),
    # -- facts and conclusions
    fault("an event is deleted", "state", "A2", "call", f"DELETE FROM events WHERE case_id = {A2} AND name = 'first_contact'"),
    fault("the opening is deleted", "event", "A2", None, f"DELETE FROM events WHERE case_id = {A2} AND name = 'registered'"),
    fault("an event happened earlier", "event", "A2", None, f"UPDATE events SET at = '2026-11-02T01:20:00Z' WHERE case_id = {A2} AND name = 'first_contact'"),
    fault("an event is somebody else's", "event", "A2", None, f"UPDATE events SET \"by\" = '别人' WHERE case_id = {A2} AND name = 'first_contact'"),
    fault(
        "an event by hand", "event", "A2", None,
        f"INSERT INTO events (case_id, name, at, fields, applied_at, verified)"
        f" VALUES ({A2}, 'note', '2026-11-03T00:00:00Z', '{{}}', '2026-11-03T00:00:00Z', false)",
    ),
    fault("a conclusion is retracted", "event", "A1", "call", f"UPDATE derived_events SET retracted_at = '2026-11-03T00:00:00Z' WHERE case_id = {A1}"),
    fault("a conclusion stands again", "event", "A3", "call", f"UPDATE derived_events SET retracted_at = NULL WHERE case_id = {A3} AND name = 'raised'"),
    fault(
        "a conclusion is invented", "event", "A2", "call",
        f"INSERT INTO derived_events (case_id, name, at, fields, key, derived_at, applied_at) SELECT {A2}, name, at, fields,"
        f" key, derived_at, applied_at FROM derived_events WHERE case_id = {A1}",
    ),
    fault("a rung is missing", "event", "A3", "often", f"DELETE FROM derived_events WHERE case_id = {A3} AND name = 'counted'"),
    fault("a rung is of another case", "event", "A2", "often", f"UPDATE derived_events SET case_id = {A2} WHERE case_id = {A3} AND name = 'counted'"),
    fault("a flag is missing", "event", "A3", "fixed-first", f"DELETE FROM derived_events WHERE case_id = {A3} AND name = 'flagged'"),
    # -- cases and duties
    fault("closed by hand", "state", "A1", None, "UPDATE cases SET status = 'closed', closed_at = '2026-11-03T00:00:00Z' WHERE number = 'A1'"),
    fault("open by hand", "state", "A3", None, "UPDATE cases SET status = 'open', closed_at = NULL WHERE number = 'A3'"),
    fault("another level", "state", "A1", None, "UPDATE cases SET level = 'grave' WHERE number = 'A1'"),
    fault("the case is in another round", "state", "A1", None, "UPDATE cases SET round = 3 WHERE number = 'A1'"),
    fault("in trouble", "state", "A1", None, "UPDATE cases SET trouble = 'x' WHERE number = 'A1'"),
    fault("closed a second later", "instant", "A3", None, "UPDATE cases SET closed_at = '2026-11-03T01:00:01Z' WHERE number = 'A3'"),
    fault(
        "a duty was not opened", "missing", None, "table",
        *(
            f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM cases WHERE number = 'table-2026-11-05')"
            for table, key in (("message_items", "case_id"), ("escalations", "case_id"), ("deadlines", "case_id"), ("events", "case_id"), ("cases", "id"))
        ),
    ),
    fault(
        "a duty was opened twice", "extra", "table-again", "table",
        "INSERT INTO cases (number, kind, regulation, regulation_id, status, round, opened_at, fields, intake_key, evaluated_at)"
        " SELECT 'table-again', kind, regulation, regulation_id, status, round, opened_at, fields, intake_key, evaluated_at"
        " FROM cases WHERE number = 'table-2026-11-04'",
    ),
    fault("the next duty a second later", "instant", None, "table", "UPDATE duties SET next_at = '2026-11-05T16:00:01Z'"),
    fault("the duties sleep", "instant", None, "table", "UPDATE duties SET next_at = NULL"),
    # -- the chain
    fault("a link is taken away", "event", None, None, "DELETE FROM links WHERE position = 2"),
    fault("a link is changed", "event", None, None, "UPDATE links SET rows = rows + 1 WHERE position = 3"),
)  # fmt: skip


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
