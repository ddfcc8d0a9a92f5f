"""Office hours of a regulation in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.catalogue import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.calendars import Hours
    from models.wording.speaker import Speaker


def hours_clauses(speak: Speaker, hours: Hours) -> Iterator[str]:
    """When the office is open: season, days, spans."""
    days, spans = _day_words(speak, hours), speak.joined(hours.open)
    if hours.since and hours.until:
        yield speak.say("hours.season", since=hours.since, until=hours.until, days=days, spans=spans)
    else:
        yield speak.say("hours.open", days=days, spans=spans)


def _day_words(speak: Speaker, hours: Hours) -> str:
    if hours.days in ("working", "all"):
        return speak.say(f"hours.{hours.days}")
    names = (hours.days,) if isinstance(hours.days, str) else hours.days
    weekdays = (word(speak.language, f"weekday.{name}", name) for name in names)
    return speak.listed([speak.say("hours.weekday", weekday=weekday) for weekday in weekdays], "and")
