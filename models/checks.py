"""What may be wrong with a regulation although its form is right; each finding has a path into the file."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from models.durations import Unit, parse_duration
from models.regulation import Rule, Test
from models.vocabulary import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from models.durations import Duration
    from models.regulation import Conditions, Limit, Match, Regulation

Path = tuple[str | int, ...]
Finding = tuple[Path, str]

OPERATIONS = "operations"
STANDARD_EVENTS = frozenset(EVENTS)
"""What every regulation knows; Duban itself notes `amended` and `flagged`, and derives `rounds_exhausted`."""
NUMBER_PARTS = frozenset({"yy", "yyyy", "mm", "serial"})

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
    yield from _frame(regulation)
    yield from _roles(regulation)
    yield from _rounds(regulation)
    yield from _pauses(regulation)
    yield from _gates(regulation)
    seen: set[str] = {gate.id for gate in regulation.gates}
    for index, rule in enumerate(regulation.rules):
        place: Path = ("rules", index)
        if rule.id in seen:
            yield (*place, "id"), f"the id {rule.id!r} is used twice"
        seen.add(rule.id)
        for part in (_references, _limits, _steps, _ends):
            yield from (((*place, *path), text) for path, text in part(rule, regulation))
    yield from _contradictions(regulation)


# -- names ----------------------------------------------------------------------------------------------------


def _unknown_roles(names: Iterable[str], regulation: Regulation, path: Path) -> Iterator[Finding]:
    known = regulation.roles.keys() | {OPERATIONS}
    for name in names:
        if name not in known:
            yield path, f"unknown role {name!r}: the roles are {', '.join(sorted(known))}"


def _unknown_events(names: Iterable[str], regulation: Regulation, path: Path) -> Iterator[Finding]:
    known = STANDARD_EVENTS | regulation.events.keys()
    for name in names:
        if name not in known:
            yield path, f"unknown event {name!r}: name it under `events` or use {_nearest(name, known)}"


def _events(matches: Iterable[Match]) -> list[str]:
    return [match.event for match in matches]


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 -- only for an error

    return " or ".join(difflib.get_close_matches(name, sorted(names), n=2, cutoff=0.4)) or "a known one"


def _unknown_levels(names: Iterable[object], regulation: Regulation, path: Path) -> Iterator[Finding]:
    for name in names:
        if name not in regulation.levels:
            yield path, f"unknown level {name!r}: the levels are {', '.join(regulation.levels) or 'none'}"


def _conditions(conditions: Conditions, regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The levels that conditions speak of exist."""
    condition = conditions.get("level")
    if isinstance(condition, Test):
        yield from _unknown_levels(condition.not_, regulation, path)
    elif condition is not None:
        yield from _unknown_levels(condition if isinstance(condition, tuple) else (condition,), regulation, path)


def _matches(matches: Iterable[Match], regulation: Regulation, path: Path) -> Iterator[Finding]:
    yield from _unknown_events(_events(matches), regulation, path)


# -- the regulation as a whole --------------------------------------------------------------------------------


def _frame(regulation: Regulation) -> Iterator[Finding]:
    """The number, the opening and the closing events."""
    yield from _unknown_events((regulation.opening,), regulation, ("opening",))
    yield from _unknown_events(regulation.closing, regulation, ("closing",))
    if not regulation.closing:
        yield ("closing",), "no event closes a case: name one, like `closed`"
    if regulation.opening in regulation.closing:
        yield ("closing",), f"{regulation.opening!r} cannot both open and close a case"
    try:
        parts = {name for _, name, _, _ in Formatter().parse(regulation.number) if name is not None}
        regulation.number.format(yy="26", yyyy="2026", mm="11", serial=1)
    except (ValueError, KeyError, IndexError):
        parts = set()
    if "serial" not in parts or parts - NUMBER_PARTS:
        yield ("number",), 'the number is made of {yy} or {yyyy}, {mm} and {serial}, like "{yy}{mm}{serial:03d}"'


def _roles(regulation: Regulation) -> Iterator[Finding]:
    """Every chain of levels leads to operations."""
    for name, role in regulation.roles.items():
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
    yield from _matches(rounds.next, regulation, ("rounds", "next"))
    yield from _conditions(rounds.unless, regulation, ("rounds", "unless"))
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
            yield from _matches(matches, regulation, (*place, key))
        for rule_id in pause.rules:
            if rule_id not in rules:
                yield (*place, "rules"), f"unknown rule {rule_id!r}: use {_nearest(rule_id, rules)}"


def _gates(regulation: Regulation) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, gate in enumerate(regulation.gates):
        place: Path = ("gates", index)
        if gate.id in seen:
            yield (*place, "id"), f"the id {gate.id!r} is used twice"
        seen.add(gate.id)
        yield from _unknown_roles(gate.flag, regulation, (*place, "flag"))
        yield from _unknown_events((gate.guards,), regulation, (*place, "guards"))
        yield from _conditions(gate.when, regulation, (*place, "when"))
        if gate.at_most < 0:
            yield (*place, "at_most"), "at_most cannot be negative"
        if parse_duration(gate.late_by).count < 0 or not parse_duration(gate.late_by).in_days:
            yield (*place, "late_by"), f"{gate.late_by} is no lateness in days: write it like P7D"
        if gate.quantity and gate.counts != "open_cases":
            yield (*place, "quantity"), "a quantity is summed over `counts: open_cases` only"
        if gate.counts != "events" and gate.guards != regulation.opening:
            yield (
                (*place, "guards"),
                f"`counts: {gate.counts}` looks at other cases when one opens: guard {regulation.opening!r}",
            )
        for other in regulation.gates[:index]:
            same = {"id", "cite", "title", "at_most", "flag"}
            if gate.model_dump(exclude=same) == other.model_dump(exclude=same):
                yield place, f"contradicts gate {other.id}: the same count, at most {other.at_most} there"


# -- one rule -------------------------------------------------------------------------------------------------


def _references(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    """Its roles, events and levels exist, and its clock can start."""
    yield from _unknown_roles((rule.responsible,), regulation, ("responsible",))
    for index, reminder in enumerate(rule.remind):
        yield from _unknown_roles(reminder.to, regulation, ("remind", index))
    for index, step in enumerate(rule.escalate):
        yield from _unknown_roles(step.to, regulation, ("escalate", index, "to"))
    if rule.penalty:
        if rule.penalty.charged_to != "department":
            yield from _unknown_roles((rule.penalty.charged_to,), regulation, ("penalty", "charged_to"))
        for table in (rule.penalty.amount, rule.penalty.points):
            if isinstance(table, dict):
                yield from _unknown_levels(table, regulation, ("penalty",))
    if not rule.start:
        yield ("start",), "no event starts the clock: name one"
    yield from _matches(rule.start, regulation, ("start",))
    yield from _matches(rule.stops, regulation, ("stop",) if rule.stop else ("id",))
    yield from _conditions(rule.when, regulation, ("when",))
    never = "rounds_exhausted"
    if _events(rule.start) == [never] and regulation.rounds.at_most is None and not regulation.rounds.per_case:
        yield ("start",), "the rule is unreachable: without `rounds: at_most` the rounds are never exhausted"


def _limits(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    if not rule.within and not rule.opens:
        yield (), "a rule needs `within` (a limit) or `opens` (somebody to be told)"
    if rule.counts_from == "previous_due" and not rule.every_start:
        yield ("counts_from",), "previous_due needs `every_start: true`"
    for index, limit in enumerate(rule.within):
        place: Path = ("within", index)
        alternatives = [limit.of is not None or limit.date is not None, bool(limit.table)]
        if sum(alternatives) != 1 or bool(limit.by) != bool(limit.table):
            yield place, "a limit is one of: a duration, `by` with `table`, `date` (with `of` while none is given)"
        for duration in _durations(limit):
            if duration.count <= 0:
                yield place, f"the limit {duration} must be longer than nothing"
        yield from _conditions(limit.when, regulation, place)
        if limit.by == "level":
            yield from _unknown_levels(limit.table, regulation, (*place, "table"))
    yield from _holes(rule, regulation)
    shortest = _shortest(rule)
    if rule.opens and shortest is not None:
        opens = parse_duration(rule.opens)
        if _comparable(opens, shortest) and rough_seconds(opens) >= rough_seconds(shortest):
            yield ("opens",), f"opens after {rule.opens}, when {shortest} is over already: it can never be met"


def _holes(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    """A table by level that leaves a level without any limit is refused, not guessed."""
    if any(not limit.table and not limit.when for limit in rule.within) or "level" in rule.when:
        return
    for index, limit in enumerate(rule.within):
        if limit.by == "level" and not limit.when:
            missing = [level for level in regulation.levels if level not in limit.table]
            if missing and len(rule.within) == 1:
                yield ("within", index, "table"), f"no limit for level {', '.join(missing)}: add it, or a `when`"


def _steps(rule: Rule, _regulation: Regulation) -> Iterator[Finding]:
    """Reminders lie before the due instant and after the opening, escalations after it, each in order."""
    longest = _longest(rule)
    if (rule.escalate or rule.remind) and not rule.within:
        yield ("escalate" if rule.escalate else "remind",), "there is nothing to be late for: give `within`"
    last: Duration | None = None
    for index, reminder in enumerate(rule.remind):
        before = parse_duration(reminder.before)
        if before.count >= 0:
            yield (
                ("remind", index),
                f"the reminder {reminder.before} is not before the due instant: write it with a minus",
            )
        elif longest is not None and _comparable(before, longest):
            left = rough_seconds(longest) + rough_seconds(before)
            if left < 0 or (left == 0 and not before.in_days):
                yield (
                    ("remind", index),
                    f"the step {reminder.before} is unreachable: the limit {longest} is no longer than that",
                )
            elif rule.opens and 0 < left <= rough_seconds(parse_duration(rule.opens)):
                yield ("remind", index), f"the step {reminder.before} comes before the rule opens at {rule.opens}"
        if last is not None and rough_seconds(before) <= rough_seconds(last):
            yield ("remind", index), "reminders stand in order: the earliest first"
        last = before
    last = None
    for index, step in enumerate(rule.escalate):
        after = parse_duration(step.after)
        place: Path = ("escalate", index, "after")
        if after.count < 0:
            yield place, f"{step.after} lies before the due instant: that is a reminder"
        if after.count == 0 and after.in_days and longest is not None and not longest.in_days:
            yield place, "P0D is the notice hour of the due day: for a limit in minutes or hours write PT0S"
        if last is not None and rough_seconds(after) <= rough_seconds(last):
            yield place, f"the step {step.after} is unreachable in this order: steps stand by `after`"
        last = after


def _ends(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    """Giving up makes sense."""
    give_up = rule.give_up
    if give_up is None:
        return
    yield from _unknown_events((give_up.event,), regulation, ("give_up",))
    if give_up.after_attempts > give_up.at_most:
        yield ("give_up",), f"after_attempts ({give_up.after_attempts}) is more than at_most ({give_up.at_most})"
    if give_up.event in {*_events(rule.stops), *_events(rule.start)}:
        yield ("give_up",), f"{give_up.event!r} cannot be a failed attempt and start or stop the clock as well"


# -- limits in comparison --------------------------------------------------------------------------------------


def _durations(limit: Limit) -> list[Duration]:
    texts: Mapping[str, str | None] = limit.table or {"": limit.of}
    return [parse_duration(text) for text in texts.values() if text]


def _shortest(rule: Rule) -> Duration | None:
    """The tightest limit that the rule can have; None when only a case knows."""
    given = [duration for limit in rule.within for duration in _durations(limit)]
    return min(given, key=rough_seconds) if given else None


def _longest(rule: Rule) -> Duration | None:
    """The longest limit that the rule can have; None when a case may bring a longer one."""
    if any(limit.date for limit in rule.within):
        return None
    given = [max(durations, key=rough_seconds) for limit in rule.within if (durations := _durations(limit))]
    always = [
        max(durations, key=rough_seconds)
        for limit in rule.within
        if not limit.when and not limit.table and (durations := _durations(limit))
    ]
    if always:
        return min(always, key=rough_seconds)
    return max(given, key=rough_seconds) if given else None


def _comparable(one: Duration, other: Duration) -> bool:
    """Working time and wall time cannot be compared without a calendar."""
    return one.uses_calendar == other.uses_calendar


def _contradictions(regulation: Regulation) -> Iterator[Finding]:
    """Two clocks on the same act that start together: they cannot both be the limit."""
    for index, rule in enumerate(regulation.rules):
        for other in regulation.rules[:index]:
            if _act(rule) != _act(other) or rule.id == other.id:
                continue
            for late, early in ((rule, other), (other, rule)):
                shortest = _shortest(early)
                if late.opens and shortest and rough_seconds(parse_duration(late.opens)) > rough_seconds(shortest):
                    how = f"{late.id} opens at {late.opens}, {early.id} is over at {shortest}"
                    yield ("rules", index), f"contradicts rule {other.id}: {how}"
            if not rule.opens and not other.opens and rule.within and other.within:
                how = "two limits for one act from one start; write one rule with both, the tightest counts"
                yield ("rules", index), f"contradicts rule {other.id}: {how}"


def _act(rule: Rule) -> object:
    """What the clock runs for: its start, its stop and its conditions."""
    starts = {match.model_dump_json() for match in rule.start}
    stops = {match.model_dump_json() for match in rule.stops}
    return starts, stops, rule.when, rule.every_start
