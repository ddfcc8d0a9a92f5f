"""The general manager answers a statement by replying to the mail that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.replies.taking import Outcome
from tests.support.replying import Correspondence, plain

if TYPE_CHECKING:
    from tests.tasks.statements.organisation import Reporting

OCTOBER = "FX-2026-10"


@pytest.fixture
def mails(reporting: Reporting) -> Correspondence:
    """The statement of October lies before the general manager."""
    assert reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    found = Correspondence(reporting.story)
    found.deliver("2026-11-09 09:01")
    return found


def test_it_is_approved_by_reply(mails: Correspondence, reporting: Reporting) -> None:
    """It goes out, and the general manager is told to how many."""
    asked = mails.to("总经理", "分析报告")
    assert "直接回复本邮件" in plain(asked)
    assert "duban review" not in plain(asked)

    taken = mails.answer(asked, "批准", "2026-11-09 10:00")

    assert Outcome.RECORDED is taken.outcome
    row = reporting.stored(OCTOBER).row
    assert ("approved", "总经理") == (row.state, row.answered_by)
    assert reporting.mails("department")
    mails.deliver("2026-11-09 10:01")
    assert "报告发给" in plain(mails.to("总经理", "回复"))
    assert Outcome.STANDING is mails.answer(asked, "退回：有误", "2026-11-09 10:05").outcome
    assert "approved" == reporting.stored(OCTOBER).row.state


def test_it_is_returned_with_its_remark(mails: Correspondence, reporting: Reporting) -> None:
    """The remark goes to those who made it; without one the answer is asked for again."""
    asked = mails.to("总经理", "分析报告")
    assert Outcome.UNCLEAR is mails.answer(asked, "退回", "2026-11-09 10:00").outcome

    taken = mails.answer(asked, "退回：第三页合计有误\n\n发自我的iPhone", "2026-11-09 10:05")

    assert Outcome.RECORDED is taken.outcome
    row = reporting.stored(OCTOBER).row
    assert ("returned", "第三页合计有误") == (row.state, row.remark)
    assert [("", "operations"), ("", "客服")] == reporting.mails("returned")
