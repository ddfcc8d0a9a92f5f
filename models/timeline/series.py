"""A series: a rule whose clock starts again by itself, each term a deadline of its own.

A term begins where the last one was due, met or not. What meets a term happens in it; what comes in a later term that
is not open for it yet meets the one before, late. With the first event that meets a later term nobody asks for the
older ones any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.conditions import holds
from models.language.durations import Unit, parse_duration
from models.timeline.clock import Clock, Stretch, Surroundings
from models.timeline.due import Chain, Term, after, end_of, times
from models.timeline.pauses import Pauses, clipped
from models.timeline.story import REVIEW, Deadline, Planned, matches_any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.language.rules import Rule
    from models.timeline.story import Event


class _BegunTerm(NamedTuple):
    """One term: where it begins, what it is, and whether another may follow."""

    begins_at: datetime
    term: Term
    goes_on: bool


@dataclass(slots=True)
class Series:
    """The rule at work on a case, from one start event on."""

    rule: Rule
    facts: Mapping[str, Any]
    regulation: Regulation
    calendar: WorkCalendar
    pauses: Pauses
    around: Surroundings

    def run(self, stretch: Stretch, now: datetime, number: int) -> Iterator[Deadline]:
        """The terms that have begun, numbered from `number` on."""
        terms = list(self._begun(stretch, now))
        clocks = [self._clock(index, begun, number) for index, begun in enumerate(terms)]
        stretches = [self._stretch(stretch, begun, first=not index) for index, begun in enumerate(terms)]
        term_of = self._term_of_stops(terms, clocks, stretches)
        for index, (begun, clock, own_stretch) in enumerate(zip(terms, clocks, stretches, strict=True)):
            if not holds(self.rule.when, clock.facts):
                continue
            clock.ends_before = lambda event, index=index: term_of.get(id(event), index) > index
            deadline = clock.run(own_stretch, now)
            ends_at = begun.term.ends_at
            if index == len(terms) - 1 and begun.goes_on and ends_at is not None and ends_at > now:
                goes_on = self._goes_on_after(ends_at, stretch)
                deadline = _with_review(deadline, ends_at) if goes_on else deadline
            yield deadline

    def _begun(self, stretch: Stretch, now: datetime) -> Iterator[_BegunTerm]:
        begins = stretch.start.at
        chain = Chain(begins, clipped(self.pauses, begins))
        for position, entry in enumerate(self.rule.repeat):
            length, base = parse_duration(entry.every), begins
            months = length.count if length.unit is Unit.MONTHS else None
            for number in count(1):
                if entry.times is not None and number > entry.times:
                    break
                if months is None:
                    pauses = clipped(self.pauses, base)
                    ends = after(base, times(length, number), pauses, self.calendar, end_of(length, self.calendar))
                else:
                    ends = chain.after(length, self.calendar)
                goes_on = entry.times is None or number < entry.times or position + 1 < len(self.rule.repeat)
                yield _BegunTerm(begins, Term(ends, length, chain), goes_on)
                if ends is None or ends > now or not self._goes_on_after(ends, stretch):
                    return
                begins, chain = ends, chain.then(ends, months)

    def _goes_on_after(self, instant: datetime, stretch: Stretch) -> bool:
        """Whether the case and its round were still open then."""
        if stretch.over_at is not None and stretch.over_at <= instant:
            return False
        closing = self.regulation.closing
        return not any(event.name in closing and event.at <= instant for event in stretch.following)

    def _clock(self, index: int, begun: _BegunTerm, number: int) -> Clock:
        return Clock(
            rule=self.rule,
            number=number + index,
            facts={**self.facts, "term": index + 1},
            regulation=self.regulation,
            calendar=self.calendar,
            pauses=self.pauses,
            around=self.around,
            term=begun.term,
        )

    def _stretch(self, stretch: Stretch, begun: _BegunTerm, *, first: bool) -> Stretch:
        """The events that a term looks at: those that follow its beginning."""
        if first:
            return stretch
        later = [event for event in stretch.following if event.at > begun.begins_at]
        return Stretch(stretch.start._replace(at=begun.begins_at), later, stretch.over_at)

    def _term_of_stops(self, terms: list[_BegunTerm], clocks: list[Clock], stretches: list[Stretch]) -> dict[int, int]:
        """Which term a stop (by its identity) belongs to: its own, or the one before while its own is not open."""
        found: dict[int, int] = {}
        if not terms:
            return found
        for event in stretches[0].following:
            if not matches_any(event, self.rule.stops):
                continue
            own = max(
                (index for index, begun in enumerate(terms) if index == 0 or begun.begins_at < event.at), default=0
            )
            own_stretch = stretches[own]
            open_for_it = clocks[own].is_open_for(own_stretch.start, own_stretch.following, _place(own_stretch, event))
            found[id(event)] = own if open_for_it or not own else own - 1
        return found


def _place(stretch: Stretch, event: Event) -> int:
    return next(index for index, other in enumerate(stretch.following) if other is event)


def _with_review(deadline: Deadline, at: datetime) -> Deadline:
    """The next term begins by itself, whatever became of this one."""
    entry = Planned(at, REVIEW)
    if deadline.ended_at is not None:
        return replace(deadline, plan=(entry,))
    return replace(deadline, plan=tuple(sorted({*deadline.plan, entry})))
