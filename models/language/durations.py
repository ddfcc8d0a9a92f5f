"""Durations of the rule language: `PT10M`, `P3D`, `P2W`, `P1M`, `P2WD`, `PT4WH`, `PT30WM`.

`PT..H/M/S` is elapsed time on the wall clock; `PT..WH/WM` is working time on the office hours;
`P..WD` counts working days; `P..D`, `P..W`, `P..M`, `P..Y` count calendar days, weeks, months, years.
A leading minus counts back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_CALENDAR = re.compile(r"(?P<sign>-?)P(?P<count>\d+)(?P<unit>WD|D|W|M|Y)", re.ASCII)
_CLOCK = re.compile(r"(?P<sign>-?)PT(?=\d)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?", re.ASCII)
_WORKING = re.compile(r"(?P<sign>-?)PT(?=\d)(?:(?P<h>\d+)WH)?(?:(?P<m>\d+)WM)?", re.ASCII)
_SHOWN = 40
"""Characters of what was written: no duration is longer."""


class Unit(StrEnum):
    """In what a duration is counted."""

    SECONDS = "seconds"
    WORKING_SECONDS = "working_seconds"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Duration:
    """A signed count of one unit; `text` is how it was written."""

    count: int
    unit: Unit
    text: str

    @property
    def in_days(self) -> bool:
        """Counted in whole days, so that its instants fall on the notice hour or a day's end."""
        return self.unit in (Unit.DAYS, Unit.WORKING_DAYS, Unit.MONTHS)

    @property
    def uses_calendar(self) -> bool:
        """Needs to know which days are working days."""
        return self.unit in (Unit.WORKING_DAYS, Unit.WORKING_SECONDS)

    def __str__(self) -> str:
        return self.text


LONGEST = {
    Unit.SECONDS: 36525 * 86400,
    Unit.WORKING_SECONDS: 36525 * 86400,
    Unit.DAYS: 36525,
    Unit.WORKING_DAYS: 36525,
    Unit.MONTHS: 1200,
}
"""A century; what is longer is a slip of the pen."""


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> Duration:
    """Read one duration of a century at most; ValueError names the forms that exist."""
    if len(text) > _SHOWN:
        msg = f"{text[:_SHOWN]!r} goes on too long for a duration: write it like P3D"
        raise ValueError(msg)
    duration = _read(text)
    if abs(duration.count) > LONGEST[duration.unit]:
        msg = f"{text!r} is longer than a century"
        raise ValueError(msg)
    return duration


def _read(text: str) -> Duration:
    if found := _CALENDAR.fullmatch(text):
        count = int(found["count"]) * (-1 if found["sign"] else 1)
        unit, factor = {
            "WD": (Unit.WORKING_DAYS, 1),
            "D": (Unit.DAYS, 1),
            "W": (Unit.DAYS, 7),
            "M": (Unit.MONTHS, 1),
            "Y": (Unit.MONTHS, 12),
        }[found["unit"]]
        return Duration(count * factor, unit, text)
    if found := _CLOCK.fullmatch(text):
        seconds = int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + int(found["s"] or 0)
        return Duration(-seconds if found["sign"] else seconds, Unit.SECONDS, text)
    if found := _WORKING.fullmatch(text):
        seconds = int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60
        return Duration(-seconds if found["sign"] else seconds, Unit.WORKING_SECONDS, text)
    msg = f"{text!r} is no duration: write PT10M, PT24H, P3D, P1W, P1M, P2WD (working days) or PT4WH (working hours)"
    raise ValueError(msg)


ZERO = Duration(0, Unit.SECONDS, "PT0S")
