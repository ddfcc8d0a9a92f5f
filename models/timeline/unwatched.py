"""A case that nothing watches: no clock runs, none has run, nobody was told, and its regulation has clocks for it.

Which clocks a case has depends on what it says of itself; where it says too little it has none, and that looks calm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.calendar.hours import hours_of
from models.errors import UsageError
from models.language.asked import values_asked, values_of
from models.language.conditions import Requirement, holds, text_of
from models.language.fields import NO, YES
from models.language.rules import DUTY_OPENED, Rule
from models.timeline.moment import MOMENT, moment_facts
from models.timeline.pauses import instant_of
from models.timeline.story import REOPENED, State, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Deadline, Event, Timeline


class Unwatched(NamedTuple):
    """What would give the case a clock.

    `fields` are those that decide, each with the values that are asked for (none: any value); where nothing of the case
    decides, `events` are those with which its clocks begin.
    """

    fields: dict[str, tuple[str, ...]]
    events: tuple[str, ...] = ()


class Misread(NamedTuple):
    """A field whose value cannot be read, or is not written as the record keeps it (then `meant` says how)."""

    field: str
    text: str
    meant: str | None


AMENDED = "amended"
"""An event whose fields are pairs of an old and a new value."""
OWN = frozenset({"level", "department", "handler", "until"})
"""Fields that are read by rules of their own."""
GIVEN = MOMENT | {"round", "term", "level"}
"""Facts that nobody fills in."""


def unwatched(case: Case, regulation: Regulation, calendar: WorkCalendar, story: Timeline) -> Unwatched | None:
    """What would give the case a clock; None where it has one, and where its regulation has none for its kind."""
    if story.status not in (Status.OPEN, Status.WAITING) or any(_watches(one, regulation) for one in story.deadlines):
        return None
    work = hours_of(regulation, calendar)
    found: dict[str, dict[str, None]] = {}
    openings = [event for event in case.events if regulation.opens(event.name)]
    for opening in openings:
        facts = {**case.facts, "level": story.level, "round": 1, "term": 1, **moment_facts(opening, work)}
        for rule in regulation.rules:
            for wanted in _wanted(rule, opening, facts, regulation):
                for name, values in wanted.items():
                    found.setdefault(name, {}).update(dict.fromkeys(values))
    if found:
        return Unwatched({name: _possible(name, tuple(values), regulation) for name, values in found.items()})
    events = _later(regulation) if any(event.name == regulation.opening for event in openings) else ()
    return Unwatched({}, events) if events else None


def misread(case: Case, regulation: Regulation, calendar: WorkCalendar) -> list[Misread]:
    """What another program wrote otherwise than the record keeps it; of events the newest of a name counts."""
    if not regulation.fields:
        return []
    told: dict[tuple[str | None, str], Any] = {(None, name): value for name, value in case.facts.items()}
    for event in sorted(case.events, key=lambda one: (one.at, one.id)):
        if event.name != AMENDED:
            told |= {(event.name, name): value for name, value in event.fields.items()}
    found: dict[Misread, None] = {}
    for (_, name), value in told.items():
        field = regulation.fields.get(name)
        if field is None or name in OWN or value in (None, ""):
            continue
        text = text_of(value)
        if field.is_ == "date":
            if not _is_date(text, calendar):
                found[Misread(name, text, None)] = None
        elif (meant := field.read(text)) != text:
            found[Misread(name, text, meant)] = None
    return list(found)


def _is_date(text: str, calendar: WorkCalendar) -> bool:
    try:
        instant_of(text, calendar, end=True)
    except UsageError:
        return False
    return True


def _possible(name: str, wanted: tuple[str, ...], regulation: Regulation) -> tuple[str, ...]:
    """Of a field that is asked for by its values all that it may have, and not only those that start a clock."""
    field = regulation.fields.get(name)
    if field and field.is_ == "yes_no":
        return (YES, NO)
    if field and field.values:
        return tuple(field.values)
    return tuple(dict.fromkeys((*wanted, *values_asked(regulation, name)))) if wanted else ()


def _later(regulation: Regulation) -> tuple[str, ...]:
    """The events with which clocks begin that are neither openings nor endings, nor noted by Duban alone."""
    starts = dict.fromkeys(match.event for rule in regulation.rules if not rule.is_asleep for match in rule.start)
    noted = {outcome.event for rule in regulation.rules for outcome in rule.on_late} | {DUTY_OPENED, REOPENED}
    return tuple(name for name in starts if not (regulation.opens(name) or name in regulation.closing or name in noted))


def _watches(deadline: Deadline, regulation: Regulation) -> bool:
    """Whether somebody is told by that clock, or has been."""
    told = deadline.due_at or deadline.opens_at or deadline.ended_at or deadline.plan or deadline.past
    if not told and deadline.state is not State.PAUSED:
        return False
    rule = regulation.rule(deadline.rule)
    return isinstance(rule, Rule) and all(rule is not rung for rung in regulation.rungs)


def _wanted(
    rule: Rule, opening: Event, facts: Mapping[str, Any], regulation: Regulation
) -> Iterator[dict[str, tuple[str, ...]]]:
    """What would have to be filled in for the rule's clock to start with the opening, and to have an end."""
    if rule.is_asleep:
        return
    for match in rule.start:
        if match.event != opening.name:
            continue
        known = {**facts, **opening.fields}
        wanted = _missing({**rule.when, **match.where}, known, regulation)
        if wanted is None:
            continue
        if wanted:
            yield wanted
            continue
        for limit in rule.within:
            more = _missing(limit.when, known, regulation)
            if more:
                yield more
            elif more is not None and limit.by and text_of(known.get(limit.by)) not in limit.table:
                yield {limit.by: tuple(limit.table)}
            elif more is not None and limit.date and limit.of is None and known.get(limit.date) in (None, ""):
                yield {limit.date: ()}


def _missing(
    conditions: Mapping[str, Any], facts: Mapping[str, Any], regulation: Regulation
) -> dict[str, tuple[str, ...]] | None:
    """The fields that have to be filled in (or corrected) for the conditions to hold; None where that is no help."""
    found: dict[str, tuple[str, ...]] = {}
    for name, condition in conditions.items():
        if holds({name: condition}, facts):
            continue
        if name in GIVEN or _is_answered(name, facts.get(name), regulation):
            return None
        found[name] = () if isinstance(condition, Requirement) else values_of(condition)
    return found


def _is_answered(name: str, value: Any, regulation: Regulation) -> bool:
    """Whether the field has a value that the regulation knows, so that it is by its nature that the clock is none."""
    if value in (None, ""):
        return False
    field, text = regulation.fields.get(name), text_of(value)
    if field is not None:
        return field.read(text) == text
    asked = values_asked(regulation, name)
    return not asked or text in asked
