"""Stories for the tests of the timeline: some rules, what happened to a case, and how it stands at an instant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from models.calendar.instants import local, parse_instant, zone_named
from models.calendar.work_calendar import WorkCalendar
from models.language.regulation import Regulation
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import BREACH, Deadline, Event, Timeline

if TYPE_CHECKING:
    from datetime import datetime

ZONE = zone_named("Asia/Shanghai")
TEXT = {"zh": "时限", "en": "limit"}


def at(text: str) -> datetime:
    """An instant in Shanghai; without a date it is Monday, 2 November 2026."""
    return parse_instant(text if "-" in text else f"2026-11-02 {text}", ZONE)


def rule(name: str = "call", **keys: Any) -> dict[str, Any]:
    """A rule that starts at the registration and ends with the event of its name."""
    given = {"id": name, "cite": {"article": "1"}, "title": TEXT, "start": "registered", "responsible": "desk", **keys}
    given["escalate"] = [{"after": after, "to": "desk"} for after in keys.get("escalate", ())]
    return given


@dataclass
class Story:
    """A case under some rules."""

    rules: list[dict[str, Any]]
    keys: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    calendar: WorkCalendar = field(default_factory=lambda: WorkCalendar(ZONE, unpublished=frozenset([2027])))
    events: list[Event] = field(default_factory=list)

    def then(self, name: str, when: str, **fields: Any) -> Story:
        """The same story with one event more."""
        return replace(self, events=[*self.events, Event(name, at(when), fields, len(self.events) + 1)])

    def seen(self, now: str) -> Timeline:
        """The case at an instant; what happens later is not known yet."""
        base = {"regulation": "story", "version": 1, "kind": "complaint", "title": TEXT, "description": TEXT}
        whole = Regulation.model_validate({**base, "roles": {"desk": TEXT}, "rules": self.rules, **self.keys})
        known = [event for event in self.events if event.at <= at(now)]
        return timeline(Case.told(self.fields, known), whole, self.calendar, at(now))

    def clock(self, now: str, number: int = 1, name: str = "call") -> Deadline:
        """One deadline of it."""
        found = [d for d in self.seen(now).deadlines if (d.rule, d.round) == (name, number)]
        assert len(found) == 1, f"{len(found)} deadlines {name} {number}"
        return found[0]

    def numbers(self, now: str, name: str = "call") -> list[int]:
        """The rounds in which a rule has a deadline."""
        return [d.round for d in self.seen(now).deadlines if d.rule == name]


def story(*rules: dict[str, Any], opened: str = "09:00", **keys: Any) -> Story:
    """A case registered on Monday at nine."""
    fields = keys.pop("fields", {})
    return Story(list(rules), keys, fields).then("registered", opened)


def shown(instant: datetime | None) -> str | None:
    """An instant as Shanghai sees it."""
    return None if instant is None else local(instant, ZONE)


def plan(deadline: Deadline) -> list[tuple[str | None, str]]:
    """What is to happen, as Shanghai sees it; but for the instant at which the state changes in silence."""
    return [(shown(entry.at), entry.step) for entry in deadline.plan if entry.step != BREACH]
