"""A duty that Duban does itself is done when its statement is approved, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.statements.schedule import schedule_findings
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


def test_a_statement_is_made_in_time_for_the_duty_that_it_fulfils(reporting: Reporting) -> None:
    """Due on the 5th it is made on the 2nd, the review having three working days, not on the 8th."""
    early = duty(every="month", day="5", covers="last", fulfilled_by="month", responsible="chief")
    story = reports(reporting, "2026-10-20 12:00", early).story
    story.complaint("2026-10-21 10:00")
    assert [] == made(reporting, "2026-11-01 12:00")
    assert ["routine"] == made(reporting, "2026-11-02 09:00")
    assert [] == made(reporting, "2026-11-05 09:00")
    assert "routine" not in made(reporting, "2026-11-08 09:30")


def test_a_statement_that_is_there_in_time_is_made_once(reporting: Reporting) -> None:
    """Due on the 20th the general schedule does."""
    late = duty(every="month", day="20", covers="last", fulfilled_by="month", responsible="chief")
    story = reports(reporting, "2026-10-20 12:00", late).story
    story.complaint("2026-10-21 10:00")
    assert [] == made(reporting, "2026-11-07 12:00")


def test_schedules_that_cannot_agree_are_named(reporting: Reporting) -> None:
    """A duty about the running period, one that leaves the review no time, and a cadence that is switched off."""

    def findings(given: str, **settings: str) -> list[str]:
        deployment = routine(reporting.story, given).deployment.changed(**settings)
        rules = deployment.regulations.read("routine")
        return [
            said.split(": ", 2)[2] for said in schedule_findings(deployment, [rules], reporting.story.at("2026-11-01"))
        ]

    own = {"responsible": "chief", "fulfilled_by": "month", "every": "month"}
    running = duty(**own, day="20")
    assert ["its statement is made 2026-12-08 09:00, when the period is over: write `covers: last` or a later day"] == [
        *findings(running)
    ]
    assert [] == findings(duty(**own, day="10", covers="last"))
    (short,) = findings(duty(**own, day="2", covers="last"))
    assert short.startswith("its statement is there 2026-11-02 09:00, which leaves the review less")
    (off,) = findings(duty(**own, day="10", covers="last"), statement_monthly="off")
    assert off == "no monthly statement is made that could fulfil it: set DUBAN_STATEMENT_MONTHLY"


def made(reporting: Reporting, at: str) -> list[str]:
    """Of which regulations a statement was made then."""
    report = reporting.due(at)
    assert [] == report.failed
    return [one.regulation for one in report.made if one.cadence == "monthly"]
