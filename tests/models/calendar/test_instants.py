"""Instants as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar.instants import from_iso, iso, local, parse_instant, zone_named
from models.errors import UsageError

ZONE = zone_named("Asia/Shanghai")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01 09:05",
        "2026-11-01T09:05",
        "2026-11-01T09:05:00",
        "2026-11-01T09:05:00.999",
        " 2026-11-01  9:05 ",
        "2026/11/1 9:05",
        "2026/11/01 09:05:00",
        "2026.11.1 9:05",
        "2026年11月1日 9时5分",
        "2026年11月1日9时5分",
        "2026年11月1日 9时05分00秒",
        "2026年11月1日 9点05",
        "2026年11月1日 09:05",
        "２０２６-11-01 9：05",
        "2026-11-01T01:05:00Z",
        "2026-11-01T01:05:00z",
        "2026-11-01T09:05:00+08:00",
        "2026-11-01 09:05:00 +0800",
        "2026-11-01 09:05+08",
        "2026-10-31T21:05:00-04:00",
        "20261101T0905",
        datetime(2026, 11, 1, 9, 5),  # noqa: DTZ001 -- as a spreadsheet gives it
        datetime(2026, 11, 1, 9, 5, 0, 400_000),  # noqa: DTZ001 -- likewise
        datetime(2026, 11, 1, 1, 5, tzinfo=UTC),
    ],
)
def test_one_instant_has_many_spellings(text: str | datetime) -> None:
    """ISO 8601, slashes, dots, Chinese, spreadsheets, with a zone or meant in the organisation's: the same second."""
    assert "2026-11-01T01:05:00Z" == iso(parse_instant(text, ZONE))


@pytest.mark.parametrize(
    "text", ["2026-11-01", "2026/11/1", "2026.11.01", "2026年11月1日", "20261101", date(2026, 11, 1)]
)
def test_a_bare_date_is_its_midnight(text: str | date) -> None:
    """A date without a time begins in the organisation's zone."""
    assert "2026-10-31T16:00:00Z" == iso(parse_instant(text, ZONE))


def test_an_hour_alone_is_enough_in_chinese() -> None:
    """`9时` is nine o'clock."""
    assert "2026-11-01T01:00:00Z" == iso(parse_instant("2026年11月1日9时", ZONE))


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2027-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-11-31",
        "2026-11-01 25:00",
        "2026-11-01 24:00",
        "2026-11-01 09:60",
        "2026-11-01 09:05:61",
        "12/31/2026",
        "1/11/26",
        "tomorrow",
        "",
        "   ",
        "2026-11-01 9",
        "2026-11-01T09:05+99:00",
        "46327.3784",
        "2026年11日1月",
        "=NOW()",
        "10000-01-01",
        "2026-11-01 09:05 or so",
    ],
)
def test_an_impossible_date_is_refused(text: str) -> None:
    """What is no instant is one line that repeats it and shows how to write one."""
    with pytest.raises(UsageError, match="is no date or instant") as refused:
        parse_instant(text, ZONE)

    assert text[:20].strip() in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["0001-01-01", "0226-11-01", "1899-12-31", datetime(1, 1, 1)])  # noqa: DTZ001 -- see above
def test_a_year_long_gone_is_a_slip_of_the_pen(text: str | datetime) -> None:
    """No case is older than 1900, and no instant leaves the calendar."""
    with pytest.raises(UsageError, match="check the year"):
        parse_instant(text, ZONE)


def test_a_far_year_is_read() -> None:
    """People write 9999-12-31 for never."""
    assert "9999-12-30T16:00:00Z" == iso(parse_instant("9999-12-31", ZONE))
    with pytest.raises(UsageError, match="check the year"):
        parse_instant(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-8))), ZONE)


def test_a_huge_cell_is_not_repeated() -> None:
    """A cell of ten megabytes makes a short error, at once."""
    with pytest.raises(UsageError) as refused:
        parse_instant("2" * 10_000_000, ZONE)

    assert len(str(refused.value)) < 200


def test_what_is_no_text_at_all_is_refused() -> None:
    """A number from a spreadsheet cell is no instant."""
    with pytest.raises(UsageError, match="46327"):
        parse_instant(46327, ZONE)  # type: ignore[arg-type]


@given(st.datetimes(min_value=datetime(1901, 1, 1), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001 -- bounds of naive draws
def test_writing_and_reading_are_inverse(drawn: datetime) -> None:
    """`iso` and `from_iso`, and what a listing shows, give the same second back."""
    instant = drawn.replace(tzinfo=UTC, microsecond=0)

    assert instant == from_iso(iso(instant) or "")
    assert instant == parse_instant(iso(instant) or "", ZONE)
    assert instant == parse_instant(local(instant, ZONE), ZONE)


def test_nothing_is_nothing() -> None:
    """An instant that is not known is shown as none."""
    assert iso(None) is None


@pytest.mark.parametrize("name", ["Peking", "Asia", "", "../etc", "UTC+8"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    """A zone is an IANA name."""
    with pytest.raises(UsageError, match="IANA name such as Asia/Shanghai"):
        zone_named(name)
