"""The letter of a slip, filled in when it is sent: what was settled in the meantime is not on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.calendar.periods import parse_period
from models.store.schema import events, message_items
from models.timeline.story import State, Status
from models.wording.catalogue import spoken
from tasks.mail.about import letter_of
from tasks.mail.links import Links
from tasks.mail.words import reason
from tasks.organisation.directory import Directory
from tasks.organisation.registry import Pinned
from tasks.record.recheck import recheck_cases
from tasks.slips import choose, penalty_notices, requests
from tasks.slips.build import SlipReader, of_cases, of_request
from tasks.slips.contents import Form, Slip

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment


def write(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Letter | str:
    """The letter of this message, or why it is not sent any more."""
    slip = _slip(connection, deployment, row, now)
    if isinstance(slip, str):
        return slip
    return letter_of(row, content=slip, asks=slip.form in (Form.POSTPONEMENT, Form.URGE))


def is_settled(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> str | None:
    """Why a slip that has waited is not sent after all."""
    slip = _slip(connection, deployment, row, now)
    return slip if isinstance(slip, str) else None


def _slip(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Slip | str:
    form, pinned = Form(row.about["form"]), Pinned(connection)
    reader = reader_of(connection, deployment, row, now)
    if form is Form.POSTPONEMENT:
        case_id = connection.scalar(select(events.c.case_id).where(events.c.id == row.about["event"]))
        for request, rules in requests.open_requests(connection, case_id):
            if request.event_id == row.about["event"]:
                return of_request(connection, reader, request, rules)
        return reason("slip.answered")
    month = row.about["month"]
    if form is Form.NOTICE:
        period = parse_period("monthly", month, deployment.zone)
        who = row.about["who"]
        found = penalty_notices.notices(connection, deployment, pinned, period, who=who, language=reader.language)
        return reader.slip(form, month, notices=found, everybody=not who) if found else reason("slip.no_penalty")
    items = select(message_items.c.escalation_id).where(message_items.c.message_id == row.id)
    rows = choose.of_escalations(connection, connection.scalars(items).all())
    rows = live(connection, deployment, form, rows)
    return of_cases(connection, reader, form, month, rows, pinned) if rows else reason("slip.settled")


def live(connection: Connection, deployment: Deployment, form: Form, rows: list[Any]) -> list[Any]:
    """The rows that still belong on the form, also by what no sweep has taken in yet."""
    standing = recheck_cases(connection, deployment, dict.fromkeys({row.case_id for row in rows}, 0)) if rows else {}
    kept = []
    for row in rows:
        state, status = row.state, row.status
        ended: Any = row.ended_by
        if row.case_id in standing:
            deadline = standing[row.case_id].deadline(row.rule, row.round)
            status = standing[row.case_id].story.status
            state, ended = (deadline.state, deadline.ended_by) if deadline else (State.VOID, None)
        if form is Form.URGE:
            keep = state == State.BREACHED and ended is None
        else:
            keep = state in (State.LATE, State.BREACHED) and status == Status.CLOSED
        if keep:
            kept.append(row)
    return kept


def reader_of(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> SlipReader:
    """Who reads this message."""
    directory = Directory(connection)
    person = directory.by_email.get(row.email.lower())
    roles = {role for role, people in directory.by_role.items() if person in people} if person else set()
    return SlipReader(
        name=row.name,
        role=row.about.get("role") or "",
        instead_of=row.about.get("instead_of") or "",
        language=spoken(row.language),
        cleared=bool(roles & set(deployment.settings.cleared)),
        zone=deployment.zone,
        now=now,
        serial=row.id.hex[:8].upper(),
        links=Links(connection, deployment.settings.ui_address),
    )
