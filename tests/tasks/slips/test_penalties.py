"""What lateness costs beside one sum: each stretch, a share of the pay, a measure, and the rule's own cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.commands.story import lines
from models.calendar.periods import parse_period
from models.store.database import reading
from tasks.statistics import collect
from tasks.views.explain import story as explained
from tasks.views.listing import rows
from tests.support.smtp import ScriptedServer
from tests.tasks.slips.test_slips import sent, slips

if TYPE_CHECKING:
    from tests.support.story import Story

PACK = """
regulation: fined
version: 1
kind: complaint
title: {zh: 试用, en: Fined}
description: {zh: 试用的制度。, en: A regulation to try things with.}
closing: [closed]
levels: {minor: {zh: 一般, en: minor}, major: {zh: 重大, en: major}}
roles:
  department_manager: {zh: 部门经理, en: manager, of_department: true, above: operations}
rules:
  - id: call
    cite: {article: 第一条}
    title: {zh: 联系, en: Contact}
    start: registered
    stop: first_contact
    within: P1D
    responsible: department_manager
    penalty:
      when: {level: minor}
      amount: 30
      charged_to: department
      per: P1D
      cap: 50
      otherwise:
        charged_to: department
        share: {part: 0.5, of: base_pay}
        measure: {zh: 警告, en: warning}
        cap: {part: 0.5, of: monthly_bonus}
"""


@pytest.fixture
def fined(story: Story) -> Story:
    """A minor case that runs three stretches late and a grave one, both of the end of October."""
    story.house()
    story.regulation("fined", PACK)
    minor = story.complaint("2026-10-20 09:00", regulation="fined", level="minor")
    major = story.complaint("2026-10-20 10:00", regulation="fined", level="major")
    story.sweep("2026-10-21 23:59:59")
    for number in (minor, major):
        story.event(number, "first_contact", "2026-10-24 09:00")
        story.event(number, "closed", "2026-10-24 10:00")
    story.sweep("2026-10-25 09:00")
    return story


def test_the_listing_and_the_story_tell_all_of_it(fined: Story) -> None:
    """Each stretch has its number; a share is a figure and words, a measure its text."""
    now = fined.at("2026-10-25 09:00")
    with reading(fined.engine) as connection:
        found = list(rows(connection, fined.deployment, "penalties", now=now))
        told = [
            explained(connection, fined.deployment, number, now=now)
            for number in sorted({one["case"] for one in found})
        ]
    minor = [one for one in found if one["amount"]]
    (major,) = [one for one in found if not one["amount"]]

    assert [(0, 30.0), (1, 30.0), (2, 30.0)] == [(one["seq"], one["amount"]) for one in minor]
    assert (0.5, "base_pay", "警告 (warning)") == (major["share"], major["of"], major["measure"])
    assert "底薪的 50% 50% of the base pay" == major["share_of"]
    text = "\n".join(line for one in told for line in lines(one))
    assert 3 == text.count("30 元 yuan")
    assert "底薪的 50% 50% of the base pay 警告 (warning)" in text


async def test_the_forms_say_what_it_costs(fined: Story) -> None:
    """The notice lists every stretch, the share, the measure and the cap; 40 of 90 yuan are carried to November."""
    with ScriptedServer() as server:
        slips(fined)
        found = await sent(fined, server)
        text = found["notice", "经理"].text()
        assert {"notice", "inquiry"} <= {form for form, _ in found}
        slips(fined, "2026-11", "2026-12-08 09:00")
        server.accepted.clear()
        later = (await sent(fined, server, "2026-12-08 09:00"))["notice", "经理"].text()

    assert "到期 2026-10-21" in text
    assert ["第 2 次计罚", "第 3 次计罚"] == [
        f"第 {number} 次计罚" for number in range(1, 5) if f"第 {number} 次计罚" in text
    ]
    assert "底薪的 50%、警告（每月不超过月奖金的 50%，超过的结转下月）" in text
    assert "上月结转 0 元，本月执行 50 元，结转下月 40 元" in text
    assert "上月结转 40 元，本月执行 40 元，结转下月 0 元" in later


async def test_the_inquiry_says_what_such_a_case_costs(fined: Story) -> None:
    """Of the branches of a penalty the one that the case's level chooses."""
    with ScriptedServer() as server:
        slips(fined)
        found = await sent(fined, server)
    text = "".join(mail.text() for (form, _), mail in found.items() if form == "inquiry")

    assert "30 元，此后每逾 1 天再计一次，每月不超过 50 元，超过的结转下月" in text
    assert "底薪的 50%，警告，每月不超过月奖金的 50%" in text


def test_the_statement_lists_shares_and_measures_beside_the_sums(fined: Story) -> None:
    """Three stretches and a grave case: four times, 90 yuan, one share, one measure; the cap leaves 50."""
    period = parse_period("monthly", "2026-10", fined.deployment.zone)
    part = collect(fined.engine, fined.deployment, period, data_at=fined.at("2026-11-02 09:00")).parts[""]
    found = part.table("penalties_by_department")
    assert found is not None
    (row,) = found.rows
    shown = dict(zip((column.id for column in found.columns), row.cells, strict=True))

    assert (4, 90.0, 0.0, 50.0, 40.0) == tuple(
        shown[name] for name in ("fines", "amount", "carried_in", "charged", "carried_over")
    )
    assert "底薪的 50%" == shown["shares"].zh  # type: ignore[union-attr]
    assert 1 == shown["measures"]
    assert found.total is not None
    assert (90.0, 1) == (found.total[2], found.total[-1])
