"""The decisions of a digest: postponements to answer and statements to review, each with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.calendar.instants import from_iso
from models.timeline.case import Case
from models.timeline.story import POSTPONEMENT_REQUESTED
from models.wording.catalogue import say
from models.wording.durations import elapsed_words
from models.wording.phrases import said
from tasks.digest import waiting
from tasks.digest.contents import DigestLine
from tasks.digest.line import subject_of
from tasks.mail.subjects import one_line
from tasks.organisation.masking import masked_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.digest.line import Eyes, Manager
    from tasks.organisation.directory import Directory, Person

REASON_LENGTH = 120


class WaitingDecisions:
    """What waits for one manager; `cases` are the numbers to which the lines link."""

    def __init__(
        self,
        connection: Connection,
        directory: Directory,
        rules: dict[int, Regulation],
        manager: Manager,
        now: datetime,
    ) -> None:
        self.connection = connection
        self.directory = directory
        self.rules = rules
        self.manager = manager
        self.now = now
        self.cases: set[str] = set()

    def requests(self) -> list[DigestLine]:
        """The postponements that this manager may answer."""
        roles = {key: role for key, rules in self.rules.items() if (role := waiting.approver(rules))}
        mine = [key for key, role in roles.items() if self._may_fill(role, self.rules[key], self.manager.person)]
        if not mine:
            return []
        found = []
        for row in waiting.unanswered(self.connection, mine):
            rules = self.rules[row.regulation_id]
            if waiting.fills(
                self.manager.person,
                roles[row.regulation_id],
                rules,
                self.directory,
                Case.of(row, key=row.case_id).facts,
            ):
                found.append(self._request(row, rules))
        return found

    def _may_fill(self, role: str | None, rules: Regulation, person: Person) -> bool:
        """Whether the person has the role or one above it: saves the query for everybody who decides nothing."""
        seen: set[str] = set()
        while role and role not in seen:
            seen.add(role)
            if person in self.directory.by_role.get(role, ()):
                return True
            above = rules.roles.get(role)
            role = above.above if above else None
        return False

    def _request(self, row: Any, rules: Regulation) -> DigestLine:
        eyes, request = self.manager.eyes, row.request or {}
        self.cases.add(row.number)
        level = rules.levels.get(row.level or "")
        return DigestLine(
            case=one_line(row.number),
            title=say(eyes.language, "digest.request"),
            do=one_line(str(masked_text(request.get("note") or request.get("reason") or "")), REASON_LENGTH),
            owner=one_line(row.by or ""),
            article=_about_postponements(rules),
            level=said(level, eyes.language) if level else "",
            department=one_line(row.department or ""),
            handler=one_line(row.handler or ""),
            subject=subject_of(row, cleared=eyes.cleared),
            due_at=_until(request.get("until"), eyes),
            when=elapsed_words(self.now - row.at, eyes.language),
            link=eyes.links.case(row.number),
            command=f"duban record {one_line(row.number)} postponement_approved{_field(request.get('until'))}",
        )

    def reviews(self) -> list[DigestLine]:
        """The statements that wait for the general manager."""
        if self.manager.person not in self.directory.by_role.get(waiting.GENERAL_MANAGER, ()):
            return []
        eyes, found = self.manager.eyes, []
        for row in waiting.in_review(self.connection):
            number = row.number or f"{row.cadence} {row.period}"
            if row.number:
                self.cases.add(row.number)
            found.append(
                DigestLine(
                    case=number,
                    title=say(eyes.language, "digest.review"),
                    subject=" · ".join(part for part in (row.period, row.regulation) if part),
                    when=elapsed_words(self.now - row.created_at, eyes.language),
                    link=eyes.links.case(row.number) if row.number else "",
                    command=f"duban review {number} approve",
                    review=True,
                )
            )
        return found


def _until(value: Any, eyes: Eyes) -> str:
    """The day that was asked for, as it was written or in local time."""
    text = str(value or "")
    try:
        return eyes.local(from_iso(text)) if "T" in text else text
    except ValueError:
        return one_line(text)


def _field(until: Any) -> str:
    """The day that was asked for, as an option of the command line; nothing for what is no plain date."""
    text = str(until or "")
    return f" --field until={text}" if text and all(sign.isdigit() or sign in "-:TZ" for sign in text) else ""


def _about_postponements(rules: Regulation) -> str:
    """The article under which the request is answered."""
    for rule in rules.rules:
        if any(match.event == POSTPONEMENT_REQUESTED for match in rule.start):
            return rule.cite.article
    return ""
