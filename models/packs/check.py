"""What may be wrong with a regulation although its form is right; each finding has a path into the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from models.packs.findings.calendars import duty_findings, hours_findings
from models.packs.findings.fields import field_findings
from models.packs.findings.names import (
    OPERATIONS,
    STANDARD_EVENTS,
    Finding,
    Path,
    nearest,
    unknown_events,
    unknown_in,
    unknown_matches,
)
from models.packs.findings.permissions import (
    approval_findings,
    authority_findings,
    counter_findings,
    gate_findings,
)
from models.packs.findings.rules import contradictions, rule_findings
from models.packs.places import BY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.regulation import Regulation

__all__ = ["OPERATIONS", "STANDARD_EVENTS", "Finding", "Path", "problems"]

NUMBER = re.compile(r"(?:[\w\-./#:()（）\[\]【】〔〕 ]|\{(?:yy|yyyy|mm|serial(?::0?[1-9]?d?)?)\}){1,60}")
"""Letters, digits and signs that may stand in a number, and the parts that change; a serial of nine places at most."""


def problems(regulation: Regulation) -> Iterator[Finding]:
    """Every finding, the first one first; nothing when the regulation can be put in force."""
    yield from _frame(regulation)
    yield from _ids(regulation)
    yield from _roles(regulation)
    yield from field_findings(regulation)
    yield from _rounds(regulation)
    yield from _pauses(regulation)
    yield from gate_findings(regulation)
    yield from approval_findings(regulation)
    yield from authority_findings(regulation)
    yield from counter_findings(regulation)
    yield from duty_findings(regulation)
    yield from hours_findings(regulation)
    yield from rule_findings(regulation)
    yield from contradictions(regulation)


def _ids(regulation: Regulation) -> Iterator[Finding]:
    """Gates, approvals, authorities, counters, duties and rules share one space of names."""
    seen: set[str] = set()
    for key in ("gates", "approvals", "authorities", "counters", "duties", "rules"):
        for index, item in enumerate(getattr(regulation, key)):
            if item.id in seen:
                yield (key, index, "id"), f"the id {item.id!r} is used twice"
            seen.add(item.id)


def _frame(regulation: Regulation) -> Iterator[Finding]:
    """The number, the opening and the closing events."""
    yield from unknown_events((regulation.opening,), regulation, ("opening",))
    yield from unknown_events(regulation.closing, regulation, ("closing",))
    if not regulation.closing:
        yield ("closing",), "no event closes a case: name one, like `closed`"
    yield from unknown_events(regulation.openings, regulation, ("openings",))
    if not any(getattr(regulation, key) for key in BY_ID):
        yield (
            ("rules",),
            "nothing is regulated: give `rules`, `duties`, `gates`, `counters`, `approvals` or `authorities`",
        )
    if regulation.opening in regulation.closing:
        yield ("closing",), f"{regulation.opening!r} cannot both open and close a case"
    if not NUMBER.fullmatch(regulation.number) or "{serial" not in regulation.number:
        yield ("number",), 'the number is made of {yy} or {yyyy}, {mm} and {serial}, like "{yy}{mm}{serial:03d}"'


def _roles(regulation: Regulation) -> Iterator[Finding]:
    """Every chain of levels leads to operations."""
    for name, role in regulation.roles.items():
        yield from unknown_events(role.recorded, regulation, ("roles", name, "recorded"))
        if role.above is None:
            yield ("roles", name), f"the chain above {name!r} ends in nobody: give `above` a role or `operations`"
        seen = {name}
        above = role.above
        while above is not None and above != OPERATIONS:
            if above not in regulation.roles:
                yield ("roles", name, "above"), f"the chain above {name!r} ends in nobody: unknown role {above!r}"
                break
            if above in seen:
                yield ("roles", name, "above"), f"the chain above {name!r} ends in nobody: it runs in a circle"
                break
            seen.add(above)
            above = regulation.roles[above].above


def _rounds(regulation: Regulation) -> Iterator[Finding]:
    rounds = regulation.rounds
    yield from unknown_matches(rounds.next, regulation, ("rounds", "next"))
    yield from unknown_in(rounds.unless, regulation, ("rounds", "unless"))
    if rounds.at_most is not None and rounds.at_most < 1:
        yield ("rounds", "at_most"), "there is at least one round"
    if (rounds.at_most is not None or rounds.per_case) and not rounds.next:
        yield ("rounds",), "`next` is missing: nothing begins another round that could be capped"
    if rounds.unless and rounds.at_most is None:
        yield ("rounds", "unless"), "there is no cap to except from: give `at_most`"


def _pauses(regulation: Regulation) -> Iterator[Finding]:
    rules = {rule.id for rule in regulation.rules}
    for index, pause in enumerate(regulation.pauses):
        place: Path = ("pauses", index)
        for key, matches in (("start", pause.start), ("stop", pause.stop)):
            if not matches:
                yield (*place, key), f"a pause needs an event as its {key}"
            yield from unknown_matches(matches, regulation, (*place, key))
        for rule_id in pause.rules:
            if rule_id not in rules:
                yield (*place, "rules"), f"unknown rule {rule_id!r}: use {nearest(rule_id, rules)}"
