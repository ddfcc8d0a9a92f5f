"""Gathers a digest as the database stands now: for the reader as a manager, and for each absent one they stand in for.

1. Decisions that wait for the manager.
2. What concerns the manager and is late, due today, or due until the end of the next working day: counted, and listed
   as far as a mail can be read.
3. What was escalated to them since the digest of the working day before.
4. What was recorded and not yet taken in by a sweep counts: what it settles is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from models.instants import from_iso
from models.schema import cases, deadlines, escalations, message_items, messages
from models.story import State
from tasks.calendars import calendar_of
from tasks.digest import waiting
from tasks.digest.concerns import RUNNING, between, concerns, escalated, regulations_in_use
from tasks.digest.contents import ESCALATED, LATE, TODAY, TOMORROW, WAITING, Digest, Line, Part, Section
from tasks.digest.line import Eyes, case_link, line_of, subject_of
from tasks.mail.subjects import one_line
from tasks.mail.words import said, span, step_name
from tasks.masking import masked_text
from tasks.standing import standings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from models.regulation import Regulation
    from models.settings import Settings
    from tasks.directory import Directory, Person
    from tasks.standing import Standing

BOARD = "overdue-board"
REASON_LENGTH = 120
_COLUMNS = (
    *(deadlines.c[name] for name in ("case_id", "rule", "round", "starts_at", "due_at", "state")),
    *(cases.c[name] for name in ("number", "regulation_id", "level", "department", "handler", "party", "fields")),
)
_JOINED = deadlines.join(cases, cases.c.id == deadlines.c.case_id)
_RUNS = (State.OPEN, State.BREACHED)


@dataclass(frozen=True, slots=True)
class _Manager:
    """Whose business a part is, and the addresses at which it reached them."""

    person: Person
    emails: tuple[str, ...]
    instead_of: str
    eyes: Eyes


class Gatherer:
    """Gathers digests at one instant; regulations and directory are read once for all of them."""

    def __init__(self, connection: Connection, settings: Settings, directory: Directory, now: datetime) -> None:
        self.connection = connection
        self.settings = settings
        self.directory = directory
        self.now = now
        self.calendar = calendar_of(settings)
        self.rules = regulations_in_use(connection)
        self._standing: dict[int, Standing] = {}
        self._looked_at: set[int] = set()
        self._cases: set[str] = set()

    def digest(self, email: str, name: str, language: str, day: date, absent: Sequence[str]) -> Digest:
        """What the person of that address is told on that day, also in the stead of the `absent` (addresses)."""
        self._cases = set()
        managers = self._managers(email, language, absent)
        parts = tuple(self._part(manager, day) for manager in managers)
        following = self.calendar.shift_working_days(day, 1)
        return Digest(
            day=day.isoformat(),
            next_day=following.isoformat(),
            name=name,
            at=managers[0].eyes.local(self.now) if managers else "",
            board=f"{self.settings.ui_address}/artifacts/key/{BOARD}",
            parts=parts,
            cases=frozenset(self._cases),
        )

    def _managers(self, email: str, language: str, absent: Sequence[str]) -> list[_Manager]:
        me = self.directory.by_email.get(email.lower())
        mine = self._roles(me) if me else frozenset()
        cleared = bool(mine & set(self.settings.cleared))

        def eyes(roles: frozenset[str]) -> Eyes:
            zone, ui = self.settings.zone, self.settings.ui_address
            return Eyes.of(language, zone, self.now, cleared=cleared, roles=roles, ui=ui)

        found = []
        if me and mine & set(self.settings.manager_roles):
            found.append(_Manager(me, (me.email,), "", eyes(mine)))
        for address in absent:
            if person := self.directory.by_email.get(address.lower()):
                # what was escalated in their stead came to the reader; it is told once, in the first part
                emails = (person.email,) if found else (person.email, email)
                found.append(_Manager(person, emails, person.name, eyes(self._roles(person))))
        return found

    def _roles(self, person: Person) -> frozenset[str]:
        return frozenset(role for role, people in self.directory.by_role.items() if person in people)

    # -- one manager -------------------------------------------------------------------------------------------

    def _part(self, manager: _Manager, day: date) -> Part:
        mine = concerns(manager.person, manager.emails, self.directory, self.rules, self.settings.manager_roles)
        tomorrow = self.calendar.start_of_day(day + timedelta(days=1))
        end = self.calendar.start_of_day(self.calendar.shift_working_days(day, 1) + timedelta(days=1))
        stretches = {
            LATE: between(None, self.now),
            TODAY: between(self.now, tomorrow),
            TOMORROW: between(tomorrow, end),
        }
        counts = self._counts(mine, stretches, end)
        due = [self._due(manager, name, mine, stretches[name], counts[name]) for name in stretches if counts.get(name)]
        sections = [self._waiting(manager), *due, self._escalated(manager, day)]
        shown = tuple(section for section in sections if section.count or section.settled)
        return Part(instead_of=one_line(manager.instead_of), sections=shown)

    def _counts(
        self, mine: ColumnElement[bool], stretches: dict[str, ColumnElement[bool]], end: datetime
    ) -> dict[str, int]:
        """How many there are of each kind, in one pass."""
        name = case(*((condition, section) for section, condition in stretches.items()), else_="").label("section")
        query = select(name, func.count()).select_from(_JOINED).where(deadlines.c.due_at < end, RUNNING, mine)
        return {row[0]: row[1] for row in self.connection.execute(query.group_by(name))}

    def _due(
        self, manager: _Manager, section: str, mine: ColumnElement[bool], stretch: ColumnElement[bool], count: int
    ) -> Section:
        """The lines of one stretch; the longest overdue, or the next to fall due, first."""
        query = (
            select(*_COLUMNS)
            .select_from(_JOINED)
            .where(stretch, RUNNING, mine)
            .order_by(deadlines.c.due_at, cases.c.number, deadlines.c.rule)
        )
        rows, gone = self._live(query)
        return Section(section, count - gone, tuple(self._line(manager, row) for row in rows))

    def _escalated(self, manager: _Manager, day: date) -> Section:
        """What was escalated to the manager since the last digest; what is settled meanwhile is only counted."""
        before = self.calendar.shift_working_days(day, -1)
        since = datetime.combine(before, self.settings.digest_at, self.settings.zone).astimezone(UTC)
        told = (
            select(deadlines.c.id, func.max(escalations.c.step).label("step"))
            .add_columns(func.max(escalations.c.fired_at, type_=escalations.c.fired_at.type).label("fired_at"))
            .select_from(messages)
            .join(message_items, message_items.c.message_id == messages.c.id)
            .join(escalations, escalations.c.id == message_items.c.escalation_id)
            .join(
                deadlines,
                (deadlines.c.case_id == escalations.c.case_id)
                & (deadlines.c.rule == escalations.c.rule)
                & (deadlines.c.round == escalations.c.round),
            )
            .where(
                messages.c.created_at >= since,
                messages.c.created_at <= self.now,
                messages.c.email.in_(manager.emails),
                messages.c.kind.in_(("escalation", "summary")),
                escalated(),
            )
            .group_by(deadlines.c.id)
            .subquery()
        )
        all_of_them = self.connection.scalar(select(func.count()).select_from(told)) or 0
        if not all_of_them:
            return Section(ESCALATED, 0, ())
        joined = _JOINED.join(told, told.c.id == deadlines.c.id)
        running = self.connection.scalar(select(func.count()).select_from(joined).where(RUNNING)) or 0
        query = (
            select(*_COLUMNS, told.c.step, told.c.fired_at)
            .select_from(joined)
            .where(RUNNING)
            .order_by(told.c.step.desc(), deadlines.c.due_at, cases.c.number)
        )
        rows, gone = self._live(query)
        language = manager.eyes.language
        lines = (
            self._line(manager, row, happened=f"{manager.eyes.local(row.fired_at)} {step_name(row.step, language)}")
            for row in rows
        )
        return Section(ESCALATED, running - gone, tuple(lines), settled=all_of_them - running + gone)

    def _live(self, query: Select[Any]) -> tuple[list[Any], int]:
        """The first rows that are not settled by something a sweep has not taken in yet, and how many of them were."""
        rows = self.connection.execute(query.limit(self.settings.digest_lines)).all()
        fresh = {row.case_id for row in rows} - self._looked_at
        if fresh:
            self._looked_at |= fresh
            self._standing |= standings(self.connection, self.settings, dict.fromkeys(fresh, 0))
        live = [row for row in rows if self._still_runs(row)]
        return live, len(rows) - len(live)

    def _still_runs(self, row: Any) -> bool:
        standing = self._standing.get(row.case_id)
        if standing is None:
            return True
        deadline = standing.deadline(row.rule, row.round)
        return deadline is not None and deadline.state in _RUNS and deadline.ended_by is None

    def _line(self, manager: _Manager, row: Any, **more: str) -> Line:
        self._cases.add(row.number)
        return line_of(manager.eyes, row, self.rules.get(row.regulation_id), **more)

    # -- decisions ---------------------------------------------------------------------------------------------

    def _waiting(self, manager: _Manager) -> Section:
        lines = [*self._requests(manager), *self._reviews(manager)]
        return Section(WAITING, len(lines), tuple(lines[: self.settings.digest_lines]))

    def _requests(self, manager: _Manager) -> list[Line]:
        """The postponements that this manager may answer."""
        roles = {key: role for key, rules in self.rules.items() if (role := waiting.approver(rules))}
        mine = [key for key, role in roles.items() if self._may_fill(role, self.rules[key], manager.person)]
        if not mine:
            return []
        found = []
        for row in waiting.unanswered(self.connection, mine):
            rules = self.rules[row.regulation_id]
            facts = {**(row.fields or {}), "department": row.department, "handler": row.handler}
            if waiting.fills(manager.person, roles[row.regulation_id], rules, self.directory, facts):
                found.append(self._request(manager, row, rules))
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

    def _request(self, manager: _Manager, row: Any, rules: Regulation) -> Line:
        eyes, request = manager.eyes, row.request or {}
        self._cases.add(row.number)
        level = rules.levels.get(row.level or "")
        return Line(
            case=one_line(row.number),
            title="延期申请" if eyes.language == "zh" else "Request for postponement",
            do=one_line(str(masked_text(request.get("note") or request.get("reason") or "")), REASON_LENGTH),
            owner=one_line(row.by or ""),
            article=_about_postponements(rules),
            level=said(level, eyes.language) if level else "",
            department=one_line(row.department or ""),
            handler=one_line(row.handler or ""),
            subject=subject_of(row, cleared=eyes.cleared),
            due_at=_until(request.get("until"), eyes),
            when=span(self.now - row.at, eyes.language),
            link=case_link(eyes.ui, row.number),
            command=f"duban record {one_line(row.number)} postponement_approved",
        )

    def _reviews(self, manager: _Manager) -> list[Line]:
        """The statements that wait for the general manager."""
        if manager.person not in self.directory.by_role.get(waiting.GENERAL_MANAGER, ()):
            return []
        eyes, found = manager.eyes, []
        for row in waiting.in_review(self.connection):
            number = row.number or f"{row.cadence} {row.period}"
            if row.number:
                self._cases.add(row.number)
            title = "分析报告待审阅" if eyes.language == "zh" else "Statement to review"
            found.append(
                Line(
                    case=number,
                    title=title,
                    subject=" · ".join(part for part in (row.period, row.regulation) if part),
                    when=span(self.now - row.created_at, eyes.language),
                    link=case_link(eyes.ui, row.number) if row.number else "",
                    command=f"duban review {number} approve",
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


def _about_postponements(rules: Regulation) -> str:
    """The article under which the request is answered."""
    for rule in rules.rules:
        if any(match.event == waiting.REQUESTED for match in rule.start):
            return rule.cite.article
    return ""
