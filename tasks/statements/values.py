"""A figure as text in a language: 82.4%, 3 小时 12 分钟, ¥1,250, instants as local time; None is a dash."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import local
from models.wording.catalogue import say, spoken
from models.wording.durations import elapsed_words
from tasks.statistics.phrases import Phrase, said

if TYPE_CHECKING:
    from datetime import tzinfo

    from tasks.statistics.figures import Cell, Headline, Kind

NOTHING = "–"
"""What does not exist."""
SLIGHT = 0.0005
"""A rate that differs by less than what one digit after the point shows has not changed."""


def shown(value: Cell, kind: Kind | str, language: str, zone: tzinfo | None = None) -> str:
    """The value as people read it; instants as local time of `zone`, the organisation's, and as UTC without one."""
    tongue = spoken(language)
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Phrase):
        return said(value, tongue)
    if kind in ("instant", "date"):
        return _moment(str(value), kind, zone)
    if isinstance(value, str):
        return value
    if kind == "rate":
        return f"{value * 100:.1f}%"
    if kind == "seconds":
        length = elapsed_words(timedelta(seconds=round(value)), tongue)
        return f"−{length}" if value < 0 else length
    if kind == "money":
        return f"{'−' if value < 0 else ''}¥{_number(abs(value))}"
    if kind == "days":
        return say(tongue, "statement.days", days=_number(value))
    return _number(value)


def as_instant(value: object) -> datetime | None:
    """The instant that a cell of ISO text names; None when it names none."""
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _moment(value: str, kind: str, zone: tzinfo | None) -> str:
    instant = as_instant(value)
    if instant is None:
        return value
    if zone and instant.tzinfo:
        instant = instant.astimezone(zone)
    if kind == "date":
        return instant.strftime("%Y-%m-%d")
    return local(instant, instant.tzinfo)[:16] if instant.tzinfo else instant.strftime("%Y-%m-%d %H:%M")


def _number(value: float) -> str:
    """With commas between thousands, at most two digits after the point and no zeros at the end."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if text != "-0" else "0"


class Shift(NamedTuple):
    """How a headline stands against another period. `mood` is better, worse, or even (where no direction is good)."""

    arrow: str
    text: str
    mood: str


def shift(headline: Headline, other: float | None, language: str) -> Shift:
    """The difference to `other`, with arrow and sign; a dash where one of the two does not exist."""
    if headline.value is None or other is None:
        return Shift("", NOTHING, "none")
    by = headline.value - other
    if abs(by) < (SLIGHT if headline.kind == "rate" else 1e-9):
        return Shift("=", say(language, "statement.unchanged"), "even")
    arrow, sign = ("▲", "+") if by > 0 else ("▼", "−")
    up = "up" if by > 0 else "down"
    mood = "even" if headline.good == "none" else "better" if headline.good == up else "worse"
    return Shift(arrow, sign + _difference(abs(by), other, headline.kind, spoken(language)), mood)


def _difference(by: float, other: float, kind: str, tongue: str) -> str:
    """A rate in points, everything else as it is; a count also as a share of what it was, unless it doubled."""
    if kind == "rate":
        return say(tongue, "statement.points", points=f"{by * 100:.1f}")
    text = shown(by, kind, tongue)
    return f"{text} ({by / other:.0%})" if kind == "count" and by < other else text
