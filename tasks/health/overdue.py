"""What is overdue: deadlines that have passed and still run, the most severe and longest overdue first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import case, func, literal_column, select

from models.store.schema import cases, deadlines
from models.timeline.story import OVER
from tasks.organisation.registry import Pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Row

    from models.language.words import Text

# Literals, not parameters: only so the databases see that the partial index serves.
_RUNNING = "deadlines.met_at IS NULL AND deadlines.ended_by IS NULL"
STANDING: ColumnElement[bool] = literal_column(f"deadlines.state = 'breached' AND {_RUNNING}")
_JOINED = deadlines.join(cases, cases.c.id == deadlines.c.case_id)
_OPEN = cases.c.status.not_in(OVER)


class Level(NamedTuple):
    """Overdue deadlines of the cases of one level under one regulation.

    `severity` is the place of the level among those of its regulation: 1 for the highest, 0 for cases without a level.
    """

    regulation_id: int | None
    level: str | None
    title: Text | None
    severity: float
    late: int


def levels(connection: Connection) -> list[Level]:
    """How much is overdue, by level, the most severe first."""
    query = (
        select(cases.c.regulation_id, cases.c.level, func.count().label("many"))
        .select_from(_JOINED)
        .where(STANDING, _OPEN)
        .group_by(cases.c.regulation_id, cases.c.level)
    )
    pinned = Pinned(connection)
    found = []
    for row in connection.execute(query).all():
        known = pinned(row.regulation_id).levels if row.regulation_id is not None else {}
        place = list(known).index(row.level) + 1 if row.level in known else 0
        title = known.get(row.level) if row.level else None
        found.append(Level(row.regulation_id, row.level, title, place / len(known) if place else 0.0, row.many))
    return sorted(found, key=lambda one: (-one.severity, one.level or ""))


def longest(connection: Connection, found: Sequence[Level], limit: int) -> Sequence[Row[Any]]:
    """The rows of the most severe and longest overdue deadlines, at most so many."""
    query = _rows().where(STANDING, _OPEN).order_by(*_gravest(found), deadlines.c.due_at, cases.c.number)
    return connection.execute(query.limit(limit)).all() if found else []


def of_case(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    """The rows of what is overdue in one case, the longest first."""
    query = _rows().where(STANDING, _OPEN, cases.c.id == case_id).order_by(deadlines.c.due_at, deadlines.c.rule)
    return connection.execute(query).all()


def _rows() -> Any:
    columns = (deadlines.c[name] for name in ("case_id", "rule", "round", "due_at", "next_at", "plan"))
    of_case = (cases.c[name] for name in ("number", "level", "department", "handler", "regulation_id", "fields"))
    return select(*columns, *of_case).select_from(_JOINED)


def _gravest(found: Sequence[Level]) -> list[ColumnElement[Any]]:
    """An order by severity: a list of cases as long as there are levels."""
    ranked = [
        (
            cases.c.level.is_(one.level)
            if one.level is None
            else (cases.c.level == one.level)
            & (cases.c.regulation_id == one.regulation_id if one.regulation_id else cases.c.regulation_id.is_(None)),
            one.severity,
        )
        for one in found
        if one.severity
    ]
    return [case(*ranked, else_=0.0).desc()] if ranked else []
