"""Instants: whole seconds, kept in UTC, read and shown in the organisation's zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.errors import UsageError

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Monday is 0, as for `date.weekday`."""

EARLIEST_YEAR = 1900
"""An earlier year is a slip of the pen."""
LATEST_YEAR = 2199
"""Nothing happens later; only a term without end, which people write as 9999-12-31, may lie beyond."""

_LOOSE = re.compile(
    r"""\s*(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<month>\d{1,2})月(?P<day>\d{1,2})日?)
        (?:(?:T|\s+|(?<=日))\s*(?P<H>\d{1,2})
           (?:[:：](?P<M>\d{1,2})(?:[:：](?P<S>\d{1,2})(?:[.,]\d+)?)?
             |[时点](?:(?P<minute>\d{1,2})分?(?:(?P<second>\d{1,2})秒?)?)?))?
        \s*(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?\s*""",
    re.VERBOSE,
)
_SHOWN = 40
"""How much of an unreadable value an error repeats."""


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; UsageError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"unknown time zone {name!r}: give an IANA name such as Asia/Shanghai"
        raise UsageError(msg) from error


def parse_instant(text: str | datetime | date, zone: tzinfo) -> datetime:
    """Read a date or instant as people write it; without a zone it is meant in `zone`.

    Accepts ISO 8601, `2026/11/1 9:05`, `2026年11月1日 9时5分`, a spreadsheet's date; a bare date is its midnight.
    Returns an aware UTC datetime, cut to whole seconds. UsageError says what was read.
    """
    try:
        value = _read(text)
        instant = to_utc(value if value.tzinfo else value.replace(tzinfo=zone))
    except ValueError as error:
        raise UsageError(f"{_shown(text)} is no date or instant: {error}") from None
    except OverflowError:
        raise UsageError(f"{_shown(text)} lies outside the calendar: check the year") from None
    if instant.year < EARLIEST_YEAR:
        raise UsageError(f"{_shown(text)} lies before {EARLIEST_YEAR}: check the year")
    return instant


def _read(text: str | datetime | date) -> datetime:
    """What was written, with its zone if it has one."""
    if isinstance(text, datetime):
        return text
    if isinstance(text, date):
        return datetime.combine(text, time())
    found = _LOOSE.fullmatch(text) if isinstance(text, str) else None
    if not found:
        try:
            return datetime.fromisoformat(str(text)[: 2 * _SHOWN].strip())
        except ValueError:
            raise ValueError("write it like 2026-11-01 09:05 or 2026-11-01T01:05:00Z") from None
    part = found.groupdict()
    year, month, day = (
        int(part[long] or part[short] or 0) for long, short in (("y", "y"), ("month", "m"), ("day", "d"))
    )
    hour, minute, second = (
        int(part[long] or part[short] or 0) for long, short in (("H", "H"), ("minute", "M"), ("second", "S"))
    )
    naive = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 -- the zone comes next, or from the caller
    return datetime.fromisoformat(naive.isoformat() + part["zone"].upper()) if part["zone"] else naive


def _shown(text: object) -> str:
    shown = str(text)
    return repr(shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…")


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC, without fractions of a second."""
    return value.astimezone(UTC).replace(microsecond=0)


def iso(value: datetime | None) -> str | None:
    """`2026-11-01T01:05:00Z`, the form of every listing and of the database."""
    if value is None:
        return None
    if value.utcoffset():  # the database must never see another zone's digits with a Z
        value = value.astimezone(UTC)
    return f"{value.isoformat()[:19]}Z"


def from_iso(text: str) -> datetime:
    """The inverse of `iso`."""
    return datetime.fromisoformat(text)


def local(value: datetime, zone: tzinfo) -> str:
    """`2026-11-01 09:05` (with seconds when there are any) in the organisation's zone."""
    shown = value.astimezone(zone)
    return shown.strftime("%Y-%m-%d %H:%M:%S" if shown.second else "%Y-%m-%d %H:%M")
