"""What is owed for a late clock and what Duban notes because of it: each at its instant, whenever somebody looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from models.language.conditions import holds
from models.language.durations import Duration, parse_duration
from models.language.limits import branches
from models.language.words import is_hole
from models.timeline.due import after, end_of, times
from models.timeline.moment import MOMENT
from models.timeline.pauses import Pauses, clipped
from models.timeline.story import NOTED_BY, NOTED_ID, Event, OwedPenalty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.limits import Penalty
    from models.language.regulation import Regulation
    from models.language.rules import Rule

BRANCH = 10_000
"""The penalties of `otherwise` are numbered from here on, so that they are never taken for those they stand in for."""
PAYER = 100_000_000
"""What the second, third .. payer owes is numbered from here on, from twice here on .."""


@dataclass(slots=True)
class Lateness:
    """A clock that was not met at `due_at`; it ended at `ended_at`, or runs on at `now`."""

    rule: Rule
    number: int
    facts: Mapping[str, Any]
    due_at: datetime
    ended_at: datetime | None
    own_end: bool
    """It ended by an event that its own lateness gave."""
    pauses: Pauses
    calendar: WorkCalendar
    now: datetime
    level_at: Callable[[datetime], str | None]
    limits: Mapping[str | None, datetime | None] = field(default_factory=dict)
    """Where each limit ends on which a penalty hangs alone."""

    def owed(self) -> tuple[list[OwedPenalty], datetime | None]:
        """What is owed so far, and when more may be."""
        if self.rule.penalty is None or self.rule.soft:
            return [], None
        if self.rule.penalty.is_plain:
            if self._lasts_until(self.due_at):
                return [penalty_when_due(self.rule.penalty, self.due_at, self.level_at(self.due_at))], None
            return [], self.due_at if self.ended_at is None else None
        return self._of(self.rule.penalty, 0)

    def _of(self, penalty: Penalty | None, branch: int) -> tuple[list[OwedPenalty], datetime | None]:
        if penalty is None:
            return [], None
        if not holds(penalty.when, {**self.facts, "level": self.level_at(self.due_at)}):
            return self._of(penalty.otherwise, branch + 1)
        passed = self.limits.get(penalty.limit) if penalty.limit else self.due_at
        if passed is None:  # that limit does not speak of the case
            return self._of(penalty.otherwise, branch + 1)
        begins = passed
        if penalty.late_by:
            later = self._later(penalty.late_by, passed)
            if later is None:
                return [], None
            begins = later
        if (penalty.late_by or penalty.limit) and not self._lasts_until(begins):
            return self._of(penalty.otherwise, branch + 1) if self.ended_at is not None else ([], begins)
        found: list[OwedPenalty] = []
        for at in self._instants(begins, penalty):
            if not self._lasts_until(at):
                return found, at if self.ended_at is None else None
            found.append(OwedPenalty(branch * BRANCH + len(found), at, penalty, self.level_at(at)))
        return found, None

    def _instants(self, begins: datetime, penalty: Penalty) -> Iterator[datetime]:
        yield begins
        if penalty.per is None or is_hole(penalty.per):
            return
        stretch = parse_duration(penalty.per)
        last = begins
        for number in count(1):
            at = self._after(begins, times(stretch, number))
            if at is None or at <= last:
                return
            yield at
            last = at

    def _lasts_until(self, at: datetime) -> bool:
        """Whether the clock was still not met then; what meets it at that very instant comes in time."""
        if self.ended_at is None:
            return at <= self.now
        return at < self.ended_at or (self.own_end and at == self.ended_at)

    def _later(self, text: str, base: datetime | None = None) -> datetime | None:
        return None if is_hole(text) else self._after(base or self.due_at, parse_duration(text))

    def _after(self, base: datetime, duration: Duration) -> datetime | None:
        return after(base, duration, clipped(self.pauses, base), self.calendar, end_of(duration, self.calendar))

    def noted(self) -> tuple[list[Event], list[datetime]]:
        """The events that it has given, and the instants of those to come."""
        found, coming = [], []
        for outcome in self.rule.on_late:
            at = self._later(outcome.after) if outcome.after else self.due_at
            if at is None:
                continue
            if self._lasts_until(at):
                fields = {NOTED_BY: self.rule.id, "round": self.number}
                found.append(
                    Event(outcome.event, at, fields | ({"level": outcome.level} if outcome.level else {}), NOTED_ID)
                )
            elif self.ended_at is None:
                coming.append(at)
        return found, coming


def is_owed_in_any_case(rule: Rule, regulation: Regulation) -> bool:
    """Whether the penalty is known when the due instant passes, without reading the case: no condition, no repetition.

    A figure by level is not, where the regulation may have raised the level by then.
    """
    if rule.penalty is None or rule.soft or not rule.penalty.is_plain:
        return False
    by_level = isinstance(rule.penalty.amount, dict) or isinstance(rule.penalty.points, dict)
    return not (by_level and regulation.raises_levels)


def penalty_when_due(penalty: Penalty, due_at: datetime, level: str | None) -> OwedPenalty:
    """What is owed of a plain penalty; it falls at the due instant, for the level that the case has then."""
    return OwedPenalty(0, due_at, penalty, level)


def in_case(penalty: Penalty | None, facts: Mapping[str, Any]) -> Penalty | None:
    """The penalty of an overrun in a case with these facts: its branch with plain figures.

    What the moment of the start decides stays a condition: it is said in words.
    """
    if penalty is None:
        return None
    known = not penalty.when.keys() & MOMENT
    if known and not holds(penalty.when, facts):
        return in_case(penalty.otherwise, facts)
    amount, points = penalty.of(facts.get("level"))
    last = known and not penalty.late_by
    return penalty.model_copy(
        update={
            "amount": amount,
            "points": points,
            "when": {} if known else penalty.when,
            "otherwise": None if last else in_case(penalty.otherwise, facts),
        }
    )


def own_cap(penalty: Penalty | None) -> float | None:
    """The yuan a month that its rule allows at most; None where it gives no sum."""
    return float(penalty.cap) if penalty and isinstance(penalty.cap, int | float) else None


def has_cap(regulation: Regulation) -> bool:
    """Whether one of its penalties has a cap in yuan."""
    whole = [rule.penalty for rule in regulation.rules]
    whole += [duty.penalty for duty in regulation.duties]
    whole += [rung.penalty for counter in regulation.counters for rung in counter.ladder]
    return any(own_cap(one) is not None for penalty in whole for one in branches(penalty))


def branch(penalty: Penalty | None, seq: int) -> Penalty | None:
    """The part of the penalty from which the owed one of that number comes."""
    own = seq % PAYER // BRANCH
    return next((one for number, one in enumerate(branches(penalty)) if number == own), penalty)
