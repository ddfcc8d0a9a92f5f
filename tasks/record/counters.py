"""Counters: what happened how often to the same person or matter, and what follows at which count.

1. When a case is taken in, the counts that its events belong to are looked at anew (`Touched`).
2. All events of the same person or matter under the regulation are counted again (`models/timeline/counting.py`).
3. A rung that was reached is noted as an event on the case whose event reached it; a note that the record no longer
   bears out is kept under another name. Both are taken in by the next batch like anything else that happened.

So a fact that becomes known late gives the same notes as one that was known in time. What a rule's `on_late` noted
counts as long as the timeline of its case says so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import or_, select, text

from models.calendar.hours import hours_of
from models.language.conditions import holds
from models.language.derived import COUNTED
from models.store.bulk import insert_many, update_many
from models.store.database import is_postgresql
from models.store.schema import cases, events
from models.timeline.counting import CountedEvent, count_at, is_countable, reached
from models.timeline.moment import moment_facts
from models.timeline.reading import timeline
from models.timeline.story import NOTED_BY, RETRACTED, Event, among
from tasks.organisation.registry import Pinned
from tasks.record.keys import event_key
from tasks.record.same_party import same_matter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Counter
    from models.language.regulation import Regulation
    from models.timeline.counting import Reached
    from models.timeline.story import Timeline

AMENDED = "amended"
CASE = "case"
"""In `of`: each case is counted by itself."""

Key = tuple[str, ...]
"""The values of `of` that belong together."""


class Asked(NamedTuple):
    """For how much a gate asks: an event that may or may not come, and its case (None = not opened yet)."""

    regulation: str
    case_id: int | None
    facts: Mapping[str, Any]
    event: Event


def count(connection: Connection, counter: Counter, calendar: WorkCalendar, asked: Asked) -> float:
    """How high the count would stand with the event; nothing where the matter is not named or the window not known."""
    event = asked.event
    key = _key(counter, asked.case_id, {**asked.facts, **event.fields})
    if key is None or not is_countable(counter):
        return 0
    mark = (event.at, event.id)
    found = _Group(connection, counter, asked.regulation, calendar, {}).counted(key, event.at)
    found = [one for one in found if (one.at, one.id) < mark and one.id != event.id]
    if _counts(counter, event, asked.facts, calendar):
        found.append(CountedEvent(event.at, event.id, asked.case_id or 0, _weight(counter, asked.facts, event)))
    return count_at(counter, found, calendar, event.at)


def _key(counter: Counter, case_id: int | None, facts: Mapping[str, Any]) -> Key | None:
    """The matter; None where a part of it is not given."""
    values = [case_id if name == CASE else facts.get(name) for name in counter.of]
    return None if any(value in (None, "") for value in values) else tuple(str(value) for value in values)


def _counts(counter: Counter, event: Event, facts: Mapping[str, Any], calendar: WorkCalendar) -> bool:
    """Whether the event is one that counts; what the counter itself noted is not."""
    if not among(event, counter.counts) or event.fields.get("counter") == counter.id:
        return False
    return not counter.when or holds(counter.when, {**facts, **moment_facts(event, calendar), **event.fields})


def _weight(counter: Counter, facts: Mapping[str, Any], event: Event) -> float:
    if not counter.quantity:
        return 1
    try:
        return float(event.fields.get(counter.quantity) or facts.get(counter.quantity) or 1)
    except ValueError:
        return 1


def _facts(row: Any) -> dict[str, Any]:
    return {**row.fields, "level": row.level, "department": row.department, "handler": row.handler}


# -- taking in -------------------------------------------------------------------------------------------------


@dataclass
class Touched:
    """The counts that a batch of cases belongs to, and what the timeline derives of these cases."""

    calendar: WorkCalendar
    groups: dict[tuple[str, str], set[Key]] = field(default_factory=lambda: defaultdict(set))
    rules: dict[str, Regulation] = field(default_factory=dict)
    derived: dict[int, tuple[Event, ...]] = field(default_factory=dict)

    def case(self, case: Row[Any], rules: Regulation, known: Sequence[Event], fresh: set[int], story: Timeline) -> None:
        """One case that was looked at: `known` is what happened, `fresh` the ids of what is new."""
        if not rules.counters:
            return
        self.derived[case.id] = story.noted
        amended = [event for event in known if event.name == AMENDED and event.id in fresh]
        facts = _facts(case)
        versions = [facts, *({**facts, **_before(event)} for event in amended)]
        for counter in rules.counters:
            found = [event for event in (*known, *story.noted) if among(event, counter.counts)]
            moved = [event for event in found if event.id in fresh or NOTED_BY in event.fields]
            for event in found if amended else moved:
                for version in versions:
                    key = _key(counter, case.id, {**version, **event.fields})
                    if key is not None:
                        self.groups[rules.regulation, counter.id].add(key)
                        self.rules[rules.regulation] = rules

    def settle(self, connection: Connection, now: datetime) -> None:
        """Count anew, note what was reached, take back what was not."""
        noted: list[dict[str, Any]] = []
        renamed: list[dict[str, Any]] = []
        for (name, counter_id), keys in sorted(self.groups.items()):
            rules = self.rules[name]
            counter = next((one for one in rules.counters if one.id == counter_id), None)
            if counter is None or not counter.ladder or not is_countable(counter):
                continue
            if is_postgresql(connection):  # two sweeps must not judge one count by different halves of the record
                lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
                connection.execute(lock, {"name": f"duban counter {name}/{counter_id}"})
            group = _Group(connection, counter, name, hours_of(rules, self.calendar), self.derived)
            for key in sorted(keys):
                for row in group.corrected(key, now):
                    (renamed if "id" in row else noted).append(row)
        insert_many(connection, events, noted, unless="(case_id, key)")
        update_many(connection, events, renamed)


def _before(amended: Event) -> dict[str, Any]:
    """What the case said before it was amended."""
    return {name: change[0] for name, change in amended.fields.items() if isinstance(change, list) and change}


class _Group:
    """One counter over all cases of its regulation."""

    def __init__(
        self,
        connection: Connection,
        counter: Counter,
        regulation: str,
        calendar: WorkCalendar,
        derived: Mapping[int, tuple[Event, ...]],
    ) -> None:
        self.connection = connection
        self.counter = counter
        self.regulation = regulation
        self.calendar = calendar
        self.derived = derived
        self.pinned = Pinned(connection)

    def counted(self, key: Key, until: datetime) -> list[CountedEvent]:
        """Every event that counts for one matter, in order."""
        names = {match.event for match in self.counter.counts}
        happened: dict[int, list[Event]] = defaultdict(list)
        facts: dict[int, dict[str, Any]] = {}
        for row in self._rows(key, names, until):
            facts[row.case_id] = _facts(row)
            happened[row.case_id].append(Event(row.name, row.at, row.event_fields, row.event_id))
        found = []
        for case_id, known in happened.items():
            for event in self._borne_out(case_id, known, until):
                own = facts[case_id]
                if _counts(self.counter, event, own, self.calendar) and self._is_of(key, case_id, own, event):
                    found.append(CountedEvent(event.at, event.id, case_id, _weight(self.counter, own, event)))
        return sorted(found)

    def _is_of(self, key: Key, case_id: int, facts: Mapping[str, Any], event: Event) -> bool:
        return _key(self.counter, case_id, {**facts, **event.fields}) == key

    def _borne_out(self, case_id: int, known: list[Event], until: datetime) -> list[Event]:
        """What was recorded, and of what Duban noted by itself what the timeline still says."""
        recorded = [event for event in known if NOTED_BY not in event.fields]
        if case_id in self.derived:
            return recorded + [event for event in self.derived[case_id] if event.at <= until]
        if len(recorded) == len(known):
            return known
        case = self.connection.execute(select(cases).where(cases.c.id == case_id)).one()
        columns = (events.c.name, events.c.at, events.c.fields, events.c.id)
        whole = [
            Event(*row)
            for row in self.connection.execute(
                select(*columns).where(events.c.case_id == case_id, events.c.at <= until)
            )
        ]
        story = timeline(_facts(case), whole, self.pinned(case.regulation_id), self.calendar, until)
        return recorded + list(story.noted)

    def corrected(self, key: Key, now: datetime) -> Iterable[dict[str, Any]]:
        """The notes by which the record comes to say what the count is."""
        ladder = self.counter.ladder
        due = {
            (one.event.case_id, one.event.at, one.rung): one
            for one in reached(self.counter, self.counted(key, now), self.calendar)
        }
        names = {rung.event or COUNTED for rung in ladder} | {RETRACTED}
        noted: dict[tuple[int, datetime, int], Row[Any]] = {}
        for row in self._rows(key, names, now):
            given = row.event_fields
            own = _key(self.counter, row.case_id, {**_facts(row), **given}) == key
            if own and given.get("counter") == self.counter.id:
                noted[row.case_id, row.at, int(given.get("rung") or 0)] = row
        for place in sorted(due.keys() | noted.keys()):
            there = noted.get(place)
            if there is None:
                yield self._note(due[place], key, now)
            elif place in due and there.name == RETRACTED:
                again = self._note(due[place], key, now)
                yield {"id": there.event_id, "name": again["name"], "fields": again["fields"], "applied_at": None}
            elif place not in due and there.name != RETRACTED:
                kept = {name: value for name, value in there.event_fields.items() if name != "level"}
                kept["event"] = there.name
                yield {"id": there.event_id, "name": RETRACTED, "fields": kept, "applied_at": None}

    def _note(self, one: Reached, key: Key, now: datetime) -> dict[str, Any]:
        rung = self.counter.ladder[one.rung - 1]
        fields: dict[str, Any] = {"counter": self.counter.id, "rung": one.rung, "count": round(one.total, 6)}
        fields |= {name: value for name, value in zip(self.counter.of, key, strict=True) if name != CASE}
        if rung.level:
            fields["level"] = rung.level
        name, case_id, at = rung.event or COUNTED, one.event.case_id, one.event.at
        told = {"case_id": case_id, "name": name, "at": at, "by": None, "fields": fields, "recorded_at": now}
        return {**told, "key": event_key(name, at, None, {"counter": self.counter.id, "rung": one.rung})}

    def _rows(self, key: Key, names: Iterable[str], until: datetime) -> Sequence[Row[Any]]:
        """The events of these names that are about one matter, by their case or by themselves."""
        whose = []
        for name, value in zip(self.counter.of, key, strict=True):
            if name == CASE:
                whose.append(cases.c.id == int(value))
            else:
                whose.append(or_(same_matter(name, value), events.c.fields[name].as_string() == value))
        columns = ("id", "fields", "level", "department", "handler")
        own = (events.c.id.label("event_id"), events.c.fields.label("event_fields"))
        return self.connection.execute(
            select(events.c.case_id, events.c.name, events.c.at, *own, *(cases.c[name] for name in columns))
            .join(cases, cases.c.id == events.c.case_id)
            .where(
                cases.c.regulation == self.regulation,
                events.c.name.in_(sorted(names)),
                events.c.at <= until,
                *whose,
            )
        ).all()
