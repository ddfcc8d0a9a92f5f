"""A made-up case, as an example of a regulation: how it goes when all is done in time, and when nothing is.

The real timeline computes both. The happy path records at each turn what meets the next deadline, half-way to it; the
late path looks at each rule by itself, from the event that starts it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from models.errors import DubanError
from models.language.conditions import Requirement
from models.language.rules import Rule
from models.language.words import is_hole
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Deadline, Event, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from datetime import date

    from models.calendar.work_calendar import WorkCalendar
    from models.language.conditions import Conditions, Match
    from models.language.regulation import Regulation

MOST_EVENTS = 40
MOST_OF_A_RULE = 3
"""A series is shown with so many of its terms."""
WEEK = 5
SEARCH = 90
MORNING, EVENING = time(9), time(20)
GIVEN = "1"
"""Stands for any value."""
FAR = timedelta(days=10)
"""A date that the case carries lies so far ahead."""
OF_THE_START = frozenset({"round", "term", "time", "weekday", "in_hours"})


class Example(NamedTuple):
    """The made-up case: its fields, its events and its deadlines."""

    facts: dict[str, Any]
    events: tuple[Event, ...]
    deadlines: tuple[Deadline, ...]


def plain_monday(day: date, calendar: WorkCalendar) -> date:
    """The first Monday from that day on whose week has five working days and free days after them."""
    for _ in range(SEARCH):
        if day.weekday() == 0 and [calendar.is_working_day(day + timedelta(days=n)) for n in range(7)] == [
            n < WEEK for n in range(7)
        ]:
            return day
        day += timedelta(days=1)
    return day


def happy(pack: Regulation, calendar: WorkCalendar, day: date) -> Example:
    """Everything is done in time, from the opening at nine o'clock to the end of the case."""
    at = _instant(day, MORNING, calendar)
    facts = _facts(pack, at)
    events = [Event(pack.opening, at, {}, 1)]
    if not _deadlines(facts, events, pack, calendar, at):  # nothing runs from the opening: what sets a clock going
        begun = next((rule.start[0] for rule in pack.rules if rule.within), None)
        events += [Event(begun.event, at, _carried(begun, facts), 2)] if begun else []
    done: dict[str, int] = {}
    for _ in range(MOST_EVENTS):
        now = events[-1].at
        running = [
            (deadline.due_at, rule, deadline)
            for deadline in _deadlines(facts, events, pack, calendar, now)
            if deadline.due_at is not None
            and deadline.state is State.OPEN
            and isinstance(rule := pack.rule(deadline.rule), Rule)
            and done.get(rule.id, 0) < MOST_OF_A_RULE * (rule.times or 1)
        ]
        if not running:
            break
        happened = {event.name for event in events}
        last = all(_ending(rule, pack, happened) for _, rule, _ in running)
        due, rule, deadline = min(
            (one for one in running if last or not _ending(one[1], pack, happened)), key=lambda one: (one[0], one[1].id)
        )
        done[rule.id] = done.get(rule.id, 0) + 1
        stop = _good_stop(rule, pack, happened)
        if stop is None:
            done[rule.id] = MOST_EVENTS
            continue
        halfway = deadline.starts_at + (due - deadline.starts_at) / 2
        moment = max(now + timedelta(minutes=1), deadline.opens_at or now, halfway)
        moment = min(_in_office(moment, due, calendar), due).replace(second=0, microsecond=0)
        events.append(Event(stop.event, max(moment, now), _carried(stop, facts), len(events) + 1))
        if stop.event in pack.closing:
            break
    if events[-1].name not in pack.closing:
        events.append(Event(pack.closing[0], events[-1].at + timedelta(hours=1), {}, len(events) + 1))
    return Example(facts, tuple(events), tuple(_deadlines(facts, events, pack, calendar, events[-1].at)))


def late(pack: Regulation, calendar: WorkCalendar, day: date) -> Iterator[Deadline]:
    """The first deadline of each rule and approver when nothing is done after the event that starts it."""
    for rule in (*pack.rules, *pack.approval_clocks):
        at = _instant(day, EVENING if rule.when.get("in_hours") is False else MORNING, calendar)
        facts = {**_facts(pack, at), **_values(rule.when)}
        for start in rule.start:
            own = Event(start.event, at, _carried(start, facts), 2)
            events = [own] if start.event == pack.opening else [Event(pack.opening, at, {}, 1), own]
            found = [one for one in _deadlines(facts, events, pack, calendar, at) if one.rule == rule.id]
            if found:
                yield found[0]
                break


def _deadlines(
    facts: dict[str, Any], events: list[Event], pack: Regulation, calendar: WorkCalendar, now: datetime
) -> list[Deadline]:
    """What the timeline says; a made-up case that cannot be gets no picture."""
    try:
        return list(timeline(Case.told(facts, events), pack, calendar, now).deadlines)
    except DubanError:
        return []


def _facts(pack: Regulation, at: datetime) -> dict[str, Any]:
    """Fields of a case to which as many rules as possible apply."""
    facts: dict[str, Any] = {"level": next(iter(pack.levels), None), "department": "营业部"}
    for rule in pack.rules:
        for limit in rule.within:
            if limit.date:
                facts.setdefault(limit.date, (at + FAR).date().isoformat())
            if limit.by and limit.table and limit.by != "level":
                row = next((key for key, of in limit.table.items() if not is_hole(of)), None)
                if row is not None:
                    facts.setdefault(limit.by, row)
        for name, value in _values(rule.when).items():
            facts.setdefault(name, value)
    return facts


def _carried(start: Match, facts: dict[str, Any]) -> dict[str, Any]:
    """The fields of a start event; what only has to be given is as in the case (a date)."""
    return {name: facts.get(name, value) if value == GIVEN else value for name, value in _values(start.where).items()}


def _values(conditions: Conditions) -> dict[str, Any]:
    """Values with which the conditions hold."""
    found: dict[str, Any] = {}
    for name, condition in conditions.items():
        if name in OF_THE_START:
            continue
        if isinstance(condition, Requirement):
            bound = condition.at_least if condition.at_least is not None else condition.at_most
            if bound is not None:
                found[name] = bound
            elif condition.given:
                found[name] = GIVEN
        else:
            found[name] = condition[0] if isinstance(condition, tuple) else condition
    return found


def _good_stop(rule: Rule, pack: Regulation, happened: AbstractSet[str] = frozenset()) -> Match | None:
    """What meets the rule and neither begins a new round nor suspends a clock.

    A renewal, which starts the same clock again, comes once; what ends the case comes last.
    """
    again = {start.event for start in rule.start} & happened
    bad = [*pack.rounds.next, *(match for pause in pack.pauses for match in pause.start)]
    stops = [stop for stop in rule.stops if not any(match.matches(stop.event, _values(stop.where)) for match in bad)]
    stops.sort(key=lambda stop: (stop.event in again, stop.event in pack.closing))
    return next(iter(stops), None)


def _ending(rule: Rule, pack: Regulation, happened: AbstractSet[str]) -> bool:
    """Whether the rule is met by what ends the case."""
    stop = _good_stop(rule, pack, happened)
    return stop is not None and stop.event in pack.closing


def _in_office(moment: datetime, due: datetime, calendar: WorkCalendar) -> datetime:
    """When somebody is there, unless it would be too late."""
    begin, _ = next(calendar.open_spans(moment))
    return begin if begin <= due else moment


def _instant(day: date, hour: time, calendar: WorkCalendar) -> datetime:
    return datetime.combine(day, hour, calendar.zone).astimezone(UTC)
