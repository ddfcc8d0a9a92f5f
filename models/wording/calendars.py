"""The instants of a calendar in plain words: 每月第 3 个工作日, the 3rd working day of each month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import is_hole
from models.wording.catalogue import say, word
from models.wording.phrases import listed

if TYPE_CHECKING:
    from models.language.calendars import Calendar

_DAY_OF_YEAR = 5
"""How long `06-10` is."""


def calendar_words(calendar: Calendar, language: str) -> str:
    """Which days, at which hours, and what happens where such a day is a free one."""
    if calendar.dates:
        comma = say(language, "list.comma")
        key = "dates_each_year" if all(len(day) == _DAY_OF_YEAR for day in calendar.dates) else "dates"
        when = _say(language, key, dates=comma.join(_figure(day, language) for day in calendar.dates))
    else:
        when = _day_words(calendar, language)
    if calendar.at:
        hours = say(language, "list.comma").join(_figure(hour, language) for hour in calendar.at)
        when = _say(language, "at", day=when, hours=hours)
    return when if calendar.holiday is None else _say(language, f"holiday.{calendar.holiday}", when=when)


def _day_words(calendar: Calendar, language: str) -> str:
    """Which day of the period."""
    each = word(language, f"period.each.{calendar.every}", _figure(calendar.every, language))
    if calendar.working_day is not None:
        key = "last_working_day" if calendar.working_day == -1 else "working_day"
        return _say(language, key, each=each, number=_figure(calendar.working_day, language))
    if calendar.day is not None:
        key = "last_day" if calendar.day == -1 else "day"
        return _say(language, key, each=each, number=_figure(calendar.day, language))
    if calendar.weekday:
        return _weekday_words(calendar, each, language)
    return each if calendar.every == "day" else _say(language, "end", each=each)


def _weekday_words(calendar: Calendar, each: str, language: str) -> str:
    """Which weekday of the period."""
    names = (word(language, f"weekday.{day}", _figure(day, language)) for day in calendar.weekday)
    weekdays = listed(names, language)
    if calendar.before is not None:
        return _say(language, "weekday_before", each=each, weekdays=weekdays, day=calendar.before)
    if calendar.nth:
        numbers = [_say(language, "last") if n == -1 else _say(language, "number", number=n) for n in calendar.nth]
        joined = listed(numbers, language, "and")
        return _say(language, "weekday_numbered", each=each, weekdays=weekdays, numbers=joined)
    key = "weekday_each_week" if calendar.every == "week" else "weekday"
    return _say(language, key, each=each, weekdays=weekdays)


def _figure(value: object, language: str) -> str:
    """What is written, or which setting it waits for."""
    return say(language, "rule.not_set", setting=str(value)[1:]) if is_hole(value) else str(value)


def _say(language: str, key: str, **places: object) -> str:
    return say(language, f"rule.calendar.{key}", **places)
