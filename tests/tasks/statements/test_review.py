"""The general manager's answer: whose word counts, what it leads to, and what happens when it does not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.errors import RefusedError, UnknownError
from tasks.statements.review import pick_up

if TYPE_CHECKING:
    from tests.tasks.statements.organisation import Reporting

OCTOBER = "FX-2026-10"


@pytest.fixture
def submitted(reporting: Reporting) -> Reporting:
    """The statement of October, before the general manager since Monday 9 November, 9 o'clock."""
    assert reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.story.sweep("2026-11-09 09:01")
    return reporting


def test_approved_it_goes_out(submitted: Reporting) -> None:
    """The department's part to its manager, the general one to the list, nothing twice; the clock has ended."""
    done = submitted.answered(OCTOBER, "approve", "2026-11-10 10:00", by="总经理")

    assert done.fresh
    assert [("维修部", "经理")] == submitted.mails("department")
    assert [("", "客服"), ("", "总经理"), ("", "档案主管")] == submitted.mails("general")
    submitted.story.sweep("2026-11-10 10:01")
    assert "closed" == submitted.story.status(OCTOBER)
    assert "met" == submitted.story.deadline(OCTOBER, "review").state
    row = submitted.stored(OCTOBER).row
    assert ("approved", "总经理", None) == (row.state, row.answered_by, row.remark)


def test_the_same_answer_again_changes_nothing(submitted: Reporting) -> None:
    """Whoever presses twice is told that it is known."""
    submitted.answered(OCTOBER, "approve", "2026-11-10 10:00")
    before = submitted.story.mails()

    again = submitted.answered(OCTOBER, "approve", "2026-11-10 10:05")

    assert (False, "总经理", []) == (again.fresh, again.by, again.told)
    assert before == submitted.story.mails()


def test_another_answer_comes_too_late(submitted: Reporting) -> None:
    """What was approved cannot be returned."""
    submitted.answered(OCTOBER, "approve", "2026-11-10 10:00")

    with pytest.raises(RefusedError, match="approved by 总经理 already"):
        submitted.answered(OCTOBER, "return", "2026-11-10 10:05", remark="数字不对")


def test_returned_the_remark_goes_to_those_who_made_it(submitted: Reporting) -> None:
    """The service manager and operations get it; no department gets anything, and the same may be put up again."""
    submitted.answered(OCTOBER, "return", "2026-11-10 10:00", remark="  请核对 10 月 14 日的投诉 ")

    assert [("", "operations"), ("", "客服")] == submitted.mails("returned")
    assert [] == submitted.mails("department") + submitted.mails("general")
    row = submitted.stored(OCTOBER).row
    assert ("returned", "请核对 10 月 14 日的投诉") == (row.state, row.remark)
    assert submitted.made("monthly", "2026-10", "2026-11-10 11:00") is None
    again = submitted.made("monthly", "2026-10", "2026-11-10 11:00", again=True)
    assert again is not None
    assert "FX-2026-10-r2" == again.number


def test_a_return_needs_a_remark(submitted: Reporting) -> None:
    """Nobody can correct what is not said."""
    with pytest.raises(RefusedError, match="needs a remark"):
        submitted.answered(OCTOBER, "return", "2026-11-10 10:00", remark=" ")

    assert "in_review" == submitted.states()[OCTOBER]


def test_only_the_general_manager_decides(submitted: Reporting) -> None:
    """Anybody else is refused with the article."""
    with pytest.raises(RefusedError, match=r"经理 无权.*分析报告审阅制度 第八条"):
        submitted.answered(OCTOBER, "approve", "2026-11-10 10:00", by="经理")

    assert [] == submitted.mails("general")


def test_the_deputy_decides_while_the_general_manager_is_away(submitted: Reporting) -> None:
    """And not before or after."""
    story = submitted.story
    story.person("副总", deputy=None, department="总部")
    story.person("总裁", "general_manager", deputy="副总", department="总部")
    story.away("总裁", "2026-11-10 00:00", "2026-11-10 23:59:59")
    with pytest.raises(RefusedError, match="副总 无权"):
        submitted.answered(OCTOBER, "approve", "2026-11-09 10:00", by="副总")

    done = submitted.answered(OCTOBER, "approve", "2026-11-10 10:00", by="副总")

    assert "副总" == done.by


def test_the_deputy_gets_the_mail_for_review(reporting: Reporting) -> None:
    """The mail goes to whoever stands in when it is made."""
    story = reporting.story
    story.person("副总", department="总部")
    story.person("总裁", "general_manager", deputy="副总", department="总部")
    story.away("总裁", "2026-11-09 00:00", "2026-11-10 00:00")

    reporting.made("monthly", "2026-10", "2026-11-09 09:00")

    assert [("", "副总"), ("", "总经理")] == reporting.mails("review")


def test_of_two_general_managers_one_must_be_named(submitted: Reporting) -> None:
    """The record says who decided: nobody's name stands there who did not give it."""
    submitted.story.person("总裁", "general_manager", department="总部")

    with pytest.raises(RefusedError, match="--by who decides: 总经理、总裁"):
        submitted.answered(OCTOBER, "approve", "2026-11-10 10:00", by=None)


def test_an_answer_on_the_case_leads_to_the_same(submitted: Reporting) -> None:
    """What `duban record` wrote is picked up by the flow, once."""
    story = submitted.story
    story.event(OCTOBER, "approved", "2026-11-10 10:00", by="总经理")
    story.sweep("2026-11-10 10:01")

    first = pick_up(submitted.engine, submitted.deployment, story.at("2026-11-10 10:30"))
    second = pick_up(submitted.engine, submitted.deployment, story.at("2026-11-10 11:00"))

    assert [("FX-2026-10", "approved")] == [(one.number, one.state) for one in first]
    assert [] == second
    assert [("维修部", "经理")] == submitted.mails("department")
    assert story.at("2026-11-10 10:00") == submitted.stored(OCTOBER).row.answered_at


def test_a_late_review_is_chased_like_anything_else(submitted: Reporting) -> None:
    """Three working days; a reminder the day before, the due day, operations two working days later."""
    story = submitted.story
    story.person("运维", "operations", department="信息部")
    assert "2026-11-12 18:00:00" == story.deadline(OCTOBER, "review").due

    story.replay("2026-11-09 09:02", "2026-11-20 18:00")

    assert {
        "remind-1": "2026-11-11 09:00:00",
        "due": "2026-11-12 09:00:00",
        "escalate-1": "2026-11-16 09:00:00",
    } == story.steps(OCTOBER, "review")
    assert {"general_manager/总经理"} == story.told(OCTOBER, "review", "remind-1")
    assert {"general_manager/总经理", "operations/运维"} == story.told(OCTOBER, "review", "escalate-1")
    assert "breached" == story.deadline(OCTOBER, "review").state


def test_what_was_superseded_is_answered_no_more(submitted: Reporting) -> None:
    """The newer revision is the one to read."""
    submitted.story.complaint("2026-10-20 09:00")
    submitted.story.sweep("2026-11-09 10:00")
    assert submitted.made("monthly", "2026-10", "2026-11-09 10:30")

    with pytest.raises(RefusedError, match="superseded"):
        submitted.answered(OCTOBER, "approve", "2026-11-09 11:00")


def test_a_statement_that_does_not_exist(submitted: Reporting) -> None:
    """The error says where the numbers are."""
    with pytest.raises(UnknownError, match="duban list statements"):
        submitted.answered("FX-1999", "approve", "2026-11-09 11:00")
