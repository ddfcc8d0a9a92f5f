"""Gathers a digest as the database stands now: for the reader as a manager, and for each absent one they stand in for.

1. Decisions that wait for the manager, and cases that nothing watches.
2. What concerns the manager and is late, due today, or due until the end of the next working day: counted, and listed
   as far as a mail can be read.
3. What was escalated to them since the digest of the working day before.
4. What was recorded and not yet taken in by a sweep counts: what it settles is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from models.store.database import reading
from models.store.schema import cases, deadlines, escalations, message_items, messages
from models.timeline.story import State
from models.wording.catalogue import spoken
from tasks.digest.concerns import RUNNING, between, concerns, escalated, regulations_in_use
from tasks.digest.contents import (
    ESCALATED,
    LATE,
    TODAY,
    TOMORROW,
    UNWATCHED,
    WAITING,
    Digest,
    DigestLine,
    DigestPart,
    DigestSection,
)
from tasks.digest.decisions import WaitingDecisions
from tasks.digest.line import Eyes, Manager, line_of
from tasks.digest.unwatched import lines_of
from tasks.mail.links import BOARD, Links
from tasks.mail.subjects import one_line
from tasks.mail.words import step_name
from tasks.record.recheck import recheck_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection, Engine

    from tasks.digest.readers import DigestReader
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Person
    from tasks.record.recheck import RecheckedCase

_COLUMNS = (
    *(deadlines.c[name] for name in ("case_id", "rule", "round", "starts_at", "due_at", "state")),
    *(cases.c[name] for name in ("number", "regulation_id", "level", "department", "handler", "party", "fields")),
)
_JOINED = deadlines.join(cases, cases.c.id == deadlines.c.case_id)
_RUNS = (State.OPEN, State.BREACHED)


def digest_for(connection: Connection, deployment: Deployment, reader: DigestReader, now: datetime) -> Digest:
    """The digest of one reader as it would be sent now."""
    gatherer = Gatherer(connection, deployment, deployment.directory(connection), now)
    return gatherer.of(reader)


def cases_of(engine: Engine, deployment: Deployment, readers: Iterable[DigestReader], now: datetime) -> frozenset[str]:
    """The numbers of the cases to which the digests of these readers link."""
    found: set[str] = set()
    with reading(engine) as connection:
        gatherer = Gatherer(connection, deployment, deployment.directory(connection), now)
        for reader in readers:
            found |= gatherer.of(reader).cases
    return frozenset(found)


class Gatherer:
    """Gathers digests at one instant; regulations and directory are read once for all of them."""

    def __init__(self, connection: Connection, deployment: Deployment, directory: Directory, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.directory = directory
        self.now = now
        self.calendar = deployment.calendar
        self.links = Links(connection, deployment.settings.ui_address)
        self.rules = regulations_in_use(connection)
        self._standing: dict[int, RecheckedCase] = {}
        self._looked_at: set[int] = set()
        self._cases: set[str] = set()

    def of(self, reader: DigestReader) -> Digest:
        """The digest of a reader for the day of the moment."""
        person, absent = reader.person, [manager.email for manager in reader.stands_in_for]
        return self.digest(person.email, person.name, person.language, self.calendar.local_date(self.now), absent)

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
            board=self.links.page(BOARD),
            parts=parts,
            cases=frozenset(self._cases),
        )

    def _managers(self, email: str, language: str, absent: Sequence[str]) -> list[Manager]:
        me = self.directory.by_email.get(email.lower())
        mine = self._roles(me) if me else frozenset()
        cleared = bool(mine & set(self.deployment.settings.cleared))

        def eyes(person: Person) -> Eyes:
            roles, zone = self._roles(person), self.deployment.zone
            return Eyes(spoken(language), zone, self.now, cleared, roles, person.department, self.links)

        found = []
        if me and mine & set(self.deployment.settings.manager_roles):
            found.append(Manager(me, (me.email,), "", eyes(me)))
        for address in absent:
            if person := self.directory.by_email.get(address.lower()):
                # what was escalated in their stead came to the reader; it is told once, in the first part
                emails = (person.email,) if found else (person.email, email)
                found.append(Manager(person, emails, person.name, eyes(person)))
        return found

    def _roles(self, person: Person) -> frozenset[str]:
        return frozenset(role for role, people in self.directory.by_role.items() if person in people)

    # -- one manager -------------------------------------------------------------------------------------------

    def _part(self, manager: Manager, day: date) -> DigestPart:
        mine = concerns(
            manager.person, manager.emails, self.directory, self.rules, self.deployment.settings.manager_roles
        )
        tomorrow = self.calendar.start_of_day(day + timedelta(days=1))
        end = self.calendar.start_of_day(self.calendar.shift_working_days(day, 1) + timedelta(days=1))
        stretches = {
            LATE: between(None, self.now),
            TODAY: between(self.now, tomorrow),
            TOMORROW: between(tomorrow, end),
        }
        counts = self._counts(mine, stretches, end)
        due = [self._due(manager, name, mine, stretches[name], counts[name]) for name in stretches if counts.get(name)]
        sections = [self._waiting(manager), self._unwatched(manager), *due, self._escalated(manager, day)]
        shown = tuple(section for section in sections if section.count or section.settled)
        return DigestPart(instead_of=one_line(manager.instead_of), sections=shown)

    def _counts(
        self, mine: ColumnElement[bool], stretches: dict[str, ColumnElement[bool]], end: datetime
    ) -> dict[str, int]:
        """How many there are of each kind, in one pass."""
        name = case(*((condition, section) for section, condition in stretches.items()), else_="").label("section")
        query = select(name, func.count()).select_from(_JOINED).where(deadlines.c.due_at < end, RUNNING, mine)
        return {row[0]: row[1] for row in self.connection.execute(query.group_by(name))}

    def _due(
        self, manager: Manager, section: str, mine: ColumnElement[bool], stretch: ColumnElement[bool], count: int
    ) -> DigestSection:
        """The lines of one stretch; the longest overdue, or the next to fall due, first."""
        query = (
            select(*_COLUMNS)
            .select_from(_JOINED)
            .where(stretch, RUNNING, mine)
            .order_by(deadlines.c.due_at, cases.c.number, deadlines.c.rule)
        )
        rows, gone = self._live(query)
        return DigestSection(section, count - gone, tuple(self._line(manager, row) for row in rows))

    def _escalated(self, manager: Manager, day: date) -> DigestSection:
        """What was escalated to the manager since the last digest; what is settled meanwhile is only counted."""
        before = self.calendar.shift_working_days(day, -1)
        since = datetime.combine(before, self.deployment.settings.digest_at, self.deployment.zone).astimezone(UTC)
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
            return DigestSection(ESCALATED, 0, ())
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
        return DigestSection(ESCALATED, running - gone, tuple(lines), settled=all_of_them - running + gone)

    def _live(self, query: Select[Any]) -> tuple[list[Any], int]:
        """The first rows that are not settled by something a sweep has not taken in yet, and how many of them were."""
        rows = self.connection.execute(query.limit(self.deployment.settings.digest_lines)).all()
        fresh = {row.case_id for row in rows} - self._looked_at
        if fresh:
            self._looked_at |= fresh
            self._standing |= recheck_cases(self.connection, self.deployment, dict.fromkeys(fresh, 0))
        live = [row for row in rows if self._still_runs(row)]
        return live, len(rows) - len(live)

    def _still_runs(self, row: Any) -> bool:
        standing = self._standing.get(row.case_id)
        if standing is None:
            return True
        deadline = standing.deadline(row.rule, row.round)
        return deadline is not None and deadline.state in _RUNS and deadline.ended_by is None

    def _line(self, manager: Manager, row: Any, **more: str) -> DigestLine:
        self._cases.add(row.number)
        return line_of(manager.eyes, row, self.rules.get(row.regulation_id), **more)

    def _waiting(self, manager: Manager) -> DigestSection:
        """The decisions that are the manager's."""
        found = WaitingDecisions(self.connection, self.directory, self.rules, manager, self.now)
        lines = [*found.requests(), *found.reviews()]
        self._cases |= found.cases
        return DigestSection(WAITING, len(lines), tuple(lines[: self.deployment.settings.digest_lines]))

    def _unwatched(self, manager: Manager) -> DigestSection:
        """The cases without a clock that the manager has to see to."""
        lines = lines_of(self.connection, self.directory, self.rules, manager, self.now)
        self._cases |= {line.case for line in lines}
        return DigestSection(UNWATCHED, len(lines), tuple(lines[: self.deployment.settings.digest_lines]))
