"""Instants: whole seconds, kept in UTC, read and shown in the organisation's zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.errors import UsageError

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

_LOOSE = re.compile(
    r"""^\s*(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?
        (?:[T\s]+(?P<H>\d{1,2})[:时点](?P<M>\d{1,2})分?(?::?(?P<S>\d{1,2})秒?)?(?:[.,]\d+)?)?
        \s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*$""",
    re.VERBOSE,
)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; UsageError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"unknown time zone {name!r}: give an IANA name such as Asia/Shanghai"
        raise UsageError(msg) from error


def parse_instant(text: str | datetime | date, zone: tzinfo) -> datetime:
    """Read a date or instant as people write it; without a zone it is meant in `zone`.

    Accepts ISO 8601, `2026/11/1 9:05`, `2026年11月1日 9时5分`; a bare date is its midnight.
    Returns an aware UTC datetime, cut to whole seconds. UsageError says what was read.
    """
    if isinstance(text, datetime):
        return to_utc(text if text.tzinfo else text.replace(tzinfo=zone))
    if isinstance(text, date):
        return to_utc(datetime.combine(text, time(), zone))
    found = _LOOSE.match(text)
    try:
        if not found:
            return _parse_iso(text, zone)
        part = found.groupdict()
        naive = datetime(  # noqa: DTZ001 -- the zone is attached two lines below
            int(part["y"]),
            int(part["m"]),
            int(part["d"]),
            int(part["H"] or 0),
            int(part["M"] or 0),
            int(part["S"] or 0),
        )
        if not part["zone"]:
            return to_utc(naive.replace(tzinfo=zone))
        return datetime.fromisoformat(naive.isoformat() + part["zone"]).astimezone(UTC)
    except ValueError as error:
        msg = f"{text!r} is no date or instant ({error}): write it like 2026-11-01 09:05 or 2026-11-01T01:05:00Z"
        raise UsageError(msg) from error
    except OverflowError as error:
        msg = f"{text!r} lies outside the calendar: check the year"
        raise UsageError(msg) from error


def _parse_iso(text: str, zone: tzinfo) -> datetime:
    value = datetime.fromisoformat(text.strip())
    return to_utc(value if value.tzinfo else value.replace(tzinfo=zone))


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC, without fractions of a second."""
    return value.astimezone(UTC).replace(microsecond=0)


def iso(value: datetime | None) -> str | None:
    """`2026-11-01T01:05:00Z`, the form of every listing and of the database."""
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> datetime:
    """The inverse of `iso`."""
    return datetime.fromisoformat(text)


def local(value: datetime, zone: tzinfo) -> str:
    """`2026-11-01 09:05` (with seconds when there are any) in the organisation's zone."""
    shown = value.astimezone(zone)
    return shown.strftime("%Y-%m-%d %H:%M:%S" if shown.second else "%Y-%m-%d %H:%M")
