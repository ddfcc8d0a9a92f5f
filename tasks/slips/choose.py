"""Which deadlines come on a slip: open and overdue (催办单), or done too late in a case that was closed (洽办单)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from models.language.rules import Rule
from models.store.schema import cases, deadlines, escalations
from models.timeline.story import State, Status
from tasks.digest.concerns import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation

PAGE = 1000
DEPARTMENT_MANAGER = "department_manager"

COLUMNS = (
    *(deadlines.c[name] for name in ("id", "case_id", "rule", "round", "starts_at", "due_at", "state", "met_at")),
    *(deadlines.c.ended_by, cases.c.number, cases.c.kind, cases.c.regulation_id, cases.c.status, cases.c.level),
    *(cases.c[name] for name in ("department", "handler", "party", "opened_at", "closed_at", "fields")),
)
JOINED = deadlines.join(cases, cases.c.id == deadlines.c.case_id)

LATE_AFTER_ALL = and_(
    cases.c.status == Status.CLOSED,
    or_(deadlines.c.state == State.LATE, and_(deadlines.c.state == State.BREACHED, deadlines.c.ended_by.is_not(None))),
)
"""Met after the due instant, or never met before the case was closed."""


def overdue(connection: Connection, until: datetime, case_id: int | None = None) -> Iterator[Any]:
    """The running deadlines that fell due before that instant, page by page in the order of their rows."""
    yield from _pages(connection, and_(RUNNING, deadlines.c.due_at < until), case_id)


def closed_late(
    connection: Connection, since: datetime | None, until: datetime, case_id: int | None = None
) -> Iterator[Any]:
    """The stations that were late, of cases closed in that half-open stretch."""
    begun = [cases.c.closed_at >= since] if since else []
    yield from _pages(connection, and_(LATE_AFTER_ALL, cases.c.closed_at < until, *begun), case_id)


def _pages(connection: Connection, condition: ColumnElement[bool], case_id: int | None) -> Iterator[Any]:
    """Never more than a page in memory, and nothing is open on the connection between two of them."""
    query = select(*COLUMNS).select_from(JOINED).where(condition).order_by(deadlines.c.id).limit(PAGE)
    if case_id is not None:
        query = query.where(cases.c.id == case_id)
    last = 0
    while rows := connection.execute(query.where(deadlines.c.id > last)).all():
        yield from rows
        last = rows[-1].id


def select_case(case_id: int) -> Select[Any]:
    """The deadlines of one case."""
    return select(*COLUMNS).select_from(JOINED).where(cases.c.id == case_id)


def of_escalations(connection: Connection, ids: Sequence[UUID]) -> list[Any]:
    """The deadlines of these escalations as they stand now, the longest overdue first."""
    query = (
        select(*COLUMNS, escalations.c.recipients)
        .select_from(escalations)
        .join(
            deadlines,
            and_(
                deadlines.c.case_id == escalations.c.case_id,
                deadlines.c.rule == escalations.c.rule,
                deadlines.c.round == escalations.c.round,
            ),
        )
        .join(cases, cases.c.id == deadlines.c.case_id)
        .order_by(deadlines.c.due_at, cases.c.number)
    )
    found: list[Any] = []
    for at in range(0, len(ids), PAGE):
        found += connection.execute(query.where(escalations.c.id.in_(ids[at : at + PAGE]))).all()
    return found


def told_counts(connection: Connection, case_ids: Sequence[int]) -> dict[tuple[int, str, int], int]:
    """How many times somebody was told that a deadline of these cases had passed."""
    table = escalations.c
    query = (
        select(table.case_id, table.rule, table.round, func.count())
        .where(
            table.case_id.in_(list(case_ids)),
            or_(table.step == "due", table.step == "slip", table.step.startswith("escalate")),
        )
        .group_by(table.case_id, table.rule, table.round)
    )
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}


def urged_roles(rule: Rule, regulation: Regulation) -> tuple[str, ...]:
    """Who is urged: the responsible and the manager of the department."""
    manager = (DEPARTMENT_MANAGER,) if DEPARTMENT_MANAGER in regulation.roles else ()
    return tuple(dict.fromkeys((rule.responsible, *manager)))


def station_roles(rule: Rule, regulation: Regulation, managers: Sequence[str]) -> tuple[str, ...]:
    """Who manages the station that was late: the responsible when that is a manager, else the next one above."""
    seen: list[str] = []
    role: str | None = rule.responsible
    while role and role not in seen:
        if role in managers:
            return (role,)
        seen.append(role)
        above = regulation.roles.get(role)
        role = above.above if above else None
    return (rule.responsible,)


def rule_of(row: Any, regulation: Regulation) -> Rule | None:
    """The rule of a row; None for a gate, which has no clock."""
    rule = regulation.rule(row.rule)
    return rule if isinstance(rule, Rule) else None
