"""The words of a statement: titles of its sections, tables, columns and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import Text
from tasks.statistics.figures import FigureColumn, FigureTable, StatementSection
from tasks.statistics.notes import NOTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from tasks.statistics.figures import Cell, FigureRow, Kind

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
    "shares": ("扣发比例", "Shares", "text"),
    "measures": ("处分次数", "Measures", "count"),
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
    en="The period is not over: the figures go up to the instant of the data; a revision follows when it has ended.",
)


def column(name: str) -> FigureColumn:
    """The column of that name."""
    zh, en, kind = _COLUMNS[name]
    return FigureColumn(id=name, title=Text(zh=zh, en=en), kind=kind)


def table(
    name: str,
    columns: Sequence[str],
    rows: Sequence[FigureRow],
    *,
    total: Sequence[Cell] | None = None,
    chart: Literal["trend", "pareto", "bars"] | None = None,
    more: int = 0,
    **figures: str,
) -> FigureTable:
    """A table with its titles and its note; `figures` go into the note."""
    section, zh, en = _TABLES[name]
    note = NOTES.get(name)
    return FigureTable(
        id=name,
        section=section,
        title=Text(zh=zh, en=en),
        columns=tuple(column(one) for one in columns),
        rows=tuple(rows),
        total=tuple(total) if total is not None else None,
        note=Text(zh=note.zh.format(**figures), en=note.en.format(**figures)) if note else None,
        chart=chart,
        more=more,
    )


def sections(tables: Sequence[FigureTable]) -> tuple[StatementSection, ...]:
    """Those that have a table, in their order."""
    present = {one.section for one in tables}
    return tuple(StatementSection(id=name, title=title) for name, title in SECTIONS.items() if name in present)
