"""Cases that nothing watches, for those who can mend it: a part of the digest, and the mail to operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.store.schema import cases
from models.timeline.case import Case
from models.timeline.story import OVER
from models.wording.catalogue import spoken
from models.wording.durations import elapsed_words
from models.wording.phrases import said
from models.wording.troubles import in_language
from tasks.digest.contents import DigestLine
from tasks.digest.line import subject_of
from tasks.digest.waiting import fills
from tasks.mail.about import letter_of
from tasks.mail.links import Links, case_key
from tasks.mail.subjects import one_line
from tasks.mail.words import reason
from tasks.organisation.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.digest.line import Manager
    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory

SERVICE_MANAGER = "service_manager"
OPERATIONS = "operations"
LINES = 50
"""So many cases are listed in the mail to operations."""
TROUBLE_LENGTH = 400


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """One case that nothing watches, and what to do about it."""

    case: str
    regulation: str
    department: str
    trouble: str
    link: str


@dataclass(frozen=True, slots=True)
class Troubles:
    """What the mail to operations says."""

    count: int
    lines: tuple[TroubleLine, ...]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.lines)


def in_trouble(connection: Connection, numbers: Collection[str] | None = None) -> Sequence[Any]:
    """The open cases that are not (wholly) watched, the oldest first: all, or those of these numbers."""
    query = (
        select(cases)
        .where(cases.c.trouble.is_not(None), cases.c.status.not_in(OVER))
        .order_by(cases.c.opened_at, cases.c.id)
    )
    if numbers is not None:
        query = query.where(cases.c.number.in_(list(numbers)))
    return connection.execute(query).all()


def keeper(regulation: Regulation) -> str | None:
    """The role that has to see to a case without a clock: the service manager, else the highest below operations."""
    if SERVICE_MANAGER in regulation.roles:
        return SERVICE_MANAGER
    return next((name for name, role in regulation.roles.items() if role.above in (None, OPERATIONS)), None)


def lines_of(
    connection: Connection, directory: Directory, rules: dict[int, Regulation], manager: Manager, now: datetime
) -> list[DigestLine]:
    """The cases that this manager has to see to."""
    found, eyes = [], manager.eyes
    for row in in_trouble(connection):
        regulation = rules.get(row.regulation_id)
        if regulation is None:
            continue
        facts = Case.of(row).facts
        if not fills(manager.person, keeper(regulation), regulation, directory, facts):
            continue
        level = regulation.levels.get(row.level or "")
        found.append(
            DigestLine(
                case=one_line(row.number),
                title=_told(row.trouble, eyes.language),
                when=elapsed_words(now - row.opened_at, eyes.language),
                subject=subject_of(row, cleared=eyes.cleared),
                level=said(level, eyes.language) if level else "",
                department=one_line(row.department or ""),
                handler=one_line(row.handler or ""),
                link=eyes.links.case(row.number),
            )
        )
    return found


def write(connection: Connection, deployment: Deployment, row: AnyRow, _now: datetime) -> Letter | str:
    """The mail to operations: those of its cases that are in trouble still, or why nobody needs it any more."""
    left = in_trouble(connection, row.about["cases"])
    if not left:
        return reason("trouble.settled")
    language, links = spoken(row.language), Links(connection, deployment.settings.ui_address)
    links.look_up(case_key(case.number) for case in left[:LINES])
    lines = tuple(
        TroubleLine(
            case=one_line(case.number),
            regulation=one_line(case.regulation or ""),
            department=one_line(case.department or ""),
            trouble=_told(case.trouble, language),
            link=links.case(case.number),
        )
        for case in left[:LINES]
    )
    return letter_of(row, content=Troubles(len(left), lines))


def is_over(connection: Connection, _deployment: Deployment, row: AnyRow, _now: datetime) -> str | None:
    """Why the mail is of no use any more: all of its cases are watched again."""
    return None if in_trouble(connection, row.about["cases"]) else reason("trouble.settled")


def _told(trouble: str, language: str) -> str:
    return one_line(str(masked_text(in_language(trouble, language))), TROUBLE_LENGTH)
