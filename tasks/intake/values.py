"""What may stand in a cell: names on one line, possible dates, safe numbers, whole quantities, e-mail addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from models.calendar.instants import LATEST_YEAR, parse_instant
from models.errors import UsageError
from models.language.unseen import turns
from tasks.intake.reasons import BadRowError
from tasks.intake.table import CELL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

FREE_TEXT = frozenset({"content", "purpose", "note"})
"""Known columns that may hold several lines, as may those that nobody knows."""
LONGEST = {
    "level": 80,
    "event": 80,
    "department": 200,
    "handler": 200,
    "by": 200,
    "name": 200,
    "customer": 400,
    "borrower": 400,
    "email": 254,
    "deputy": 254,
    "role": 400,
    "notify": 2000,
}
"""Characters that the record keeps of a column."""
_SHORTEST_LIMIT = min(LONGEST.values())

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_LOST = "\ufffd"
_NUMBER = re.compile(r"[\w#(（\[【〔](?:[\w\-./#:()（）\[\]【】〔〕 ]*[\w#)）\]】〕])?")
_NUMBER_LONGEST = 80
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_LOCAL_LONGEST = 64
_BARE_DATE = re.compile(r"\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?")


def check_texts(values: Mapping[str, str], single_line: frozenset[str]) -> None:
    """Refuse cells that are too long, hold what no text holds, or turn the order of a line.

    Line breaks only where a text may have lines.
    """
    for name, text in values.items():
        if len(text) > _SHORTEST_LIMIT and len(text) > LONGEST.get(name, CELL_LIMIT):
            raise BadRowError("long", column=name, limit=LONGEST.get(name, CELL_LIMIT))
        # `isprintable` is quick, and true of nearly every cell
        if not text.isprintable():
            if (_CONTROL_OR_BREAK if name in single_line else _CONTROL).search(text):
                raise BadRowError("control", column=name)
            if turns(text):
                raise BadRowError("turning", column=name)
        if _LOST in text:
            raise BadRowError("lost_characters", column=name)


def needed(values: Mapping[str, str], *names: str) -> None:
    """Refuse a row in which one of these cells is empty."""
    for name in names:
        if name not in values:
            raise BadRowError("missing", column=name)


def instant(values: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime:
    """The instant in that cell (UTC), read in the zone when it names none."""
    text = values.get(name)
    if not text:
        raise BadRowError("missing", column=name)
    try:
        found = parse_instant(text, zone)
    except (UsageError, OverflowError, ValueError):
        found = None
    if found is None or found.year > LATEST_YEAR:
        raise BadRowError("date", column=name, text=text)
    return found


def is_bare_date(text: str) -> bool:
    """Whether a day is written without a time."""
    return _BARE_DATE.fullmatch(text.strip()) is not None


def last_instant(values: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime:
    """As `instant`, but a bare date means its last second."""
    found = instant(values, name, zone)
    if not is_bare_date(values[name]):
        return found
    next_day = found.astimezone(zone) + timedelta(days=1)
    return next_day.astimezone(UTC) - timedelta(seconds=1)


def is_case_number(text: str) -> bool:
    """Whether it can stand in a command, a file name and a subject."""
    return len(text) <= _NUMBER_LONGEST and _NUMBER.fullmatch(text) is not None


def case_number(text: str) -> str:
    """The number, when it can stand in a command, a file name and a subject."""
    if not is_case_number(text):
        raise BadRowError("number", text=text)
    return text


def quantity(text: str) -> str:
    """A whole number above zero, in plain digits."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (0 < number < 10**9 and number.is_integer()):
        raise BadRowError("quantity", column="quantity", text=text)
    return str(int(number))


def email_address(text: str) -> str:
    """The address, when a mail server can take it."""
    if not _EMAIL.fullmatch(text) or len(text.partition("@")[0]) > _LOCAL_LONGEST:
        raise BadRowError("email", text=text)
    return text
