"""Decisions that wait: postponements that nobody has answered, statements that nobody has reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, literal_column, or_, select

from models.store.schema import cases, events, statements
from models.timeline.story import OVER, POSTPONEMENT_ANSWERS, POSTPONEMENT_REQUESTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.directory import Directory, Person

GENERAL_MANAGER = "general_manager"
_REQUESTED: ColumnElement[str] = literal_column(f"'{POSTPONEMENT_REQUESTED}'")
"""No parameter: only so the databases see that the partial index of the requests serves."""


def approver(regulation: Regulation) -> str | None:
    """The role that answers a request for postponement.

    It is whoever the rule about such a request makes responsible, else the general manager, else the highest role
    below operations.
    """
    for rule in regulation.rules:
        if any(match.event == POSTPONEMENT_REQUESTED for match in rule.start):
            return rule.responsible
    if GENERAL_MANAGER in regulation.roles:
        return GENERAL_MANAGER
    return next((name for name, role in regulation.roles.items() if role.above in (None, "operations")), None)


def fills(
    person: Person, role: str | None, regulation: Regulation, directory: Directory, facts: Mapping[str, Any]
) -> bool:
    """Whether the role is this person's for a case with these facts; one that nobody fills is the next level's."""
    seen: set[str] = set()
    while role and role not in seen:
        seen.add(role)
        known = regulation.roles.get(role)
        holders = directory.holders(role, known, facts)
        if holders:
            return person in holders
        role = known.above if known else None
    return False


def unanswered(connection: Connection, regulation_ids: Sequence[int], case_id: int | None = None) -> Sequence[Any]:
    """The newest request of each open case of these regulations that has no answer yet, the oldest first."""
    answer, newer = events.alias("answer"), events.alias("newer")
    counts = answer.c.unauthorised.is_(None)
    after = or_(answer.c.at > events.c.at, and_(answer.c.at == events.c.at, answer.c.id > events.c.id))
    later = or_(newer.c.at > events.c.at, and_(newer.c.at == events.c.at, newer.c.id > events.c.id))
    query = (
        select(
            *(events.c.id.label("event_id"), events.c.at, events.c.by, events.c.fields.label("request")),
            *(cases.c.id.label("case_id"), cases.c.number, cases.c.regulation_id, cases.c.level, cases.c.department),
            *(cases.c.handler, cases.c.party, cases.c.fields, cases.c.opened_at, cases.c.kind),
        )
        .join(cases, cases.c.id == events.c.case_id)
        .where(
            events.c.name == _REQUESTED,
            cases.c.status.not_in(OVER),
            cases.c.regulation_id.in_(list(regulation_ids)),
            ~exists().where(
                answer.c.case_id == events.c.case_id, answer.c.name.in_(POSTPONEMENT_ANSWERS), counts, after
            ),
            ~exists().where(newer.c.case_id == events.c.case_id, newer.c.name == POSTPONEMENT_REQUESTED, later),
        )
        .order_by(events.c.at, events.c.id)
    )
    if case_id is not None:
        query = query.where(cases.c.id == case_id)
    return connection.execute(query).all()


def in_review(connection: Connection) -> Sequence[Any]:
    """The statements that wait for their review, the oldest first; `number` is that of the case whose clock runs."""
    query = (
        select(
            *(statements.c.cadence, statements.c.period, statements.c.regulation, statements.c.revision),
            *(statements.c.created_at, cases.c.number),
        )
        .outerjoin(cases, cases.c.id == statements.c.case_id)
        .where(statements.c.state == "in_review")
        .order_by(statements.c.created_at)
    )
    return connection.execute(query).all()
