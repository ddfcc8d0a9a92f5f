"""What may be wrong with one rule, and with two rules together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.durations import Unit, parse_duration
from models.language.limits import branches
from models.language.words import is_hole
from models.packs.findings.calendars import calendar_findings
from models.packs.findings.names import (
    Finding,
    Path,
    event_names,
    nearest,
    unknown_among_steps,
    unknown_events,
    unknown_in,
    unknown_in_penalty,
    unknown_levels,
    unknown_matches,
    unknown_outcomes,
    unknown_roles,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.language.durations import Duration
    from models.language.limits import Limit
    from models.language.regulation import Regulation
    from models.language.rules import Rule

DAY = 86400
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


def rule_findings(regulation: Regulation) -> Iterator[Finding]:
    """Every rule for itself."""
    for index, rule in enumerate(regulation.rules):
        for part in (_references, _limits, _repeats, _steps, _ends):
            yield from ((("rules", index, *path), text) for path, text in part(rule, regulation))


def _references(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    """Its roles, events and levels exist, and its clock can start."""
    yield from unknown_roles((rule.responsible,), regulation, ("responsible",))
    yield from unknown_roles(rule.copies, regulation, ("copies",))
    yield from unknown_among_steps(rule.remind, rule.escalate, regulation)
    yield from unknown_in_penalty(rule.penalty, regulation, ("penalty",))
    yield from unknown_outcomes(rule.on_late, regulation, ("on_late",))
    if rule.closed_late:
        yield from unknown_roles(rule.closed_late.to, regulation, ("closed_late", "to"))
    if not rule.start:
        yield ("start",), "no event starts the clock: name one"
    yield from unknown_matches(rule.start, regulation, ("start",))
    yield from unknown_matches(rule.stops, regulation, ("stop",) if rule.stop else ("id",))
    yield from unknown_in(rule.when, regulation, ("when",))
    never = "rounds_exhausted"
    if event_names(rule.start) == [never] and regulation.rounds.at_most is None and not regulation.rounds.per_case:
        yield ("start",), "the rule is unreachable: without `rounds: at_most` the rounds are never exhausted"


def _limits(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    if not rule.within and not rule.opens and not rule.repeat:
        yield (), "a rule needs `within` (a limit) or `opens` (somebody to be told)"
    if rule.counts_from == "previous_due" and not rule.every_start:
        yield ("counts_from",), "previous_due needs `every_start: true`"
    for index, limit in enumerate(rule.within):
        place: Path = ("within", index)
        yield from _form(limit, rule, regulation, place)
        for duration in _durations(limit):
            if duration.count < 0 or (duration.count == 0 and not duration.in_days):
                yield place, f"the limit {duration} must be longer than nothing"
        yield from unknown_in(limit.when, regulation, place)
        if limit.by == "level":
            yield from unknown_levels(limit.table, regulation, (*place, "table"))
    named = [limit.name for limit in rule.within if limit.name]
    for penalty in branches(rule.penalty):
        if penalty.limit and penalty.limit not in named:
            yield ("penalty", "limit"), f"no limit is called {penalty.limit!r}: give one of `within` that `name`"
    yield from _holes(rule, regulation)
    shortest = _shortest(rule)
    if rule.opens and not is_hole(rule.opens) and shortest is not None:
        opens = parse_duration(rule.opens)
        last = rough_seconds(shortest) + (
            DAY if opens.in_days and shortest.in_days else 0
        )  # days are open until their end
        if opens.count and _comparable(opens, shortest) and rough_seconds(opens) >= last:
            yield ("opens",), f"opens after {rule.opens}, when {shortest} is over already: it can never be met"


def _form(limit: Limit, rule: Rule, regulation: Regulation, place: Path) -> Iterator[Finding]:
    """A limit is one thing, and what it refers to exists."""
    kinds = [limit.of is not None or limit.date is not None, bool(limit.table), bool(limit.next), bool(limit.due_of)]
    if sum(kinds) != 1 or bool(limit.by) != bool(limit.table):
        yield (
            place,
            "a limit is one of: a duration, `by` and `table`, `date` (with `of` while none is given), `next`, `due_of`",
        )
    if limit.before and (not limit.date or (not is_hole(limit.before) and parse_duration(limit.before).count <= 0)):
        yield (*place, "before"), "`before` is a length of time before `date`"
    if limit.next:
        yield from calendar_findings(limit.next, (*place, "next"))
    others = {other.id for other in regulation.rules if other.within or other.repeat} - {rule.id}
    if limit.due_of and limit.due_of not in others:
        yield (*place, "due_of"), f"unknown rule {limit.due_of!r}: use {nearest(limit.due_of, others)}"


def _repeats(rule: Rule, _regulation: Regulation) -> Iterator[Finding]:
    """A series is made of terms that come one after the other."""
    if rule.repeat and rule.every_start:
        yield ("repeat",), "a clock starts again either by itself or by an event: leave out `every_start`"
    for index, entry in enumerate(rule.repeat):
        if not is_hole(entry.every) and parse_duration(entry.every).count <= 0:
            yield ("repeat", index, "every"), f"{entry.every} is no length of a term"
        if entry.times is None and index + 1 < len(rule.repeat):
            yield ("repeat", index), "only the last entry may go on without end: give `times`"
    if rule.quantity and rule.times is None:
        yield ("quantity",), "there is no sum to reach: give `times`"


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
    if (rule.escalate or rule.remind or rule.on_late) and not rule.within and not rule.repeat:
        yield ("escalate" if rule.escalate else "remind",), "there is nothing to be late for: give `within`"
    last: Duration | None = None
    for index, reminder in enumerate(rule.remind):
        if (reminder.before is None) == (reminder.after is None):
            yield ("remind", index), "a reminder lies either `before` the due instant or `after` the start"
        if reminder.after and not is_hole(reminder.after):
            yield from _after_start(parse_duration(reminder.after), longest, ("remind", index))
        if reminder.before is None or is_hole(reminder.before):
            continue
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
            elif rule.opens and not is_hole(rule.opens) and 0 < left <= rough_seconds(parse_duration(rule.opens)):
                yield ("remind", index), f"the step {reminder.before} comes before the rule opens at {rule.opens}"
        if last is not None and rough_seconds(before) <= rough_seconds(last):
            yield ("remind", index), "reminders stand in order: the earliest first"
        last = before
    last = None
    for index, step in enumerate(rule.escalate):
        if is_hole(step.after):
            continue
        after = parse_duration(step.after)
        place: Path = ("escalate", index, "after")
        if after.count < 0:
            yield place, f"{step.after} lies before the due instant: that is a reminder"
        if after.count == 0 and after.in_days and longest is not None and not longest.in_days:
            yield place, "P0D is the notice hour of the due day: for a limit in minutes or hours write PT0S"
        if last is not None and rough_seconds(after) <= rough_seconds(last):
            yield place, f"the step {step.after} is unreachable in this order: steps stand by `after`"
        if step.every and not is_hole(step.every) and parse_duration(step.every).count <= 0:
            yield (*place[:-1], "every"), f"{step.every} is no distance between two steps"
        last = after


def _after_start(after: Duration, longest: Duration | None, path: Path) -> Iterator[Finding]:
    if after.count <= 0:
        yield path, f"{after} is not after the start"
    elif longest is not None and _comparable(after, longest) and rough_seconds(after) >= rough_seconds(longest):
        yield path, f"the step {after} is unreachable: the limit {longest} is over by then"


def _ends(rule: Rule, regulation: Regulation) -> Iterator[Finding]:
    """Giving up makes sense."""
    give_up = rule.give_up
    if give_up is None:
        return
    yield from unknown_events((give_up.event,), regulation, ("give_up",))
    if give_up.after_attempts > give_up.at_most:
        yield ("give_up",), f"after_attempts ({give_up.after_attempts}) is more than at_most ({give_up.at_most})"
    if give_up.event in {*event_names(rule.stops), *event_names(rule.start)}:
        yield ("give_up",), f"{give_up.event!r} cannot be a failed attempt and start or stop the clock as well"


# -- limits in comparison --------------------------------------------------------------------------------------


def _durations(limit: Limit) -> list[Duration]:
    texts: Mapping[str, str | None] = limit.table or {"": limit.of}
    return [parse_duration(text) for text in texts.values() if text and not is_hole(text)]


def _shortest(rule: Rule) -> Duration | None:
    """The tightest limit that the rule can have; None when only a case knows."""
    given = [duration for limit in rule.within for duration in _durations(limit)]
    return min(given, key=rough_seconds) if given else None


def _longest(rule: Rule) -> Duration | None:
    """The longest limit that the rule can have; None when a case may bring a longer one."""
    if rule.longest or any(limit.date or limit.next or limit.due_of or is_hole(limit.of) for limit in rule.within):
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


def contradictions(regulation: Regulation) -> Iterator[Finding]:
    """Two clocks on the same act that start together: they cannot both be the limit."""
    for index, rule in enumerate(regulation.rules):
        for other in regulation.rules[:index]:
            if _act(rule) != _act(other) or rule.id == other.id:
                continue
            for late, early in ((rule, other), (other, rule)):
                shortest = _shortest(early)
                if (
                    late.opens
                    and not is_hole(late.opens)
                    and shortest
                    and rough_seconds(parse_duration(late.opens)) > rough_seconds(shortest)
                ):
                    how = f"{late.id} opens at {late.opens}, {early.id} is over at {shortest}"
                    yield ("rules", index), f"contradicts rule {other.id}: {how}"
            if not rule.opens and not other.opens and rule.within and other.within:
                how = "two limits for one act from one start; write one rule with both, the tightest counts"
                yield ("rules", index), f"contradicts rule {other.id}: {how}"


def _act(rule: Rule) -> object:
    """What the clock runs for: its start, its stop and its conditions."""
    starts = {match.model_dump_json() for match in rule.start}
    stops = {match.model_dump_json() for match in rule.stops}
    return starts, stops, rule.when, rule.every_start, rule.times, rule.repeat
