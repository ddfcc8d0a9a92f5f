"""Shipped regulations played on the pure timeline, to the second and in Asia/Shanghai."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models import SHIPPED
from models.calendar.instants import parse_instant
from models.calendar.work_calendar import WorkCalendar
from models.packs.load import catalogue, load_regulation
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Event

if TYPE_CHECKING:
    from datetime import datetime

    from models.timeline.story import Deadline, Timeline

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(SHANGHAI)
PACKS = {name: load_regulation(file) for name, file in catalogue([SHIPPED]).items()}
LATER = "2027-12-31 00:00:00"


def instant(text: str) -> datetime:
    """A time of Shanghai."""
    return parse_instant(text, SHANGHAI)


def shown(value: datetime | None) -> str | None:
    """An instant as the people of Shanghai write it, to the second."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if value else None


def story(
    pack: str, *happened: tuple[str, str] | tuple[str, str, dict[str, Any]], now: str = LATER, **fields: Any
) -> Timeline:
    """What became of a case to which this happened: (instant, event) or (instant, event, fields)."""
    events = [Event(what[1], instant(what[0]), what[2] if len(what) > 2 else {}, n) for n, what in enumerate(happened)]
    facts = {"level": "dissatisfied", "channel": "phone", **fields}
    return timeline(Case.told(facts, events), PACKS[pack], CALENDAR, instant(now))


def clock(case: Timeline, rule: str, number: int = 1) -> Deadline:
    """The one deadline of that rule and round."""
    (found,) = [item for item in case.deadlines if (item.rule, item.round) == (rule, number)]
    return found


def plan(deadline: Deadline) -> dict[str, str | None]:
    """The steps that somebody is told at, each with its instant."""
    steps = [step for step in deadline.plan if step.step in ("opens", "due") or "-" in step.step]
    return {step.step: shown(step.at) for step in steps}


def told(pack: str, rule: str, step: str) -> tuple[str, ...]:
    """Who is told at a step."""
    found = PACKS[pack].rule(rule)
    assert found is not None
    return found.steps()[step][1]
