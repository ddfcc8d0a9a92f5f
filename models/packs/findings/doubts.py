"""What is doubtful in a regulation that could be put in force: notices, each with a path into the file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from models.language.conditions import Match, Requirement, text_of
from models.language.durations import parse_duration
from models.language.ids import CHANNELS, OUTCOMES, SATISFACTION, SECRECY
from models.language.rules import DUE
from models.language.words import Model, is_hole
from models.packs.findings.names import meant
from models.packs.findings.rules import rough_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.permissions import Approval
    from models.language.regulation import Regulation
    from models.packs.findings.names import Finding, Path

_CONDITIONS = frozenset({"when", "where", "unless", "at_once"})
_STANDARD = {"channel": CHANNELS, "satisfaction": SATISFACTION, "outcome": OUTCOMES, "secrecy": SECRECY}
"""Fields that come into the record by id, and their ids."""
_DAY = 86400
_APART = {"day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY, "quarter": 92 * _DAY, "half_year": 184 * _DAY}
"""How long the time between two occurrences is, about; a year and single dates are left aside."""


def notices(regulation: Regulation) -> Iterator[Finding]:
    """Everything that is probably not meant as it is written."""
    yield from _approvals_without_effect(regulation)
    yield from _odd_values(regulation)
    yield from _odd_fields(regulation)
    yield from _overlapping_leads(regulation)
    yield from _fields_of_the_opening(regulation)


def _fields_of_the_opening(regulation: Regulation) -> Iterator[Finding]:
    """What is given with the opening belongs to the case, so a `where` on the opening event never holds."""
    openings = {regulation.opening, *regulation.openings}
    for index, rule in enumerate(regulation.rules):
        for number, match in enumerate(rule.start):
            if match.event in openings and match.where:
                yield (
                    ("rules", index, "start", number),
                    f"the fields given with {match.event!r} are the case's: ask for them with `when`",
                )


def _approvals_without_effect(regulation: Regulation) -> Iterator[Finding]:
    """Nothing waits for the decision: it guards nothing, and neither answer starts, stops or allows anything.

    Where a limit is a date that an event carries, an approval may be what brings it.
    """
    if any(limit.date not in (None, DUE) for rule in regulation.rules for limit in rule.within):
        return
    used = Counter(name for name, _ in _events(regulation, ()))
    for index, approval in enumerate(regulation.approvals):
        answers = {approval.approve, approval.refuse}
        acts = any(name in _ACTS or used[name] > _own(approval, name) for name in answers)
        if not approval.guards and not acts:
            yield (
                ("approvals", index),
                f"nothing depends on this approval: give `guards`, or use {approval.approve} in a rule, gate or pause",
            )


def _own(approval: Approval, name: str) -> int:
    """How often the approval itself names the event."""
    return sum(found == name for found, _ in _events(approval, ()))


def _events(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """Every event that a part of the regulation is about, with its place."""
    if isinstance(value, Match):
        yield value.event, path
    elif isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            inner = getattr(value, name)
            if name in _NAMES_EVENT and isinstance(inner, str):
                yield inner, (*path, name)
            elif name in _NAMES_EVENTS and isinstance(inner, tuple):
                yield from ((one, (*path, name)) for one in inner)
            else:
                yield from _events(inner, (*path, info.alias or name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _events(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _events(item, (*path, str(key)))


_ACTS = frozenset({"postponement_approved", "paused", "resumed", "reopened"})
"""Events that do something in every regulation."""
_NAMES_EVENT = frozenset({"opening", "guards", "approve", "refuse", "event"})
_NAMES_EVENTS = frozenset({"closing", "recorded"})


# -- values and fields -------------------------------------------------------------------------------------------------


def _odd_values(regulation: Regulation) -> Iterator[Finding]:
    """A value that stands in one condition only and looks like another one of that field, or is none of its ids."""
    asked = list(_asked(regulation, ()))
    used: dict[str, Counter[str]] = {}
    for name, value, _ in asked:
        used.setdefault(name, Counter())[value] += 1
    for name, value, path in asked:
        known = used[name]
        if name in regulation.fields and regulation.fields[name].values:
            continue  # the check of fields knows them all
        if known[value] > 1 or name == "level":
            continue
        others = {other for other, count in known.items() if other != value and count > 1}
        close = "" if value.isdecimal() else meant(value, others)
        if close:
            yield path, f"{name}: nothing else asks for {value!r}{close}"
        elif name in _STANDARD and value.isascii() and value not in _STANDARD[name]:
            ids = _STANDARD[name]
            yield path, f"{name} is never {value!r}{meant(value, ids)}: it is one of {', '.join(ids)}"


def _odd_fields(regulation: Regulation) -> Iterator[Finding]:
    """A field that one condition only asks for, and that looks like another one."""
    asked = Counter(name for name, _, _ in _asked(regulation, ()))
    known = {name for name, count in asked.items() if count > 1} | set(regulation.fields) | set(_STANDARD)
    seen: set[str] = set()
    for name, _, path in _asked(regulation, ()):
        if asked[name] > 1 or name in known or name in seen:
            continue
        seen.add(name)
        if close := meant_closely(name, known):
            yield path, f"nothing else asks for the field {name!r}{close}"


def meant_closely(name: str, known: set[str]) -> str:
    """As `meant`, for what differs in a letter or two: fields of related names are no slips."""
    import difflib  # noqa: PLC0415 -- only where a field stands alone

    return meant(name, difflib.get_close_matches(name, sorted(known), n=2, cutoff=0.85))


def _asked(value: Any, path: Path) -> Iterator[tuple[str, str, Path]]:
    """Every value that a condition asks for: field, value, place."""
    if isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            inner, key = getattr(value, name), info.alias or name
            if key in _CONDITIONS and isinstance(inner, dict):
                for field, condition in inner.items():
                    wanted = condition.not_ if isinstance(condition, Requirement) else condition
                    for one in wanted if isinstance(wanted, tuple) else (wanted,):
                        if not is_hole(one):
                            yield field, text_of(one), (*path, key, field)
            else:
                yield from _asked(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _asked(item, (*path, index))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _asked(item, (*path, str(name)))


# -- duties ------------------------------------------------------------------------------------------------------------


def _overlapping_leads(regulation: Regulation) -> Iterator[Finding]:
    """A lead as long as the time between two occurrences: there are two cases at a time, and one report ends one."""
    for index, duty in enumerate(regulation.duties):
        apart = _APART.get(str(duty.every))
        if apart is None or not duty.lead or is_hole(duty.lead):
            continue
        if rough_seconds(parse_duration(duty.lead)) >= apart:
            how = f"make `lead` shorter than the {duty.every}"
            yield ("duties", index, "lead"), f"{duty.lead} before it is due the one before it is still open: {how}"
