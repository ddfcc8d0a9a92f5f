"""The timeline against an oracle that walks the minutes: random rules, random events, the same story."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.calendar.work_calendar import WorkCalendar
from models.language.regulation import Regulation
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import SILENT, Deadline, Event
from tests.models.timeline import minutes, oracle
from tests.models.timeline.minutes import DAY, ZONE, Happened, Law

EXAMPLES = os.environ.get("DUBAN_TEST_EXAMPLES")
"""Unset: the same hundred examples each time. A number: so many new ones."""
MONDAY = datetime(2026, 11, 1, 16, tzinfo=UTC)
"""Midnight in Shanghai, 2 November 2026."""
SHOWN = {"m": "PT{}M", "wm": "PT{}WM", "D": "P{}D", "WD": "P{}WD", "M": "P{}M"}
TEXT = {"zh": "时限", "en": "limit"}
PROFILE = settings(max_examples=int(EXAMPLES or 100), derandomize=EXAMPLES is None)


def written(amount: tuple[int, str]) -> str:
    """An amount of the oracle as a duration of the rule language."""
    count, unit = amount
    return ("-" if count < 0 else "") + SHOWN[unit].format(abs(count))


def regulation_of(law: Law) -> Regulation:
    """The oracle's law as a regulation."""
    rule: dict[str, Any] = {
        "id": "rule",
        "cite": {"article": "1"},
        "title": TEXT,
        "start": list(law.starts),
        "stop": list(law.stops),
        "every_start": law.every_start,
        "counts_from": "previous_due" if law.from_previous_due else "start",
        "within": [written(limit) for limit in law.limits] + ([{"date": "promised"}] if law.dated else []),
        "opens": written(law.opens) if law.opens else None,
        "responsible": "desk",
        "remind": [written(amount) for amount in law.reminders],
        "escalate": [{"after": written(amount), "to": "desk"} for amount in law.late_steps],
    }
    if law.attempts:
        rule["give_up"] = {"after_attempts": 1, "at_most": law.attempts}
    return Regulation.model_validate(
        {
            "regulation": "drawn",
            "version": 1,
            "kind": "complaint",
            "title": TEXT,
            "description": TEXT,
            "roles": {"desk": TEXT},
            "rounds": {"next": [law.next_round] if law.next_round else [], "at_most": law.rounds},
            "rules": [rule],
        }
    )


def calendar_of(law: Law) -> WorkCalendar:
    """The oracle's working days and hours."""
    days = [date(2026, 10, 1) + DAY * n for n in range(300)]
    return WorkCalendar(ZONE, law.hours, law.notice, {day: minutes.works(law, day) for day in days})


# -- what is drawn ----------------------------------------------------------------------------------------------

MINUTES = st.integers(1, 4000)
ROUND_MINUTES = st.sampled_from([1, 10, 30, 60, 480, 540, 600, 1440, 1441, 2880, 4320])
LIMITS = st.one_of(
    st.tuples(MINUTES | ROUND_MINUTES, st.just("m")),
    st.tuples(st.integers(1, 1500) | ROUND_MINUTES, st.just("wm")),
    st.tuples(st.integers(1, 6), st.sampled_from(["D", "WD"])),
    st.tuples(st.just(1), st.sampled_from(["D", "WD", "M"])),
)
REMINDERS = st.one_of(
    st.tuples(st.integers(-600, -1), st.sampled_from(["m", "wm"])),
    st.tuples(st.integers(-4, -1), st.sampled_from(["D", "WD"])),
)
LATE = st.one_of(
    st.tuples(st.integers(1, 900), st.sampled_from(["m", "wm"])),
    st.tuples(st.integers(1, 4), st.sampled_from(["D", "WD"])),
)
OPENS = st.one_of(
    st.tuples(st.integers(1, 900), st.sampled_from(["m", "wm"])),
    st.tuples(st.integers(-600, -1), st.just("m")),
    st.tuples(st.integers(1, 3), st.sampled_from(["D", "WD"])),
    st.tuples(st.integers(-3, -1), st.just("D")),
)
HOURS = st.sampled_from(
    [
        ((time(9), time(18)),),
        ((time(8, 30), time(12)), (time(13, 30), time(17, 30))),
        ((time(0), time(23)),),
    ]
)
EXCEPTIONS = st.dictionaries(st.integers(0, 13).map(lambda n: date(2026, 11, 2) + DAY * n), st.booleans(), max_size=4)


@st.composite
def laws(draw: st.DrawFn) -> Law:
    """A rule."""
    renewals = draw(st.booleans()) and draw(st.booleans())
    dated = draw(st.integers(0, 4)) == 0
    opens = draw(st.none() | OPENS)
    return Law(
        starts=("registered", "renewed") if renewals else ("registered",),
        stops=("done", "renewed") if renewals else ("done",),
        every_start=renewals,
        from_previous_due=renewals and draw(st.booleans()),
        limits=tuple(draw(st.lists(LIMITS, min_size=0 if dated or (opens and opens[0] > 0) else 1, max_size=2))),
        dated=dated,
        opens=opens,
        reminders=tuple(draw(st.lists(REMINDERS, max_size=2))),
        late_steps=tuple(draw(st.lists(LATE, max_size=2))),
        attempts=draw(st.none() | st.integers(1, 3)),
        next_round=draw(st.sampled_from([None, None, "again"])),
        rounds=draw(st.none() | st.integers(1, 2)),
        hours=draw(HOURS),
        notice=draw(st.sampled_from([time(9), time(8, 30), time(0)])),
        exceptions=draw(EXCEPTIONS),
    )


NAMES = st.sampled_from(
    [
        "done",
        "done",
        "renewed",
        "unreachable",
        "paused",
        "paused",
        "resumed",
        "postponement_approved",
        "closed",
        "reopened",
        "again",
        "promise",
        "nothing",
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> list[Happened]:
    """A case's events in order, on whole minutes, some of them at once and some at the ends of days and hours."""
    at = MONDAY + timedelta(minutes=draw(st.integers(0, 3 * 1440) | st.sampled_from([0, 539, 540, 1080, 1439])))
    events = [Happened("registered", at)]
    for name in draw(st.lists(NAMES, max_size=7)):
        at += timedelta(minutes=draw(st.integers(0, 1500) | st.sampled_from([0, 1, 10, 60, 1440, 4320])))
        fields: dict[str, Any] = {}
        if name == "promise":
            fields["promised"] = str((at.astimezone(ZONE) + DAY * draw(st.integers(-1, 4))).date())
        if name == "postponement_approved" or (name == "paused" and draw(st.booleans())):
            until = (at + timedelta(minutes=draw(st.integers(-60, 4000)))).astimezone(ZONE)
            fields["until"] = str(until.date()) if draw(st.booleans()) else until.isoformat()
        events.append(Happened(name, at, fields))
    return events


# -- the rules --------------------------------------------------------------------------------------------------


def told(law: Law, events: list[Happened], now: datetime) -> list[tuple[Any, ...]]:
    """What the oracle says."""
    return [
        (v.round, v.starts_at, v.opens_at, v.due_at, v.state, v.met_at, tuple(v.steps))
        for v in oracle.verdicts(law, events, now)
    ]


def computed(law: Law, events: list[Happened], now: datetime) -> list[tuple[Any, ...]]:
    """What the timeline says, in the same shape."""
    return [shape(deadline) for deadline in computed_at(law, events, now)]


def computed_at(law: Law, events: list[Happened], now: datetime) -> tuple[Deadline, ...]:
    """The timeline's deadlines."""
    known = [Event(event.name, event.at, event.fields, number) for number, event in enumerate(events, 1)]
    return timeline(Case({}, events=known), regulation_of(law), calendar_of(law), now).deadlines


def ended(deadline: Deadline) -> tuple[Any, ...]:
    """How a clock ended."""
    return (deadline.state, deadline.met_at, deadline.ended_at, deadline.ended_by, deadline.attempts)


def shape(deadline: Deadline) -> tuple[Any, ...]:
    """The parts of a deadline that the oracle knows of."""
    steps = tuple(sorted(tuple(entry) for entry in deadline.plan if entry.step not in SILENT))
    d = deadline
    return (d.round, d.starts_at, d.opens_at, d.due_at, d.state.value, d.met_at, steps)


@PROFILE
@given(law=laws(), events=histories(), later=st.integers(0, 6000))
def test_walking_the_minutes_tells_the_same_story(law: Law, events: list[Happened], later: int) -> None:
    """State, opening, due instant, fulfilment and every step are what counting minute by minute finds."""
    now = events[-1].at + timedelta(minutes=later)

    assert told(law, events, now) == computed(law, events, now)


@PROFILE
@given(law=laws(), events=histories())
def test_what_is_over_stays_as_it_was(law: Law, events: list[Happened]) -> None:
    """Once a clock has ended, nothing that happens later changes how it ended."""
    whole = {shape(d)[:2]: ended(d) for d in computed_at(law, events, events[-1].at)}
    for now in {event.at for event in events}:
        known = [event for event in events if event.at <= now]
        over = {shape(d)[:2]: ended(d) for d in computed_at(law, known, now) if d.ended_at is not None}

        assert over.items() <= whole.items()


@PROFILE
@given(law=laws(), events=histories())
def test_what_was_due_before_the_end_is_what_was_planned(law: Law, events: list[Happened]) -> None:
    """The past of an ended clock is the plan it had just before it ended, as far as its instants had come."""
    for clock in computed_at(law, events, events[-1].at):
        at_once = sum(event.at == clock.ended_at for event in events)
        if clock.ended_at is None or clock.ended_at == clock.starts_at or at_once > 1:
            continue  # what happens in the same second as the end has no before and after
        before = [event for event in events if event.at < clock.ended_at]
        standing = {(d.round, d.starts_at): d for d in computed_at(law, before, clock.ended_at)}
        running = standing.get((clock.round, clock.starts_at))
        if running is None or running.ended_at is not None or any(p.covers(clock.ended_at) for p in running.pauses):
            continue  # a clock that ends while it stands still: what was to come after the pause is not its past
        planned = {e for e in running.plan if e.at < clock.ended_at and e.step not in SILENT}

        assert {e for e in planned if not any(pause.covers(e.at) for pause in clock.pauses)} == set(clock.past)
