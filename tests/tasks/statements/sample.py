"""Figures as a month brings them, and what it should not bring: long names, nothing, hostile words, secret rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from models.calendar.instants import iso
from tasks.statistics.figures import (
    CaseList,
    Cell,
    FigureColumn,
    FigureRow,
    Figures,
    FigureTable,
    Finding,
    Headline,
    StatementSection,
)
from tasks.statistics.phrases import Phrase

SINCE = datetime(2026, 10, 31, 16, tzinfo=UTC)
UNTIL = datetime(2026, 11, 30, 16, tzinfo=UTC)
DATA_AT = datetime(2026, 12, 8, 1, tzinfo=UTC)
HIDDEN = "城防工程竣工图（机密）"
HIDDEN_PURPOSE = "核对地下管线走向"
HOSTILE = ("=cmd|'/C calc'!A0", "<script>alert(1)</script>", "+SUM(A1:A9)", "-2+3", "@import", r"$\frac{1}{$")
DEPARTMENTS = (
    "城东服务中心客户投诉与售后协调管理部",
    "城西维修车间",
    "配件供应部",
    "二手车业务部",
    "财务结算中心",
    "客户关系部",
    "保险理赔部",
    *HOSTILE,
    "城北分公司",
    "总部行政办公室",
    "呼叫中心",
    "培训部",
)
CATEGORIES = (
    "维修后故障重复出现",
    "交车延期",
    "服务态度",
    "配件缺货等待过久",
    "收费不透明",
    "保险理赔进度",
    "预约未兑现",
    HOSTILE[1],
    "其他",
)


def words(zh: str, en: str) -> Phrase:
    """The same in both languages."""
    return Phrase(zh=zh, en=en)


_LABEL = {"department": words("部门", "department"), "category": words("类别", "category")}
_BY = (
    FigureColumn(id="received", title=words("受理", "received")),
    FigureColumn(id="closed", title=words("办结", "closed")),
    FigureColumn(id="open_end", title=words("期末未结", "open at end")),
    FigureColumn(id="overdue_end", title=words("现超期", "overdue now")),
    FigureColumn(id="on_time_rate", title=words("按时率", "on time"), kind="rate"),
)


def _by(table_id: str, label: Phrase, names: tuple[str, ...], seed: int) -> FigureTable:
    random = Random(seed)
    rows = []
    for name in names:
        received = random.randrange(5, 160)
        rows.append((name, received, received - random.randrange(5), random.randrange(20), random.randrange(6)))
    cells: list[tuple[Cell, ...]] = [(*row, round(random.uniform(0.55, 1), 4)) for row in rows]
    cells[-1] = (cells[-1][0], 0, 0, 0, 0, None)
    sums = [sum(int(row[place]) for row in rows[:-1]) for place in range(1, 5)]
    return FigureTable(
        id=table_id,
        section="complaints",
        title=words(f"按{label.zh}", f"by {label.en}"),
        columns=(FigureColumn(id=table_id.removeprefix("by_"), title=label, kind="text"), *_BY),
        rows=tuple(FigureRow(key=str(row[0]), cells=row) for row in cells),
        total=(words("合计", "total"), *sums, 0.8612),
        note=words(
            "受理按登记时间，办结按结案时间；按时率是期内到期的全部时限中按时办结的比例。",
            "Received by the instant of registration, closed by that of closing; on time is the share of all clocks "
            "that fell due in the period.",
        ),
    )


def _trend() -> FigureTable:
    random = Random(5)
    rows, open_now = [], 31
    for day in range(30):
        received, closed = random.randrange(20, 62), random.randrange(18, 60)
        open_now = max(0, open_now + received - closed)
        label = f"2026-11-{day + 1:02}"
        rows.append(FigureRow(key=label, cells=(label, received, closed, open_now, random.randrange(15, 50))))
    return FigureTable(
        id="trend",
        section="overview",
        title=words("走势", "trend"),
        columns=(
            FigureColumn(id="bucket", title=words("日期", "day"), kind="date"),
            FigureColumn(id="received", title=words("受理", "received")),
            FigureColumn(id="closed", title=words("办结", "closed")),
            FigureColumn(id="open_end", title=words("期末未结", "open at end")),
            FigureColumn(id="received_year_ago", title=words("去年同期受理", "received a year ago")),
        ),
        rows=tuple(rows),
        chart="trend",
    )


def _pareto() -> FigureTable:
    counts = [320, 241, 160, 92, 61, 40, 22, 9, 4]
    whole, cumulative, rows = sum(counts), 0, []
    for name, count in zip(CATEGORIES, counts, strict=True):
        cumulative += count
        rows.append(FigureRow(key=name, cells=(name, count, count / whole, cumulative / whole)))
    return FigureTable(
        id="pareto",
        section="causes",
        title=words("投诉原因", "causes"),
        columns=(
            FigureColumn(id="category", title=_LABEL["category"], kind="text"),
            FigureColumn(id="received", title=words("受理", "received")),
            FigureColumn(id="share", title=words("占比", "share"), kind="rate"),
            FigureColumn(id="cumulative", title=words("累计占比", "cumulative"), kind="rate"),
        ),
        rows=tuple(rows),
        chart="pareto",
    )


def _on_time() -> FigureTable:
    random = Random(11)
    rows = []
    for name in DEPARTMENTS:
        due = random.randrange(8, 300)
        met = int(due * random.uniform(0.5, 1))
        rows.append(FigureRow(key=name, cells=(name, due, met, due - met, met / due)))
    rows.append(FigureRow(key="新设部门", cells=("新设部门", 0, 0, 0, None)))
    return FigureTable(
        id="on_time_by_department",
        section="clocks",
        title=words("各部门按时率", "on time by department"),
        columns=(
            FigureColumn(id="department", title=_LABEL["department"], kind="text"),
            FigureColumn(id="due", title=words("到期", "due")),
            FigureColumn(id="on_time", title=words("按时", "on time")),
            FigureColumn(id="late", title=words("逾期", "late")),
            FigureColumn(id="on_time_rate", title=words("按时率", "on-time rate"), kind="rate"),
        ),
        rows=tuple(sorted(rows, key=lambda row: row.cells[4] if isinstance(row.cells[4], float) else 2)),
        total=(words("合计", "total"), 1800, 1500, 300, 0.8333),
        chart="bars",
    )


def _milestones() -> FigureTable:
    return FigureTable(
        id="milestones",
        section="clocks",
        title=words("首次联系、结果、回访", "first contact, result, revisit"),
        columns=(
            FigureColumn(id="step", title=words("环节", "milestone"), kind="text"),
            FigureColumn(id="due", title=words("到期", "due")),
            FigureColumn(id="on_time_rate", title=words("按时率", "on time"), kind="rate"),
            FigureColumn(id="median", title=words("中位数", "median"), kind="seconds"),
            FigureColumn(id="p95", title=words("95 分位", "95th percentile"), kind="seconds"),
            FigureColumn(
                id="working_median", title=words("中位数（工作时间）", "median, working time"), kind="seconds"
            ),
            FigureColumn(id="rate_before", title=words("上期按时率", "on time before"), kind="rate"),
            FigureColumn(id="rate_year_ago", title=words("去年同期按时率", "on time a year ago"), kind="rate"),
        ),
        rows=(
            FigureRow(
                key="first",
                cells=(words("首次联系", "first contact"), 940, 0.824, 420, 11520, 420, 0.871, 0.79),
            ),
            FigureRow(key="result", cells=(words("交回结果", "result"), 902, None, 93600, 432000, 28800, None, None)),
            FigureRow(key="revisit", cells=(words("回访", "revisit"), 870, 0.9991, 172800, 259200, 57600, 0.96, None)),
        ),
    )


def _penalties() -> FigureTable:
    money: Any = "money"
    return FigureTable(
        id="penalties_by_person",
        section="penalties",
        title=words("个人处罚", "penalties by person"),
        columns=(
            FigureColumn(id="who", title=words("姓名", "person"), kind="text"),
            FigureColumn(id="carried_in", title=words("上月结转", "carried in"), kind=money),
            FigureColumn(id="new", title=words("本月新增", "new"), kind=money),
            FigureColumn(id="charged", title=words("本月扣款", "charged"), kind=money),
            FigureColumn(id="carried_over", title=words("结转下月", "carried over"), kind=money),
            FigureColumn(id="points", title=words("扣分", "points"), kind="points"),
        ),
        rows=(
            FigureRow(key="zhao", cells=("赵经理", 0, 1250, 500, 750, 6)),
            FigureRow(key="li", cells=("李小明", 20.5, 30, 50.5, 0, 1.5)),
        ),
        total=(words("合计", "total"), 20.5, 1280, 550.5, 750, 7.5),
    )


def _empty() -> FigureTable:
    return FigureTable(
        id="postponements",
        section="open",
        title=words("延期申请", "postponements"),
        columns=(
            FigureColumn(id="department", title=_LABEL["department"], kind="text"),
            FigureColumn(id="asked", title=words("申请", "asked")),
        ),
    )


def _longest() -> FigureTable:
    rows = [
        FigureRow(
            key=f"26100{number:02}",
            cells=(
                f"26100{number:02}",
                words("重大投诉", "major complaint"),
                DEPARTMENTS[number % len(DEPARTMENTS)],
                ("李小明", "欧阳建国", "Alexander Konstantinopoulos", None)[number % 4],
                iso(SINCE + timedelta(days=number, hours=number, minutes=7)),
                30 - number,
            ),
        )
        for number in range(10)
    ]
    return FigureTable(
        id="longest_open",
        section="open",
        title=words("办理最久的十件", "the ten longest open"),
        columns=(
            FigureColumn(id="number", title=words("编号", "number"), kind="text"),
            FigureColumn(id="level", title=words("级别", "level"), kind="text"),
            FigureColumn(id="department", title=_LABEL["department"], kind="text"),
            FigureColumn(id="handler", title=words("经办人", "handler"), kind="text"),
            FigureColumn(id="received_at", title=words("受理时间", "received"), kind="instant"),
            FigureColumn(id="days_open", title=words("已办天数", "days open"), kind="days"),
        ),
        rows=tuple(rows),
    )


def _not_returned() -> FigureTable:
    rows = []
    for number in range(23):
        secret = number == 1
        item = HIDDEN if secret else f"第 {number} 卷 二号楼给排水施工图及其变更记录"
        purpose = HIDDEN_PURPOSE if secret else "改造设计"
        rest = ("欧阳建国", DEPARTMENTS[number % 3], "2026-10-03", "2026-11-02", 28 - number)
        masked = ("(涉密资料)", "(涉密资料)", *rest) if secret else ()
        number_text = f"JY2610{number:03}"
        cells = (number_text, item, purpose, *rest)
        rows.append(
            FigureRow(key=number_text, cells=cells, secret=secret, masked=(number_text, *masked) if secret else ())
        )
    rows.append(
        FigureRow(key="JY-X", cells=("JY-X", HIDDEN, HIDDEN_PURPOSE, "钱", "配件供应部", None, None, 1), secret=True)
    )
    return FigureTable(
        id="not_returned",
        section="loans",
        title=words("未归还资料", "not returned"),
        columns=(
            FigureColumn(id="number", title=words("编号", "number"), kind="text"),
            FigureColumn(id="thing", title=words("资料名称", "item"), kind="text"),
            FigureColumn(id="purpose", title=words("用途", "purpose"), kind="text"),
            FigureColumn(id="borrower", title=words("借阅人", "borrower"), kind="text"),
            FigureColumn(id="department", title=_LABEL["department"], kind="text"),
            FigureColumn(id="lent_at", title=words("借出", "lent"), kind="date"),
            FigureColumn(id="due_on", title=words("应还", "due"), kind="date"),
            FigureColumn(id="days_late", title=words("逾期", "late"), kind="days"),
        ),
        rows=tuple(rows),
    )


def _headlines() -> tuple[Headline, ...]:
    return (
        Headline(
            id="received",
            title=words("受理", "received"),
            kind="count",
            value=1250,
            before=1130,
            year_ago=1302,
            good="none",
        ),
        Headline(id="closed", title=words("办结", "closed"), kind="count", value=1198, before=1140, good="up"),
        Headline(
            id="open",
            title=words("期末未结", "open at end"),
            kind="count",
            value=83,
            before=31,
            year_ago=45,
            good="down",
        ),
        Headline(
            id="on_time",
            title=words("按时率", "on time"),
            kind="rate",
            value=0.824,
            before=0.871,
            year_ago=0.79,
            good="up",
        ),
        Headline(
            id="first_contact",
            title=words("首次联系中位数", "first contact, median"),
            kind="seconds",
            value=420,
            before=540,
            year_ago=420,
            good="down",
        ),
        Headline(id="revisit", title=words("回访率", "revisited"), kind="rate", value=None, good="up"),
        Headline(
            id="penalties",
            title=words("处罚金额", "penalties"),
            kind="money",
            value=1280,
            before=900.5,
            year_ago=0,
            good="down",
        ),
        Headline(
            id="overdue_loans",
            title=words("逾期未还", "overdue loans"),
            kind="count",
            value=24,
            before=24,
            year_ago=30,
            good="down",
        ),
    )


def figures(department: str = "", **changed: Any) -> Figures:
    """The statement of November 2026 for the whole organisation."""
    tables = (
        _trend(),
        _by("by_department", _LABEL["department"], DEPARTMENTS, 1),
        _by("by_category", _LABEL["category"], CATEGORIES, 2),
        _milestones(),
        _on_time(),
        _pareto(),
        _penalties(),
        _longest(),
        _empty(),
        _not_returned(),
    )
    given: dict[str, Any] = {
        "cadence": "monthly",
        "period": "2026-11",
        "since": SINCE,
        "until": UNTIL,
        "zone": "Asia/Shanghai",
        "data_at": DATA_AT,
        "department": department,
        "headlines": _headlines(),
        "findings": (
            Finding(
                text=words(
                    f"{DEPARTMENTS[0]}首次联系按时率由 87.1% 降到 61.2%，是降幅最大的部门：请部门经理本周说明原因。",
                    f"{DEPARTMENTS[0]}: first contact on time fell from 87.1% to 61.2%, the largest drop.",
                ),
                tone="bad",
            ),
            Finding(
                text=words(
                    "最常见的违规是“首次联系客户”（第五条(三)），165 次，占全部违规的 55%。",
                    "The most frequent breach is first contact (article 5(3)): 165, 55% of all.",
                ),
                tone="bad",
            ),
            Finding(text=words("期末未结由 31 件增至 83 件。", "Open at the end grew from 31 to 83."), tone="watch"),
            Finding(text=words("回访按时率 99.9%。", "Revisits on time: 99.9%."), tone="good"),
        ),
        "sections": tuple(
            StatementSection(id=name, title=words(zh, en))
            for name, zh, en in (
                ("overview", "概况", "overview"),
                ("complaints", "投诉", "complaints"),
                ("clocks", "时限", "clocks"),
                ("causes", "原因", "causes"),
                ("penalties", "奖罚", "penalties"),
                ("open", "未结", "open"),
                ("loans", "借阅", "loans"),
            )
        ),
        "tables": tables,
    }
    return Figures.model_validate(given | changed)


def empty_figures() -> Figures:
    """A month in which nothing happened."""
    calm = Finding(text=words("本期没有案件。", "No cases in this period."), tone="good")
    tables = tuple(table.model_copy(update={"rows": (), "total": None}) for table in figures().tables)
    headlines = tuple(
        headline.model_copy(update={"value": 0, "before": None, "year_ago": None}) for headline in _headlines()
    )
    return figures(findings=(calm,), tables=tables, headlines=headlines)


FLAGS = (
    *("received", "closed", "open_end", "reopened", "repeated", "late_first_contact", "overdue_end"),
    *(f"late_{place}" for place in range(12)),
)


def case_list(count: int = 40, more: int = 0) -> CaseList:
    """So many cases with every kind of column; one of them is secret."""
    random = Random(3)
    columns = (
        FigureColumn(id="number", title=words("编号", "number"), kind="text"),
        FigureColumn(id="kind", title=words("类型", "kind"), kind="text"),
        FigureColumn(id="level", title=words("级别", "level"), kind="text"),
        FigureColumn(id="channel", title=words("渠道", "channel"), kind="text"),
        FigureColumn(id="category", title=_LABEL["category"], kind="text"),
        FigureColumn(id="department", title=_LABEL["department"], kind="text"),
        FigureColumn(id="handler", title=words("经办人", "handler"), kind="text"),
        FigureColumn(id="received_at", title=words("受理时间", "received"), kind="instant"),
        FigureColumn(id="closed_at", title=words("办结时间", "closed"), kind="instant"),
        FigureColumn(id="first_contact", title=words("首次联系用时", "first contact"), kind="seconds"),
        FigureColumn(id="penalty", title=words("处罚", "penalty"), kind="money"),
        *(FigureColumn(id=flag, title=words(flag, flag)) for flag in FLAGS),
    )
    levels = (words("不满", "dissatisfied"), words("重大投诉", "major complaint"))
    rows = []
    for number in range(count):
        received = SINCE + timedelta(minutes=7 * number % 43000)
        closed = iso(received + timedelta(hours=random.randrange(1, 90))) if number % 9 else None
        cells = (
            f"2611{number:03}",
            words("投诉", "complaint"),
            levels[number % 2],
            words("电话", "phone"),
            CATEGORIES[number % len(CATEGORIES)],
            DEPARTMENTS[number % len(DEPARTMENTS)],
            "李小明",
            iso(received),
            closed,
            random.randrange(60, 9000),
            random.choice((0, 20, 30.5)),
            *(int(random.random() < 0.3) for _ in FLAGS),
        )
        secret = number == 5
        masked = (*cells[:4], "(涉密资料)", *cells[5:]) if secret else ()
        shown = (*cells[:4], HIDDEN, *cells[5:]) if secret else cells
        rows.append(FigureRow(key=f"2611{number:03}", cells=shown, secret=secret, masked=masked))
    return CaseList(columns=columns, rows=tuple(rows), more=more)
