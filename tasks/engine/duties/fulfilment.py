"""Duties that Duban does itself: the statement of their period fulfils them when it is approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.store.chain import insert_sealed
from models.store.schema import cases, events, statements
from models.timeline.duties import KIND
from tasks.organisation.registry import pinned
from tasks.record.keys import event_key
from tasks.record.provenance import BY_DUBAN

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation
    from models.language.rules import Duty
    from models.timeline.duties import Reported

APPROVED = "approved"
LOANS = {("loan", "monthly"): "loans"}
"""The monthly list of what was not returned is a statement of its own cadence, for regulations on loans."""


class Opened(NamedTuple):
    """A case that was opened just now, and when."""

    id: int
    at: datetime


def fulfil(connection: Connection, statement: Row[Any], number: str, at: datetime, now: datetime) -> int:
    """A statement (its row, the number of its case) was approved: the duties it fulfils are done; how many."""
    query = select(cases).where(cases.c.kind == KIND, cases.c.closed_at.is_(None))
    said = {"statement": number}
    done = 0
    for case in connection.execute(query).all():
        rules = pinned(connection, case.regulation_id)
        cadence, period = case.fields.get("statement"), case.fields.get("statement_period")
        if statement.period != period or statement.cadence not in _cadences(rules.kind, str(cadence)):
            continue
        if statement.regulation not in ("", case.regulation):
            continue
        duty = next((one for one in rules.duties if one.id == case.fields.get("duty")), None)
        if duty is None or _is_done(connection, case.id, duty):
            continue
        note(connection, case.id, duty.stop[0].event, max(at, case.opened_at), said, now)
        done += 1
    return done


def _is_done(connection: Connection, case_id: int, duty: Duty) -> bool:
    """Whether somebody recorded it already."""
    names = [match.event for match in duty.stop]
    query = (
        select(events.c.id)
        .where(events.c.case_id == case_id, events.c.name.in_(names), events.c.unauthorised.is_(None))
        .limit(1)
    )
    return connection.scalar(query) is not None


def _cadences(kind: str, cadence: str) -> tuple[str, ...]:
    """The statements that fulfil a duty of that cadence."""
    also = LOANS.get((kind, cadence))
    return (cadence, also) if also else (cadence,)


def note(connection: Connection, case_id: int, name: str, at: datetime, fields: dict[str, str], now: datetime) -> None:
    """An event that Duban itself records; the sweep takes it in like any other."""
    key = event_key(name, at, None, fields)
    values = {"case_id": case_id, "name": name, "at": at, "fields": fields, "recorded_at": now, "key": key}
    insert_sealed(connection, events, [{**values, "by": None, **BY_DUBAN.columns()}], unless="(case_id, key)")


def look_back(
    connection: Connection, case: Opened, duty: Duty, rules: Regulation, reported: Reported, now: datetime
) -> None:
    """A statement that was approved before the case opened fulfils it at once."""
    query = (
        select(statements.c.answered_at, statements.c.created_at)
        .where(
            statements.c.state == APPROVED,
            statements.c.cadence.in_(_cadences(rules.kind, reported.cadence)),
            statements.c.period == reported.period,
            statements.c.regulation.in_(("", rules.regulation)),
        )
        .order_by(statements.c.created_at)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is not None:
        note(connection, case.id, duty.stop[0].event, max(row.answered_at or row.created_at, case.at), {}, now)
