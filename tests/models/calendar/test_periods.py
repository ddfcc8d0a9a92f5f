"""Periods: their names, their edges in the organisation's zone, and their neighbours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar.periods import CADENCES, latest_period, parse_period, period_of
from models.errors import UsageError

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("cadence", "label", "since", "until"),
    [
        ("weekly", "2026-W47", "2026-11-16", "2026-11-23"),
        ("weekly", "2026-w1", "2025-12-29", "2026-01-05"),
        ("weekly", "2026-W53", "2026-12-28", "2027-01-04"),
        ("monthly", "2026-11", "2026-11-01", "2026-12-01"),
        ("monthly", " 2026-2 ", "2026-02-01", "2026-03-01"),
        ("quarterly", "2026-q4", "2026-10-01", "2027-01-01"),
        ("half-year", "2026-H2", "2026-07-01", "2027-01-01"),
        ("annual", "2026", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_label_names_its_days(cadence: str, label: str, since: str, until: str) -> None:
    """From local midnight to local midnight."""
    period = parse_period(cadence, label, SHANGHAI)

    assert (since, until) == tuple(f"{edge.astimezone(SHANGHAI):%Y-%m-%d}" for edge in (period.since, period.until))
    assert {"00:00:00"} == {f"{edge.astimezone(SHANGHAI):%X}" for edge in (period.since, period.until)}
    assert period == parse_period(cadence, period.label, SHANGHAI)


@pytest.mark.parametrize(
    ("cadence", "label"),
    [
        ("weekly", "2026-W54"),
        ("weekly", "2025-W53"),
        ("weekly", "2026-47"),
        ("weekly", "2026-W0"),
        ("monthly", "2026-13"),
        ("monthly", "2026-00"),
        ("monthly", "26-11"),
        ("monthly", "2026-11-01"),
        ("quarterly", "2026-Q5"),
        ("half-year", "2026-H3"),
        ("annual", "0001"),
        ("annual", "9999"),
        ("annual", ""),
        ("daily", "2026-11-01"),
    ],
)
def test_anything_else_is_refused_with_an_example(cadence: str, label: str) -> None:
    """The advice fits on one line."""
    with pytest.raises(UsageError) as refused:
        parse_period(cadence, label, SHANGHAI)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("cadence", "label", "before", "year_ago"),
    [
        ("weekly", "2026-W01", "2025-W52", "2025-W01"),
        ("weekly", "2026-W53", "2026-W52", "2025-W52"),
        ("monthly", "2026-01", "2025-12", "2025-01"),
        ("monthly", "2024-02", "2024-01", "2023-02"),
        ("quarterly", "2026-Q1", "2025-Q4", "2025-Q1"),
        ("half-year", "2026-H2", "2026-H1", "2025-H2"),
        ("annual", "2026", "2025", "2025"),
    ],
)
def test_neighbours(cadence: str, label: str, before: str, year_ago: str) -> None:
    """The period before, and the same one of last year."""
    period = parse_period(cadence, label, SHANGHAI)

    assert before == period.before(SHANGHAI).label
    assert year_ago == period.year_ago(SHANGHAI).label
    assert period.before(SHANGHAI).until == period.since


def test_the_latest_period_is_over() -> None:
    """At the first second of a month the month before is complete, a second earlier it is not."""
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)

    assert "2026-11" == latest_period("monthly", midnight, SHANGHAI).label
    assert "2026-10" == latest_period("monthly", midnight - timedelta(seconds=1), SHANGHAI).label


@pytest.mark.parametrize(("label", "count"), [("2026-11", 30), ("2024-02", 29), ("2026-10", 31)])
def test_a_month_is_shown_by_days(label: str, count: int) -> None:
    """Also across the change of the clocks."""
    assert count == len(parse_period("monthly", label, BERLIN).buckets(BERLIN))


@given(
    st.sampled_from(CADENCES),
    st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia")]),
)
def test_periods_and_buckets_leave_no_gap(cadence: str, instant: datetime, zone: ZoneInfo) -> None:
    """An instant lies in its period, whose buckets fill it without gap or overlap, and whose label means it."""
    period = period_of(cadence, instant, zone)
    buckets = period.buckets(zone)

    assert period.since <= instant < period.until
    assert period == parse_period(cadence, period.label, zone)
    assert [period.since, *(one.until for one in buckets)] == [*(one.since for one in buckets), period.until]
    assert period.before(zone).until == period.since
    assert period.year_ago(zone).until <= period.since
