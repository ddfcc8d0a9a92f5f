"""Record what happened: open a case, append an event. Refused is what the regulation forbids, with its article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, text

from models.errors import RefusedError
from models.language.rules import Rule
from models.packs.findings.names import DERIVED, STANDARD_EVENTS
from models.store.chain import insert_sealed
from models.store.database import is_postgresql
from models.store.schema import cases, events, people
from models.timeline.case import Case
from models.timeline.endings import left_open
from models.timeline.pauses import instant_of
from models.timeline.story import REOPENED, Event
from models.wording.vocabulary import level_id
from tasks.organisation.registry import pinned
from tasks.record.authority import Court, Statement, deciding
from tasks.record.cases import history, row_of
from tasks.record.gates import violated
from tasks.record.inserts import take_over
from tasks.record.keys import event_key, intake_key
from tasks.record.numbering import give, month_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from models.timeline.story import Deadline
    from tasks.organisation.deployment import Deployment
    from tasks.record.provenance import Provenance

OWN_COLUMNS = ("number", "level", "department", "handler", "regulation")
"""Fields of an opening that have a column of their own; the rest is kept in `fields`."""
OPENINGS = {"registered": "complaint", "lent": "loan"}
"""The events with which `record NEW` opens a case of the two kinds that always have a default regulation."""


def open_case(
    connection: Connection,
    deployment: Deployment,
    *,
    kind: str,
    opened_at: datetime,
    fields: Mapping[str, str],
    regulation: str | None,
    by: str | None,
    now: datetime,
    provenance: Provenance,
    event: str | None = None,
) -> str:
    """Open a case with the import columns as fields and return its number; the same case again is not opened twice.

    `event` is the one that opens it where the regulation has several for the kind.
    """
    key = intake_key(kind, opened_at, fields)
    given = fields.get("number")
    known = connection.scalar(
        select(cases.c.number).where(cases.c.number == given if given else cases.c.intake_key == key)
    )
    if known is not None:
        if given:
            raise RefusedError(f"case {given} exists already: record an event on it, or leave the number to Duban")
        return str(known)
    regulation_id, rules = deployment.regulations.register(
        connection, regulation or deployment.regulations.default_name(kind), now
    )
    name = event or rules.opening_of(kind)
    if rules.opens(name) != kind:
        raise RefusedError(f"regulation {rules.regulation} is for cases of kind {rules.kind}, not {kind}")
    level = _level(fields.get("level"), rules)
    party = fields.get("customer") or fields.get("borrower")
    department = fields.get("department") or _department_of(connection, fields.get("borrower"))
    kept = {name: value for name, value in fields.items() if name not in OWN_COLUMNS and value != ""}
    case = Case(kept, level, department, fields.get("handler"))
    if is_postgresql(connection) and party:  # two openings for one person wait for each other, so that limits hold
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:party))"), {"party": party})
    opening = Event(name, opened_at, kept, 2**62)
    forbidden = violated(connection, rules, deployment.calendar, case, opening)
    if forbidden:
        raise RefusedError(refusal(forbidden[0], rules))
    said = Statement(opening, by, provenance.verified)
    is_said = provenance.channel is not None and (by or name in deciding(rules))
    kept_by = Court(connection, deployment, rules).admit(case, said) if is_said else by
    number = given or give(connection, rules.number, month_of(opened_at, deployment.zone), 1, ())[0]
    case_id = connection.scalar(
        cases.insert()
        .values(
            number=number,
            kind=kind,
            regulation=rules.regulation,
            regulation_id=regulation_id,
            level=level,
            department=department,
            handler=fields.get("handler") or None,
            party=party,
            opened_at=opened_at,
            fields=kept,
            intake_key=key,
        )
        .returning(cases.c.id)
    )
    told: dict[str, Any] = {
        "case_id": case_id,
        "name": name,
        "at": opened_at,
        "by": kept_by,
        "fields": {},
        "recorded_at": now,
    }
    told |= {"key": event_key(name, opened_at, by, {}), **provenance.columns()}
    insert_sealed(connection, events, [told])
    return number


class Appended(NamedTuple):
    """What became of an event: whether it was new, and the clocks that ran on when it closed the case."""

    fresh: bool
    still_open: tuple[Deadline, ...] = ()


def append_event(
    connection: Connection,
    deployment: Deployment,
    *,
    number: str,
    name: str,
    at: datetime,
    by: str | None,
    fields: Mapping[str, str],
    now: datetime,
    provenance: Provenance,
) -> Appended:
    """Append an event to a case; not `fresh` when the very same is known already. RefusedError names the article."""
    row = row_of(connection, number)
    rules = (
        pinned(connection, row.regulation_id)
        if row.regulation_id is not None
        else deployment.regulations.register(
            connection, row.regulation or deployment.regulations.default_name(row.kind), now
        )[1]
    )
    court = Court(connection, deployment, rules)
    take_over(connection, court, row, now)
    case = Case.of(row, history(connection, row.id))
    _check_event(name, at, fields, row, rules, deployment)
    key = event_key(name, at, by, fields)
    if connection.scalar(select(events.c.id).where(events.c.case_id == row.id, events.c.key == key)) is not None:
        return Appended(fresh=False)
    closed_at = is_over(case, at, rules)
    if closed_at and name in rules.guarded - {*rules.closing} and not may_follow_the_end(name, rules):
        raise RefusedError(f"case {number} is closed since {closed_at:%Y-%m-%d}: {name} cannot follow")
    event = Event(name, at, dict(fields), 2**62)
    forbidden = violated(connection, rules, deployment.calendar, case, event)
    if forbidden:
        raise RefusedError(refusal(forbidden[0], rules))
    is_said = provenance.channel is not None
    kept_by = court.admit(case, Statement(event, by, provenance.verified)) if is_said else by
    told = {"case_id": row.id, "name": name, "at": at, "by": kept_by, "fields": dict(fields), "recorded_at": now}
    insert_sealed(connection, events, [{**told, "key": key, **provenance.columns()}])
    return Appended(fresh=True, still_open=left_open(case, event, rules, deployment.calendar))


def is_over(case: Case, at: datetime, rules: Regulation) -> datetime | None:
    """Since when a case is closed at an instant; None while it is open, or open again."""
    closed = [event.at for event in case.events if event.name in rules.closing and event.at <= at]
    reopened = [event.at for event in case.events if event.name == REOPENED and event.at <= at]
    return max(closed) if closed and (not reopened or max(reopened) < max(closed)) else None


def may_follow_the_end(name: str, rules: Regulation) -> bool:
    """Whether it stops a clock that a closing event starts (the end of a retention period): it is for closed cases."""
    late = (rule for rule in rules.rules if any(match.event in rules.closing for match in rule.start))
    return any(match.event == name for rule in late for match in rule.stops)


def refusal(gate: Gate, rules: Regulation) -> str:
    """One line: what is forbidden, by which article."""
    part = rules.origin(gate.id)
    what = f"{gate.title.zh} / {gate.title.en}"
    if part != gate.id:
        what = f"{what}：尚未批准 / not approved yet"
    owed = next((rules.rule(name) for name, own in rules.attempts.items() if own.id == gate.id), None)
    if isinstance(owed, Rule) and owed.give_up:
        part, times = owed.id, owed.give_up.after_attempts
        what = f"{what}：满 {times} 次未果方可结案 / closed only after {times} attempts"
    return f"{what}: {rules.title.zh} {gate.cite.article} ({rules.regulation}, {part})"


def _check_event(
    name: str, at: datetime, fields: Mapping[str, Any], row: Row[Any], rules: Regulation, deployment: Deployment
) -> None:
    known = {one for one in STANDARD_EVENTS | rules.events.keys() if rules.happens(one, row.kind)} - DERIVED
    if name not in known:
        raise RefusedError(f"{rules.regulation} knows no event {name!r}: use one of {', '.join(sorted(known))}")
    if at < row.opened_at:
        raise RefusedError(f"{name} cannot have happened before the case was opened: check --at")
    if name == "postponement_approved":
        until = instant_of(fields.get("until"), deployment.calendar, end=False)
        if until is None or until <= at:
            raise RefusedError("postponement_approved needs --field until=DATE, later than the approval")


def _level(given: str | None, rules: Regulation) -> str | None:
    """The level's id, also when its title was given; the first level when none was."""
    if not given:
        return next(iter(rules.levels), None)
    if not rules.levels:
        return given
    found = level_id(given, rules)
    if found is None:
        raise RefusedError(f"unknown level {given!r}: {rules.regulation} has {', '.join(rules.levels)}")
    return found


def _department_of(connection: Connection, name: str | None) -> str | None:
    """The borrower's department; None when several people of that name are in different ones."""
    if not name:
        return None
    same = select(people.c.department).where((people.c.name == name) | (people.c.email == name)).distinct()
    found = connection.scalars(same).all()
    return found[0] if len(found) == 1 else None
