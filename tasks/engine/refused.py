"""Operations learn of decisions in files and tables that count for nothing, because who says so may not decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models.calendar.instants import iso, local
from models.store.schema import cases, refusals
from models.wording.catalogue import say, spoken
from models.wording.phrases import event_words
from tasks.mail.about import letter_of
from tasks.mail.links import Links
from tasks.mail.post import Post, post
from tasks.mail.subjects import one_line, subject
from tasks.organisation.masking import masked_text
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment

KIND = "refusal"
LINES = 50
"""So many are listed in one mail; the others are counted."""
REASON_LENGTH = 400


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """One decision that was refused: where it came from, who would have decided what, and why it does not count."""

    case: str
    event: str
    at: str
    by: str
    whence: str
    reason: str
    link: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the mail to operations says."""

    count: int
    lines: tuple[RefusalLine, ...]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.lines)


def untold(connection: Connection) -> bool:
    """Whether there is something that operations do not know yet."""
    return connection.scalar(select(func.min(refusals.c.id)).where(refusals.c.told_at.is_(None))) is not None


def tell(connection: Connection, deployment: Deployment, now: datetime) -> int:
    """Put what operations do not know yet into one mail to each of them; how many refusals that were."""
    waiting = refusals.c.told_at.is_(None)
    found = connection.execute(
        select(refusals.c.id, cases.c.number)
        .join(cases, cases.c.id == refusals.c.case_id)
        .where(waiting)
        .order_by(refusals.c.id)
    ).all()
    if not found:
        return 0
    about = {"refusals": [row.id for row in found]}
    posts = []
    for recipient in deployment.directory(connection).operations(now):
        line = subject(KIND, recipient.language, {"count": len(found), "number": found[0].number})
        key = f"{KIND}/{iso(now)}/{found[0].id}/{recipient.email}"
        posts.append(Post(KIND, key, recipient, line, now, about=about))
    post(connection, deployment, posts)
    connection.execute(refusals.update().where(refusals.c.id.in_(about["refusals"])).values(told_at=now))
    return len(found)


def write(connection: Connection, deployment: Deployment, row: AnyRow, _now: datetime) -> Letter | str:
    """The mail: each refused decision on a line, the oldest first."""
    language, zone = spoken(row.language), deployment.zone
    ids = row.about["refusals"]
    query = (
        select(refusals, cases.c.number, cases.c.regulation_id)
        .join(cases, cases.c.id == refusals.c.case_id)
        .where(refusals.c.id.in_(ids[:LINES]))
        .order_by(refusals.c.id)
    )
    lines, links = [], Links(connection, deployment.settings.ui_address)
    for one in connection.execute(query).all():
        rules = pinned(connection, one.regulation_id) if one.regulation_id is not None else None
        door = say(language, f"story.channel.{one.channel}")
        lines.append(
            RefusalLine(
                case=one_line(one.number),
                event=event_words(one.event, rules, language),
                at=local(one.at, zone),
                by=one_line(one.by or "—"),
                whence=one_line(" ".join(part for part in (door, one.place, one.account) if part)),
                reason=one_line(str(masked_text(one.reason)), REASON_LENGTH),
                link=links.case(one.number),
            )
        )
    return letter_of(row, content=Refusals(len(ids), tuple(lines)))


def is_over(_connection: Connection, _deployment: Deployment, _row: AnyRow, _now: datetime) -> str | None:
    """It never is: that somebody tried is worth knowing also when it was put right."""
    return None
