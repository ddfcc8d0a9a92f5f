"""Rounds: how often a case is handled anew, and where in each round a rule's clock starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.language.conditions import holds
from models.timeline.story import REOPENED, ROUNDS_EXHAUSTED, Event, Status, matches_any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from models.language.regulation import Regulation
    from models.language.rules import Rule


@dataclass(slots=True)
class Round:
    """One round: the events from the one that opens it to the one that opens the next, both included."""

    number: int
    opening: str
    """The event that opened the case: what opens a later round counts as the same."""
    events: list[Event] = field(default_factory=list)
    over_at: datetime | None = None


def rounds_of(
    events: Sequence[Event], regulation: Regulation, fields: Mapping[str, Any]
) -> tuple[list[Round], Status, datetime | None]:
    """Cut the events (in order) into rounds; also the status and the instant of closing."""
    cap = _cap(regulation, fields)
    first = events[0].name if events else ""
    opening = first if first in regulation.openings else regulation.opening
    current = Round(1, opening)
    rounds = [current]
    status, closed_at = Status.OPEN, None
    for event in events:
        current.events.append(event)
        again = event.name == REOPENED
        following = regulation.rounds.next
        if not again and closed_at is None and matches_any(event, following):
            again = cap is None or current.number < cap
            if not again:
                current.events.append(Event(ROUNDS_EXHAUSTED, event.at, event.fields, event.id))
        if again:
            current.over_at = event.at
            current = Round(current.number + 1, opening, [event])
            rounds.append(current)
            status, closed_at = Status.OPEN, None
        elif event.name in regulation.closing and closed_at is None:
            status = Status.WITHDRAWN if event.name == "withdrawn" else Status.CLOSED
            closed_at = event.at
    return rounds, status, closed_at


def _cap(regulation: Regulation, fields: Mapping[str, Any]) -> int | None:
    """How many rounds there may be, as far as `next` opens them."""
    rule = regulation.rounds
    given = str(fields.get(rule.per_case) or "") if rule.per_case else ""
    if given.isdecimal():
        return int(given)
    return None if rule.unless and holds(rule.unless, fields) else rule.at_most


def starts(rule: Rule, current: Round, regulation: Regulation) -> Iterator[int]:
    """Where in the round's events the rule's clock starts; the event that opens a later round counts as the opening."""
    closed = False
    for index, event in enumerate(current.events):
        closes = event.name in regulation.closing
        if (closes or not closed) and _starts_at(rule, current, index):
            yield index
            if not rule.every_start:
                return
        closed = closed or closes


def _starts_at(rule: Rule, current: Round, index: int) -> bool:
    event, opening = current.events[index], current.opening
    first = index == 0 and current.number > 1
    if not matches_any(event, rule.start) and not (first and matches_any(event._replace(name=opening), rule.start)):
        return False
    opens_next = current.over_at is not None and index == len(current.events) - 1
    # what opens the next round starts a clock there rather than here
    return not (opens_next and (rule.every_start or any(match.event in (opening, event.name) for match in rule.start)))


def last_end(events: Sequence[Event], regulation: Regulation) -> Event | None:
    """The event (of events in order) with which the case is over; None while it is open, or open again."""
    ended: Event | None = None
    for event in events:
        if event.name in regulation.closing:
            ended = event
        elif event.name == REOPENED:
            ended = None
    return ended
