"""Lengths of time as people say them: as a regulation gives them, and as they were measured."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from models.language.durations import parse_duration
from models.language.words import is_hole
from models.wording.catalogue import say

if TYPE_CHECKING:
    from datetime import timedelta

_OF_DAYS = {"Y": "year", "M": "month", "W": "week", "D": "day", "WD": "working_day"}
_OF_HOURS = {"H": "hour", "M": "minute", "S": "second", "WH": "working_hour", "WM": "working_minute"}
_MEASURED = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
_SHOWN = 2
"""A measured length is told in so many units that follow each other: days and hours, or hours and minutes."""


@lru_cache(maxsize=1024)
def duration_words(text: str, language: str) -> str:
    """`1 小时 30 分钟` for PT1H30M of the rule language; a minus is left to the sentence around it."""
    if is_hole(text):
        return say(language, "rule.not_set", setting=text[1:])
    duration = parse_duration(text)
    if duration.count == 0:
        return say(language, "duration.same_day" if duration.in_days else "duration.at_once")
    days, _, hours = text.lstrip("-P").partition("T")
    return " ".join(
        say(language, f"duration.unit.{units[unit]}", count=int(count))
        for part, units in ((days, _OF_DAYS), (hours, _OF_HOURS))
        for count, unit in re.findall(r"(\d+)([A-Z]+)", part)
    )


def elapsed_words(length: timedelta, language: str) -> str:
    """`2 天 3 小时`, `2 d 3 h`: the two largest units that are not nothing, of the length without its sign."""
    left = abs(int(length.total_seconds()))
    counts = {}
    for unit, seconds in _MEASURED.items():
        counts[unit], left = divmod(left, seconds)
    units = list(counts)
    first = next((number for number, unit in enumerate(units) if counts[unit]), len(units) - 1)
    shown = [unit for unit in units[first : first + _SHOWN] if counts[unit]] or units[-1:]
    return " ".join(say(language, f"duration.measured.{unit}", count=counts[unit]) for unit in shown)
