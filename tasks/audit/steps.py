"""The steps on record against those of the timeline: missing, extra, at a wrong instant.

A step stands where the timeline of today has it, or where it had it by what was known when the step fired. One that the
timeline has, and the record has not, is missing, unless it was told before: what is past is not told twice when a clock
moves, and a step that fired does not fire again at an earlier instant.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.language.rules import SLIP, Rule
from models.timeline.story import SILENT, State
from tasks.audit.finding import EXTRA, INSTANT, MISSING, NOTHING, Finding, said

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Row

    from models.timeline.story import Deadline, Planned
    from tasks.audit.hindsight import Hindsight

Place = tuple[str, int, str]
"""Rule, round and step."""
LATE = frozenset({State.BREACHED, State.LATE})


@dataclass(slots=True)
class Steps:
    """The steps of one case: what was found, and the clock that explains each escalation (by its id)."""

    past: Hindsight
    findings: list[Finding] = field(default_factory=list)
    clocks: dict[object, Deadline] = field(default_factory=dict)

    def judge(self) -> None:
        """Look at every escalation, then at every step that should be one."""
        stored: dict[Place, list[Row[Any]]] = defaultdict(list)
        for row in sorted(self.past.dossier.escalations, key=lambda one: (one.fired_at, one.scheduled_at, str(one.id))):
            stored[row.rule, row.round, row.step].append(row)
        for place, rows in stored.items():
            self._stored(place, rows)
        for deadline in self.past.present.deadlines:
            for entry in (*deadline.past, *deadline.plan):
                place = (deadline.rule, deadline.round, entry.step)
                if entry.step not in SILENT and entry.at <= self.past.now:
                    self._expected(place, entry, stored.get(place, []))

    def _note(self, kind: str, place: Place, expected: str, found: str) -> None:
        number = self.past.dossier.case.number
        self.findings.append(Finding(kind, number, *place, expected, found))

    # -- what is on record -------------------------------------------------------------------------------------

    def _stored(self, place: Place, rows: list[Row[Any]]) -> None:
        seen: set[datetime] = set()
        wanted = {entry.at for entry in self._planned(place)}
        for row in rows:
            if row.scheduled_at in seen:
                self._note(EXTRA, place, NOTHING, said("scheduled_at", row.scheduled_at))
                continue
            seen.add(row.scheduled_at)
            if row.fired_at < row.scheduled_at or row.fired_at > self.past.now:
                self._note(INSTANT, place, said("fired_at", row.scheduled_at), said("fired_at", row.fired_at))
            clock = self._explained(row)
            if clock is not None:
                self.clocks[row.id] = clock
                continue
            free = wanted - {other.scheduled_at for other in rows}
            due = self.past.clocks.get(place[:2])
            if row.scheduled_at in wanted and due is not None:
                self._note(INSTANT, place, said("due_at", due.due_at), said("due_at", row.due_at))
            elif free:
                self._note(INSTANT, place, said("scheduled_at", sorted(free)), said("scheduled_at", row.scheduled_at))
            else:
                self._note(EXTRA, place, NOTHING, said("scheduled_at", row.scheduled_at))

    def _planned(self, place: Place) -> list[Planned]:
        deadline = self.past.clocks.get(place[:2])
        return [entry for entry in (*deadline.past, *deadline.plan) if entry.step == place[2]] if deadline else []

    def _explained(self, row: Row[Any]) -> Deadline | None:
        """The clock that had this step at this instant, as of today or as it was known then."""
        today = self.past.clocks.get((row.rule, row.round))
        if today is not None and _has(today, row):
            return today
        return self._then(row) or self._by_calendar(row)

    def _then(self, row: Row[Any]) -> Deadline | None:
        for clock in self.past.step_of(row):
            if _has(clock, row) or (row.step == SLIP and row.scheduled_at == row.fired_at and clock.state in LATE):
                return clock
        return None

    def _by_calendar(self, row: Row[Any]) -> Deadline | None:
        """A clock that a published year moved: its step stands by the due instant that it first had."""
        known = (one for one in self.past.dossier.deadlines if (one.rule, one.round) == (row.rule, row.round))
        moved = next((one for one in known if one.original_due_at == row.due_at != one.due_at), None)
        return self.past.clocks.get((row.rule, row.round)) if moved is not None else None

    # -- what should be ----------------------------------------------------------------------------------------

    def _expected(self, place: Place, entry: Planned, rows: list[Row[Any]]) -> None:
        if any(row.scheduled_at == entry.at for row in rows):
            return
        if any(row.id not in self.clocks for row in rows) and any(
            (one.case, one.rule, one.round, one.step) == (self.past.dossier.case.number, *place) and one.kind == INSTANT
            for one in self.findings
        ):
            return  # it is there, at a wrong instant
        last = max((row.scheduled_at for row in rows), default=None)
        if last is not None and (last > entry.at or (not self._repeats(place) and self._came_late(place, entry))):
            return
        self._note(MISSING, place, said("scheduled_at", entry.at), said("scheduled_at", last) if last else NOTHING)

    def _repeats(self, place: Place) -> bool:
        rule = self.past.rules.rule(place[0])
        return place[2] == SLIP or (isinstance(rule, Rule) and rule.again(place[2]) is not None)

    def _came_late(self, place: Place, entry: Planned) -> bool:
        """Whether the clock moved to this instant only after it had passed: it was told before, and is not again."""
        for look in self.past.looks:
            clock = self.past.clocks_at(look, look).get(place[:2])
            if clock is not None and entry in (*clock.past, *clock.plan):
                return look >= entry.at
        return False


def _has(clock: Deadline, row: Row[Any]) -> bool:
    """Whether the clock has the step of this escalation at its instants."""
    return clock.due_at == row.due_at and any(
        entry.step == row.step and entry.at == row.scheduled_at for entry in (*clock.past, *clock.plan)
    )
