"""A case as it was known at instants of its past: what had been taken in by then, and what it said of itself.

The timeline of the present explains nearly every row. Where something was recorded late or amended, what was decided
before rests on what was known then; only for such rows the case is read once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import DERIVED_ID, NOTED_BY, Deadline, Event, Timeline

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from tasks.audit.dossier import Dossier

AMENDED = "amended"
"""An event whose fields are pairs of an old and a new value."""
COLUMNS = ("level", "department", "handler")


class Hindsight:
    """One case under its regulation: `present` is its timeline at `now` with everything that was taken in."""

    def __init__(self, dossier: Dossier, rules: Regulation, calendar: WorkCalendar, now: datetime) -> None:
        """Whatever the timeline cannot make sense of is raised."""
        self.dossier = dossier
        self.rules = rules
        self.calendar = calendar
        self.now = now
        self.events = [row for row in dossier.events if row.applied_at is not None and row.unauthorised is None]
        self.concluded = [row for row in dossier.derived if NOTED_BY not in row.fields]
        self.case = Case.of(dossier.case, self._known(now))
        self.present: Timeline = timeline(self.case, rules, calendar, now)
        self.clocks = {(one.rule, one.round): one for one in self.present.deadlines}
        self._stories: dict[tuple[tuple[int, ...], datetime], dict[tuple[str, int], Deadline]] = {}
        self._looks: list[datetime] | None = None

    @property
    def looks(self) -> list[datetime]:
        """The instants at which what is known of the case changed, in order."""
        if self._looks is None:
            found = {row.applied_at for row in self.events}
            for row in self.concluded:
                found |= {at for at in (row.derived_at, row.applied_at, row.retracted_at) if at is not None}
            self._looks = sorted(found)
        return self._looks

    def known_at(self, instant: datetime, *, before: bool = False) -> Case:
        """The case with what had been taken in by an instant, or `before` it; amendments that came later are undone."""
        case = self.case.with_events(self._known(instant, before=before))
        fields, columns = dict(self.case.fields), {name: getattr(self.case, name) for name in COLUMNS}
        later = [row for row in self.events if row.name == AMENDED and not _by(row.applied_at, instant, before=before)]
        for row in sorted(later, key=lambda one: (one.at, one.id), reverse=True):
            for name, change in row.fields.items():
                old = change[0] if isinstance(change, list) and change else None
                if name in columns:
                    columns[name] = old
                elif old is None:
                    fields.pop(name, None)
                else:
                    fields[name] = old
        self._recorders(fields, instant, before=before)
        return Case(fields, columns["level"], columns["department"], columns["handler"], case.events, case.id)

    def clocks_at(self, look: datetime, instant: datetime, *, before: bool = False) -> dict[tuple[str, int], Deadline]:
        """The clocks at an instant, by rule and round, with what had been taken in at (or `before`) a look."""
        case = self.known_at(look, before=before)
        key = (tuple(event.id for event in case.events), instant)
        if key not in self._stories:
            told = timeline(case, self.rules, self.calendar, instant) if case.events else None
            self._stories[key] = {(one.rule, one.round): one for one in told.deadlines} if told else {}
        return self._stories[key]

    def _known(self, instant: datetime, *, before: bool = False) -> tuple[Event, ...]:
        recorded = [
            Event(row.name, row.at, row.fields, row.id)
            for row in self.events
            if _by(row.applied_at, instant, before=before)
        ]
        for row in self.concluded:
            gone = row.retracted_at is not None and _by(row.retracted_at, instant, before=before)
            if _by(row.derived_at, instant, before=before) and not gone:
                recorded.append(Event(row.name, row.at, row.fields, DERIVED_ID + row.id))
        return tuple(recorded)

    def _recorders(self, fields: dict[str, Any], instant: datetime, *, before: bool) -> None:
        """Fields that keep who recorded an event name whoever had by then."""
        if not self.rules.recorders:
            return
        newest: dict[str, str | None] = {}
        for row in sorted(self.events, key=lambda one: (one.at, one.id)):
            for name in self.rules.recorders.get(row.name, ()) if row.by is not None else ():
                newest.setdefault(name, None)
                if _by(row.applied_at, instant, before=before):
                    newest[name] = row.by
        for name, by in newest.items():
            if by is None:
                fields.pop(name, None)
            else:
                fields[name] = by

    def was_read_late(self) -> bool:
        """Whether something became known after it had happened, or changed what was known."""
        return len(self.looks) > 1

    def step_of(self, row: Row[Any]) -> list[Deadline]:
        """The clock of an escalation as it was when it fired; two, where something was taken in at that very second."""
        if not self.looks:
            return []
        tries = [self.clocks_at(row.fired_at, row.fired_at)]
        if row.fired_at in self.looks:
            tries.append(self.clocks_at(row.fired_at, row.fired_at, before=True))
        found = (clocks.get((row.rule, row.round)) for clocks in tries)
        return [one for one in found if one is not None]


def _by(known: datetime, instant: datetime, *, before: bool) -> bool:
    return known < instant if before else known <= instant
