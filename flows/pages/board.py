"""The overdue board: every deadline that has passed and still runs, and every case that nothing watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from flows.pages.runs import bilingual, markdown_table
from models.calendar.instants import local
from models.store.schema import cases, deadlines
from models.timeline.story import State, Status
from tasks.digest.unwatched import in_trouble
from tasks.organisation.masking import masked_text
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from sqlalchemy.engine import Connection

KEY = "overdue-board"
LIMIT = 200
HEAD = ("case", "deadline", "level", "dept", "due", "next")


_JOINED = deadlines.join(cases, cases.c.id == deadlines.c.case_id)
_LATE = (
    deadlines.c.state == State.BREACHED,
    deadlines.c.ended_by.is_(None),
    deadlines.c.met_at.is_(None),
    cases.c.status.in_((Status.OPEN, Status.WAITING)),
)
_QUERY = (
    select(
        cases.c.number,
        cases.c.level,
        cases.c.department,
        cases.c.regulation_id,
        deadlines.c.rule,
        deadlines.c.due_at,
        deadlines.c.next_at,
        deadlines.c.plan,
    )
    .select_from(_JOINED)
    .where(*_LATE)
    .order_by(deadlines.c.due_at, cases.c.number, deadlines.c.rule)
)


class Overdue(NamedTuple):
    """One line of the board; instants are UTC. Neither customer nor phone is on it."""

    case: str
    rule: str
    title: str
    level: str | None
    department: str | None
    due_at: datetime
    next_at: datetime | None
    next_step: str | None


def overdue(connection: Connection, limit: int = LIMIT) -> tuple[list[Overdue], int]:
    """The longest overdue first, at most `limit`, and how many there are."""
    total = connection.scalar(select(func.count()).select_from(_JOINED).where(*_LATE)) or 0
    rows = connection.execute(_QUERY.limit(limit)).all() if total else []
    return [_line(connection, row) for row in rows], total


def overdue_of(connection: Connection, case_id: int) -> list[Overdue]:
    """The overdue deadlines of one case."""
    return [_line(connection, row) for row in connection.execute(_QUERY.where(cases.c.id == case_id)).all()]


def _line(connection: Connection, row: Any) -> Overdue:
    rule = pinned(connection, row.regulation_id).rule(row.rule) if row.regulation_id is not None else None
    return Overdue(
        case=row.number,
        rule=row.rule,
        title=rule.title.zh if rule else row.rule,
        level=row.level,
        department=row.department,
        due_at=row.due_at,
        next_at=row.next_at,
        next_step=row.plan[0][1] if row.plan else None,
    )


class Unwatched(NamedTuple):
    """A case that nothing watches, and why."""

    case: str
    regulation: str | None
    department: str | None
    trouble: str


def unwatched(connection: Connection, limit: int = LIMIT) -> list[Unwatched]:
    """The oldest first, at most `limit`."""
    return [
        Unwatched(row.number, row.regulation, row.department, str(masked_text(row.trouble)))
        for row in in_trouble(connection)[:limit]
    ]


def as_markdown(lines: list[Overdue], total: int, zone: tzinfo, alarms: Sequence[Unwatched] = ()) -> str:
    """The board as operations read it; nothing on it changes by the minute, so it is written when rows change."""
    head = [bilingual(f"flow.head.{name}") for name in ("case", "regulation", "dept", "note")]
    table = markdown_table(head, list(alarms))
    alarm = f"## {bilingual('flow.board.unwatched', joint=' · ', count=len(alarms))}\n\n{table}\n\n" if alarms else ""
    title = f"{alarm}## {bilingual('flow.board.title', joint=' · ')}"
    if not total:
        return f"{title}\n\n{bilingual('flow.board.nothing', joint='')}"
    shown = f"（{bilingual('flow.board.shown', joint=' · ', count=len(lines))}）" if total > len(lines) else ""
    rows = [
        (
            line.case,
            f"{line.title} {line.rule}",
            line.level,
            line.department,
            local(line.due_at, zone),
            f"{line.next_step} {line.next_at.astimezone(zone):%m-%d %H:%M}" if line.next_at else "",
        )
        for line in lines
    ]
    count = f"**{total}** {bilingual('flow.board.running', joint=' · ')}{shown}"
    head = [bilingual(f"flow.head.{name}") for name in HEAD]
    return f"{title}\n\n{count}\n\n{markdown_table(head, rows)}"
