"""What answers mean, and above all what is never taken for an approval."""

from __future__ import annotations

from datetime import date

import pytest

from models.language.written import folded
from tasks.replies.by_case import Part, parts
from tasks.replies.understanding import Act, Choices, Unclear, UnclearError, understand

FRIDAY = date(2026, 11, 27)
EVENTS = {
    folded(text): event
    for event, texts in {
        "first_contact": ("first_contact", "首次联系", "首次联系客户", "联系客户", "首次回电", "First contact"),
        "revisited": ("revisited", "回访", "已回访", "revisit"),
        "unreachable": ("unreachable", "联系不上", "未接通", "无人接听"),
    }.items()
    for text in texts
}
DECISION = Choices(FRIDAY, decides=True)
REVIEW = Choices(FRIDAY, reviews=True)
DEED = Choices(FRIDAY, postpones=True, done="first_contact", events=EVENTS)
EITHER = Choices(FRIDAY, decides=True, postpones=True, done="first_contact", events=EVENTS)


@pytest.mark.parametrize(
    ("text", "until", "remark"),
    [
        ("批准", "", ""),
        ("批准。", "", ""),
        ("同意", "", ""),
        ("我同意", "", ""),
        ("准予延期", "", ""),
        ("同意延期", "", ""),
        ("审批通过", "", ""),
        ("批准该申请", "", ""),
        ("您好，批准！", "", ""),
        ("领导：同意", "", ""),
        ("批准，请尽快办理。", "", "请尽快办理。"),
        ("同意。下不为例", "", "下不为例"),
        ("批准\n\n张三", "", "张三"),
        ("可以", "", ""),
        ("同意至3月5日", "2027-03-05", ""),
        ("同意至 3 月 5 日", "2027-03-05", ""),
        ("同意至三月五日", "2027-03-05", ""),
        ("同意至３月５日", "2027-03-05", ""),
        ("批准延期至2027年3月5日", "2027-03-05", ""),
        ("同意延到下周五，配件到货即办", "2026-12-04", "配件到货即办"),
        ("批准至 2027-03-05 前", "2027-03-05", ""),
        ("同意延期到12月1日下午3点", "2026-12-01 15:00", ""),
        ("同意至明天", "2026-11-28", ""),
        ("Approved", "", ""),
        ("approve", "", ""),
        ("I approve.", "", ""),
        ("Yes", "", ""),
        ("Agreed, please hurry", "", "please hurry"),
        ("Approved until March 5", "2027-03-05", ""),
        ("approved until 5 March 2027.", "2027-03-05", ""),
        ("Hi,\n\napproved till tomorrow", "2026-11-28", ""),
        ("APPROVED", "", ""),
    ],
)
def test_an_approval_is_read_with_its_date_and_remark(text: str, until: str, remark: str) -> None:
    """In both languages, with greetings, full-width figures and Chinese numerals."""
    meant = understand(text, DECISION)

    assert (Act.APPROVE, until, remark) == (meant.act, meant.until, meant.remark)


@pytest.mark.parametrize(
    "text",
    [
        "不同意",
        "不批准",
        "暂不批准",
        "暂不同意，等材料齐了再说",
        "同意吗？",
        "同意吗",
        "批准？",
        "是否批准",
        "是否同意请明示",
        "批准前请先问清楚",
        "批准不了",
        "不太同意",
        "没有批准",
        "未批准",
        "别批准",
        "先别批准",
        "批准，但需补齐材料",
        "同意，前提是客户书面确认",
        "如果客户同意就批准",
        "同意的话请告诉我",
        "同意他的看法，不批准延期",
        "批准\n不，等等，先不批",
        "同意。撤回",
        "批准 / 不批准",
        "批准或不批准，原因……",
        "同意至",
        "同意至上次说的日期",
        "同意至 2月30日",
        "同意至昨天",
        "同意至2026-11-01",
        "同意至 05/03",
        "同意至周五",
        "批准延期三天",
        "not approved",
        "Not approved yet",
        "I do not approve",
        "I don't approve",
        "Approved? No way",
        "approved unless the customer objects",
        "Approved if the parts have come",
        "approved - not!",
        "approved, but only until Monday",
        "Approved until next Friday",
        "yes?",
        "yes and no",
        "Should this be approved?",
        "Do you approve",
        "disapproved",
        "approval pending",
        "收到",
        "好的",
        "OK",
        "知道了",
        "转王总批准",
        "请总经理批准",
        "批示",
        "批",
        "同意书已附",
        "通过电话联系",
        "可以考虑",
        "可以再等等吗",
        "",
        "   ",
        "？",
        "👍",
    ],
)
def test_what_may_mean_something_else_is_never_an_approval(text: str) -> None:
    """A no, a question, a condition, a second thought, an unclear day: refused where it says so, else asked again."""
    for choices in (DECISION, REVIEW, EITHER):
        try:
            meant = understand(text, choices)
        except UnclearError:
            continue
        assert Act.APPROVE is not meant.act, meant


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("不批准", ""),
        ("不批准 配件已到货", "配件已到货"),
        ("不批准，原因：配件已到货", "配件已到货"),
        ("不同意：理由不充分", "理由不充分"),
        ("驳回。材料不全", "材料不全"),
        ("拒绝", ""),
        ("不予批准，原因：\n1. 材料不全\n2. 超期", "1. 材料不全\n2. 超期"),
        ("Not approved: the parts are here", "the parts are here"),
        ("I do not agree, because it is urgent", "it is urgent"),
        ("Rejected", ""),
        ("No, too late", "too late"),
        ("declined. Reason: no parts", "no parts"),
    ],
)
def test_a_refusal_is_read_with_its_reason(text: str, remark: str) -> None:
    """What stands behind 原因, 理由, reason or a comma is the remark."""
    meant = understand(text, DECISION)

    assert (Act.REFUSE, remark) == (meant.act, meant.remark)


@pytest.mark.parametrize(
    "text",
    [
        "暂不批准",
        "不批准？",
        "不批准，算了还是批准吧",
        "不同意吗",
        "No problem",
        "no, approved",
        "not sure",
        "否则怎么办",
    ],
)
def test_a_doubtful_no_is_asked_again(text: str) -> None:
    """Neither a no nor a yes."""
    with pytest.raises(UnclearError):
        understand(text, DECISION)


@pytest.mark.parametrize(
    ("text", "event", "remark"),
    [
        ("已办", "first_contact", ""),
        ("已办理。", "first_contact", ""),
        ("办完了", "first_contact", ""),
        ("已经完成了，客户接受道歉", "first_contact", "客户接受道歉"),
        ("已处理", "first_contact", ""),
        ("Done", "first_contact", ""),
        ("It is done.", "first_contact", ""),
        ("already handled, thanks", "first_contact", "thanks"),
        ("已联系客户", "first_contact", ""),
        ("已联系客户，客户不满意", "first_contact", "客户不满意"),
        ("已首次联系", "first_contact", ""),
        ("首次联系", "first_contact", ""),
        ("First contact", "first_contact", ""),
        ("first_contact", "first_contact", ""),
        ("回访", "revisited", ""),
        ("已回访，满意", "revisited", "满意"),
        ("回访过了", "revisited", ""),
        ("联系不上", "unreachable", ""),
        ("未接通 下午再打", "unreachable", "下午再打"),
    ],
)
def test_what_happened_is_read_by_every_name_of_it(text: str, event: str, remark: str) -> None:
    """已办 is what the mail asked for; the others are called as the regulation, its rule or people call them."""
    meant = understand(text, DEED)

    assert (Act.EVENT, event, remark) == (meant.act, meant.event, meant.remark)


@pytest.mark.parametrize(
    "text",
    [
        "办",
        "办理",
        "还没办",
        "没有办",
        "未办",
        "办不了",
        "已办不了",
        "已办吗？",
        "已办？",
        "已办，但还没联系客户",
        "已联系客户，联系不上",
        "联系客户吗",
        "没联系客户",
        "未联系客户",
        "正在办理",
        "明天办",
        "马上办",
        "准备联系客户",
        "请联系客户",
        "not done",
        "done?",
        "Done, not yet recorded though",
        "is it done",
        "will be done",
        "to be done",
        "已结案",
        "批准",
    ],
)
def test_what_has_not_happened_is_not_recorded(text: str) -> None:
    """An order, a plan, a question, a no."""
    with pytest.raises(UnclearError):
        understand(text, DEED)


def test_what_is_told_beside_it_becomes_fields() -> None:
    """How satisfied the customer is, and whether the matter is solved, where it stands alone."""
    meant = understand("已回访，客户满意，未解决", DEED)

    assert ({"satisfaction": "satisfied", "outcome": "unresolved"}, "客户满意，未解决") == (
        meant.fields,
        meant.remark,
    )


@pytest.mark.parametrize(
    ("text", "until", "remark"),
    [
        ("请延期至3月5日", "2027-03-05", ""),
        ("请延期至 3月5日，原因：等配件", "2027-03-05", "等配件"),
        ("申请延期到下周五 等配件", "2026-12-04", "等配件"),
        ("希望延长至12月底", "2026-12-31", ""),
        ("延期至2027-03-05 等配件", "2027-03-05", "等配件"),
        ("Please postpone until March 5: waiting for parts", "2027-03-05", "waiting for parts"),
        ("I need more time until tomorrow", "2026-11-28", ""),
        ("please extend the deadline to 2027-03-05", "2027-03-05", ""),
    ],
)
def test_a_request_for_more_time_is_read(text: str, until: str, remark: str) -> None:
    """With its day and its reason."""
    meant = understand(text, DEED)

    assert (Act.POSTPONE, until, remark) == (meant.act, meant.until, meant.remark)


@pytest.mark.parametrize(
    ("text", "choices", "why"),
    [
        ("请延期", DEED, Unclear.DATE),
        ("请延期几天", DEED, Unclear.DATE),
        ("请延期至11月20日", DEED, Unclear.DATE),
        ("延期至3月5日", EITHER, Unclear.DOUBT),
        ("请延期至3月5日", DECISION, Unclear.DOUBT),
        ("批准", DEED, Unclear.NOT_ASKED),
        ("退回：不对", DECISION, Unclear.NOT_ASKED),
        ("退回", REVIEW, Unclear.REMARK),
        ("不批准", REVIEW, Unclear.REMARK),
        ("已办", DECISION, Unclear.NOT_ASKED),
        ("已办", Choices(FRIDAY, events=EVENTS), Unclear.WHICH),
        ("今天天气不错", EITHER, Unclear.WORDS),
        ("", EITHER, Unclear.NOTHING),
    ],
)
def test_the_writer_is_told_what_is_missing(text: str, choices: Choices, why: Unclear) -> None:
    """Each reason has a sentence of its own."""
    with pytest.raises(UnclearError) as unclear:
        understand(text, choices)

    assert why is unclear.value.why


@pytest.mark.parametrize(
    ("text", "act", "remark"),
    [
        ("批准", Act.APPROVE, ""),
        ("同意发布", Act.APPROVE, ""),
        ("退回：第三页合计有误", Act.RETURN, "第三页合计有误"),
        ("退回修改，合计有误", Act.RETURN, "合计有误"),
        ("不批准，合计有误", Act.RETURN, "合计有误"),
        ("Returned: the total is wrong", Act.RETURN, "the total is wrong"),
        ("approved", Act.APPROVE, ""),
    ],
)
def test_a_statement_is_approved_or_returned(text: str, act: Act, remark: str) -> None:
    """A no to a statement is a return."""
    meant = understand(text, REVIEW)

    assert (act, remark) == (meant.act, meant.remark)


@pytest.mark.parametrize(
    "text",
    [
        "批准全部",
        "全部批准",
        "全部同意",
        "都同意",
        "一律批准",
        "同意全部申请",
        "Approve all",
        "all approved",
        "approved all",
    ],
)
def test_all_of_them_are_meant_when_the_answer_says_so(text: str) -> None:
    """One verdict for everything that the mail asked."""
    meant = understand(text, DECISION)

    assert (Act.APPROVE, True) == (meant.act, meant.everything)


CASES = ("2611001", "2611002", "FX-2026-10")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("批准全部", [Part((), "批准全部")]),
        ("2611001 批准", [Part(("2611001",), "批准")]),
        ("２６１１００１：批准", [Part(("2611001",), "批准")]),
        ("案件2611001 批准", [Part(("2611001",), "批准")]),
        ("批准 2611002", [Part(("2611002",), "批准 ")]),
        ("2611001、2611002 批准", [Part(("2611001", "2611002"), "批准")]),
        (
            "2611001 批准\n2611002 不批准，材料不全",
            [Part(("2611001",), "批准"), Part(("2611002",), "不批准，材料不全")],
        ),
        ("您好\n2611001 批准\n尽快", [Part(("2611001",), "批准\n尽快")]),
        ("fx-2026-10 退回:有误", [Part(("FX-2026-10",), "退回:有误")]),
        ("1. 2611001 批准\n2. 2611002 批准", [Part(("2611001",), "批准"), Part(("2611002",), "批准")]),
        ("2611001 不批准，与 2611002 重复", [Part(("2611001",), "不批准，与 2611002 重复")]),
        ("26110011 批准", [Part((), "26110011 批准")]),
    ],
)
def test_an_answer_is_read_by_cases(text: str, found: list[Part]) -> None:
    """A line is about the numbers at its beginning, or at its end; what has none goes on with the line above."""
    assert [(one.cases, one.text.strip()) for one in found] == [(p.cases, p.text.strip()) for p in parts(text, CASES)]


@pytest.mark.parametrize("text", ["批准\n2611001 不批准", "2611001 批准\n2611001 不批准"])
def test_two_verdicts_on_one_case_are_none(text: str) -> None:
    """Nobody can tell which counts."""
    with pytest.raises(UnclearError):
        parts(text, CASES)
