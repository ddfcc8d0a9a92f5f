"""Counters: what happened how often to the same person or matter, and what follows at which count.

1. When a case is taken in, the counts that its events belong to are looked at anew (`Touched`).
2. All events of the same person or matter under the regulation are counted again (`models/timeline/counting.py`).
3. A rung that was reached is a derived event of the case whose event reached it; one that the facts no longer bear out
   is retracted. Both are taken in by the next batch.

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
from models.store.schema import cases, derived_events, events
from models.timeline.case import Case
from models.timeline.counting import CountedEvent, count_at, is_countable, reached
from models.timeline.moment import moment_facts
from models.timeline.reading import timeline
from models.timeline.story import DERIVED_ID, NOTED_BY, Event, matches_any
from tasks.organisation.registry import Pinned
from tasks.record.cases import AT_ONCE, history
from tasks.record.keys import event_key
from tasks.record.same_party import same_party

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
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


def count(
    connection: Connection, counter: Counter, regulation: str, calendar: WorkCalendar, case: Case, event: Event
) -> float:
    """How high the count would stand with an event that may or may not come to the case.

    Nothing where the matter is not named or the window not known.
    """
    facts = case.facts
    key = _key(counter, case.id, {**facts, **event.fields})
    if key is None or not is_countable(counter):
        return 0
    mark = (event.at, event.id)
    found = _Group(connection, counter, regulation, calendar, {}).read(key, event.at).counted
    found = [one for one in found if (one.at, one.id) < mark and one.id != event.id]
    if _counts(counter, event, facts, calendar):
        found.append(_counted(counter, case.id or 0, facts, event))
    return count_at(counter, found, calendar, event.at)


def _key(counter: Counter, case_id: int | None, facts: Mapping[str, Any]) -> Key | None:
    """The matter; None where a part of it is not given."""
    values = [case_id if name == CASE else facts.get(name) for name in counter.of]
    return None if any(value in (None, "") for value in values) else tuple(str(value) for value in values)


def _counts(counter: Counter, event: Event, facts: Mapping[str, Any], calendar: WorkCalendar) -> bool:
    """Whether the event is one that counts; what the counter itself noted is not."""
    if not matches_any(event, counter.counts) or event.fields.get("counter") == counter.id:
        return False
    return not counter.when or holds(counter.when, {**facts, **moment_facts(event, calendar), **event.fields})


def _counted(counter: Counter, case_id: int, facts: Mapping[str, Any], event: Event) -> CountedEvent:
    value = event.fields.get(counter.distinct, facts.get(counter.distinct)) if counter.distinct else ""
    return CountedEvent(event.at, event.id, case_id, _weight(counter, facts, event), str(value or ""))


def _weight(counter: Counter, facts: Mapping[str, Any], event: Event) -> float:
    if not counter.quantity:
        return 1
    try:
        return float(event.fields.get(counter.quantity) or facts.get(counter.quantity) or 1)
    except ValueError:
        return 1


# -- taking in -------------------------------------------------------------------------------------------------


@dataclass
class Touched:
    """The counts that a batch of cases belongs to, and what the timeline derives of these cases."""

    calendar: WorkCalendar
    groups: dict[tuple[str, str], set[Key]] = field(default_factory=lambda: defaultdict(set))
    rules: dict[str, Regulation] = field(default_factory=dict)
    derived: dict[int, tuple[Event, ...]] = field(default_factory=dict)

    def case(self, case: Case, rules: Regulation, fresh: set[int], story: Timeline) -> None:
        """One case that was looked at, with the ids of what is new among its events."""
        if not rules.counters or case.id is None:
            return
        self.derived[case.id] = story.noted
        amended = [event for event in case.events if event.name == AMENDED and event.id in fresh]
        facts = case.facts
        versions = [facts, *({**facts, **_before(event)} for event in amended)]
        for counter in rules.counters:
            wanted = (*counter.counts, *(match for rung in counter.ladder for match in rung.requires))
            found = [event for event in (*case.events, *story.noted) if matches_any(event, wanted)]
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
        judged: list[dict[str, Any]] = []
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
                    (judged if "id" in row else noted).append(row)
        insert_many(connection, derived_events, noted, unless="(case_id, key)")
        update_many(connection, derived_events, judged)
        _look_anew(connection, {row["case_id"] for row in (*noted, *judged)})


def _look_anew(connection: Connection, case_ids: set[int]) -> None:
    """The next batch takes in what was noted on these cases."""
    for start in range(0, len(case_ids), AT_ONCE):
        some = sorted(case_ids)[start : start + AT_ONCE]
        connection.execute(cases.update().where(cases.c.id.in_(some)).values(evaluated_at=None))


def _before(amended: Event) -> dict[str, Any]:
    """What the case said before it was amended."""
    return {name: change[0] for name, change in amended.fields.items() if isinstance(change, list) and change}


class _Matter(NamedTuple):
    """What is known of one matter: the events that count, in order, and by rung what it requires."""

    counted: list[CountedEvent]
    done: dict[int, list[CountedEvent]]


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

    def read(self, key: Key, until: datetime) -> _Matter:
        """Every event that counts for one matter, and what the rungs require of it."""
        required = {place: rung.requires for place, rung in enumerate(self.counter.ladder, 1) if rung.requires}
        matches = (*self.counter.counts, *(match for requires in required.values() for match in requires))
        names = {match.event for match in matches}
        happened: dict[int, list[Event]] = defaultdict(list)
        known: dict[int, Case] = {}
        for row in self._rows(events, key, names, until, events.c.unauthorised.is_(None)):
            known[row.id] = Case.of(row)
            happened[row.id].append(Event(row.name, row.at, row.event_fields, row.event_id))
        for row in self._rows(derived_events, key, names, until, derived_events.c.retracted_at.is_(None)):
            known[row.id] = Case.of(row)
            happened[row.id].append(Event(row.name, row.at, row.event_fields, DERIVED_ID + row.event_id))
        found: list[CountedEvent] = []
        done: dict[int, list[CountedEvent]] = defaultdict(list)
        for case_id, of_case in happened.items():
            facts = known[case_id].facts
            for event in self._borne_out(case_id, of_case, until):
                if _key(self.counter, case_id, {**facts, **event.fields}) != key:
                    continue
                if _counts(self.counter, event, facts, self.calendar):
                    found.append(_counted(self.counter, case_id, facts, event))
                for place, requires in required.items():
                    if matches_any(event, requires):
                        done[place].append(CountedEvent(event.at, event.id, case_id))
        return _Matter(sorted(found), done)

    def _borne_out(self, case_id: int, known: list[Event], until: datetime) -> list[Event]:
        """What was recorded, and of what Duban noted by itself what the timeline still says."""
        recorded = [event for event in known if NOTED_BY not in event.fields]
        if case_id in self.derived:
            return recorded + [event for event in self.derived[case_id] if event.at <= until]
        if len(recorded) == len(known):
            return known
        row = self.connection.execute(select(cases).where(cases.c.id == case_id)).one()
        case = Case.of(row, history(self.connection, case_id, until))
        story = timeline(case, self.pinned(row.regulation_id), self.calendar, until)
        return recorded + list(story.noted)

    def corrected(self, key: Key, now: datetime) -> Iterable[dict[str, Any]]:
        """The notes by which the record comes to say what the count is: new ones, and changes to old ones (by id)."""
        ladder = self.counter.ladder
        matter = self.read(key, now)
        due = {
            (one.event.case_id, one.event.at, one.rung): one
            for one in reached(self.counter, matter.counted, self.calendar, matter.done)
        }
        noted: dict[tuple[int, datetime, int], Row[Any]] = {}
        for row in self._rows(derived_events, key, {rung.event or COUNTED for rung in ladder}, now):
            given = row.event_fields
            own = _key(self.counter, row.id, {**Case.of(row).facts, **given}) == key
            if own and given.get("counter") == self.counter.id:
                noted[row.id, row.at, int(given.get("rung") or 0)] = row
        for place in sorted(due.keys() | noted.keys()):
            there = noted.get(place)
            if there is None:
                yield self._note(due[place], key, now)
                continue
            judged = {"id": there.event_id, "case_id": there.id, "applied_at": None}
            if place in due and there.retracted_at is not None:
                yield {**judged, "fields": self._note(due[place], key, now)["fields"], "retracted_at": None}
            elif place not in due and there.retracted_at is None:
                yield {**judged, "fields": there.event_fields, "retracted_at": now}

    def _note(self, one: Reached, key: Key, now: datetime) -> dict[str, Any]:
        rung = self.counter.ladder[one.rung - 1]
        fields: dict[str, Any] = {"counter": self.counter.id, "rung": one.rung, "count": round(one.total, 6)}
        fields |= {name: value for name, value in zip(self.counter.of, key, strict=True) if name != CASE}
        if rung.level:
            fields["level"] = rung.level
        name, case_id, at = rung.event or COUNTED, one.event.case_id, one.event.at
        told = {"case_id": case_id, "name": name, "at": at, "fields": fields, "derived_at": now, "applied_at": None}
        return {**told, "key": event_key(name, at, None, {"counter": self.counter.id, "rung": one.rung})}

    def _rows(
        self, table: Table, key: Key, names: Iterable[str], until: datetime, *also: ColumnElement[bool]
    ) -> Sequence[Row[Any]]:
        """The events of these names that are about one matter, by their case or by themselves."""
        whose = []
        for name, value in zip(self.counter.of, key, strict=True):
            if name == CASE:
                whose.append(cases.c.id == int(value))
            else:
                whose.append(or_(same_party(name, value), table.c.fields[name].as_string() == value))
        columns = ("id", "fields", "level", "department", "handler")
        own = [table.c.id.label("event_id"), table.c.fields.label("event_fields"), table.c.name, table.c.at]
        own += [table.c.retracted_at] if table is derived_events else []
        return self.connection.execute(
            select(*own, *(cases.c[name] for name in columns))
            .join(cases, cases.c.id == table.c.case_id)
            .where(
                cases.c.regulation == self.regulation,
                table.c.name.in_(sorted(names)),
                table.c.at <= until,
                *whose,
                *also,
            )
        ).all()
