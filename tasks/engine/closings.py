"""A case that was closed while clocks still ran: closing is always possible, and whoever is responsible hears of it.

Decided when the closing is taken in, through whatever door it came; one mail to a person for each closing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.calendar.instants import iso, local
from models.language.rules import Rule
from models.store.schema import cases, deadlines, events
from models.timeline.endings import undone
from models.wording.catalogue import spoken
from models.wording.phrases import event_words, said
from tasks.mail.about import letter_of
from tasks.mail.links import Links
from tasks.mail.post import Post, post
from tasks.mail.subjects import one_line, subject
from tasks.mail.words import reason
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Deadline, Event, Timeline
    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Recipient

KIND = "closing"
NEWS = timedelta(days=1)
"""A closing that is learned of later than this is history: it is on record, and nobody is told."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A clock that a closing ended undone, in the reader's language."""

    title: str
    article: str
    due_at: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What the mail says: which case, what closed it, when, by whom, and what was still to be done."""

    case: str
    event: str
    at: str
    by: str
    lines: tuple[OpenLine, ...]
    link: str


class Closings:
    """The closings that a batch took in, and whom they have to be told."""

    def __init__(self, connection: Connection, deployment: Deployment, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.now = now
        self.directory: Directory | None = None
        self.posts: list[Post] = []

    def case(self, number: str, case: Case, rules: Regulation, fresh: Iterable[int], story: Timeline) -> None:
        """One case that was looked at, with the ids of what is new among its events."""
        new = set(fresh)
        for event in case.events:
            if event.id in new and event.name in rules.closing and self.now - event.at <= NEWS:
                self._tell(number, case, rules, event, undone(story, event))

    def _tell(self, number: str, case: Case, rules: Regulation, event: Event, left: Iterable[Deadline]) -> None:
        whose: dict[str, tuple[Recipient, list[list[Any]]]] = {}
        for one in left:
            rule = rules.rule(one.rule)
            if not isinstance(rule, Rule):
                continue
            self.directory = self.directory or self.deployment.directory(self.connection)
            for recipient in self.directory.resolve([rule.responsible], rules, case.facts, self.now)[0]:
                whose.setdefault(recipient.email.lower(), (recipient, []))[1].append([one.rule, one.round])
        for recipient, clocks in whose.values():
            about = {"case": number, "event": event.id, "clocks": clocks}
            line = subject(KIND, recipient.language, {"number": number, "count": len(clocks)})
            key = f"{KIND}/{number}/{event.name}/{iso(event.at)}/{recipient.email}"
            self.posts.append(Post(KIND, key, recipient, line, self.now, about=about))

    def write(self) -> None:
        """Put the mails into the outbox."""
        post(self.connection, self.deployment, self.posts)


def write(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Letter | str:
    """The mail: which clocks ran when the case was closed; or why nobody needs it any more."""
    if over := is_over(connection, deployment, row, now):
        return over
    about = row.about
    case = connection.execute(select(cases).where(cases.c.number == about["case"])).one()
    closed = connection.execute(select(events).where(events.c.id == about["event"])).one()
    rules, language, zone = pinned(connection, case.regulation_id), spoken(row.language), deployment.zone
    lines = []
    for rule_id, number in about["clocks"]:
        rule = rules.rule(rule_id)
        query = select(deadlines.c.due_at).where(
            deadlines.c.case_id == case.id, deadlines.c.rule == rule_id, deadlines.c.round == number
        )
        due_at = connection.scalar(query)
        title = said(rule.title, language) if rule else rule_id
        lines.append(OpenLine(title, rule.cite.article if rule else "", local(due_at, zone) if due_at else ""))
    content = Closing(
        case=one_line(case.number),
        event=event_words(closed.name, rules, language),
        at=local(closed.at, zone),
        by=one_line(closed.by or ""),
        lines=tuple(lines),
        link=Links(connection, deployment.settings.ui_address).case(case.number),
    )
    return letter_of(row, content=content)


def is_over(connection: Connection, _deployment: Deployment, row: AnyRow, _now: datetime) -> str | None:
    """Why the mail is of no use any more: the case is open again."""
    status = connection.scalar(select(cases.c.closed_at).where(cases.c.number == row.about["case"]))
    return reason("closing.reopened") if status is None else None
