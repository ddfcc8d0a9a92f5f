"""The mail of an alarm, to operations, where no other channel is set or none took it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from models.calendar.instants import from_iso
from models.store.schema import alarms
from tasks.alarms import words
from tasks.alarms.state import RESOLVED
from tasks.mail.about import letter_of
from tasks.mail.words import reason

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment


@dataclass(frozen=True, slots=True)
class AlarmSaid:
    """What the mail says."""

    title: str
    lines: tuple[str, ...]
    is_over: bool


def write(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Letter | str:
    """The letter, or why nobody needs it any more."""
    if over := is_over(connection, deployment, row, now):
        return over
    about, known = row.about, words.known(row.language)
    raised_at = from_iso(about["raised_at"])
    resolved_at = from_iso(about["resolved_at"]) if about["resolved_at"] else None
    said = words.lines(about["says"], about["what"], raised_at, resolved_at, deployment, known)
    title = words.title(about["says"], about["what"], known)
    return letter_of(row, content=AlarmSaid(title, tuple(said), about["says"] == RESOLVED))


def is_over(connection: Connection, _deployment: Deployment, row: AnyRow, _now: datetime) -> str | None:
    """Why the mail is of no use any more: the alarm was resolved before it left."""
    if row.about["says"] == RESOLVED:
        return None
    same = and_(alarms.c.id == row.about["id"], alarms.c.raised_at == from_iso(row.about["raised_at"]))
    resolved = connection.scalar(select(alarms.c.resolved_at).where(same))
    return reason("alarm.resolved") if resolved is not None else None
