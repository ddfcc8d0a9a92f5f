"""Counters, counted from nothing: the rungs that all events reach, against those that are on record.

The engine counts anew what a case touches; here every event of a counter is sorted into its matters in one reading, and
of a large record a part of the matters in each of several readings.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, or_, select

from models.calendar.hours import hours_of
from models.language.conditions import holds
from models.language.derived import COUNTED
from models.store.schema import cases, derived_events, events, regulations
from models.timeline.case import Case
from models.timeline.counting import CountedEvent, is_countable, reached
from models.timeline.moment import moment_facts
from models.timeline.story import DERIVED_ID, NOTED_BY, NOTED_ID, Event, matches_any
from tasks.audit.finding import EVENT, NOTHING, Finding, said, shown
from tasks.organisation.registry import pinned
from tasks.record.same_party import same_party

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Counter
    from models.language.regulation import Regulation

AT_ONCE = 200_000
"""So many events are kept in memory."""
CASE = "case"
Key = tuple[str, ...]


class Counting(NamedTuple):
    """One counter of one regulation; `values` narrow it to matters with one of these in each part."""

    regulation: str
    counter: str
    values: tuple[frozenset[str], ...] | None = None


@dataclass(slots=True)
class _Matter:
    counted: list[CountedEvent] = field(default_factory=list)
    done: dict[int, list[CountedEvent]] = field(default_factory=lambda: defaultdict(list))
    noted: dict[tuple[int, datetime, int], str] = field(default_factory=dict)
    waits: bool = False
    """An event is not taken in yet, or a case is to be looked at anew."""


def countings(connection: Connection) -> list[Counting]:
    """Every counter that has cases."""
    return [Counting(name, one.id) for name, rules in _regulations(connection).items() for one in rules.counters]


def countings_of(connection: Connection, ids: list[int]) -> list[Counting]:
    """The counters of these cases, narrowed to what the cases are about."""
    values: dict[tuple[str, str], tuple[set[str], ...]] = {}
    known = _regulations(connection)
    for row in connection.execute(select(cases).where(cases.c.id.in_(ids), cases.c.regulation.in_(list(known)))):
        facts = Case.of(row).facts
        for counter in known[row.regulation].counters:
            own = values.setdefault((row.regulation, counter.id), tuple(set() for _ in counter.of))
            for name, kept in zip(counter.of, own, strict=True):
                value = row.id if name == CASE else facts.get(name)
                if value not in (None, ""):
                    kept.add(str(value))
    return [Counting(*key, tuple(map(frozenset, kept))) for key, kept in sorted(values.items()) if all(kept)]


def _regulations(connection: Connection) -> dict[str, Regulation]:
    """The regulations of cases by name, where all their contents count the same."""
    used = select(regulations.c.id, regulations.c.name).where(
        regulations.c.id.in_(select(cases.c.regulation_id).where(cases.c.regulation_id.is_not(None)).distinct())
    )
    found: dict[str, list[Regulation]] = defaultdict(list)
    for row in connection.execute(used.order_by(regulations.c.id)).all():
        found[row.name].append(pinned(connection, row.id))
    return {
        name: contents[-1]
        for name, contents in found.items()
        if contents[-1].counters and all(one.counters == contents[-1].counters for one in contents)
    }


def judge(connection: Connection, which: Counting, calendar: WorkCalendar, now: datetime) -> list[Finding]:
    """Every rung that is missing on record, and every one that is there for nothing."""
    rules = _regulations(connection).get(which.regulation)
    counter = next((one for one in rules.counters if one.id == which.counter), None) if rules else None
    if rules is None or counter is None or not counter.ladder or not is_countable(counter):
        return []
    count = _Count(connection, which, counter, hours_of(rules, calendar), now)
    parts = 1 + count.size() // AT_ONCE
    found: list[Finding] = []
    for part in range(parts):
        found += count.part(part, parts)
    return found


@dataclass(slots=True)
class _Count:
    connection: Connection
    which: Counting
    counter: Counter
    calendar: WorkCalendar
    now: datetime

    def size(self) -> int:
        """How many events may count."""
        names = sorted(self._names())
        query = select(func.count()).select_from(events.join(cases, cases.c.id == events.c.case_id))
        query = query.where(cases.c.regulation == self.which.regulation, events.c.name.in_(names))
        return self.connection.scalar(query) or 0 if self.which.values is None else 0

    def part(self, part: int, parts: int) -> Iterator[Finding]:
        """The matters of one part."""
        matters: dict[Key, _Matter] = defaultdict(_Matter)
        ladder = self.counter.ladder
        numbers: dict[int, str] = {}
        for key, row, event in self._events(part, parts):
            matter, facts = matters[key], Case.of(row).facts
            numbers[row.id] = row.number
            matter.waits = matter.waits or row.evaluated_at is None or row.applied_at is None
            own = event.fields.get("counter") == self.counter.id
            if own and event.name in {rung.event or COUNTED for rung in ladder}:
                matter.noted[row.id, event.at, int(event.fields.get("rung") or 0)] = event.name
            if matches_any(event, self.counter.counts) and not own and self._applies(event, facts):
                matter.counted.append(self._counted(row.id, facts, event))
            for place, rung in enumerate(ladder, 1):
                if matches_any(event, rung.requires):
                    matter.done[place].append(CountedEvent(event.at, event.id, row.id))
        for matter in matters.values():
            if matter.waits:
                continue
            due = reached(self.counter, sorted(matter.counted), self.calendar, matter.done)
            wanted = {(one.event.case_id, one.event.at, one.rung) for one in due}
            for case_id, at, place in sorted(wanted ^ matter.noted.keys()):
                there = f"{said('rung', place)} {shown(at)}"
                is_due = (case_id, at, place) in wanted
                sides = (there, NOTHING) if is_due else (NOTHING, there)
                yield Finding(EVENT, numbers[case_id], self.counter.id, None, None, *sides)

    def _names(self) -> set[str]:
        matches = (*self.counter.counts, *(match for rung in self.counter.ladder for match in rung.requires))
        return {match.event for match in matches}

    def _events(self, part: int, parts: int) -> Iterator[tuple[Key, Any, Event]]:
        for table in (events, derived_events):
            names = self._names()
            if table is derived_events:
                names |= {rung.event or COUNTED for rung in self.counter.ladder}
            for row in self.connection.execution_options(yield_per=1000).execute(self._query(table, names)):
                event = Event(row.name, row.at, row.event_fields, row.event_id)
                if table is derived_events:
                    by_lateness = NOTED_BY in event.fields
                    event = event._replace(id=NOTED_ID if by_lateness else DERIVED_ID + event.id)
                key = self._key(row.id, {**Case.of(row).facts, **event.fields})
                if key is not None and (parts == 1 or hash(key) % parts == part):
                    yield key, row, event

    def _query(self, table: Any, names: Iterable[str]) -> Any:
        own = [table.c.id.label("event_id"), table.c.fields.label("event_fields"), table.c.name, table.c.at]
        own.append(table.c.applied_at)
        columns = ("id", "number", "fields", "level", "department", "handler", "evaluated_at")
        query = select(*own, *(cases.c[name] for name in columns)).join(cases, cases.c.id == table.c.case_id)
        stands = table.c.unauthorised if table is events else table.c.retracted_at
        query = query.where(
            cases.c.regulation == self.which.regulation,
            table.c.name.in_(sorted(names)),
            table.c.at <= self.now,
            stands.is_(None),
        )
        for name, kept in zip(self.counter.of, self.which.values or (), strict=False):
            if name == CASE:
                query = query.where(cases.c.id.in_(sorted(map(int, kept))))
            else:
                column: Any = same_party(name, "").left
                query = query.where(or_(column.in_(sorted(kept)), table.c.fields[name].as_string().in_(sorted(kept))))
        return query

    def _key(self, case_id: int, facts: Mapping[str, Any]) -> Key | None:
        values = [case_id if name == CASE else facts.get(name) for name in self.counter.of]
        return None if any(value in (None, "") for value in values) else tuple(map(str, values))

    def _applies(self, event: Event, facts: Mapping[str, Any]) -> bool:
        when = self.counter.when
        return not when or holds(when, {**facts, **moment_facts(event, self.calendar), **event.fields})

    def _counted(self, case_id: int, facts: Mapping[str, Any], event: Event) -> CountedEvent:
        counter, weight = self.counter, 1.0
        if counter.quantity:
            given = event.fields.get(counter.quantity) or facts.get(counter.quantity) or 1
            try:
                weight = float(given)
            except ValueError:
                weight = 1.0
        value = event.fields.get(counter.distinct, facts.get(counter.distinct)) if counter.distinct else ""
        return CountedEvent(event.at, event.id, case_id, weight, str(value or ""))
