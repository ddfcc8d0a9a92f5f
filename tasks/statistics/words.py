"""The words of a statement: titles of its sections, tables, columns and rows, and how its figures are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.regulation import Text
from tasks.statistics.figures import Column, Section, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from tasks.statistics.figures import Cell, Kind, Row

NO_DEPARTMENT = Text(zh="(未注明部门)", en="(no department)")
UNKNOWN = Text(zh="(未注明)", en="(not given)")
TOTAL = Text(zh="合计", en="Total")

SECTIONS = {
    "overview": Text(zh="总览", en="Overview"),
    "complaints": Text(zh="投诉分布", en="Where complaints come from"),
    "clocks": Text(zh="时限与责任", en="Time limits"),
    "revisit": Text(zh="回访与满意度", en="Revisits and satisfaction"),
    "causes": Text(zh="原因与重复", en="Causes and repetition"),
    "penalties": Text(zh="奖罚", en="Penalties"),
    "open": Text(zh="未结与延期", en="Open cases and postponements"),
    "loans": Text(zh="资料借阅", en="Loans"),
}

_COLUMNS: dict[str, tuple[str, str, Kind]] = {
    "item": ("项目", "Item", "text"),
    "value": ("本期", "This period", "count"),
    "before": ("上期(环比)", "Period before", "count"),
    "year_ago": ("去年同期(同比)", "Year ago", "count"),
    "bucket": ("时间", "When", "text"),
    "received": ("受理", "Received", "count"),
    "closed": ("结案", "Closed", "count"),
    "open_end": ("期末未结", "Open at end", "count"),
    "overdue_end": ("期末超时", "Overdue at end", "count"),
    "received_year_ago": ("去年受理", "Received a year ago", "count"),
    "level": ("级别", "Level", "text"),
    "channel": ("渠道", "Channel", "text"),
    "category": ("类别", "Category", "text"),
    "department": ("部门", "Department", "text"),
    "handler": ("经办人", "Handler", "text"),
    "regulation": ("制度", "Regulation", "text"),
    "rule": ("时限规则", "Rule", "text"),
    "article": ("条款", "Article", "text"),
    "step": ("环节", "Step", "text"),
    "done": ("完成", "Done", "count"),
    "due": ("应完成", "Due", "count"),
    "on_time": ("按时", "On time", "count"),
    "late": ("迟", "Late", "count"),
    "overdue": ("未完成", "Not met", "count"),
    "breaches": ("违反", "Breaches", "count"),
    "on_time_rate": ("按时率", "On-time rate", "rate"),
    "rate_before": ("上期按时率", "Rate before", "rate"),
    "rate_year_ago": ("去年同期按时率", "Rate a year ago", "rate"),
    "median": ("中位用时", "Median", "seconds"),
    "p95": ("95% 用时", "95th percentile", "seconds"),
    "working_median": ("中位用时(工作时间)", "Median, working time", "seconds"),
    "working_p95": ("95% 用时(工作时间)", "95th percentile, working time", "seconds"),
    "revisited": ("已回访", "Revisited", "count"),
    "revisit_rate": ("回访率", "Revisit rate", "rate"),
    "target": ("目标", "Target", "rate"),
    "given_up": ("联系不上", "Given up", "count"),
    "judged": ("已评价", "Judged", "count"),
    "satisfied": ("满意", "Satisfied", "count"),
    "dissatisfied": ("不满意", "Dissatisfied", "count"),
    "unresolved": ("未解决", "Unresolved", "count"),
    "satisfaction_rate": ("满意率", "Satisfaction", "rate"),
    "repeated": ("重复投诉", "Repeated", "count"),
    "reopened": ("重新打开", "Reopened", "count"),
    "share": ("占比", "Share", "rate"),
    "cumulative": ("累计占比", "Cumulative share", "rate"),
    "who": ("责任人", "Who", "text"),
    "fines": ("次数", "Times", "count"),
    "amount": ("新增金额", "New amount", "money"),
    "points": ("扣分", "Points", "points"),
    "carried_in": ("上期结转", "Carried in", "money"),
    "charged": ("本期执行", "Charged", "money"),
    "carried_over": ("结转下期", "Carried over", "money"),
    "number": ("编号", "Number", "text"),
    "received_at": ("受理时间", "Received at", "instant"),
    "closed_at": ("结案时间", "Closed at", "instant"),
    "days_open": ("未结天数", "Days open", "days"),
    "late_clocks": ("超时时限", "Late clocks", "count"),
    "asked": ("申请", "Asked", "count"),
    "granted": ("批准", "Granted", "count"),
    "refused": ("拒绝", "Refused", "count"),
    "unanswered": ("期末未答复", "Unanswered at end", "count"),
    "opening": ("期初借出", "Out at start", "count"),
    "lent": ("借出", "Lent", "count"),
    "returned": ("归还", "Returned", "count"),
    "lost": ("遗失", "Lost", "count"),
    "other": ("其他结案", "Ended otherwise", "count"),
    "out_end": ("期末未还", "Out at end", "count"),
    "renewed": ("续借", "Renewed", "count"),
    "thing": ("资料名称", "Item", "text"),
    "purpose": ("用途", "Purpose", "text"),
    "borrower": ("借阅人", "Borrower", "text"),
    "lent_at": ("借出时间", "Lent at", "instant"),
    "due_on": ("应还日期", "Due", "date"),
    "days_late": ("逾期天数", "Days late", "days"),
    "suspended": ("暂停对象", "Suspended", "text"),
    "late_loans": ("逾期件数", "Late loans", "count"),
    "kind": ("类型", "Kind", "text"),
    "withdrawn": ("其中撤销", "Withdrawn", "count"),
}

_TABLES: dict[str, tuple[str, str, str]] = {
    "balance": ("overview", "收支平衡", "Balance"),
    "trend": ("overview", "走势", "Trend"),
    "by_level": ("complaints", "按级别", "By level"),
    "by_channel": ("complaints", "按渠道", "By channel"),
    "by_category": ("complaints", "按类别", "By category"),
    "by_department": ("complaints", "按部门", "By department"),
    "by_handler": ("complaints", "按经办人", "By handler"),
    "milestones": ("clocks", "首次联系、结果、回访", "First contact, result, revisit"),
    "clocks": ("clocks", "各项时限", "Time limits"),
    "breaches": ("clocks", "违反条款", "Breaches by article"),
    "on_time_by_department": ("clocks", "各部门按时率", "On-time rate by department"),
    "revisits": ("revisit", "回访率", "Revisits"),
    "satisfaction": ("revisit", "满意度", "Satisfaction"),
    "repeats": ("causes", "重复与重新打开", "Repeated and reopened"),
    "pareto": ("causes", "投诉原因排列", "Causes (Pareto)"),
    "penalties_by_department": ("penalties", "部门奖罚", "Penalties by department"),
    "penalties_by_person": ("penalties", "个人奖罚", "Penalties by person"),
    "longest_open": ("open", "未结最久的十件", "The ten longest open"),
    "postponements": ("open", "延期申请", "Postponements"),
    "loans_balance": ("loans", "借阅收支", "Loans"),
    "loans_by_department": ("loans", "各部门借阅", "Loans by department"),
    "loans_clocks": ("loans", "借阅时限", "Time limits of loans"),
    "not_returned": ("loans", "未归还资料", "Everything not returned"),
    "suspended": ("loans", "暂停借阅", "Suspended from borrowing"),
}

_NOTES: dict[str, tuple[str, str]] = {
    "balance": (
        "期初未结 + 新受理 + 重新打开 - 结案 = 期末未结；期末当刻及以后发生的不计，此后才结案的期末仍算未结。撤销含在结案内。",
        "Open at start + received + reopened - closed = open at end. What happened at the end of the period or later does "
        "not count: a case closed later is still open at the end. Withdrawn cases are among the closed.",
    ),
    "trend": (
        "未结为该日(月)末的数目；去年为去年同期对应的日(月)。",
        "Open is the number at the end of the day (month); a year ago is the matching day (month) of the same period.",
    ),
    "by_department": (
        "期末超时：期末未结且有时限已过而未完成的案件。按时率：本期到期的全部时限中按时完成的比例。",
        "Overdue at end: cases open at the end in which a clock has run out and still runs. On-time rate: of all clocks "
        "that fell due in the period, those met in time.",
    ),
    "milestones": (
        "首次联系和交回结果从受理起算，回访从交回结果起算；计本期内首次完成者。按时率取由该事项停止的时限，没有此类时限的不计。",
        "First contact and result count from the receipt, revisits from the result; each case's first one, when it lies "
        "in the period. On-time rates are those of the clocks that the event stops, where the regulation has any.",
    ),
    "clocks": (
        "时限计入到期所在的期间。按时：不晚于到期；迟：到期后、期末前完成；未完成：期末仍未完成。"
        "用时从起算到完成；95% 用时为第 95% 位的实际用时；工作时间按办公时间和工作日计。",
        "A clock counts in the period in which it falls due. On time: met by then; late: met after it and before the end; "
        "not met: not by the end. Durations run from start to met; the 95th percentile is the nearest rank; working time "
        "counts office hours of working days.",
    ),
    "breaches": ("违反 = 迟 + 期末未完成。", "Breaches are clocks met late or not met by the end."),
    "revisits": (
        "本期到期的回访(二次联系)中已完成的；目标 100%。联系不上：达到规定次数而终止的时限。",
        "Of the revisits (second contacts) due in the period those done; the target is 100 %. Given up: clocks that ended "
        "after the attempts that the regulation asks for.",
    ),
    "satisfaction": (
        "本期内客户作出评价的回访和二次联系；未解决者为其中之数。",
        "Revisits and second contacts in the period at which the customer judged; unresolved is counted among them.",
    ),
    "repeats": (
        "重复投诉：同一客户就同一类别在前一次受理后 {days} 天内再次投诉。",
        "Repeated: the same customer in the same category within {days} days of an earlier receipt.",
    ),
    "pareto": ("按本期受理数。", "By cases received in the period."),
    "penalties_by_department": (
        "计到期日在本期且未撤销的奖罚。每月上限 {cap}；本月执行 = 不超过上限的(结转 + 新增)，其余结转下月。",
        "Penalties whose due instant lies in the period and that stand. Monthly cap: {cap}; charged is what of carried in "
        "plus new the cap allows, the rest is carried over.",
    ),
    "longest_open": ("按受理时间。", "By the instant of receipt."),
    "postponements": (
        "申请、批准、拒绝计本期发生数；未答复为期末未结案件中仍待答复的申请。",
        "Asked, granted and refused in the period; unanswered are requests still waiting at the end in cases still open.",
    ),
    "loans_balance": (
        "期初借出 + 借出 + 重新打开 - 归还 - 遗失 - 其他结案 = 期末未还；单位为笔。",
        "Out at start + lent + reopened - returned - lost - ended otherwise = out at end, counted in loans.",
    ),
    "not_returned": (
        "期末未归还的全部资料；逾期天数按期末之日计。",
        "Everything not returned at the end; days late are counted to the day of the end.",
    ),
    "suspended": (
        "按制度逾期达到天数而暂停借阅者。",
        "Those who may not borrow because something of theirs is as late as the regulation says.",
    ),
}
for _same in ("by_level", "by_channel", "by_category", "by_handler"):
    _NOTES[_same] = _NOTES["by_department"]
_NOTES["penalties_by_person"] = _NOTES["penalties_by_department"]
_NOTES["loans_clocks"] = _NOTES["on_time_by_department"] = _NOTES["clocks"]

ITEMS = {
    "opening": Text(zh="期初未结", en="Open at start"),
    "received": Text(zh="新受理", en="Received"),
    "reopened": Text(zh="重新打开", en="Reopened"),
    "closed": Text(zh="结案", en="Closed"),
    "withdrawn": Text(zh="其中撤销", en="of which withdrawn"),
    "closing": Text(zh="期末未结", en="Open at end"),
}
LOAN_ITEMS = {
    "opening": Text(zh="期初借出", en="Out at start"),
    "lent": Text(zh="借出", en="Lent"),
    "reopened": Text(zh="重新打开", en="Reopened"),
    "returned": Text(zh="归还", en="Returned"),
    "lost": Text(zh="遗失", en="Lost"),
    "other": Text(zh="其他结案", en="Ended otherwise"),
    "closing": Text(zh="期末未还", en="Out at end"),
    "renewed": Text(zh="续借", en="Renewed"),
    "overdue_end": Text(zh="期末逾期", en="Overdue at end"),
}
PROVISIONAL = Text(
    zh="本期尚未结束，以下为截至数据时刻的数字，期满后将出修订版。",
    en="The period is not over: these are the figures up to the instant of the data; a revision follows when it has ended.",
)


def column(name: str) -> Column:
    """The column of that name."""
    zh, en, kind = _COLUMNS[name]
    return Column(id=name, title=Text(zh=zh, en=en), kind=kind)


def table(
    name: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    total: Sequence[Cell] | None = None,
    chart: Literal["trend", "pareto", "bars"] | None = None,
    more: int = 0,
    **figures: str,
) -> Table:
    """A table with its titles and its note; `figures` go into the note."""
    section, zh, en = _TABLES[name]
    note = _NOTES.get(name)
    return Table(
        id=name,
        section=section,
        title=Text(zh=zh, en=en),
        columns=tuple(column(one) for one in columns),
        rows=tuple(rows),
        total=tuple(total) if total is not None else None,
        note=Text(zh=note[0].format(**figures), en=note[1].format(**figures)) if note else None,
        chart=chart,
        more=more,
    )


def sections(tables: Sequence[Table]) -> tuple[Section, ...]:
    """Those that have a table, in their order."""
    present = {one.section for one in tables}
    return tuple(Section(id=name, title=title) for name, title in SECTIONS.items() if name in present)
