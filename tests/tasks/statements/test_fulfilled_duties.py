"""A duty that Duban does itself is done when its statement is approved, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tasks.engine.test_duties import case, duty, opened, routine, steps

if TYPE_CHECKING:
    from tests.tasks.statements.organisation import Reporting

TABLE = duty(every="month", day="10", covers="last", fulfilled_by="month", responsible="chief")


def reports(reporting: Reporting, at: str = "2026-10-31 12:00", given: str = TABLE) -> Reporting:
    """An organisation in which this duty has been in force since then."""
    reporting.deployment = routine(reporting.story, given).deployment
    reporting.story.sweep(at)
    return reporting


def test_an_approved_statement_fulfils_the_duty_of_its_period(reporting: Reporting) -> None:
    """Made is not sent: only the approval meets the clock, at its own instant, and closes the case."""
    story = reports(reporting).story
    made = reporting.made("monthly", "2026-10", "2026-11-08 09:00")
    assert made is not None
    story.sweep("2026-11-08 10:00")
    assert "open" == case(story, "table-2026-10").status

    reporting.answered(made.number, "approve", "2026-11-09 10:00", by="总经理")
    story.sweep("2026-11-12 10:00")
    row = case(story, "table-2026-10")
    assert ("closed", story.at("2026-11-09 10:00")) == (row.status, row.closed_at)
    assert "due" not in steps(story, "table-2026-10")


def test_a_returned_statement_fulfils_nothing(reporting: Reporting) -> None:
    """The duty goes on until the corrected one is approved."""
    story = reports(reporting).story
    made = reporting.made("monthly", "2026-10", "2026-11-08 09:00")
    assert made is not None
    reporting.answered(made.number, "return", "2026-11-09 10:00", by="总经理", remark="数字不对")
    story.sweep("2026-11-12 10:00")

    assert "open" == case(story, "table-2026-10").status


def test_a_statement_of_another_period_fulfils_nothing(reporting: Reporting) -> None:
    """September's approved statement leaves October's table to be done."""
    story = reports(reporting).story
    made = reporting.made("monthly", "2026-09", "2026-11-02 09:00")
    assert made is not None
    reporting.answered(made.number, "approve", "2026-11-02 10:00", by="总经理")
    story.sweep("2026-11-02 11:00")

    assert "open" == case(story, "table-2026-10").status


def test_a_statement_that_was_approved_before_the_duty_opened_fulfils_it_at_once(reporting: Reporting) -> None:
    """The case opens with its early edge and is done at that instant: nobody is asked for what is there."""
    given = duty(dates='["12-10"]', lead="P9D", fulfilled_by="half_year")
    story = reports(reporting, given=given).story
    made = reporting.made("half-year", "2026-H2", "2026-11-20 09:00")
    assert made is not None
    reporting.answered(made.number, "approve", "2026-11-21 10:00", by="总经理")
    story.replay("2026-11-30 00:00", "2026-12-02 12:00")

    assert {"table-2026-12-10": "2026-12-01 00:00"} == opened(story)
    assert "closed" == case(story, "table-2026-12-10").status
    assert {} == steps(story, "table-2026-12-10")
