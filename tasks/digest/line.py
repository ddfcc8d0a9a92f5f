"""One line of a digest: a deadline as its reader sees it, masked for what they may see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.calendar.instants import local
from models.calendar.work_calendar import LAST_SECOND
from models.language.rules import Rule
from models.wording.durations import elapsed_words
from models.wording.phrases import said
from tasks.digest.contents import DigestLine
from tasks.mail.subjects import one_line
from tasks.organisation.masking import HIDDEN, is_secret, masked_text

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from tasks.mail.links import Links
    from tasks.organisation.directory import Person

TEXT_LENGTH = 60
DO_LENGTH = 120
_SENTENCE = re.compile(r"[；。]|[;.] ")


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who reads: their language and zone, the moment, whether secret items may be named, their roles and department."""

    language: str
    zone: tzinfo
    now: datetime
    cleared: bool
    roles: frozenset[str]
    department: str | None
    links: Links

    def local(self, at: datetime | None) -> str:
        """An instant in the organisation's zone; empty when there is none."""
        return local(at, self.zone) if at else ""


@dataclass(frozen=True, slots=True)
class Manager:
    """Whose business a part is, the addresses at which it reached them, and the name when somebody stands in."""

    person: Person
    emails: tuple[str, ...]
    instead_of: str
    eyes: Eyes


def line_of(eyes: Eyes, row: Any, regulation: Regulation | None, **more: Any) -> DigestLine:
    """A row of deadline and case as a line."""
    rule = regulation.rule(row.rule) if regulation else None
    late = row.due_at is not None and row.due_at < eyes.now
    return DigestLine(
        case=one_line(row.number, TEXT_LENGTH),
        title=said(rule.title, eyes.language) if rule else row.rule,
        do=_do(rule, eyes.language),
        owner=_owner(rule, regulation, eyes, row.department),
        article=rule.cite.article if rule else "",
        level=_level(regulation, row.level, eyes.language),
        department=one_line(row.department or "", TEXT_LENGTH),
        handler=one_line(row.handler or "", TEXT_LENGTH),
        subject=subject_of(row, cleared=eyes.cleared),
        due_at=due_text(row.due_at, eyes.zone),
        when=elapsed_words(eyes.now - row.due_at, eyes.language) if row.due_at else "",
        late=late,
        link=eyes.links.case(row.number),
        **more,
    )


def due_text(due_at: datetime | None, zone: tzinfo) -> str:
    """A due instant: of a limit that ends with its day, the day alone."""
    if due_at is None:
        return ""
    shown = due_at.astimezone(zone)
    return f"{shown:%Y-%m-%d}" if shown.time() == LAST_SECOND else local(due_at, zone)


def subject_of(row: Any, *, cleared: bool) -> str:
    """Whose case and about what, in a few words: no phone number, and no secret item for those not cleared."""
    fields = row.fields or {}
    party = str(row.party or fields.get("customer") or fields.get("borrower") or "")
    if item := fields.get("item"):
        what = HIDDEN if is_secret(fields) and not cleared else str(item)
    else:
        what = "" if is_secret(fields) and not cleared else str(fields.get("category") or "")
    return " · ".join(part for text in (party, what) if (part := one_line(str(masked_text(text)), TEXT_LENGTH)))


def _do(rule: Rule | Gate | None, language: str) -> str:
    """What is to be done: the first sentence of the rule's own words."""
    if not isinstance(rule, Rule) or rule.do is None:
        return ""
    return one_line(_SENTENCE.split(said(rule.do, language), 1)[0].rstrip("。."), DO_LENGTH)


def _owner(rule: Rule | Gate | None, regulation: Regulation | None, eyes: Eyes, department: str | None) -> str:
    """The role that has to act, when it is not the reader's for a case of that department."""
    if not isinstance(rule, Rule) or regulation is None:
        return ""
    role = regulation.roles.get(rule.responsible)
    theirs = rule.responsible in eyes.roles and not (role and role.of_department and department != eyes.department)
    if theirs:
        return ""
    return said(role, eyes.language) if role else rule.responsible


def _level(regulation: Regulation | None, level: str | None, language: str) -> str:
    title = regulation.levels.get(level or "") if regulation else None
    return said(title, language) if title else one_line(level or "", TEXT_LENGTH)
