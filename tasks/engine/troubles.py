"""Why a case cannot be watched: found when it is taken in, kept in `cases.trouble`, told to operations once.

It is told when it comes up or changes, in the transaction that writes it down; while a notice still waits in the outbox
it takes the next cases in, so that a file of a thousand such cases is one mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from models.calendar.instants import iso
from models.store.schema import messages
from models.timeline.unwatched import misread, unwatched
from models.wording.troubles import both_languages, misread_words, unwatched_words
from tasks.mail.post import Post, post
from tasks.mail.subjects import subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Timeline
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Recipient

KIND = "trouble"
"""Of the mail that tells operations."""


class Trouble(NamedTuple):
    """What is wrong with a case, and whether operations are told: not where it only waits for its next event."""

    text: str
    is_told: bool


def trouble_of(case: Case, rules: Regulation, calendar: WorkCalendar, story: Timeline) -> Trouble | None:
    """What keeps a case from being watched: figures that are missing, fields that cannot be read or decide."""
    found = [story.trouble] if story.trouble else []
    found += [misread_words(*one, rules) for one in misread(case, rules, calendar)]
    lacking = unwatched(case, rules, calendar, story)
    if lacking is not None:
        found.append(unwatched_words(lacking.fields, lacking.events, rules))
    if not found:
        return None
    return Trouble(both_languages(found), is_told=len(found) > 1 or lacking is None or bool(lacking.fields))


def tell(connection: Connection, deployment: Deployment, numbers: Sequence[str], now: datetime) -> None:
    """Let operations know of these cases: each in the notice that still waits, else in a new one."""
    for recipient in deployment.directory(connection).operations(now) if numbers else ():
        _tell(connection, deployment, recipient, numbers, now)


def _tell(
    connection: Connection, deployment: Deployment, recipient: Recipient, numbers: Sequence[str], now: datetime
) -> None:
    query = select(messages.c.id, messages.c.about).where(
        messages.c.kind == KIND,
        messages.c.state == "queued",
        messages.c.attempts == 0,
        messages.c.email == recipient.email,
    )
    waiting = connection.execute(query.limit(1).with_for_update(skip_locked=True)).one_or_none()
    known = list(waiting.about["cases"]) if waiting else []
    told = list(dict.fromkeys([*known, *numbers]))
    line = subject(KIND, recipient.language, {"count": len(told), "number": told[0]})
    if waiting:
        changed = {"about": {"cases": told}, "subject": line}
        connection.execute(messages.update().where(messages.c.id == waiting.id).values(**changed))
        return
    key = f"{KIND}/{iso(now)}/{numbers[0]}/{recipient.email}"
    post(connection, deployment, [Post(KIND, key, recipient, line, now, about={"cases": told})])
