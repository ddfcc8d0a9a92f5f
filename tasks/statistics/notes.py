"""How the figures of each table are counted, as its note says in both languages."""

from __future__ import annotations

from models.language.words import Text

NOTES: dict[str, Text] = {
    "balance": Text(
        zh="期初未结 + 新受理 + 重新打开 - 结案 = 期末未结；期末当刻及以后发生的不计，此后才结案的期末仍算未"
        "结。撤销含在结案内。",
        en="Open at start + received + reopened - closed = open at end. What happened at the end of the "
        "period or later does not count: a case closed later is still open at the end. Withdrawn cases "
        "are among the closed.",
    ),
    "trend": Text(
        zh="未结为该日(月)末的数目；去年为去年同期对应的日(月)。",
        en="Open is the number at the end of the day (month); a year ago is the matching day (month) of the "
        "same period.",
    ),
    "by_department": Text(
        zh="期末超时：期末未结且有时限已过而未完成的案件。按时率：本期到期的全部时限中按时完成的比例。",
        en="Overdue at end: cases open at the end in which a clock has run out and still runs. On-time "
        "rate: of all clocks that fell due in the period, those met in time.",
    ),
    "milestones": Text(
        zh="首次联系和交回结果从受理起算，回访从交回结果起算；计本期内首次完成者。按时率取由该事项停止的时限"
        "，没有此类时限的不计。",
        en="First contact and result count from the receipt, revisits from the result; each case's first "
        "one, when it lies in the period. On-time rates are those of the clocks that the event stops, "
        "where the regulation has any.",
    ),
    "clocks": Text(
        zh="时限计入到期所在的期间。按时：不晚于到期；迟：到期后、期末前完成；未完成：期末仍未完成。用时从起"
        "算到完成；95% 用时为第 95% 位的实际用时；工作时间按办公时间和工作日计。",
        en="A clock counts in the period in which it falls due. On time: met by then; late: met after it "
        "and before the end; not met: not by the end. Durations run from start to met; the 95th "
        "percentile is the nearest rank; working time counts office hours of working days.",
    ),
    "breaches": Text(
        zh="违反 = 迟 + 期末未完成。",
        en="Breaches are clocks met late or not met by the end.",
    ),
    "revisits": Text(
        zh="本期到期的回访(二次联系)中已完成的；目标 100%。联系不上：达到规定次数而终止的时限。",
        en="Of the revisits (second contacts) due in the period those done; the target is 100 %. Given up: "
        "clocks that ended after the attempts that the regulation asks for.",
    ),
    "satisfaction": Text(
        zh="本期内客户作出评价的回访和二次联系；未解决者为其中之数。",
        en="Revisits and second contacts in the period at which the customer judged; unresolved is counted among them.",
    ),
    "repeats": Text(
        zh="重复投诉：同一客户就同一类别在前一次受理后 {days} 天内再次投诉。",
        en="Repeated: the same customer in the same category within {days} days of an earlier receipt.",
    ),
    "pareto": Text(
        zh="按本期受理数。",
        en="By cases received in the period.",
    ),
    "penalties_by_department": Text(
        zh="计到期日在本期且未撤销的奖罚。每月上限 {cap}；本月执行 = 不超过上限的(结转 + 新增)，其余结转下月；"
        "制度另定上限的从其规定。按工资或奖金比例扣罚的和处分不计入金额。",
        en="Penalties whose due instant lies in the period and that stand. Monthly cap: {cap}; charged is "
        "what of carried in plus new the cap allows, the rest is carried over; a rule's own cap goes before it. "
        "Shares of a pay and measures are no part of the amounts.",
    ),
    "longest_open": Text(
        zh="按受理时间。",
        en="By the instant of receipt.",
    ),
    "postponements": Text(
        zh="申请、批准、拒绝计本期发生数；未答复为期末未结案件中仍待答复的申请。",
        en="Asked, granted and refused in the period; unanswered are requests still waiting at the end in "
        "cases still open.",
    ),
    "loans_balance": Text(
        zh="期初借出 + 借出 + 重新打开 - 归还 - 遗失 - 其他结案 = 期末未还；单位为笔。",
        en="Out at start + lent + reopened - returned - lost - ended otherwise = out at end, counted in loans.",
    ),
    "not_returned": Text(
        zh="期末未归还的全部资料；逾期天数按期末之日计。",
        en="Everything not returned at the end; days late are counted to the day of the end.",
    ),
    "suspended": Text(
        zh="按制度逾期达到天数而暂停借阅者。",
        en="Those who may not borrow because something of theirs is as late as the regulation says.",
    ),
}
NOTES |= dict.fromkeys(("by_level", "by_channel", "by_category", "by_handler"), NOTES["by_department"])
NOTES |= dict.fromkeys(("loans_clocks", "on_time_by_department"), NOTES["clocks"])
NOTES["penalties_by_person"] = NOTES["penalties_by_department"]
