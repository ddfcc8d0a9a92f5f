"""A slow and obvious second opinion on the timeline: it walks the minutes and counts those that count.

It shares no code with the models. Everything given to it lies on whole minutes; only the end of a calendar day does
not (23:59:59). A minute is named by the instant at which it begins.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WALK = 150 * 24 * 60
"""So many minutes a walk goes at most: longer than anything that the tests draw."""


@dataclass(frozen=True)
class Happened:
    """An event."""

    name: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Law:
    """One rule in the oracle's own words; amounts are (count, unit), units m, wm, D, WD, M; signs as in the packs."""

    starts: tuple[str, ...] = ("registered",)
    stops: tuple[str, ...] = ("done",)
    every_start: bool = False
    from_previous_due: bool = False
    limits: tuple[tuple[int, str], ...] = ()
    dated: bool = False
    opens: tuple[int, str] | None = None
    reminders: tuple[tuple[int, str], ...] = ()
    late_steps: tuple[tuple[int, str], ...] = ()
    attempts: int | None = None
    next_round: str | None = None
    rounds: int | None = None
    hours: tuple[tuple[time, time], ...] = ((time(9), time(18)),)
    notice: time = time(9)
    exceptions: Mapping[date, bool] = field(default_factory=dict)


@dataclass
class Verdict:
    """What the oracle says of one deadline."""

    round: int
    starts_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    state: str
    met_at: datetime | None
    steps: list[tuple[datetime, str]]


def works(law: Law, day: date) -> bool:
    """Monday to Friday, unless an exception says otherwise."""
    return law.exceptions.get(day, day.weekday() < 5)


def local(instant: datetime) -> datetime:
    """Wall-clock time."""
    return instant.astimezone(ZONE)


def at_time(day: date, clock: time) -> datetime:
    """The instant of a wall-clock time."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


# -- pauses -----------------------------------------------------------------------------------------------------


class Pauses:
    """For each minute whether the clocks stand still, found by living through the events."""

    def __init__(self, events: list[Happened], notice: time, before: datetime | None = None) -> None:
        self.minutes: set[datetime] = set()
        self.forever_from: datetime | None = None
        if not events:
            return
        ends: dict[str, datetime | None] = {}  # what is paused -> when it resumes by itself
        waiting = list(events)
        minute = events[0].at
        while waiting or any(end is not None for end in ends.values()):
            ends = {kind: end for kind, end in ends.items() if end is None or end > minute}
            while waiting and waiting[0].at == minute:
                event = waiting.pop(0)
                if event.name in ("resumed", "closed", "withdrawn", "reopened"):
                    ends.clear()
                elif event.name in ("paused", "postponement_approved"):
                    ends.pop(event.name, None)
                    until = self._until(event, notice)
                    if until is None or until > minute:
                        ends[event.name] = until
            if ends:
                self.minutes.add(minute)
            minute += MINUTE
        if ends:
            self.forever_from = minute - MINUTE
        if before is not None:
            self._forget_what_begins_from(before)

    @staticmethod
    def _until(event: Happened, notice: time) -> datetime | None:
        text = event.fields.get("until")
        if text is None:
            return None
        if len(text) == len("2026-01-01"):
            return at_time(date.fromisoformat(text), notice)
        return datetime.fromisoformat(text).astimezone(UTC)

    def _forget_what_begins_from(self, instant: datetime) -> None:
        kept: set[datetime] = set()
        for minute in sorted(self.minutes):
            if minute < instant or minute - MINUTE in kept:
                kept.add(minute)
        if self.forever_from is not None and self.forever_from not in kept:
            self.forever_from = None
        self.minutes = kept

    def still(self, minute: datetime) -> bool:
        """Whether the clocks stand still in the minute that begins then."""
        return minute in self.minutes or (self.forever_from is not None and minute >= self.forever_from)

    def inside(self, instant: datetime) -> bool:
        """Whether an instant lies within a pause, neither at its beginning nor at its end."""
        if instant.second:
            return self.still(instant.replace(second=0))
        return self.still(instant) and self.still(instant - MINUTE)

    def ended(self, instant: datetime) -> datetime | None:
        """The end of the pause around an instant."""
        minute = instant.replace(second=0)
        while self.still(minute):
            if self.forever_from is not None and minute >= self.forever_from:
                return None
            minute += MINUTE
        return minute


# -- walking ----------------------------------------------------------------------------------------------------


def open_minute(law: Law, minute: datetime) -> bool:
    """Whether the office is open in it."""
    wall = local(minute)
    return works(law, wall.date()) and any(begin <= wall.time() < end for begin, end in law.hours)


def walk(law: Law, start: datetime, amount: tuple[int, str], pauses: Pauses) -> datetime | None:
    """The first instant at which so many minutes have counted."""
    count, unit = amount
    counts = counting(law, unit, pauses)
    left = count * 60
    instant = start
    for _ in range(WALK):
        if left == 0:
            return instant
        minute = instant.replace(second=0)
        if pauses.forever_from is not None and minute > pauses.forever_from:
            return None
        whole = (minute + MINUTE - instant).seconds
        if counts(minute):
            if left <= whole:
                return instant + timedelta(seconds=left)
            left -= whole
        instant = minute + MINUTE
    return None


def walk_back(end: datetime, count: int, counts: Callable[[datetime], bool]) -> datetime:
    """The last instant at which so many counted minutes were left."""
    left = count * 60
    instant = end
    while True:
        minute = instant.replace(second=0) if instant.second else instant - MINUTE
        whole = int((instant - minute).total_seconds())
        if counts(minute):
            if left <= whole:
                return instant - timedelta(seconds=left)
            left -= whole
        instant = minute


def walk_days(
    law: Law, start: datetime, amount: tuple[int, str], pauses: Pauses, edge: time | None, *, end: bool
) -> datetime | None:
    """Midnights that count, until there are enough; then the next edge of a day that is not within a pause."""
    count, unit = amount
    if unit == "M":
        count = (months_on(local(start).date(), count) - local(start).date()).days
    seen = 0
    minute = start.replace(second=0) + (MINUTE if start.second else timedelta())
    reached = False
    for _ in range(WALK):
        if pauses.forever_from is not None and minute > pauses.forever_from:
            return None
        wall = local(minute)
        counts_today = unit != "WD" or works(law, wall.date())
        if wall.hour == wall.minute == 0 and minute > start and counts_today and not pauses.still(minute - MINUTE):
            seen += 1
            reached = seen == count
            if reached and not end:
                return minute
        if end and seen >= count and counts_today:
            if edge is None and (wall.hour, wall.minute) == (23, 59) and not pauses.still(minute):
                return minute + timedelta(seconds=59)
            if edge is not None and wall.time() == edge and not pauses.inside(minute):
                return minute
        minute += MINUTE
    return None


def months_on(day: date, count: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = day.year, day.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def shifted(law: Law, day: date, amount: tuple[int, str]) -> date:
    """A day so many days on or back."""
    count, unit = amount
    step = DAY if count > 0 else -DAY
    left = abs(count)
    while left:
        day += step
        if unit == "D" or works(law, day):
            left -= 1
    return day


# -- one deadline -----------------------------------------------------------------------------------------------


def limit_ends(law: Law, base: datetime, amount: tuple[int, str], pauses: Pauses) -> datetime | None:
    """Where one limit ends."""
    unit = amount[1]
    if unit in ("m", "wm"):
        return walk(law, base, amount, pauses)
    return walk_days(law, base, amount, pauses, law.hours[-1][1] if unit == "WD" else None, end=True)


def counting(law: Law, unit: str, pauses: Pauses) -> Callable[[datetime], bool]:
    """Which minutes count."""
    if unit == "wm":
        return lambda minute: open_minute(law, minute) and not pauses.still(minute)
    return lambda minute: not pauses.still(minute)


def tightest(law: Law, base: datetime, events: list[Happened], pauses: Pauses) -> tuple[datetime | None, bool]:
    """The earliest end of the limits, and whether it is a given date."""
    found = [(end, False) for limit in law.limits if (end := limit_ends(law, base, limit, pauses))]
    given = [event.fields["promised"] for event in events if "promised" in event.fields]
    if law.dated and given:
        day_end = at_time(date.fromisoformat(given[-1]), time(23, 59, 59))
        promised = pauses.ended(day_end) if pauses.inside(day_end) else day_end
        if promised:
            found.append((promised, True))
    return min(found) if found else (None, False)


def opening(law: Law, start: datetime, due: tuple[datetime | None, bool], pauses: Pauses) -> datetime | None:
    """When the rule opens."""
    if law.opens is None:
        return None
    count, unit = law.opens
    if count > 0:
        if unit in ("m", "wm"):
            return walk(law, start, law.opens, pauses)
        return walk_days(law, start, law.opens, pauses, None, end=False)
    if due[0] is None:
        return None
    pauses = Pauses([], law.notice) if due[1] else pauses
    if unit in ("m", "wm"):
        return max(start, back(law, due[0], -count, unit, pauses))
    day = local(due[0]).date()
    seen = 0
    while seen < -count:
        seen += not pauses.still(at_time(day, time()) - MINUTE)
        day -= DAY
    return max(start, at_time(day, time()))


def back(law: Law, due: datetime, count: int, unit: str, pauses: Pauses) -> datetime:
    """So much (working) time before; of a pause that it would touch, the beginning for elapsed time."""
    at = walk_back(due, count, counting(law, unit, pauses))
    while unit == "m" and not at.second and pauses.still(at - MINUTE):
        at -= MINUTE
    return at


def steps(
    law: Law, start: datetime, opens_at: datetime | None, due: tuple[datetime | None, bool], pauses: Pauses
) -> list[tuple[datetime, str]]:
    """Every instant at which somebody is told."""
    found: list[tuple[datetime | None, str]] = []
    if opens_at is not None and law.opens is not None:
        told = opens_at
        while law.opens[1] in ("D", "WD") and local(told).time() < law.notice:
            told += MINUTE
        found.append((told, "opens"))
    due_at = due[0]
    if due_at is None:
        return sorted((at, name) for at, name in found if at)
    for number, (count, unit) in enumerate(law.reminders, 1):
        if unit in ("D", "WD"):
            at = awake(law, at_time(shifted(law, local(due_at).date(), (count, unit)), law.notice), pauses)
        else:
            counted = Pauses([], law.notice) if due[1] else pauses
            at = back(law, due_at, -count, unit, counted)
            at = pauses.ended(at) if pauses.inside(at) else at
        if at is not None and start < at < due_at:
            found.append((at, f"remind-{number}"))
    late = law.late_steps if law.late_steps and law.late_steps[0][0] == 0 else ((0, "m"), *law.late_steps)
    for number, (count, unit) in enumerate(late):
        name = f"escalate-{number}" if number else "due"
        if count == 0:
            at = due_at if unit == "m" else awake(law, at_time(local(due_at).date(), law.notice), pauses)
        elif unit in ("m", "wm"):
            at = walk(law, due_at, (count, unit), pauses)
        else:
            at = late_day(law, due_at, (count, unit), pauses)
        found.append((at, name))
    return sorted((at, name) for at, name in found if at)


def awake(law: Law, at: datetime, pauses: Pauses) -> datetime | None:
    """Not within a pause, and then not before the notice hour."""
    if not pauses.inside(at):
        return at
    end = pauses.ended(at)
    while end is not None and (local(end).time() < law.notice):
        end += MINUTE
    return end


def late_day(law: Law, due_at: datetime, amount: tuple[int, str], pauses: Pauses) -> datetime | None:
    """Midnights that count after the due instant; then the first awake minute from the notice hour on."""
    count, unit = amount
    seen = 0
    minute = due_at.replace(second=0) + (MINUTE if due_at.second else timedelta())
    for _ in range(WALK):
        if pauses.forever_from is not None and minute > pauses.forever_from:
            return None
        wall = local(minute)
        if wall.hour == wall.minute == 0 and minute > due_at and (unit == "D" or works(law, wall.date())):
            seen += not pauses.still(minute - MINUTE)
        if seen >= count and wall.time() >= law.notice and not pauses.inside(minute):
            return minute
        minute += MINUTE
    return None


# -- the case ---------------------------------------------------------------------------------------------------


def rounds_of(law: Law, events: list[Happened]) -> list[list[Happened]]:
    """The events of each round; what opens a round also ends the one before it."""
    rounds: list[list[Happened]] = [[]]
    closed = False
    for event in events:
        rounds[-1].append(event)
        again = event.name == "reopened"
        if event.name == law.next_round and not closed:
            again = again or law.rounds is None or len(rounds) < law.rounds
        if again:
            rounds.append([event])
            closed = False
        closed = closed or event.name in ("closed", "withdrawn")
    return rounds


def verdicts(law: Law, events: list[Happened], now: datetime) -> list[Verdict]:
    """What the law says of a case with these events (in order), seen from `now`."""
    found: list[Verdict] = []
    rounds = rounds_of(law, events)
    for number, members in enumerate(rounds, 1):
        is_last = number == len(rounds)
        begun: list[int] = []
        for index, event in enumerate(members):
            names = {event.name} | ({"registered"} if number > 1 and index == 0 else set())
            opens_next = not is_last and index == len(members) - 1
            shut = any(earlier.name in ("closed", "withdrawn") for earlier in members[:index])
            if not names & set(law.starts) or shut:
                continue
            if opens_next:
                continue
            if law.every_start or not begun:
                begun.append(index)
        for place, index in enumerate(begun):
            chain = begun[: place + 1] if law.from_previous_due else [index]
            counted = len(found) + 1 if law.every_start else number
            over = None if is_last else rounds[number][0].at
            found.append(judge(law, events, members, chain, counted, over, now))
    return found


def judge(
    law: Law,
    events: list[Happened],
    members: list[Happened],
    chain: list[int],
    number: int,
    over: datetime | None,
    now: datetime,
) -> Verdict:
    """One deadline; `chain` are the places of the start events whose limits add up, the last one is its own."""
    start = members[chain[-1]]
    ended_at = over
    met = False
    failed = 0
    last = len(members)
    for index in range(chain[-1] + 1, len(members)):
        event = members[index]
        if event.name in law.stops and opened(law, events, members, chain, index):
            met = True
        failed += event.name == "unreachable"
        tired = law.attempts is not None and event.name == "unreachable" and failed >= law.attempts
        renewed = law.every_start and event.name in law.starts
        if met or event.name in ("closed", "withdrawn") or tired or renewed:
            ended_at, last = event.at, index
            break
    pauses = Pauses(events, law.notice, before=ended_at)
    due = chained(law, members[:last], chain, pauses)
    opens_at = opening(law, start.at, due, pauses)
    at = due[0]
    if ended_at is not None:
        in_time = at is None or ended_at <= at
        state = ("met" if in_time else "late") if met else ("void" if in_time else "breached")
    elif at is not None and at <= now:
        state = "breached"
    else:
        state = "paused" if pauses.still(now.replace(second=0)) else "open"
    told = steps(law, start.at, opens_at, due, pauses) if ended_at is None else []
    return Verdict(number, start.at, opens_at, at, state, ended_at if met else None, told)


def chained(law: Law, members: list[Happened], chain: list[int], pauses: Pauses) -> tuple[datetime | None, bool]:
    """The due instant; a renewal's limit begins where the one before it ends."""
    base: datetime | None = members[chain[0]].at
    due: tuple[datetime | None, bool] = (None, False)
    for index, following in zip(chain, [*chain[1:], len(members)], strict=True):
        if base is None:
            return None, False
        due = tightest(law, base, members[index:following], pauses)
        base = due[0]
    return due


def opened(law: Law, events: list[Happened], members: list[Happened], chain: list[int], index: int) -> bool:
    """Whether the rule has opened for an event, by what was known when it happened."""
    if law.opens is None:
        return True
    event = members[index]
    pauses = Pauses(events, law.notice, before=event.at)
    opens_at = opening(law, members[chain[-1]].at, chained(law, members[:index], chain, pauses), pauses)
    return opens_at is not None and opens_at <= event.at
