"""Whether the roles, events and levels that a part of a regulation names exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Requirement
from models.language.ids import EVENTS
from models.language.limits import DEPARTMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.language.conditions import Conditions, Match
    from models.language.limits import Outcome, Penalty, Reminder, Step
    from models.language.regulation import Regulation

Path = tuple[str | int, ...]
Finding = tuple[Path, str]

OPERATIONS = "operations"
STANDARD_EVENTS = frozenset(EVENTS)
"""What every regulation knows; Duban itself notes `amended` and `flagged`, and derives `rounds_exhausted`."""
DERIVED = frozenset({"flagged", "amended", "rounds_exhausted", "duty_opened", "counted", "erased"})
"""What Duban itself notes: nobody records it."""


def unknown_roles(names: Iterable[str], regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The roles exist; operations always do."""
    known = regulation.roles.keys() | {OPERATIONS}
    for name in names:
        if name not in known:
            yield path, f"unknown role {name!r}{meant(name, known)}: the roles are {', '.join(sorted(known))}"


def unknown_events(names: Iterable[str], regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The events are standard ones or the regulation's own."""
    known = STANDARD_EVENTS | regulation.events.keys()
    for name in names:
        if name not in known:
            yield path, f"unknown event {name!r}: name it under `events` or use {nearest(name, known)}"


def event_names(matches: Iterable[Match]) -> list[str]:
    """The names of the events that are meant."""
    return [match.event for match in matches]


def nearest(name: str, names: Iterable[str]) -> str:
    """What somebody may have meant."""
    import difflib  # noqa: PLC0415 -- only for an error

    return " or ".join(difflib.get_close_matches(name, sorted(names), n=2, cutoff=0.4)) or "a known one"


def meant(name: object, names: Iterable[object]) -> str:
    """` (did you mean `stop`?)` where something that is known looks like it; else nothing."""
    import difflib  # noqa: PLC0415 -- only for an error

    close = difflib.get_close_matches(str(name), sorted(map(str, names)), n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(f'`{one}`' for one in close)}?)" if close else ""


def unknown_levels(names: Iterable[object], regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The levels exist."""
    for name in names:
        if name not in regulation.levels:
            there = ", ".join(regulation.levels) or "none"
            yield path, f"unknown level {name!r}{meant(name, regulation.levels)}: the levels are {there}"


def unknown_in(conditions: Conditions, regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The levels that conditions speak of exist."""
    condition = conditions.get("level")
    if isinstance(condition, Requirement):
        yield from unknown_levels(condition.not_, regulation, path)
    elif condition is not None:
        yield from unknown_levels(condition if isinstance(condition, tuple) else (condition,), regulation, path)


def unknown_matches(matches: Iterable[Match], regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The events that are meant exist."""
    yield from unknown_events(event_names(matches), regulation, path)


def unknown_among_steps(
    remind: Iterable[Reminder], escalate: Iterable[Step], regulation: Regulation
) -> Iterator[Finding]:
    """The roles that are reminded and escalated to exist."""
    for index, reminder in enumerate(remind):
        yield from unknown_roles(reminder.to, regulation, ("remind", index))
    for index, step in enumerate(escalate):
        yield from unknown_roles(step.to, regulation, ("escalate", index, "to"))


def unknown_in_penalty(penalty: Penalty | None, regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The payer and the levels of a penalty exist, and of the one that stands in for it."""
    if penalty is None:
        return
    payers = (one for one in penalty.charged_to if one != DEPARTMENT)
    yield from unknown_roles(payers, regulation, (*path, "charged_to"))
    for table in (penalty.amount, penalty.points):
        if isinstance(table, dict):
            yield from unknown_levels(table, regulation, path)
    yield from unknown_in(penalty.when, regulation, (*path, "when"))
    yield from unknown_in_penalty(penalty.otherwise, regulation, (*path, "otherwise"))


def unknown_outcomes(outcomes: Iterable[Outcome], regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The events and levels that Duban is to note exist."""
    for index, outcome in enumerate(outcomes):
        yield from unknown_events((outcome.event,), regulation, (*path, index))
        if outcome.level is not None:
            yield from unknown_levels((outcome.level,), regulation, (*path, index))
