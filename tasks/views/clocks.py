"""The clocks of a case computed anew with the pure timeline: why each started, what it counted, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.rules import Rule
from models.timeline.reading import timeline
from tasks.views.elapsed import spans
from tasks.views.story import Ending, EndStory, LimitStory, StartedBy, StartStory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.limits import Limit
    from models.language.regulation import Regulation
    from models.timeline.story import Deadline, Timeline
    from tasks.views.elapsed import Span
    from tasks.views.reading import CaseRecord, Key


@dataclass(frozen=True)
class ComputedClocks:
    """One case under its regulation as it stands at an instant."""

    record: CaseRecord
    rules: Regulation
    calendar: WorkCalendar
    now: datetime

    @cached_property
    def timeline(self) -> Timeline:
        """The case over the events that were taken in."""
        return self._under(self.rules)

    @cached_property
    def deadlines(self) -> Mapping[Key, Deadline]:
        """Every clock, in the order in which they started."""
        ordered = sorted(self.timeline.deadlines, key=lambda deadline: deadline.starts_at)
        return {(deadline.rule, deadline.round): deadline for deadline in ordered}

    def _under(self, rules: Regulation) -> Timeline:
        return timeline(self.record.taken_in(), rules, self.calendar, self.now)

    # -- where it begins and ends ------------------------------------------------------------------------------

    def started(self, deadline: Deadline) -> StartStory | None:
        """The event that started the clock."""
        rule = self.rules.rule(deadline.rule)
        taken_in = (row for row in self.record.events if row.counts)
        at_start = [row for row in taken_in if row.at == deadline.starts_at]
        if isinstance(rule, Rule):
            starts = (*rule.start, *self._asked_by(rule.id))
            named = [row for row in at_start if any(match.matches(row.name, row.fields) for match in starts)]
        else:
            named = [row for row in at_start if rule and row.fields.get("gate") == rule.id]
        if not at_start:
            return None
        # a round that another event opened starts the clocks of the opening as well
        found, why = (named[0], StartedBy.EVENT) if named else (at_start[0], StartedBy.ROUND)
        title = self.rules.events.get(found.name)
        return StartStory(event=found.name, at=found.at, by=found.by, why=why, title=title)

    def _asked_by(self, rule_id: str) -> tuple[Match, ...]:
        """What starts the clock of an approver: the request, or the approval of the one before."""
        origin = self.rules.origin(rule_id)
        approval = next((one for one in self.rules.approvals if one.id == origin), None)
        return (*approval.request, Match(event=approval.approve)) if approval else ()

    def ended(self, deadline: Deadline) -> EndStory | None:
        """How the clock ended, and by which event."""
        if deadline.ended_at is None:
            return None
        at_end = [row for row in self.record.events if row.at == deadline.ended_at]
        row = next((row for row in at_end if row.name == deadline.ended_by), at_end[0] if at_end else None)
        next_round = deadline.ended_by == "round"
        how = Ending.MET if deadline.met_at else Ending.NEXT_ROUND if next_round else Ending.ENDED
        event, by = (row.name, row.by) if row else (None, None)
        title = self.rules.events.get(event) if event else None
        return EndStory(how=how, event=event, at=deadline.ended_at, by=by, title=title)

    # -- what it counts ----------------------------------------------------------------------------------------

    def counts_from(self, deadline: Deadline) -> datetime:
        """Where counting begins: at the start, or where the term before it was due."""
        rule = self.rules.rule(deadline.rule)
        previous = self.deadlines.get((deadline.rule, deadline.round - 1))
        if isinstance(rule, Rule) and rule.counts_from == "previous_due" and previous and previous.due_at:
            return previous.due_at
        return deadline.starts_at

    def counted(self, deadline: Deadline, limits: Sequence[LimitStory]) -> Sequence[Span]:
        """What counted and what did not, by the tightest limit, up to the due instant or an earlier end."""
        chosen = next((limit for limit in limits if limit.tightest), None)
        if chosen is None:
            return ()
        since = self.counts_from(deadline)
        until = deadline.due_at or max(self.now, since)
        if deadline.ended_at is not None and deadline.ended_at < until:
            until = max(deadline.ended_at, since)
        duration = parse_duration(chosen.limit) if chosen.limit and not chosen.date else None
        return spans(since, until, duration, deadline.pauses, self.calendar)

    def limits(self, deadline: Deadline) -> tuple[LimitStory, ...]:
        """Every limit of the rule with the instant it would set alone; the tightest is the one that counts."""
        rule = self.rules.rule(deadline.rule)
        if not isinstance(rule, Rule):
            return ()
        found = [self._limit(limit, rule, deadline) for limit in rule.within]
        counting = (deadline.limit, deadline.due_at)
        tightest = next((one for one in found if one.applies and (one.limit, one.due_at) == counting), None)
        return tuple(replace(one, tightest=True) if one is tightest else one for one in found)

    def _limit(self, limit: Limit, rule: Rule, deadline: Deadline) -> LimitStory:
        facts = {**self.record.taken_in().facts, "round": deadline.round, "term": deadline.round}
        due_at = self._due_alone(limit, rule, deadline)
        duration = None if limit.label else limit.duration(facts)
        return LimitStory(
            limit=limit.label or (duration.text if duration else None),
            date=bool(limit.label),
            by=limit.by,
            value=facts.get(limit.by) if limit.by else None,
            table=dict(limit.table),
            due_at=due_at,
            applies=due_at is not None or duration is not None,
            tightest=False,
        )

    def _due_alone(self, limit: Limit, rule: Rule, deadline: Deadline) -> datetime | None:
        """The due instant if the rule had this limit alone (an earlier round may matter, so all are asked)."""
        if len(rule.within) == 1:
            return deadline.due_at
        alone = rule.model_copy(update={"within": (limit,)})
        others = tuple(
            alone if other.id == rule.id else other for other in self.rules.rules if limit.due_of or other is rule
        )
        rules = self.rules.model_copy(update={"rules": others or (alone,), "gates": ()})
        again = self._under(rules).deadlines
        key = (deadline.rule, deadline.round)
        return next((other.due_at for other in again if (other.rule, other.round) == key), None)
