"""What may be wrong with gates, counters, approvals and authorities."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from models.language.durations import parse_duration
from models.language.permissions import Counted
from models.language.words import is_hole
from models.packs.findings.calendars import DAYS
from models.packs.findings.names import (
    DERIVED,
    Finding,
    Path,
    nearest,
    unknown_among_steps,
    unknown_events,
    unknown_in,
    unknown_in_penalty,
    unknown_levels,
    unknown_matches,
    unknown_roles,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.permissions import Authority, Counter, Gate
    from models.language.regulation import Regulation

COUNTED = get_args(Counted)


def gate_findings(regulation: Regulation) -> Iterator[Finding]:
    """Every gate forbids something that exists, in a way that can be judged."""
    for index, gate in enumerate(regulation.gates):
        place: Path = ("gates", index)
        yield from unknown_roles(gate.flag, regulation, (*place, "flag"))
        yield from unknown_events((gate.guards,), regulation, (*place, "guards"))
        yield from unknown_in(gate.when, regulation, (*place, "when"))
        yield from unknown_matches(gate.requires, regulation, (*place, "requires"))
        yield from unknown_matches(gate.having, regulation, (*place, "having"))
        yield from unknown_matches(gate.unless, regulation, (*place, "unless"))
        clocks = {rule.id for rule in regulation.rules}
        for key in ("not_before", "not_after", "after"):
            name = getattr(gate, key)
            if name is not None and name not in clocks:
                yield (*place, key), f"unknown rule {name!r}: use {nearest(name, clocks)}"
        if not (gate.counts or gate.requires or gate.not_before or gate.not_after or gate.after):
            yield place, "a gate forbids by `counts`, `requires`, `not_before` or `after`, or calls late (`not_after`)"
        yield from _count(gate, regulation, place)
        for other in regulation.gates[:index]:
            same = {"id", "cite", "title", "at_most", "flag"}
            if gate.counts and gate.model_dump(exclude=same) == other.model_dump(exclude=same):
                yield place, f"contradicts gate {other.id}: the same count, at most {other.at_most} there"


def _count(gate: Gate, regulation: Regulation, place: Path) -> Iterator[Finding]:
    if isinstance(gate.at_most, int) and gate.at_most < 0:
        yield (*place, "at_most"), "at_most cannot be negative"
    late_by = None if is_hole(gate.late_by) else parse_duration(gate.late_by)
    if late_by is not None and (late_by.count < 0 or not late_by.in_days):
        yield (*place, "late_by"), f"{gate.late_by} is no lateness in days: write it like P7D"
    if gate.quantity and gate.counts != "open_cases":
        yield (*place, "quantity"), "a quantity is summed over `counts: open_cases` only"
    openings = {regulation.opening, *regulation.openings}
    if gate.counts in ("open_cases", "late_cases") and gate.guards not in openings and gate.kind is None:
        yield (
            (*place, "guards"),
            f"`counts: {gate.counts}` looks at other cases when one opens: guard {regulation.opening!r}",
        )
    known = {*COUNTED, *(counter.id for counter in regulation.counters)}
    if gate.counts is not None and gate.counts not in known:
        yield (*place, "counts"), f"unknown counter {gate.counts!r}: use {nearest(gate.counts, known)}"


def counter_findings(regulation: Regulation) -> Iterator[Finding]:
    """Every counter counts events that exist and leads somewhere."""
    asked = {gate.counts for gate in regulation.gates}
    for index, counter in enumerate(regulation.counters):
        place: Path = ("counters", index)
        yield from unknown_matches(counter.counts, regulation, (*place, "counts"))
        yield from unknown_in(counter.when, regulation, (*place, "when"))
        if not counter.ladder and counter.id not in asked:
            yield place, "the count leads nowhere: give a `ladder`, or a gate that asks for it"
        if counter.window is not None and counter.window not in DAYS and not is_hole(counter.window):
            if parse_duration(counter.window).count <= 0:
                yield (*place, "window"), f"{counter.window} is no stretch of time"
            if counter.consecutive:
                yield (*place, "window"), "windows in a row are calendar periods: week, month, quarter .."
        if counter.highest and (counter.window is None or counter.window not in DAYS):
            yield (*place, "highest"), "the highest rung of a window: give a calendar period as `window`"
        if counter.distinct and (counter.quantity or counter.consecutive):
            yield (*place, "distinct"), "count different values, or sum, or count windows in a row: one of them"
        if counter.consecutive and counter.window is None:
            yield (*place, "consecutive"), "windows in a row need a `window`"
        yield from _ladder(counter, regulation, place)


def _ladder(counter: Counter, regulation: Regulation, place: Path) -> Iterator[Finding]:
    last: int | None = None
    for number, rung in enumerate(counter.ladder):
        path: Path = (*place, "ladder", number)
        yield from unknown_roles(rung.to, regulation, (*path, "to"))
        yield from unknown_in_penalty(rung.penalty, regulation, (*path, "penalty"))
        if rung.event:
            yield from unknown_events((rung.event,), regulation, (*path, "event"))
        if rung.level is not None:
            yield from unknown_levels((rung.level,), regulation, (*path, "level"))
        yield from unknown_matches(rung.requires, regulation, (*path, "requires"))
        if (rung.at is None) == (rung.from_ is None):
            yield path, "a rung has either `at` (at exactly this count) or `from` (from this count on, each time)"
        if isinstance(count := rung.count, int):
            if count < 1 or (last is not None and count < last):
                yield path, "rungs stand in order, the lowest count first, from 1 on"
            last = count


def approval_findings(regulation: Regulation) -> Iterator[Finding]:
    """Every approval can be asked for and given."""
    for index, approval in enumerate(regulation.approvals):
        place: Path = ("approvals", index)
        yield from unknown_matches(approval.request, regulation, (*place, "request"))
        for number, approver in enumerate(approval.by):
            yield from unknown_roles((approver.role,), regulation, (*place, "by", number))
            yield from unknown_in(approver.when, regulation, (*place, "by", number))
        for key in ("approve", "refuse", "guards"):
            if (name := getattr(approval, key)) is not None:
                yield from unknown_events((name,), regulation, (*place, key))
        if not approval.in_turn and any(not approver.when for approver in approval.by[:-1]):
            yield (
                (*place, "by"),
                "who stands after an approver without conditions is never asked: reorder, or `in_turn`",
            )
        yield from unknown_in(approval.when, regulation, (*place, "when"))
        steps = unknown_among_steps(approval.remind, approval.escalate, regulation)
        yield from (((*place, *path), text) for path, text in steps)
        if (approval.remind or approval.escalate) and not approval.within:
            yield (*place, "within"), "there is nothing to be late for: give `within`"


def authority_findings(regulation: Regulation) -> Iterator[Finding]:
    """Every authority is somebody's, over events that anybody records, and nothing else says who decides them."""
    for index, authority in enumerate(regulation.authorities):
        place: Path = ("authorities", index)
        yield from unknown_events(authority.events, regulation, (*place, "events"))
        yield from unknown_in(authority.when, regulation, (*place, "when"))
        for number, one in enumerate(authority.by):
            yield from unknown_roles((one.role,), regulation, (*place, "by", number))
            yield from unknown_in(one.when, regulation, (*place, "by", number))
            yield from _holders(authority, one.role, regulation, (*place, "by", number))
            if any(other.role == one.role and not (other.when and one.when) for other in authority.by[:number]):
                yield (*place, "by", number), f"{one.role!r} may decide in any case already: it stands there twice"
        for event in authority.events:
            yield from _decided(event, regulation, (*place, "events"))
        for other in regulation.authorities[:index]:
            if (same := set(authority.events) & set(other.events)) and not (authority.when and other.when):
                yield place, f"contradicts authority {other.id}: {min(same)!r} is its decision too; give both a `when`"


def _decided(event: str, regulation: Regulation, place: Path) -> Iterator[Finding]:
    """Whether it is a decision on a case that nothing else gives to somebody."""
    if event in DERIVED:
        yield place, f"Duban itself notes {event!r}: nobody records it"
    if regulation.opens(event):
        yield place, f"{event!r} opens a case: there is nothing yet that could be decided"
    for approval in regulation.approvals:
        if event in (approval.approve, approval.refuse):
            yield place, f"contradicts approval {approval.id}, which says who decides {event!r}: keep one of them"


def _holders(authority: Authority, name: str, regulation: Regulation, place: Path) -> Iterator[Finding]:
    """Whether somebody can hold the role when it is to decide: it is not only whoever has decided already."""
    role = regulation.roles.get(name)
    if role and role.person == name and role.recorded and set(role.recorded) <= set(authority.events):
        yield place, f"nobody can hold {name!r} yet: it is whoever recorded the decision itself"
