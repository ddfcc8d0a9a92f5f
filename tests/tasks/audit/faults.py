"""The table of faults: what somebody may do to the record of `workshop.py`, and as what it has to be found."""

from __future__ import annotations

from typing import NamedTuple

A1, A2, A3 = (f"(SELECT id FROM cases WHERE number = '{number}')" for number in ("A1", "A2", "A3"))
ALARM = f"case_id = {A1} AND rule = 'call' AND step = 'escalate-1'"
OF_ALARM = f"(SELECT message_id FROM message_items WHERE escalation_id = (SELECT id FROM escalations WHERE {ALARM}))"
CALL, FIX = (f"case_id = {A1} AND rule = '{rule}'" for rule in ("call", "fix"))
STEP = "case_id, rule, round, step, due_at, scheduled_at, fired_at, recipients, reason"
NOTE = "name, at, fields, key, derived_at, applied_at"
CASE = "kind, regulation, regulation_id, status, round, opened_at, fields, intake_key, evaluated_at"
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


def fix(change: str) -> str:
    """The clock that runs."""
    return f"UPDATE deadlines SET {change} WHERE {FIX}"


def call(change: str) -> str:
    """The clock that was late."""
    return f"UPDATE deadlines SET {change} WHERE {CALL}"


def alarm(change: str) -> str:
    """A step that fired."""
    return f"UPDATE escalations SET {change} WHERE {ALARM}"


def mail(change: str) -> str:
    """Its message."""
    return f"UPDATE messages SET {change} WHERE id = {OF_ALARM}"


def fine(change: str) -> str:
    """What the late clock costs."""
    return f"UPDATE penalties SET {change} WHERE {CALL}"


def contact(change: str) -> str:
    """What met a clock in time."""
    return f"UPDATE events SET {change} WHERE case_id = {A2} AND name = 'first_contact'"


def case(number: str, change: str) -> str:
    """A case."""
    return f"UPDATE cases SET {change} WHERE number = '{number}'"


def fault(name: str, kind: str, case: str | None, rule: str | None, *statements: str) -> Fault:
    """One line of the table."""
    return Fault(name, kind, case, rule, statements)


FAULTS = (
    # -- clocks
    fault("a clock is deleted", "missing", "A1", "fix", f"DELETE FROM deadlines WHERE {FIX}"),
    fault(
        "a clock that no rule gives",
        "extra",
        "A1",
        "ghost",
        f"INSERT INTO deadlines (case_id, rule, round, starts_at, state, plan, provisional)"
        f" SELECT case_id, 'ghost', 1, starts_at, 'open', plan, provisional FROM deadlines WHERE {CALL}",
    ),
    fault("due a second later", "instant", "A1", "fix", fix("due_at = '2026-11-07T16:00:00Z'")),
    fault("begun a second later", "instant", "A1", "fix", fix("starts_at = '2026-11-02T01:00:01Z'")),
    fault("open a second later", "instant", "A1", "call", call("opens_at = '2026-11-02T01:00:01Z'")),
    fault(
        "met a second earlier",
        "instant",
        "A2",
        "call",
        f"UPDATE deadlines SET met_at = '2026-11-02T01:30:59Z' WHERE case_id = {A2} AND rule = 'call'",
    ),
    fault("late is said to be met", "state", "A1", "call", call("state = 'met'")),
    fault("running is said to be void", "state", "A1", "fix", fix("state = 'void'")),
    fault("ended by something", "state", "A1", "fix", fix("ended_by = 'closed'")),
    fault("another limit", "state", "A1", "fix", fix("\"limit\" = 'P6D'")),
    fault("provisional", "state", "A1", "fix", fix("provisional = true")),
    fault("next a second later", "instant", "A1", "fix", fix("next_at = '2026-11-06T01:00:01Z'")),
    fault("next is nothing", "instant", "A1", "fix", fix("next_at = NULL")),
    fault("the plan is gone", "missing", "A1", "fix", fix("next_at = NULL, plan = '[]'")),
    fault(
        "an entry of the plan is gone",
        "missing",
        "A1",
        "fix",
        fix('plan = \'[["2026-11-06T01:00:00Z", "remind-1"]]\''),
    ),
    fault(
        "a step of the plan that no rule gives",
        "extra",
        "A1",
        "call",
        f"UPDATE deadlines SET plan = '[[\"2026-11-09T01:00:00Z\", \"escalate-9\"]]', next_at = '2026-11-09T01:00:00Z'"
        f" WHERE {CALL}",
    ),
    fault("another round", "missing", "A1", "fix", fix("round = 2")),
    # -- steps
    fault(
        "a step is deleted",
        "missing",
        "A1",
        "call",
        f"DELETE FROM message_items WHERE escalation_id = (SELECT id FROM escalations WHERE {ALARM})",
        f"DELETE FROM escalations WHERE {ALARM}",
    ),
    fault(
        "a step twice",
        "extra",
        "A1",
        "call",
        f"INSERT INTO escalations (id, {STEP}) SELECT {ONE}, {STEP} FROM escalations WHERE {ALARM}",
    ),
    fault(
        "a step of a case that never had it",
        "extra",
        "A2",
        "call",
        f"INSERT INTO escalations (id, {STEP}) SELECT {ONE}, {A2}, rule, round, step, due_at, scheduled_at, fired_at,"
        f" recipients, reason FROM escalations WHERE {ALARM}",
    ),
    fault(
        "scheduled a second later",
        "instant",
        "A1",
        "call",
        alarm("scheduled_at = '2026-11-02T02:30:01Z', fired_at = '2026-11-02T02:30:01Z'"),
    ),
    fault("fired before it was due", "instant", "A1", "call", alarm("fired_at = '2026-11-02T02:29:59Z'")),
    fault("due at another instant", "instant", "A1", "call", alarm("due_at = '2026-11-02T01:30:01Z'")),
    fault("another person", "recipient", "A1", "call", alarm(f"recipients = '{OTHER_PERSON}'")),
    fault("another role", "recipient", "A1", "call", alarm(f"recipients = '{OTHER_ROLE}'")),
    fault("nobody", "recipient", "A1", "call", alarm("recipients = '[]'")),
    # -- messages
    fault("a message is deleted", "message", "A1", "call", f"DELETE FROM message_items WHERE message_id = {OF_ALARM}"),
    fault("a message to another address", "message", "A1", "call", mail("email = 'x@example.com'")),
    fault("sent, nobody knows when", "message", "A1", "call", mail("state = 'sent'")),
    fault("dropped without a reason", "message", "A1", "call", mail("state = 'dropped'")),
    fault("a message of another minute", "message", "A1", "call", mail("created_at = '2026-11-02T02:31:00Z'")),
    fault("a message of another kind", "message", "A1", "call", mail("kind = 'digest'")),
    # -- what it costs
    fault("a fine is deleted", "penalty", "A1", "call", f"DELETE FROM penalties WHERE {CALL}"),
    fault(
        "a fine twice",
        "penalty",
        "A1",
        "call",
        f"INSERT INTO penalties (case_id, rule, round, who, amount, points, seq, at)"
        f" SELECT case_id, rule, round, who, amount, points, 1, at FROM penalties WHERE {CALL}",
    ),
    fault("another sum", "penalty", "A1", "call", fine("amount = 2")),
    fault("another payer", "penalty", "A1", "call", fine("who = '客服部'")),
    fault("owed from another instant on", "penalty", "A1", "call", fine("at = '2026-11-02T01:30:01Z'")),
    fault("withdrawn for nothing", "penalty", "A1", "call", fine("withdrawn_at = '2026-11-03T00:00:00Z', note = 'x'")),
    fault(
        "withdrawn without a reason", "penalty", "A3", "call", f"UPDATE penalties SET note = NULL WHERE case_id = {A3}"
    ),
    fault(
        "not withdrawn any more",
        "penalty",
        "A3",
        "call",
        f"UPDATE penalties SET withdrawn_at = NULL, note = NULL WHERE case_id = {A3}",
    ),
    # -- facts and conclusions
    fault(
        "an event is deleted",
        "state",
        "A2",
        "call",
        f"DELETE FROM events WHERE case_id = {A2} AND name = 'first_contact'",
    ),
    fault(
        "the opening is deleted",
        "event",
        "A2",
        None,
        f"DELETE FROM events WHERE case_id = {A2} AND name = 'registered'",
    ),
    fault("an event happened earlier", "event", "A2", None, contact("at = '2026-11-02T01:20:00Z'")),
    fault("an event is somebody else's", "event", "A2", None, contact("\"by\" = '别人'")),
    fault(
        "an event by hand",
        "event",
        "A2",
        None,
        f"INSERT INTO events (case_id, name, at, fields, applied_at, verified)"
        f" VALUES ({A2}, 'note', '2026-11-03T00:00:00Z', '{{}}', '2026-11-03T00:00:00Z', false)",
    ),
    fault(
        "a conclusion is retracted",
        "event",
        "A1",
        "call",
        f"UPDATE derived_events SET retracted_at = '2026-11-03T00:00:00Z' WHERE case_id = {A1}",
    ),
    fault(
        "a conclusion stands again",
        "event",
        "A3",
        "call",
        f"UPDATE derived_events SET retracted_at = NULL WHERE case_id = {A3} AND name = 'raised'",
    ),
    fault(
        "a conclusion is invented",
        "event",
        "A2",
        "call",
        f"INSERT INTO derived_events (case_id, {NOTE}) SELECT {A2}, {NOTE} FROM derived_events WHERE case_id = {A1}",
    ),
    fault(
        "a rung is missing",
        "event",
        "A3",
        "often",
        f"DELETE FROM derived_events WHERE case_id = {A3} AND name = 'counted'",
    ),
    fault(
        "a rung is of another case",
        "event",
        "A2",
        "often",
        f"UPDATE derived_events SET case_id = {A2} WHERE case_id = {A3} AND name = 'counted'",
    ),
    fault(
        "a flag is missing",
        "event",
        "A3",
        "fixed-first",
        f"DELETE FROM derived_events WHERE case_id = {A3} AND name = 'flagged'",
    ),
    # -- cases and duties
    fault("closed by hand", "state", "A1", None, case("A1", "status = 'closed', closed_at = '2026-11-03T00:00:00Z'")),
    fault("open by hand", "state", "A3", None, case("A3", "status = 'open', closed_at = NULL")),
    fault("another level", "state", "A1", None, case("A1", "level = 'grave'")),
    fault("the case is in another round", "state", "A1", None, case("A1", "round = 3")),
    fault("in trouble", "state", "A1", None, case("A1", "trouble = 'x'")),
    fault("closed a second later", "instant", "A3", None, case("A3", "closed_at = '2026-11-03T01:00:01Z'")),
    fault(
        "a duty was not opened",
        "missing",
        None,
        "table",
        *(
            f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM cases WHERE number = 'table-2026-11-05')"
            for table, key in (
                ("message_items", "case_id"),
                ("escalations", "case_id"),
                ("deadlines", "case_id"),
                ("events", "case_id"),
                ("cases", "id"),
            )
        ),
    ),
    fault(
        "a duty was opened twice",
        "extra",
        "table-again",
        "table",
        f"INSERT INTO cases (number, {CASE}) SELECT 'table-again', {CASE} FROM cases WHERE number = 'table-2026-11-04'",
    ),
    fault(
        "the next duty a second later", "instant", None, "table", "UPDATE duties SET next_at = '2026-11-05T16:00:01Z'"
    ),
    fault("the duties sleep", "instant", None, "table", "UPDATE duties SET next_at = NULL"),
    # -- the chain
    fault("a link is taken away", "event", None, None, "DELETE FROM links WHERE position = 2"),
    fault("a link is changed", "event", None, None, "UPDATE links SET rows = rows + 1 WHERE position = 3"),
)
