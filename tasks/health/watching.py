"""How the sweep stands, and what of the cases it cannot watch: by indexes, whatever number of cases is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, func, select

from models.calendar.instants import from_iso
from models.store.remembered import SWEEP, remembered
from models.store.schema import cases, regulations
from models.timeline.story import OVER
from models.wording.troubles import beginnings
from tasks.engine.coming import coming

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


class Sweeping(NamedTuple):
    """When the last pass ended, whether its sweep looks ahead, the next instant, and since when Duban is set up."""

    at: datetime | None = None
    ahead: bool = False
    next_at: datetime | None = None
    """It may have passed: then the sweep is behind."""
    set_up_at: datetime | None = None


class Blind(NamedTuple):
    """Cases of one kind of trouble: how many, the oldest's opening, and the number of one of them."""

    cases: int = 0
    since: datetime | None = None
    example: str = ""


class Troubles(NamedTuple):
    """Open cases that are not (wholly) watched: what cannot be understood, what decides is missing, not begun yet."""

    trouble: Blind = Blind()
    unwatched: Blind = Blind()
    unstarted: Blind = Blind()
    """Their clocks begin with a later event: nobody has to do anything about them."""


def sweeping(connection: Connection) -> Sweeping:
    """How the sweep stands."""
    noted = remembered(connection, SWEEP)
    loaded_at = regulations.c.loaded_at
    return Sweeping(
        at=from_iso(noted["at"]) if noted.get("at") else None,
        ahead=bool(noted.get("ahead")),
        next_at=coming(connection).first,
        set_up_at=connection.scalar(select(func.min(loaded_at, type_=loaded_at.type))),
    )


def troubles(connection: Connection) -> Troubles:
    """The open cases in trouble, by its kind, which its words begin with."""
    asked, later = beginnings()
    kind = case(
        (cases.c.trouble.contains(asked, autoescape=True), "unwatched"),
        (cases.c.trouble.startswith(later, autoescape=True), "unstarted"),
        else_="trouble",
    ).label("kind")
    opened = cases.c.opened_at
    query = (
        select(
            kind,
            func.count().label("many"),
            func.min(opened, type_=opened.type).label("since"),
            func.min(cases.c.number).label("example"),
        )
        .where(cases.c.trouble.is_not(None), cases.c.status.not_in(OVER))
        .group_by(kind)
    )
    return Troubles(**{row.kind: Blind(row.many, row.since, row.example) for row in connection.execute(query)})
