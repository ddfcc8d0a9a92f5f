"""A slow and obvious second opinion on the timeline: it walks the minutes and counts those that count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.models.timeline.minutes import (
    DAY,
    MINUTE,
    WALK,
    Happened,
    Law,
    Pauses,
    at_time,
    counting,
    local,
    shifted,
    walk,
    walk_back,
    walk_days,
    works,
)


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


# -- one deadline -----------------------------------------------------------------------------------------------


def limit_ends(law: Law, base: datetime, amount: tuple[int, str], pauses: Pauses) -> datetime | None:
    """Where one limit ends."""
    unit = amount[1]
    if unit in ("m", "wm"):
        return walk(law, base, amount, pauses)
    return walk_days(law, base, amount, pauses, law.hours[-1][1] if unit == "WD" else None, end=True)


def tightest(
    law: Law, base: datetime, events: list[Happened], pauses: Pauses, months: tuple[datetime, int] | None = None
) -> tuple[datetime | None, bool, int]:
    """The earliest end of the limits, whether it is a given date, and of how many months it is the end.

    `months` are those that the terms before had: from where, and how many.
    """
    found = []
    for count, unit in law.limits:
        since, past = months if months and unit == "M" else (base, 0)
        if end := limit_ends(law, since, (past + count, unit), pauses):
            found.append((end, False, count if unit == "M" else 0))
    given = [event.fields["promised"] for event in events if "promised" in event.fields]
    if law.dated and given:
        day_end = at_time(date.fromisoformat(given[-1]), time(23, 59, 59))
        promised = pauses.ended(day_end) if day_end > base and pauses.inside(day_end) else day_end
        if promised:
            found.append((promised, True, 0))
    return min(found, key=lambda one: one[0]) if found else (None, False, 0)


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
        if due[0] is not None and told >= due[0]:
            told = opens_at  # what is due before the notice hour is told when it opens
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
    """The due instant; a renewal's limit begins where the one before it ends, its months with the first one."""
    base: datetime | None = members[chain[0]].at
    due: tuple[datetime | None, bool, int] = (None, False, 0)
    months: tuple[datetime, int] | None = None
    for index, following in zip(chain, [*chain[1:], len(members)], strict=True):
        if base is None:
            return None, False
        months = months or (base, 0)
        due = tightest(law, base, members[index:following], pauses, months)
        base = due[0]
        months = (months[0], months[1] + due[2]) if due[2] else None
    return due[:2]


def opened(law: Law, events: list[Happened], members: list[Happened], chain: list[int], index: int) -> bool:
    """Whether the rule has opened for an event, by what had happened before it, as if the case went on now."""
    if law.opens is None:
        return True
    event = members[index]
    before = [earlier for earlier in events if earlier.at < event.at]
    pauses = Pauses([*before, Happened("resumed", event.at)], law.notice)
    opens_at = opening(law, members[chain[-1]].at, chained(law, members[:index], chain, pauses), pauses)
    return opens_at is not None and opens_at <= event.at
