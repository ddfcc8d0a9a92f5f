"""Which deadlines concern a manager, as a condition of SQL: their department's, their role's, and what reached them.

A role that nobody fills belongs to the next level up, as it does when a step is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select, true

from models.store.schema import cases, deadlines, escalations, message_items, messages, regulations
from models.timeline.story import State, Status
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.directory import Directory, Person

DEPARTMENT_MANAGER = "department_manager"
FIRED = ("due", "escalate")
"""The steps by which a deadline is escalated to somebody; a reminder before it is none."""

RUNNING = and_(
    deadlines.c.state.in_((State.OPEN, State.BREACHED)),
    deadlines.c.ended_by.is_(None),
    deadlines.c.met_at.is_(None),
    or_(cases.c.status.in_((Status.OPEN, Status.WAITING)), deadlines.c.starts_at >= cases.c.closed_at),
)
"""A clock that still runs; one that began with the closing goes on although the case is closed."""


def regulations_in_use(connection: Connection) -> dict[int, Regulation]:
    """Every content of a regulation that a case may be under, by its id: a short table, kept in memory anyway."""
    ids = connection.scalars(select(regulations.c.id).order_by(regulations.c.id)).all()
    return {key: pinned(connection, key) for key in ids}


def concerns(
    person: Person,
    emails: tuple[str, ...],
    directory: Directory,
    rules: dict[int, Regulation],
    roles: tuple[str, ...],
) -> ColumnElement[bool]:
    """The deadlines that concern this manager (over `deadlines` joined with `cases`).

    `emails` are the addresses at which escalations reached them, `roles` the roles of managers: others that the person
    may have (a handler's) bring no digest.
    """
    mine = [name for name in roles if person in directory.by_role.get(name, ())]
    found: list[ColumnElement[bool]] = []
    if DEPARTMENT_MANAGER in mine and person.department:
        found.append(cases.c.department == person.department)
    for key, regulation in rules.items():
        for name in dict.fromkeys(rule.responsible for rule in regulation.rules):
            reach = _reach(name, regulation, person, directory, mine)
            if reach is not None:
                ids = [rule.id for rule in regulation.rules if rule.responsible == name]
                found.append(and_(cases.c.regulation_id == key, deadlines.c.rule.in_(ids), reach))
    found.append(deadlines.c.id.in_(_told(emails)))
    return or_(*found)


def _reach(
    name: str, regulation: Regulation, person: Person, directory: Directory, mine: list[str]
) -> ColumnElement[bool] | None:
    """For which cases the role is this person's, in their own right or because nobody fills it; None for no case."""
    conditions: list[ColumnElement[bool]] = []
    left: ColumnElement[bool] = true()  # the cases for which nobody below has the role
    seen: set[str] = set()
    current: str | None = name
    while current and current not in seen:
        seen.add(current)
        role = regulation.roles.get(current)
        if role is None or role.person:
            break  # somebody named with the case; their manager has it by the department
        holders = directory.by_role.get(current, [])
        if not role.of_department:
            if person in holders and current in mine:
                conditions.append(left)
            if holders:
                break
        else:
            if person in holders and current in mine and person.department:
                conditions.append(and_(left, cases.c.department == person.department))
            covered = sorted({holder.department for holder in holders if holder.department})
            if covered:
                left = and_(left, or_(cases.c.department.is_(None), cases.c.department.not_in(covered)))
        current = role.above
    return or_(*conditions) if conditions else None


def _told(emails: tuple[str, ...]) -> Select[tuple[int]]:
    """The deadlines of which an escalation went to these addresses."""
    return (
        select(deadlines.c.id)
        .select_from(messages)
        .join(message_items, message_items.c.message_id == messages.c.id)
        .join(escalations, escalations.c.id == message_items.c.escalation_id)
        .join(deadlines, deadlines.c.case_id == escalations.c.case_id)
        .where(
            messages.c.email.in_(emails),
            messages.c.kind.in_(("escalation", "summary")),
            deadlines.c.rule == escalations.c.rule,
            deadlines.c.round == escalations.c.round,
            escalated(),
        )
    )


def escalated() -> ColumnElement[bool]:
    """Whether an escalation is one by its step."""
    return or_(*(escalations.c.step.startswith(step) for step in FIRED))


def between(since: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    """Due in that half-open stretch."""
    return and_(
        deadlines.c.due_at >= since if since else true(),
        deadlines.c.due_at < until if until else true(),
    )
