"""The clocks of a complaint, walked minute by minute."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tests.oracle.clocks import CLOCKS, MINUTE, NOTHING, OPENING, Clock
from tests.oracle.files import Happened, Row, moment

ROUND_OVER = "round over"
NEVER = datetime(9999, 1, 1)  # noqa: DTZ001 -- local time like everything here
CLOSED = ("closed", "withdrawn")


class Step(NamedTuple):
    """Something that had to be told."""

    rule: str
    round: int
    step: str
    at: datetime
    roles: tuple[str, ...]


def steps_of(regulation: str, row: Row, opened: datetime, events: list[Happened], end: datetime) -> list[Step]:
    """Every step of a case that comes up to `end`."""
    rounds = rounds_of(regulation, row, opened, events)
    pauses = pauses_of(events)
    found = []
    for clock in CLOCKS[regulation](row):
        number = 0
        for place, happened in enumerate(rounds, 1):
            for index, event in enumerate(happened):
                if event.name in (*CLOSED, ROUND_OVER):
                    break
                if clock.begins(event):
                    number = number + 1 if clock.each_start else place
                    told = walk(clock, event.at, happened[index + 1 :], pauses, end)
                    found += [Step(clock.rule, number, step, at, roles) for step, at, roles in told]
                    if not clock.each_start:
                        break
    return found


def rounds_of(regulation: str, row: Row, opened: datetime, events: list[Happened]) -> list[list[Happened]]:
    """The events of each round: it begins with its opening and ends where the next one begins."""
    rounds = [[Happened(opened, OPENING, {})]]
    closed = False
    for event in events:
        rounds[-1].append(event)
        unhappy = event.fields.get("satisfaction") == "dissatisfied" or event.fields.get("outcome") == "unresolved"
        again = regulation == "workshop-complaints" and event.name == "second_contact" and unhappy and not closed
        if again and len(rounds) >= 2 and row["level"] != "crisis":
            rounds[-1].append(Happened(event.at, "rounds over", {}))
        elif again or event.name == "reopened":
            rounds[-1].append(Happened(event.at, ROUND_OVER, {}))
            rounds.append([Happened(event.at, OPENING, {})])
            closed = False
        closed = closed or event.name in CLOSED
    return rounds


def pauses_of(events: list[Happened]) -> list[tuple[datetime, datetime]]:
    """The stretches that do not count: from a pause or an approved postponement to its end, whatever ends it.

    A second approval takes the place of the first.
    """
    found = []
    for index, event in enumerate(events):
        if event.name not in ("paused", "postponement_approved"):
            continue
        until = moment(event.fields["until"]) if event.fields.get("until") else NEVER
        for later in events[index + 1 :]:
            if later.name in (event.name, "resumed", "closed", "withdrawn", "reopened"):
                until = min(until, later.at)
                break
        found.append((event.at, until))
    return found


Told = list[tuple[str, datetime, tuple[str, ...]]]


def walk(
    clock: Clock,
    start: datetime,
    events: list[Happened],
    pauses: list[tuple[datetime, datetime]],
    end: datetime,
) -> Told:
    """What is told on the way from the start to `end`, minute by minute, stopping also at each event and each step."""
    told: Told = []
    steps, coming = list(clock.steps), list(events)
    edges = sorted({edge for pause in pauses for edge in pause if edge > start})
    counted = NOTHING
    attempts = 0
    now = start
    while now <= end and steps:
        while coming and coming[0].at == now:
            event = coming.pop(0)
            attempts += event.name == "unreachable"
            if event.name in clock.stops and counted >= clock.not_before:
                return told
            if event.name in (*CLOSED, ROUND_OVER) or attempts == clock.attempts:
                return told
            if event.name == "unreachable" and event.fields.get("outcome") in clock.wrong_data:
                return told
            if clock.each_start and clock.begins(event):
                return told
        while steps and steps[0][0] == counted:
            _, step, roles = steps.pop(0)
            told.append((step, now, roles))
        following = now + MINUTE
        if coming:
            following = min(following, coming[0].at)
        while edges and edges[0] <= now:
            edges.pop(0)
        if edges:
            following = min(following, edges[0])
        if not any(since <= now < until for since, until in pauses):
            if steps:
                following = min(following, now + (steps[0][0] - counted))
            counted += following - now
        now = following
    return told
