"""Open the cases of duties whose instant has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from models.calendar.hours import hours_of
from models.calendar.instants import iso
from models.errors import DubanError
from models.language.rules import DUE, DUTY_OPENED, NAMED_DAY
from models.language.words import is_hole
from models.store.schema import cases, duties
from models.timeline.duties import KIND, Opening, named_day, openings, reported_in
from tasks.engine.duties.fulfilment import Opened, look_back, note
from tasks.engine.duties.stock import lock, put
from tasks.organisation.masking import masked_log
from tasks.record.keys import duty_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.language.rules import Duty
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Person

log = masked_log("duban.duties")

BATCH = 200
LONGEST = 80
"""How long the number of a case may be."""
LONGEST_PLAIN = LONGEST - 9
"""How much of a longer one is kept before the key that makes it unique."""


class Doer(NamedTuple):
    """Whose case it is: a person (by name) with a department, a department alone, or nobody in particular."""

    person: str | None = None
    department: str | None = None


def open_due(connection: Connection, deployment: Deployment, now: datetime, limit: int = BATCH) -> int:
    """Open the cases of up to `limit` duties whose instant has come; how many duties that were."""
    lock(connection)
    query = select(duties).where(duties.c.next_at <= now).order_by(duties.c.next_at, duties.c.regulation, duties.c.duty)
    rows = connection.execute(query.limit(limit)).all()
    if not rows:
        return 0
    opener = _Opener(connection, deployment, now)
    for row in rows:
        opener.take(row)
    return len(rows)


class _Opener:
    """Opens what is due; the directory is read once."""

    def __init__(self, connection: Connection, deployment: Deployment, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.now = now
        self.calendar = deployment.calendar
        self.directory = deployment.directory(connection)

    def take(self, row: Row[Any]) -> None:
        """Every case of one duty that is due, and the instant of the next one."""
        key = (row.regulation, row.duty)
        try:
            regulation_id, rules = self.deployment.regulations.register(self.connection, row.regulation, self.now)
        except DubanError as error:  # the pack was broken or taken away since it was read
            log.error("duty %s of %s sleeps: %s", row.duty, row.regulation, error)  # noqa: TRY400 -- one line
            put(self.connection, key, {"next_at": None})
            return
        duty = next((one for one in rules.duties if one.id == row.duty), None)
        if duty is None:
            put(self.connection, key, {"next_at": None})
            return
        work = hours_of(rules, self.calendar)
        turns, done, following = row.turns, row.opened_until, None
        for opening in openings(duty, row.started_at, row.opened_until, work):
            if opening.at > self.now:
                following = opening.at
                break
            if row.opened_until is not None and opening.at <= row.opened_until and not self._is_missing(row, opening):
                continue
            for doer in self._doers(duty, turns):
                self._open(duty, rules, regulation_id, opening, doer, work)
            turns, done = turns + 1, max(opening.at, done or opening.at)
        put(self.connection, key, {"turns": turns, "opened_until": done, "next_at": following})

    def _is_missing(self, row: Row[Any], opening: Opening) -> bool:
        """Whether something that is still due was never opened: the pack has had a shorter `lead`."""
        if opening.occurrence.at <= self.now:
            return False
        label = opening.occurrence.label
        query = select(cases.c.fields).where(
            cases.c.kind == KIND,
            cases.c.regulation == row.regulation,
            cases.c.number.startswith(f"{row.duty}-{label}"[:LONGEST_PLAIN], autoescape=True),
        )
        known = ((kept.get("duty"), kept.get("period")) for kept in self.connection.scalars(query))
        return (row.duty, label) not in known

    def _doers(self, duty: Duty, turn: int) -> Iterator[Doer]:
        """Whose case it is: one for each, or whose turn it is, or nobody's in particular."""
        holders = self.directory.by_role.get(duty.each or duty.responsible, [])
        if duty.each == "department":
            names = sorted({person.department for person in self.directory.people.values() if person.department})
            yield from (Doer(None, name) for name in names)
            if not names:
                yield Doer()
        elif duty.each:
            yield from (self._doer(person, holders) for person in sorted(holders, key=lambda one: (one.name, one.id)))
            if not holders:  # told to the next level up, rather than to nobody
                yield Doer()
        elif duty.rotation:
            named = [name for name in duty.rotation if not is_hole(name)]
            if named:
                name = named[turn % len(named)]
                known = self.directory.named(name)
                yield Doer(name, known[0].department if len(known) == 1 else None)
            elif holders:
                by_name = sorted(holders, key=lambda one: (one.name, one.id))
                yield self._doer(by_name[turn % len(by_name)], holders)
            else:
                yield Doer()
        else:
            yield Doer()

    def _doer(self, person: Person, among: list[Person]) -> Doer:
        """By name; by address where two have the same."""
        unique = sum(other.name == person.name for other in among) == 1
        return Doer(person.name if unique else person.email, person.department)

    def _open(
        self, duty: Duty, rules: Regulation, regulation_id: int, opening: Opening, doer: Doer, work: WorkCalendar
    ) -> None:
        """The case and its opening event, unless they are there."""
        occurrence = opening.occurrence
        whose = doer.person or doer.department or ""
        key = duty_key(rules.regulation, duty.id, occurrence.label, whose)
        if self.connection.scalar(select(cases.c.id).where(cases.c.intake_key == key)) is not None:
            return
        told = {"duty": duty.id, "period": occurrence.label, DUE: iso(occurrence.at) or ""}
        if (named := named_day(occurrence, work)) is not None:
            told[NAMED_DAY] = named.isoformat()
        kept: dict[str, str] = {**told, "responsible": duty.responsible}
        if doer.person and duty.each in (None, duty.responsible):
            kept["person"] = doer.person
        reported = reported_in(duty, occurrence, work)
        if reported is not None:
            kept |= {"statement": reported.cadence, "statement_period": reported.period}
        case_id = self.connection.scalar(
            cases.insert()
            .values(
                number=self._number(f"{duty.id}-{occurrence.label}", whose, rules.regulation, key),
                kind=KIND,
                regulation=rules.regulation,
                regulation_id=regulation_id,
                department=doer.department,
                handler=doer.person,
                opened_at=opening.at,
                fields=kept,
                intake_key=key,
            )
            .returning(cases.c.id)
        )
        opened = Opened(int(case_id or 0), opening.at)
        note(self.connection, opened.id, DUTY_OPENED, opening.at, told, self.now)
        if reported is not None:
            look_back(self.connection, opened, duty, rules, reported, self.now)

    def _number(self, name: str, whose: str, regulation: str, key: str) -> str:
        """`<duty>-<period>[-<whose>]`; with the regulation where another one knows a duty of that name."""
        plain = f"{name}-{whose}" if whose else name
        for number in (plain, f"{plain}-{regulation}"):
            same = select(func.count()).select_from(cases).where(cases.c.number == number)
            if len(number) <= LONGEST and not self.connection.scalar(same):
                return number
        return f"{plain[:LONGEST_PLAIN]}-{key[:8]}"
