"""Statements are made once, whoever runs twice, and again when a correction changed them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

import tasks.statistics
from tests.tasks.statements.organisation import Reporting, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tests.support.story import Story


def test_the_first_run_makes_the_newest_of_each_cadence(reporting: Reporting) -> None:
    """The organisation and each regulation that had cases; nothing of a time before the first case."""
    made = numbers(reporting.due("2026-11-09 12:00"))

    assert [
        "FX-2026-W44",
        "FX-2026-W44-standard-complaints",
        "FX-2026-10",
        "FX-2026-10-standard-complaints",
        "FX-2026-10-loans",
    ] == made
    assert {"in_review", "approved"} == set(reporting.states().values())
    assert [("", "总经理")] * 4 == reporting.mails("review")
    assert [("", "总经理")] == reporting.mails("general")


def test_a_second_run_makes_nothing(reporting: Reporting) -> None:
    """Neither a statement nor a mail nor a case."""
    reporting.due("2026-11-09 12:00")
    before = reporting.story.mails()

    assert [] == numbers(reporting.due("2026-11-09 12:30"))
    assert [] == reporting.revised("2026-11-09 12:30")
    assert before == reporting.story.mails()


def test_two_flows_at_once_make_one(reporting: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have computed the figures before either writes."""
    together = Barrier(2)
    collect: Callable[..., object] = tasks.statistics.collect

    def slowly(*given: object, **named: object) -> object:
        found = collect(*given, **named)
        together.wait(timeout=30)
        return found

    monkeypatch.setattr(tasks.statistics, "collect", slowly)

    def flow() -> object:
        return reporting.made("monthly", "2026-10", "2026-11-09 12:00")

    with ThreadPoolExecutor(2) as pool:
        results = [future.result() for future in [pool.submit(flow), pool.submit(flow)]]

    assert [True, False] == sorted((made is not None for made in results), reverse=True)
    assert {"FX-2026-10": "in_review"} == reporting.states()
    assert 1 == reporting.clock("FX-2026-10")
    assert [("", "总经理")] == reporting.mails("review")


def test_nothing_is_reported_where_there_is_nothing(story: Story) -> None:
    """A new deployment without a case makes no statement."""
    assert [] == numbers(Reporting(story).due("2026-11-09 12:00"))


def test_a_period_without_cases_has_its_statement(reporting: Reporting) -> None:
    """The week in which nothing was received is reported all the same."""
    reporting.due("2026-11-09 12:00")

    assert "FX-2026-W45" in numbers(reporting.due("2026-11-10 09:00"))
    assert "2026-W45" == reporting.stored("FX-2026-W45").figures().period


def test_after_downtime_what_was_missed_is_made_in_order(reporting: Reporting) -> None:
    """Five weeks later each of them is made, the oldest first."""
    reporting.only("weekly")
    reporting.due("2026-11-09 12:00")
    made = [number for number in numbers(reporting.due("2026-12-09 09:00")) if "standard" not in number]

    assert [f"FX-2026-W{week}" for week in range(45, 50)] == made


def test_a_half_year_is_completed_by_a_revision(reporting: Reporting) -> None:
    """What was read in December is provisional; in January the full figures follow, also when they are the same."""
    reporting.only("half_year")
    reporting.due("2026-12-07 09:30")
    assert reporting.stored("FX-2026-H2").row.data_at < reporting.stored("FX-2026-H2").row.until

    made = numbers(reporting.due("2027-01-04 09:30"))

    assert "FX-2026-H2-r2" in made
    assert {"FX-2026-H2": "superseded", "FX-2026-H2-r2": "in_review"} == {
        number: state for number, state in reporting.states().items() if number in ("FX-2026-H2", "FX-2026-H2-r2")
    }
    reporting.story.sweep("2027-01-04 10:00")
    assert "withdrawn" == reporting.story.status("FX-2026-H2")


def test_a_late_record_makes_a_revision_that_says_what_changed(reporting: Reporting) -> None:
    """A complaint of October that is recorded in November: one more was received, and the review starts again."""
    story = reporting.story
    reporting.revised("2026-11-09 11:55")
    reporting.due("2026-11-09 12:00")
    story.event(story.complaint("2026-10-20 09:00"), "first_contact", "2026-10-20 09:04", learned="2026-11-10 09:00")
    story.sweep("2026-11-10 09:30")

    made = reporting.revised("2026-11-10 10:00")

    assert {
        "FX-2026-10-r2",
        "FX-2026-10-standard-complaints-r2",
        "FX-2026-W44-r2",  # it was open when that week began
        "FX-2026-W44-standard-complaints-r2",
    } == set(made)
    assert "superseded" == reporting.states()["FX-2026-10"]
    changes = reporting.stored("FX-2026-10-r2").row.changes
    (received,) = [one for one in changes if (one["part"], one["table"], one["row"]) == ("", "headlines", "received")]
    assert (1, 2) == (received["before"], received["after"])
    assert received["zh"].endswith("：1 → 2")
    assert received["en"].endswith(": 1 → 2")
    assert any(one["part"] == "维修部" for one in changes)
    story.sweep("2026-11-10 10:30")
    assert "withdrawn" == story.status("FX-2026-10")
    assert [] == reporting.revised("2026-11-10 11:00")


def test_what_concerns_no_statement_computes_none(reporting: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case of this week changes no complete period: nothing is collected for it."""
    reporting.revised("2026-11-09 11:55")
    reporting.due("2026-11-09 12:00")
    reporting.story.complaint("2026-11-10 09:00")
    reporting.story.sweep("2026-11-10 09:30")

    def never(*_given: object, **_named: object) -> None:
        pytest.fail("collected for nothing")

    monkeypatch.setattr(tasks.statistics, "collect", never)

    assert [] == reporting.revised("2026-11-10 10:00")


def test_a_statement_that_cannot_be_made_is_tried_again(reporting: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are made meanwhile, the report names it, and the next run makes it."""
    collect: Callable[..., object] = tasks.statistics.collect

    def sometimes(engine: Engine, deployment: Deployment, period: object, **named: object) -> object:
        if getattr(period, "cadence", "") == "weekly":
            raise ValueError("no figures today")
        return collect(engine, deployment, period, **named)

    with monkeypatch.context() as patched:
        patched.setattr(tasks.statistics, "collect", sometimes)
        report = reporting.due("2026-11-09 12:00")

    assert 2 == len(report.failed)
    assert "no figures today" in report.failed[0]
    assert "FX-2026-10" in [one.number for one in report.made]
    assert "FX-2026-W44" in numbers(reporting.due("2026-11-09 12:30"))


def test_named_regulations_only(reporting: Reporting) -> None:
    """The setting names what gets a statement of its own, with or without cases."""
    reporting.set(statement_regulations="standard-loans")

    made = numbers(reporting.due("2026-11-09 12:00"))

    assert ["FX-2026-W44-standard-loans", "FX-2026-10-standard-loans", "FX-2026-10-loans"] == made


def test_the_list_of_loans_needs_no_review(reporting: Reporting) -> None:
    """What was not returned by the end of the month goes to the general manager before the 5th, and to nobody else."""
    number = reporting.story.loan("2026-10-21 09:00", item="总装图纸")
    reporting.story.sweep("2026-10-21 10:00")

    assert "FX-2026-10-loans" in numbers(reporting.due("2026-11-03 09:30"))

    figures = reporting.stored("FX-2026-10-loans").figures()
    assert {"loans"} == {table.section for table in figures.tables}
    table = figures.table("not_returned")
    assert table is not None
    assert number in table.rows[0].cells
    assert [("", "总经理")] == reporting.mails("general")
    assert 0 == reporting.clock("FX-2026-10-loans")
