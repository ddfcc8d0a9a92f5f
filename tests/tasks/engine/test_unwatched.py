"""A case that nothing watches is an alarm: it says what to fill in, and operations hear of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from flows.pages.board import board, page
from models.store.database import reading, writing
from models.store.schema import cases, messages
from models.wording.sentences import sentence
from tasks.delivery.outbox import Outbox
from tasks.digest.gather import Gatherer
from tasks.engine.troubles import KIND
from tasks.mail.letters import Letter
from tasks.mail.links import Links
from tasks.mail.rendering import render
from tasks.views import explain

if TYPE_CHECKING:
    from tests.support.story import Story

HEAD = """\
regulation: slips
kind: complaint
title: {zh: 投诉单, en: Slips}
description: {zh: 试行, en: A trial.}
roles:
  clerk: {zh: 办事员, en: clerk, person: handler, above: service_manager}
  service_manager: {above: operations}
fields:
  slip:
    zh: 投诉单类型
    en: kind of slip
    values: {internal: {zh: 内部, en: internal}, external: {zh: 外部, en: external}}
  amount: {zh: 损失金额, en: loss, is: amount}
rules:
"""
RULE = """\
  - id: {slip}-answer
    cite: {{article: 第二条}}
    title: {{zh: 答复, en: Answer}}
    when: {{slip: {slip}}}
    start: {start}
    stop: closed
    within: P1D
    responsible: clerk
"""
PACK = HEAD + RULE.format(slip="internal", start="registered") + RULE.format(slip="external", start="handed_over")
ASKED = (
    "没有时限监控：请填写投诉单类型（slip）：内部 或 外部 / nothing watches this case: set slip to internal or external"
)


@pytest.fixture
def desk(story: Story) -> Story:
    """A service manager, and a regulation whose clocks depend on the kind of slip."""
    story.regulation("slips", PACK)
    story.person("客服", "service_manager", department="客服部")
    return story


def trouble(story: Story, number: str) -> str | None:
    """What is wrong with a case."""
    with reading(story.engine) as connection:
        return connection.scalar(select(cases.c.trouble).where(cases.c.number == number))


def letters(story: Story, at: str) -> list[Letter | str]:
    """What operations are told at that moment, or why it is not sent."""
    with reading(story.engine) as connection:
        rows = connection.execute(select(messages).where(messages.c.kind == KIND).order_by(messages.c.created_at)).all()
        return [WRITERS[KIND].write(connection, story.deployment, row, story.at(at)) for row in rows]


def test_what_decides_is_named_until_it_is_filled_in(desk: Story) -> None:
    """Sweep, board and record name the field with its values; once it is there, the alarm ends by itself."""
    number = desk.complaint("2026-11-02 09:00", regulation="slips")

    assert {number: ASKED} == desk.sweep("2026-11-02 09:01").unwatched
    assert ASKED == trouble(desk, number)
    with reading(desk.engine) as connection:
        now = desk.at("2026-11-02 09:02")
        shown = page(board(connection, desk.deployment, now), desk.deployment, now, Links(connection, ""))
    assert "投诉单类型（slip）：内部 或 外部" in shown.text
    assert "1 件案件没有时限监控" in shown.description
    row = "编号,受理时间,投诉单类型\n" + f"{number},2026-11-02 09:00,内部\n"
    assert 1 == desk.imported("complaints", row, "2026-11-02 10:00").accepted
    assert {} == desk.sweep("2026-11-02 10:01").unwatched
    assert None is trouble(desk, number)
    assert "open" == desk.deadline(number, "internal-answer").state


def test_operations_are_told_once_of_all(desk: Story) -> None:
    """However often the sweep looks again; cases that come while the notice waits are in the same one."""
    first, second = (desk.complaint(f"2026-11-02 09:0{minute}", regulation="slips") for minute in (0, 1))
    for minute in (0, 1, 2, 3):
        desk.sweep(f"2026-11-02 09:0{minute}")

    (letter,) = letters(desk, "2026-11-02 09:04")
    assert isinstance(letter, Letter)
    body = render(letter)
    for text in (first, second, "内部 或 外部", "2 件案件没有时限监控"):
        assert text in body.text
        assert text in body.html
    assert "nothing watches" not in body.text
    assert [("trouble", "operations")] == desk.mails()


def test_whoever_holds_the_role_is_told_before_the_address_of_last_resort(desk: Story) -> None:
    """Each of them in one mail and in the own language; who is away is not."""
    desk.person("运维", "operations")
    desk.person("Kim", "operations", language="en")
    desk.person("休假", "operations")
    desk.away("休假", "2026-11-01", "2026-11-05")
    for minute in (0, 1):
        desk.complaint(f"2026-11-02 09:0{minute}", regulation="slips")
        desk.sweep(f"2026-11-02 09:0{minute}")

    assert [("trouble", "Kim"), ("trouble", "运维")] == desk.mails()
    texts = [render(one).text for one in letters(desk, "2026-11-02 09:04") if isinstance(one, Letter)]
    assert [True, False] == sorted(("nothing watches" in text for text in texts), reverse=True)


def test_what_was_mended_meanwhile_is_not_told(desk: Story) -> None:
    """The mail looks again when it leaves."""
    number = desk.complaint("2026-11-02 09:00", regulation="slips")
    desk.sweep("2026-11-02 09:01")
    desk.event(number, "closed", "2026-11-02 09:02")
    desk.sweep("2026-11-02 09:03")

    assert None is trouble(desk, number)
    assert ["均已恢复监控 / all of them are watched again"] == letters(desk, "2026-11-02 09:04")


def test_the_service_manager_reads_it_in_the_morning(desk: Story) -> None:
    """In a section of the digest, in the reader's language."""
    number = desk.complaint("2026-11-02 09:00", regulation="slips")
    desk.sweep("2026-11-02 09:01")

    with reading(desk.engine) as connection:
        directory = desk.deployment.directory(connection)
        gatherer = Gatherer(connection, desk.deployment, directory, desk.at("2026-11-03 08:30"))
        me = directory.named("客服")[0]
        digest = gatherer.digest(me.email, me.name, me.language, gatherer.calendar.local_date(gatherer.now), ())
    (section,) = [one for one in digest.parts[0].sections if one.id == "unwatched"]
    (line,) = section.lines
    assert (number, ASKED.partition(" / ")[0]) == (line.case, line.act("unwatched", "zh"))
    assert "1 件案件没有时限监控" == digest.headline("zh")


def test_a_case_that_waits_for_its_next_event_is_no_mail(desk: Story) -> None:
    """Its clock begins with something that has not happened: that is shown, but nothing is missing."""
    number = desk.complaint("2026-11-02 09:00", regulation="slips", slip="external")

    assert "记录“移交”后才起算" in desk.sweep("2026-11-02 09:01").unwatched[number]
    assert [] == letters(desk, "2026-11-02 09:02")
    desk.event(number, "handed_over", "2026-11-02 09:05")
    assert {} == desk.sweep("2026-11-02 09:06").unwatched


def test_what_another_program_wrote_is_read_or_named(desk: Story) -> None:
    """A value by its title, a sum in words: the record says how to write it; the rest of the case goes on."""
    desk.inserted(
        "A1", "complaint", "2026-11-02 09:00", regulation="slips", fields={"slip": "internal", "amount": "五千元"}
    )
    desk.inserted(
        "A2", "complaint", "2026-11-02 09:00", regulation="slips", fields={"slip": "内部", "amount": "约五千"}
    )
    desk.sweep("2026-11-02 09:01")

    assert "损失金额（amount）的“五千元”请改为 5000" in (trouble(desk, "A1") or "")
    assert "open" == desk.deadline("A1", "internal-answer").state
    for told in ("“内部”请改为 internal", "“约五千”无法识别", "请填写投诉单类型（slip）：内部 或 外部"):
        assert told in (trouble(desk, "A2") or "")
    with writing(desk.engine) as connection:
        fields = {"slip": "internal", "amount": "5000"}
        connection.execute(cases.update().where(cases.c.number == "A2").values(fields=fields, evaluated_at=None))
    desk.sweep("2026-11-02 09:02")
    assert None is trouble(desk, "A2")


def test_a_case_that_is_watched_or_over_is_no_alarm(desk: Story) -> None:
    """Not one with a clock, nor one that was closed before anybody looked."""
    watched = desk.complaint("2026-11-02 09:00", regulation="slips", slip="internal")
    closed = desk.complaint("2026-11-02 09:01", regulation="slips")
    desk.event(closed, "withdrawn", "2026-11-02 09:02")

    assert {} == desk.sweep("2026-11-02 09:03").unwatched
    assert [None, None] == [trouble(desk, number) for number in (watched, closed)]


def test_people_read_the_words_of_the_text(desk: Story) -> None:
    """The story of a case, the sentence of a rule and a mail call a field and its value as the regulation does."""
    desk.person("经办", "clerk")
    number = desk.complaint("2026-11-02 09:00", regulation="slips", slip="internal")
    at = desk.at("2026-11-04 00:00")
    desk.replay("2026-11-02 09:00", "2026-11-04 00:00")

    rules = desk.deployment.regulations.read("slips")
    assert "投诉单类型为内部" in sentence(rules.rules[0], rules, "zh")
    with reading(desk.engine) as connection:
        told = explain.story(connection, desk.deployment, number, now=at)
    assert "内部 internal" == told.case.shown["投诉单类型 slip"]
    (letter, *_) = (
        Outbox(desk.engine, desk.deployment, WRITERS).exchange([], 10, 0, desk.at("2026-11-04 00:00")).letters
    )
    assert [("投诉单类型", "内部")] == [pair for pair in letter.item.facts("zh") if pair[0] == "投诉单类型"]
