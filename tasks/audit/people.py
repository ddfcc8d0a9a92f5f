"""Who should have been told of a step: by the directory where it has not changed since, else by what none explains.

The directory has no history. The audit remembers since when it has seen the directory as it is now (`Surroundings`);
a step that fired later is held against it to the letter. Of one that fired before, only this is judged: the roles are
those of the step or above them, somebody in another's stead says in whose, a role that the case fills by name went to
that person, nobody is named twice, and somebody is named at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.durations import Unit, parse_duration
from models.language.limits import SkipOlder
from models.language.rules import SLIP, Rule
from models.language.written import folded
from tasks.audit.finding import RECIPIENT, Finding, shown
from tasks.organisation.directory import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Row

    from models.timeline.story import Deadline
    from tasks.audit.hindsight import Hindsight
    from tasks.organisation.directory import Directory

_DAY = 86_400


class Surroundings(NamedTuple):
    """What decides beside the facts: the directory and settings, and since when both are known to be as they are."""

    directory: Directory
    since: datetime | None
    catch_up_after: int
    calendar_since: datetime | None = None
    """Since when the calendar is as it is, where it was seen to change: what had ended before keeps its instants."""
    is_recomputed: bool = True
    """Whether the sweep has had the running clocks computed by the calendar of today."""


def recipients(past: Hindsight, row: Row[Any], around: Surroundings) -> Iterator[Finding]:
    """Whether the escalation told whom it had to."""
    rule = past.rules.rule(row.rule)
    if rule is None or row.step not in rule.steps():
        return
    roles = rule.steps()[row.step][1]
    told = [(one["role"], one["email"], one["instead_of"]) for one in row.recipients]
    place = (past.dossier.case.number, row.rule, row.round, row.step)
    if len({email.lower() for _, email, _ in told}) != len(told):
        yield Finding(
            RECIPIENT, *place, expected=shown({one[1] for one in told}), found=shown([one[1] for one in told])
        )
        return
    if not told and _may_be_skipped(past, row):
        return
    if row.step == SLIP and row.scheduled_at == row.fired_at and told:
        return  # the form of a month goes to its station
    wanted = []
    for facts in _facts(past, row):
        found, _notes = around.directory.resolve(roles, past.rules, facts, row.fired_at)
        wanted = [(one.role, one.email, one.instead_of) for one in found]
        if wanted == told or sorted(map(str, wanted)) == sorted(map(str, told)):
            return
    strict = around.since is not None and row.fired_at >= around.since
    if strict or not all(_is_possible(past, one, roles) for one in row.recipients) or (wanted and not told):
        yield Finding(
            RECIPIENT, *place, expected=shown([one[1] for one in wanted]), found=shown([one[1] for one in told])
        )


def _facts(past: Hindsight, row: Row[Any]) -> Iterator[dict[str, Any]]:
    """What the case said of itself when the step fired."""
    yield past.case.facts
    if past.was_read_late():
        yield past.known_at(row.fired_at).facts
        yield past.known_at(row.fired_at, before=True).facts


def _is_possible(past: Hindsight, one: dict[str, str | None], roles: tuple[str, ...]) -> bool:
    """Whether some directory could have led to this recipient."""
    role, stead = str(one["role"]), one["instead_of"]
    if role == OPERATIONS:
        return role in roles or stead is not None
    climbed: set[str] = set()
    for name in roles:
        above: str | None = name
        while above is not None and above not in climbed:
            climbed.add(above)
            known = past.rules.roles.get(above)
            above = known.above if known else None
    if role not in climbed or (role not in roles and stead is None):
        return False
    named = past.rules.person_named(role, past.case.facts)
    if not named or past.was_read_late():
        return True
    return folded(named) in {folded(text) for text in (one["name"], one["email"], stead) if text} or "、" in (
        stead or ""
    )


def _may_be_skipped(past: Hindsight, row: Row[Any]) -> bool:
    """Whether the rule's catch-up leaves the step out."""
    rule = past.rules.rule(row.rule)
    catch_up = (rule.catch_up if isinstance(rule, Rule) else None) or past.rules.catch_up
    if catch_up == "latest":
        same = [
            (one.scheduled_at, one.step)
            for one in past.dossier.escalations
            if (one.rule, one.round, one.fired_at) == (row.rule, row.round, row.fired_at)
        ]
        return any(at > row.scheduled_at or (at == row.scheduled_at and step != row.step) for at, step in same)
    if isinstance(catch_up, SkipOlder):
        oldest = parse_duration(catch_up.skip_older_than)
        seconds = oldest.count * (1 if oldest.unit in (Unit.SECONDS, Unit.WORKING_SECONDS) else _DAY)
        return bool((row.fired_at - row.scheduled_at).total_seconds() > seconds)
    return False


def is_over(past: Hindsight, row: Row[Any], clock: Deadline) -> bool:
    """Whether the clock was known to have ended when the step was written, so that nobody needs to hear of it.

    What became known in the very second in which the step fired may have come after it.
    """
    if clock.ended_at is None or row.step == SLIP:
        return False
    learned = [event.applied_at for event in past.events if event.at == clock.ended_at]
    if learned and row.fired_at <= min(learned):
        return False
    then = past.clocks_at(row.fired_at, row.fired_at, before=True).get((clock.rule, clock.round))
    if then is None or then.ended_at is None:
        return False
    rule = past.rules.rule(row.rule)
    return not (isinstance(rule, Rule) and any(outcome.event == then.ended_by for outcome in rule.on_late))
