"""Durations of the rule language."""

from __future__ import annotations

import pytest

from models.language.durations import Unit, parse_duration


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("PT10M", 600, Unit.SECONDS),
        ("PT1H30M", 5400, Unit.SECONDS),
        ("PT72H", 72 * 3600, Unit.SECONDS),
        ("PT45S", 45, Unit.SECONDS),
        ("-PT3M", -180, Unit.SECONDS),
        ("PT0S", 0, Unit.SECONDS),
        ("PT4WH", 4 * 3600, Unit.WORKING_SECONDS),
        ("PT30WM", 1800, Unit.WORKING_SECONDS),
        ("PT1WH30WM", 5400, Unit.WORKING_SECONDS),
        ("-PT2WH", -7200, Unit.WORKING_SECONDS),
        ("P3D", 3, Unit.DAYS),
        ("P2W", 14, Unit.DAYS),
        ("-P1D", -1, Unit.DAYS),
        ("P2WD", 2, Unit.WORKING_DAYS),
        ("P1M", 1, Unit.MONTHS),
        ("P1Y", 12, Unit.MONTHS),
    ],
)
def test_each_form_has_its_unit(text: str, count: int, unit: Unit) -> None:
    """Clock time, working time, days, working days and months are told apart by their letters."""
    duration = parse_duration(text)

    assert (count, unit, text) == (duration.count, duration.unit, str(duration))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10 minutes",
        "P",
        "PT",
        "PT5",
        "P1",
        "P1H",
        "PT1D",
        "P1DT2H",
        "PT1.5H",
        "P1WH",
        "PT1WD",
        "pt10m",
        "+PT1M",
        "PT10M\n",
        " PT10M",
        "PT１０M",
        "PT30M1H",
        "P-1D",
        "--P1D",
        "PT4WH30M",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    """What is no duration is an error that shows the forms that exist."""
    with pytest.raises(ValueError, match="write PT10M"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P101Y", "P1201M", "P40000D", "PT900000H", "-P101Y", "P5300W"])
def test_no_duration_is_longer_than_a_century(text: str) -> None:
    """A limit that leads out of the calendar is a slip of the pen."""
    with pytest.raises(ValueError, match="century"):
        parse_duration(text)


def test_days_are_told_from_time() -> None:
    """Days, weeks, months and working days end with a day; minutes, hours and working hours do not."""
    assert ["P1D", "P1W", "P1M", "P1WD"] == [
        t for t in ("PT1H", "P1D", "P1W", "PT1WH", "P1M", "P1WD") if parse_duration(t).in_days
    ]
    assert ["PT1WH", "P1WD"] == [t for t in ("PT1H", "P1D", "PT1WH", "P1M", "P1WD") if parse_duration(t).uses_calendar]
