"""When statements are made: the settings' days and hours, moved to working days."""

from __future__ import annotations

import pytest

from models.calendar.instants import parse_instant
from models.calendar.periods import parse_period
from models.errors import UsageError
from models.settings import Settings, load_settings
from tasks.organisation.calendars import calendar_of
from tasks.statements.planned import LOANS, MISSED, instants_of, planned

SETTINGS = Settings()


def instants(cadence: str, label: str, settings: Settings = SETTINGS) -> list[str]:
    """The local instants at which the statement of that period is made."""
    period = parse_period("monthly" if cadence == LOANS else cadence, label, settings.zone)
    found = instants_of(settings, calendar_of(settings), cadence, period)
    return [f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}" for at in found]


def by(cadence: str, now: str, settings: Settings = SETTINGS) -> list[str]:
    """What was to be made by that local instant, as periods."""
    at = parse_instant(now, settings.zone)
    return [one.period.label for one in planned(settings, calendar_of(settings), cadence, at)]


@pytest.mark.parametrize(
    ("cadence", "period", "at"),
    [
        ("weekly", "2026-W47", ["2026-11-23 18:00"]),
        ("monthly", "2026-10", ["2026-11-09 09:00"]),
        ("monthly", "2026-11", ["2026-12-08 09:00"]),
        ("quarterly", "2026-Q1", ["2026-04-01 09:00"]),
        ("annual", "2026", ["2027-01-11 09:00"]),
        (LOANS, "2026-10", ["2026-11-03 09:00"]),
    ],
)
def test_the_defaults_are_those_of_the_text(cadence: str, period: str, at: list[str]) -> None:
    """Monday 18:00 for the week, before the 10th for the month, the first for the quarter, January for the year."""
    assert at == instants(cadence, period)


def test_a_holiday_moves_it_to_the_next_working_day() -> None:
    """The first of October is a holiday until the 7th; a make-up Saturday is worked."""
    assert ["2026-10-08 09:00"] == instants("quarterly", "2026-Q3")
    assert ["2026-10-10 09:00"] == instants("monthly", "2026-09", Settings(statement_monthly="10 09:00"))


def test_a_half_year_is_reported_while_it_runs_and_completed_when_it_has_ended() -> None:
    """In the first ten days of June and December, then on the date of the quarter that ends with it."""
    assert ["2026-06-05 09:00", "2026-07-01 09:00"] == instants("half-year", "2026-H1")
    assert ["2026-12-07 09:00", "2027-01-04 09:00"] == instants("half-year", "2026-H2")


def test_a_half_year_is_completed_where_quarters_are_off() -> None:
    """On the first working day after it."""
    settings = Settings(statement_quarterly="off")

    assert ["2026-06-05 09:00", "2026-07-01 09:00"] == instants("half-year", "2026-H1", settings)
    assert [] == instants("quarterly", "2026-Q2", settings)


def test_nothing_is_planned_before_its_instant() -> None:
    """At 17:59 on Monday the week before is not due; at 18:00 it is."""
    assert "2026-W46" == by("weekly", "2026-11-23 17:59:59")[-1]
    assert "2026-W47" == by("weekly", "2026-11-23 18:00")[-1]


def test_the_oldest_comes_first_and_not_more_than_a_dozen() -> None:
    """After long downtime the newest dozen counts."""
    assert MISSED == len(by("weekly", "2026-11-24 09:00"))
    assert ["2026-H1", "2026-H1"] == by("half-year", "2026-11-24 09:00")[-2:]
    assert sorted(by("monthly", "2026-11-24 09:00")) == by("monthly", "2026-11-24 09:00")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEEKLY", "monday 18:00"),
        ("MONTHLY", "31 09:00"),
        ("HALF_YEAR", "06-05"),
        ("ANNUAL", "13-10 09:00"),
        ("LOANS", "3"),
    ],
)
def test_a_wrong_date_is_refused_with_its_setting(name: str, value: str) -> None:
    """The error names the variable and how to write it."""
    with pytest.raises(UsageError, match=f"DUBAN_STATEMENT_{name}: write"):
        load_settings({f"DUBAN_STATEMENT_{name}": value})
