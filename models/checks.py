"""What may be wrong with a regulation although its form is right; each finding has a path into the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.durations import Unit, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.durations import Duration
    from models.regulation import Regulation, Rule

Path = tuple[str | int, ...]
Finding = tuple[Path, str]

OPERATIONS = "operations"
STANDARD_EVENTS = frozenset(
    {
        *("registered", "handed_over", "first_contact", "agreement", "follow_up", "result_returned", "second_contact"),
        *("revisited", "unreachable", "postponement_requested", "postponement_approved", "postponement_refused"),
        *("paused", "resumed", "closed", "reopened", "withdrawn", "lent", "renewed", "returned", "lost", "recalled"),
        *("amended", "flagged", "rounds_exhausted"),
    }
)
"""What every regulation knows; Duban itself notes `amended` and `flagged`, and derives `rounds_exhausted`."""

_SECONDS = {
    Unit.SECONDS: 1,
    Unit.WORKING_SECONDS: 1,
    Unit.DAYS: 86400,
    Unit.WORKING_DAYS: 86400,
    Unit.MONTHS: 30 * 86400,
}


def rough_seconds(duration: Duration) -> int:
    """About how long, to put steps in order; a month counts as 30 days."""
    return duration.count * _SECONDS[duration.unit]


def problems(regulation: Regulation) -> Iterator[Finding]:
    """Every finding, the first one first; nothing when the regulation can be put in force."""
    yield from _roles(regulation)
    yield from _references(regulation)
    for index, rule in enumerate(regulation.rules):
        yield from ((("rules", index, *path), text) for path, text in _rule(rule, regulation))
    yield from _contradictions(regulation)


def _roles(regulation: Regulation) -> Iterator[Finding]:
    for name, role in regulation.roles.items():
        seen = {name}
        above = role.above
        while above is not None and above != OPERATIONS:
            if above not in regulation.roles:
                yield ("roles", name, "above"), f"{above!r} is no role of this regulation"
                break
            if above in seen:
                yield ("roles", name, "above"), f"the levels above {name!r} run in a circle"
                break
            seen.add(above)
            above = regulation.roles[above].above


def _references(regulation: Regulation) -> Iterator[Finding]:
    known = regulation.roles.keys() | {OPERATIONS}
    events = STANDARD_EVENTS | regulation.events.keys()
    seen: set[str] = set()
    for index, rule in enumerate(regulation.rules):
        place: Path = ("rules", index)
        if rule.id in seen:
            yield (*place, "id"), f"the id {rule.id!r} is used twice"
        seen.add(rule.id)
        if rule.responsible not in known:
            yield (
                (*place, "responsible"),
                f"unknown role {rule.responsible!r}: the roles are {', '.join(sorted(known))}",
            )
        for number, reminder in enumerate(rule.remind):
            for role in reminder.to:
                if role not in known:
                    yield (*place, "remind", number), f"unknown role {role!r}: the roles are {', '.join(sorted(known))}"
        for number, step in enumerate(rule.escalate):
            for role in step.to:
                if role not in known:
                    yield (
                        (*place, "escalate", number, "to"),
                        f"unknown role {role!r}: the roles are {', '.join(sorted(known))}",
                    )
        for key, matches in (("start", rule.start), ("stop", rule.stops)):
            for match in matches:
                if match.event not in events:
                    path = (*place, key) if key == "start" or rule.stop else (*place, "id")
                    yield (
                        path,
                        f"unknown event {match.event!r}: name it under `events` or use {_nearest(match.event, events)}",
                    )
    for index, gate in enumerate(regulation.gates):
        if gate.id in seen:
            yield ("gates", index, "id"), f"the id {gate.id!r} is used twice"
        seen.add(gate.id)
        for role in gate.flag:
            if role not in known:
                yield ("gates", index, "flag"), f"unknown role {role!r}: the roles are {', '.join(sorted(known))}"
        if gate.guards not in events:
            yield ("gates", index, "guards"), f"unknown event {gate.guards!r}"
    for key, names in (("opening", (regulation.opening,)), ("closing", regulation.closing)):
        for name in names:
            if name not in events:
                yield (key,), f"unknown event {name!r}"
    for index, pause in enumerate(regulation.pauses):
        for rule_id in pause.rules:
            if regulation.rule(rule_id) is None:
                yield ("pauses", index, "rules"), f"{rule_id!r} is no rule of this regulation"


def _nearest(name: str, names: frozenset[str] | set[str]) -> str:
    import difflib  # noqa: PLC0415 -- only for an error

    return " or ".join(difflib.get_close_matches(name, names, n=2, cutoff=0.4)) or "a known one"


def _rule(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    shortest = _shortest(rule)
    if not rule.within and not rule.opens:
        yield (), "a rule needs `within` (a limit) or `opens` (somebody to be told)"
    if rule.escalate and not rule.within:
        yield ("escalate",), "there is nothing to be late for: give `within`"
    if rule.counts_from == "previous_due" and not rule.every_start:
        yield ("counts_from",), "previous_due needs `every_start: true`"
    for index, limit in enumerate(rule.within):
        given = [limit.of is not None, bool(limit.table), limit.date is not None]
        if sum(given) != 1 or bool(limit.by) != bool(limit.table):
            yield ("within", index), "a limit is one of: a duration, `by` with `table`, `date`"
        for duration in limit.table.values() if limit.table else [limit.of] if limit.of else []:
            if parse_duration(duration).count <= 0:
                yield ("within", index), f"the limit {duration} must be longer than nothing"
        if limit.by == "level":
            for level in limit.table:
                if level not in regulation.levels:
                    yield (
                        ("within", index, "table"),
                        f"unknown level {level!r}: the levels are {', '.join(regulation.levels)}",
                    )
    if rule.opens:
        opens = parse_duration(rule.opens)
        if shortest is not None and rough_seconds(opens) >= rough_seconds(shortest):
            yield ("opens",), f"opens after {rule.opens}, when {shortest} is over already: it can never be met"
    last = None
    for index, reminder in enumerate(rule.remind):
        before = parse_duration(reminder.before)
        if before.count >= 0:
            yield ("remind", index), f"{reminder.before} is not before the due instant: write it with a minus"
        elif shortest is not None and rough_seconds(before) + rough_seconds(shortest) <= 0:
            yield (
                ("remind", index),
                f"the step {reminder.before} is unreachable: the limit {shortest} is no longer than that",
            )
        if last is not None and rough_seconds(before) <= rough_seconds(last):
            yield ("remind", index), "reminders stand in order, the earliest first"
        last = before
    last = None
    for index, step in enumerate(rule.escalate):
        after = parse_duration(step.after)
        if after.count < 0:
            yield ("escalate", index, "after"), f"{step.after} lies before the due instant: that is a reminder"
        if after.count == 0 and after.in_days and shortest is not None and not shortest.in_days:
            yield (
                ("escalate", index, "after"),
                "P0D is the notice hour of the due day: for a limit in minutes or hours write PT0S",
            )
        if last is not None and rough_seconds(after) <= rough_seconds(last):
            yield (
                ("escalate", index, "after"),
                "the step is unreachable in this order: steps stand by `after`, the earliest first",
            )
        last = after
    if rule.give_up and rule.give_up.after_attempts > rule.give_up.at_most:
        yield ("give_up",), "after_attempts is more than at_most"
    if rule.penalty and isinstance(rule.penalty.amount, dict):
        for level in rule.penalty.amount:
            if level not in regulation.levels:
                yield ("penalty",), f"unknown level {level!r}: the levels are {', '.join(regulation.levels)}"


def _shortest(rule: Rule) -> Duration | None:
    """The tightest limit that the rule can have; None when only a case knows."""
    given = [
        parse_duration(text)
        for limit in rule.within
        for text in (limit.table.values() if limit.table else [limit.of])
        if text
    ]
    return min(given, key=rough_seconds) if given else None


def _contradictions(regulation: Regulation) -> Iterator[Finding]:
    """Two clocks on the same act that start together, of which one opens only when the other is over."""
    for index, rule in enumerate(regulation.rules):
        for other in regulation.rules[:index]:
            if {m.model_dump_json() for m in rule.start} != {m.model_dump_json() for m in other.start}:
                continue
            if {m.model_dump_json() for m in rule.stops} != {
                m.model_dump_json() for m in other.stops
            } or rule.when != other.when:
                continue
            for late, early in ((rule, other), (other, rule)):
                shortest = _shortest(early)
                if late.opens and shortest and rough_seconds(parse_duration(late.opens)) > rough_seconds(shortest):
                    yield (
                        ("rules", index),
                        f"contradicts rule {other.id}: {late.id} opens at {late.opens}, {early.id} is over at {shortest}",
                    )
            if (
                not rule.opens
                and not other.opens
                and rule.within
                and other.within
                and rule.responsible == other.responsible
            ):
                yield (
                    ("rules", index),
                    f"says the same as rule {other.id}: write one rule with both limits, the tightest counts",
                )
