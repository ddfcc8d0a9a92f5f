"""Office hours of a regulation in plain words; `sentences.py` puts them among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.calendar.instants import WEEKDAYS
from models.wording.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.calendars import Hours
    from models.wording.speaker import Speaker

_CHINESE = dict(zip(WEEKDAYS, "一二三四五六日", strict=True))
_ENGLISH = dict(zip(WEEKDAYS, ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun"), strict=True))


def hours_clauses(speak: Speaker, hours: Hours) -> Iterator[str]:
    """When the office is open: season, days, spans."""
    if hours.days == "working":
        days = speak.say("工作日", "on working days")
    elif hours.days == "all":
        days = speak.say("每天", "on all days")
    else:
        names = (hours.days,) if isinstance(hours.days, str) else hours.days
        spoken = [speak.say(f"星期{_CHINESE[name]}", f"on {_ENGLISH[name]}days") for name in names]
        days = listed(spoken, speak.language, ("和", " and "))
    season = ""
    if hours.since and hours.until:
        season = speak.say(f"{hours.since} 至 {hours.until}，", f"from {hours.since} to {hours.until}, ")
    spans = speak.say("、", ", ").join(hours.open)
    yield speak.say(f"办公时间：{season}{days} {spans}", f"office hours: {season}{days} {spans}")
