"""The round of an answer: a mail asks, its recipient answers, the record has it, and they are told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.store.database import reading, writing
from models.store.schema import events, messages, people, person_roles
from tasks.digest.readers import queue
from tasks.replies.taking import MAILS_A_DAY, Outcome, take
from tests.support.replying import plain
from tests.support.story import address

if TYPE_CHECKING:
    from tests.support.replying import Correspondence

CASE = "2611001"


def test_a_mail_that_asks_carries_an_address_for_its_answer(mails: Correspondence) -> None:
    """Its own for each recipient, small letters only, short enough for every server; and it says what to write."""
    manager, handler = mails.to("经理"), mails.to("经办")

    assert manager["Reply-To"] != handler["Reply-To"]
    local = str(handler["Reply-To"]).partition("@")[0]
    assert local == local.lower()
    assert len(local) <= 64
    assert "直接回复本邮件" in plain(handler)
    assert "已办" in plain(handler)
    assert "duban record" not in plain(handler)
    assert f"/artifacts/key/case-{CASE}" in plain(handler)


def test_done_by_reply_is_recorded_and_acknowledged_in_the_thread(mails: Correspondence) -> None:
    """By whom the mail was for, at the instant it arrived; the clock ends, and the sender is told how it stands."""
    asked = mails.to("经办")

    taken = mails.answer(asked, "已联系客户，客户不满意\n\n发自我的iPhone", "2026-11-02 09:13")

    assert (Outcome.RECORDED, (CASE,), True) == (taken.outcome, taken.cases, taken.answered)
    told = {"note": "客户不满意", "satisfaction": "dissatisfied"}
    (event,) = [one for one in mails.rows(select(events)) if one.name == "first_contact"]
    assert ("reply", address("经办"), True) == (event.channel, event.account, event.verified)
    assert event.place.startswith("<answer-")
    assert [("first_contact", "经办", told)] == mails.recorded(CASE)
    mails.story.sweep("2026-11-02 09:14")
    assert "late" == mails.story.deadline(CASE, "first-contact").state
    (answer,) = mails.deliver("2026-11-02 09:14")
    assert "已登记“首次联系”" in plain(answer)
    assert "迟 3 分钟" in plain(answer)
    assert [str(asked["Message-ID"])] == str(answer["References"]).split()[:1]
    assert str(answer["In-Reply-To"]).startswith("<answer-")
    assert "auto-replied" == answer["Auto-Submitted"]
    assert str(answer["Subject"]).startswith("回复：")


def test_more_time_is_asked_for_and_granted_by_reply(asked: Correspondence) -> None:
    """请延期至 is a request, 同意至 its approval with another day: the clock pauses until then, and both are told."""
    form = asked.to("总经理", "延期申请")

    taken = asked.answer(form, "同意至11月30日", "2026-11-02 09:30")

    assert Outcome.RECORDED is taken.outcome
    requested, approved = asked.recorded(CASE)
    assert ("postponement_requested", {"until": "2026-12-01", "note": "等配件"}) == (requested[0], requested[2])
    assert ("postponement_approved", {"until": "2026-11-30"}) == (approved[0], approved[2])
    asked.story.sweep("2026-11-02 09:31")
    assert "waiting" == asked.story.status(CASE)
    asked.deliver("2026-11-02 09:31")
    answer = asked.to("总经理", "回复")
    assert f"{CASE}：已登记“批准延期”，时限暂停至 2026-11-30。" in plain(answer)


def test_an_approval_without_a_day_grants_what_was_asked(asked: Correspondence) -> None:
    """批准 alone means the day of the request."""
    asked.answer(asked.to("总经理", "延期申请"), "批准", "2026-11-02 09:30")

    assert {"until": "2026-12-01"} == asked.recorded(CASE)[-1][2]


def test_a_refusal_keeps_its_reason(asked: Correspondence) -> None:
    """And the clock goes on."""
    asked.answer(asked.to("总经理", "延期申请"), "不批准，原因：配件已到货", "2026-11-02 09:30")

    name, _, fields = asked.recorded(CASE)[-1]
    assert ("postponement_refused", {"note": "配件已到货"}) == (name, fields)
    asked.deliver("2026-11-02 09:31")
    assert "时限照常计算" in plain(asked.to("总经理", "回复"))


def test_the_first_answer_stands(asked: Correspondence) -> None:
    """A second one records nothing, and is told what the first one said and when."""
    form = asked.to("总经理", "延期申请")
    asked.answer(form, "批准", "2026-11-02 09:30")
    before = asked.recorded(CASE)

    second = asked.answer(form, "不批准", "2026-11-02 09:40")

    assert Outcome.STANDING is second.outcome
    assert before == asked.recorded(CASE)
    answers = asked.deliver("2026-11-02 09:41")
    assert any("以第一次的答复为准：批准延期至 2026-12-01（2026-11-02 09:30）" in plain(one) for one in answers)


def test_the_same_mail_twice_changes_nothing(mails: Correspondence) -> None:
    """Whoever fetches it again after a crash, or gets it by two ways, finds it known; one acknowledgement leaves."""
    raw = mails.written(mails.to("经办"), "已办")
    first = mails.take(raw, "2026-11-02 09:13")
    second = mails.take(b"Received: by another way\r\n" + raw, "2026-11-02 09:20")

    assert (True, False) == (first.fresh, second.fresh)
    assert 1 == len(mails.recorded(CASE)) == len(mails.waiting()) == len(mails.taken())


def test_an_answer_counts_from_when_it_arrived(mails: Correspondence) -> None:
    """Not from what its Date says, and not from when somebody looked into the mailbox."""
    story = mails.story
    raw = mails.written(mails.to("经办"), "已办", Date="Mon, 02 Nov 2026 09:01:00 +0800")
    take(story.engine, story.deployment, raw, story.at("2026-11-02 09:13"), story.at("2026-11-02 11:00"))

    (row,) = mails.taken()
    assert story.at("2026-11-02 09:13") == row.arrived_at
    assert ["2026-11-02T01:13:00Z"] == [one["at"] for one in row.recorded]


def test_what_is_not_understood_is_answered_once_with_the_choices(mails: Correspondence) -> None:
    """The second time there is silence; an answer that is understood still counts."""
    asked = mails.to("经办")
    first = mails.answer(asked, "哈哈", "2026-11-02 09:13")
    second = mails.answer(asked, "呵呵", "2026-11-02 09:14")
    third = mails.answer(asked, "已办", "2026-11-02 09:15")

    assert [True, False, True] == [first.answered, second.answered, third.answered]
    assert [Outcome.UNCLEAR, Outcome.UNCLEAR, Outcome.RECORDED] == [one.outcome for one in (first, second, third)]
    answers = mails.deliver("2026-11-02 09:16")
    unclear = next(plain(one) for one in answers if "没有看懂" in plain(one))
    assert "已办" in unclear
    assert "请延期至" in unclear


def test_the_answer_to_an_acknowledgement_reaches_the_same_question(mails: Correspondence) -> None:
    """Whoever is asked again replies to that mail, not to the first one."""
    mails.answer(mails.to("经办"), "什么？", "2026-11-02 09:13")
    (again,) = mails.deliver("2026-11-02 09:14")

    assert Outcome.RECORDED is mails.answer(again, "已办", "2026-11-02 09:15").outcome


def test_somebody_elses_answer_is_no_answer(mails: Correspondence) -> None:
    """From another address nothing is recorded, and only the recipient hears of it, once."""
    asked = mails.to("经办")
    for number in range(3):
        taken = mails.answer(asked, "已办", f"2026-11-02 09:1{number + 2}", From="boss@evil.example")
        assert Outcome.FOREIGN is taken.outcome

    assert [] == mails.recorded(CASE)
    (told,) = mails.deliver("2026-11-02 09:20")
    assert address("经办") in str(told["To"])
    assert "b***@evil.example" in plain(told)
    assert {"b***@evil.example"} == {row.sender for row in mails.taken()}


def test_an_old_mail_is_not_answered_any_more(mails: Correspondence) -> None:
    """After DUBAN_REPLY_DAYS the token is worth nothing, and its owner is told."""
    taken = mails.answer(mails.to("经办"), "已办", "2026-12-03 09:00")

    assert Outcome.EXPIRED is taken.outcome
    assert [] == mails.recorded(CASE)
    assert "超过 30 天" in mails.waiting()[0].about["lines"][0]


def test_what_somebody_else_has_decided_is_told(asked: Correspondence) -> None:
    """The form was answered in another way: the reply records nothing, and says who decided what."""
    asked.story.event(CASE, "postponement_refused", "2026-11-02 09:25", by="总经理")

    taken = asked.answer(asked.to("总经理", "延期申请"), "批准", "2026-11-02 09:30")

    assert Outcome.STANDING is taken.outcome
    asked.deliver("2026-11-02 09:31")
    assert "已经有了答复：拒绝延期" in plain(asked.to("总经理", "回复"))


def test_a_later_request_is_another_question(asked: Correspondence) -> None:
    """The form of the first request does not approve the second one."""
    form = asked.to("总经理", "延期申请")
    asked.answer(asked.to("总经理", "延期申请"), "不批准", "2026-11-02 09:30")
    asked.story.event(CASE, "postponement_requested", "2026-11-02 10:00", until="2027-06-30")

    taken = asked.answer(form, "批准", "2026-11-02 10:30")

    assert Outcome.STANDING is taken.outcome
    assert "postponement_approved" not in [name for name, *_ in asked.recorded(CASE)]


def test_all_of_a_digest_is_decided_with_one_word(asked: Correspondence) -> None:
    """批准全部 means what the digest showed; what was asked for after it was sent waits on."""
    story = asked.story
    second = story.complaint("2026-11-02 10:00", customer="李四")
    story.event(second, "postponement_requested", "2026-11-02 10:05", until="2026-12-05")
    third = story.complaint("2026-11-02 11:00", customer="王五")
    queue(story.engine, story.deployment, story.at("2026-11-03 08:30"))
    asked.deliver("2026-11-03 08:31")
    digest = asked.to("总经理", "今日")
    assert "批准全部" in plain(digest)
    assert "duban record" not in plain(digest)
    story.event(third, "postponement_requested", "2026-11-03 08:40", until="2026-12-05")

    taken = asked.answer(digest, "批准全部", "2026-11-03 09:00")

    assert {CASE, second} == set(taken.cases)
    assert ["postponement_approved"] == [name for name, *_ in asked.recorded(second)]
    assert [] == asked.recorded(third)
    again = asked.answer(digest, "批准全部", "2026-11-03 09:05")
    assert Outcome.STANDING is again.outcome


def test_a_digest_is_answered_case_by_case(asked: Correspondence) -> None:
    """A line a case: one approved, the other refused, a third one reported as done."""
    story = asked.story
    second = story.complaint("2026-11-02 10:00", customer="李四")
    story.event(second, "postponement_requested", "2026-11-02 10:05", until="2026-12-05")
    story.sweep("2026-11-02 11:00")
    queue(story.engine, story.deployment, story.at("2026-11-03 08:30"))
    asked.deliver("2026-11-03 08:31")

    taken = asked.answer(
        asked.to("总经理", "今日"), f"您好\n{CASE} 同意至12月3日\n{second}：不批准，材料不全", "2026-11-03 09:00"
    )

    assert Outcome.RECORDED is taken.outcome
    assert {"until": "2026-12-03"} == asked.recorded(CASE)[-1][2]
    assert ("postponement_refused", {"note": "材料不全"}) == (
        asked.recorded(second)[-1][0],
        asked.recorded(second)[-1][2],
    )


def test_a_part_that_is_not_clear_leaves_all_undone(asked: Correspondence) -> None:
    """Half an answer would be none that anybody gave."""
    story = asked.story
    second = story.complaint("2026-11-02 10:00", customer="李四")
    story.event(second, "postponement_requested", "2026-11-02 10:05", until="2026-12-05")
    queue(story.engine, story.deployment, story.at("2026-11-03 08:30"))
    asked.deliver("2026-11-03 08:31")
    before = asked.recorded(CASE)

    taken = asked.answer(asked.to("总经理", "今日"), f"{CASE} 批准\n{second} 再说", "2026-11-03 09:00")

    assert Outcome.UNCLEAR is taken.outcome
    assert before == asked.recorded(CASE)


def test_several_cases_need_their_numbers(asked: Correspondence) -> None:
    """批准 to a mail with two decisions could mean either."""
    story = asked.story
    second = story.complaint("2026-11-02 10:00", customer="李四")
    story.event(second, "postponement_requested", "2026-11-02 10:05", until="2026-12-05")
    queue(story.engine, story.deployment, story.at("2026-11-03 08:30"))
    asked.deliver("2026-11-03 08:31")

    taken = asked.answer(asked.to("总经理", "今日"), "批准", "2026-11-03 09:00")

    assert (Outcome.UNCLEAR, "which") == (taken.outcome, taken.reason)


def test_a_summary_is_answered_by_numbers(mails: Correspondence) -> None:
    """After downtime one mail tells of several cases."""
    story = mails.story
    first = story.complaint("2026-11-03 09:00", customer="甲")
    second = story.complaint("2026-11-03 09:05", customer="乙")
    story.sweep("2026-11-03 12:00")
    mails.deliver("2026-11-03 12:01")
    summary = mails.to("经办", "汇总")
    assert "一行一件" in plain(summary)

    taken = mails.answer(summary, f"{first} 首次联系\n{second} 首次联系，未接通", "2026-11-03 12:10")

    assert Outcome.UNCLEAR is taken.outcome  # the second line says two things
    taken = mails.answer(summary, f"{first} 首次联系\n{second} 首次联系，客户已谅解", "2026-11-03 12:15")
    assert {first, second} == set(taken.cases)


def test_two_robots_do_not_write_to_each_other_for_ever(mails: Correspondence) -> None:
    """Whatever comes, a message is answered a few times a day and no more."""
    asked = mails.to("经办")
    mails.answer(asked, "已办", "2026-11-02 09:13")
    for number in range(30):
        mails.answer(asked, "已办", f"2026-11-02 10:{number:02d}")

    assert MAILS_A_DAY == len(mails.waiting())
    assert 31 == len(mails.taken())


def test_nothing_of_the_text_is_kept(mails: Correspondence) -> None:
    """The table says what became of a mail, not what was in it."""
    mails.answer(mails.to("经办"), "身份证 330102199001011234", "2026-11-02 09:13")

    assert "33010219900101" not in repr(mails.taken()) + repr(mails.waiting())


@pytest.mark.parametrize("hours", [1, 30 * 24 - 1])
def test_within_its_days_a_token_is_good(mails: Correspondence, hours: int) -> None:
    """From the first minute to the last hour."""
    with reading(mails.story.engine) as connection:
        created = min(connection.execute(messages.select()).all(), key=lambda row: row.created_at).created_at
    at = (created + timedelta(hours=hours)).astimezone(mails.story.deployment.zone).strftime("%Y-%m-%d %H:%M")

    assert Outcome.RECORDED is mails.answer(mails.to("经办"), "已办", at).outcome


def test_a_reader_of_english_is_answered_in_english(mails: Correspondence) -> None:
    """What to write, and what became of it, in the language of the person."""
    story = mails.story
    story.person("Anna", "handler", language="en")
    number = story.complaint("2026-11-02 10:00", handler="Anna")
    story.sweep("2026-11-02 10:11")
    mails.deliver("2026-11-02 10:11")
    asked = mails.to("Anna")
    assert "Just reply to this mail" in plain(asked)

    more_time = "Hi,\n\nI need more time until December 20: waiting for parts\n\nSent from my iPhone"
    mails.answer(asked, more_time, "2026-11-02 10:13")
    mails.answer(asked, "Done, the customer is happy", "2026-11-02 10:14")

    requested, done = mails.recorded(number)
    assert {"until": "2026-12-20", "note": "waiting for parts"} == requested[2]
    assert ("first_contact", {"note": "the customer is happy"}) == (done[0], done[2])
    told = [plain(one) for one in mails.deliver("2026-11-02 10:15") if address("Anna") in str(one["To"])]
    assert any("waits for its approval" in one for one in told)
    assert any("recorded “first contact”" in one for one in told)


def test_a_person_who_has_left_decides_nothing(asked: Correspondence) -> None:
    """The token was theirs, the role is not any more: refused in one line that names who may."""
    story = asked.story
    form = asked.to("总经理", "延期申请")
    with writing(story.engine) as connection:
        key = connection.scalar(select(people.c.id).where(people.c.email == address("总经理")))
        connection.execute(person_roles.delete().where(person_roles.c.person_id == key))
    story.person("新总经理", "general_manager", department="总部")

    taken = asked.answer(form, "批准", "2026-11-02 09:30")

    assert Outcome.REFUSED is taken.outcome
    assert "新总经理" in taken.reason
    assert "postponement_approved" not in [name for name, *_ in asked.recorded(CASE)]
    asked.deliver("2026-11-02 09:31")
    assert "没有登记" in plain(asked.to("总经理", "回复"))
