"""What the figures say, as sentences a manager can act on: the worst first, each with its figure.

They are read from the tables, so that they never say anything else than these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.words import Text
from tasks.statistics import words
from tasks.statistics.figures import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from tasks.statistics.figures import FigureRow, Figures

AT_MOST = 8
ENOUGH = 5
"""A rate of fewer clocks than this says nothing about a department."""
NOTICEABLE = 0.02
OLD_DAYS = 30


class _WeighedFinding(NamedTuple):
    weight: float
    finding: Finding


def findings(figures: Figures, *, provisional: bool) -> tuple[Finding, ...]:
    """Up to eight sentences; a calm period gets a good one."""
    said = sorted(_all(figures), key=lambda one: -one.weight)
    found = [one.finding for one in said][: AT_MOST - provisional]
    if not found:
        found.append(_calm(figures))
    return (*((Finding(text=words.PROVISIONAL, tone="watch"),) if provisional else ()), *found)


def _all(figures: Figures) -> Iterator[_WeighedFinding]:
    for about in (_clocks, _breaches, _backlog, _customers, _postponed, _loans):
        yield from about(figures)


def _say(weight: float, tone: Literal["bad", "watch", "good"], zh: str, en: str) -> _WeighedFinding:
    return _WeighedFinding(weight, Finding(text=Text(zh=zh, en=en), tone=tone))


def _cells(figures: Figures, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table by column."""
    found = figures.table(table)
    for row in found.rows if found else ():
        yield _named(figures, table, row)


def _named(figures: Figures, table: str, row: FigureRow) -> dict[str, Any]:
    found = figures.table(table)
    return {
        "key": row.key,
        **{one.id: cell for one, cell in zip(found.columns if found else (), row.cells, strict=True)},
    }


def _total(figures: Figures, table: str) -> dict[str, Any]:
    found = figures.table(table)
    if found is None or found.total is None:
        return {}
    return {one.id: cell for one, cell in zip(found.columns, found.total, strict=True)}


def _value(figures: Figures, table: str, key: str, column: str = "value") -> Any:
    return next((row[column] for row in _cells(figures, table) if row["key"] == key), None)


def percent(share: float) -> str:
    """`82.4%`."""
    return f"{share * 100:.1f}%"


def _zh(text: Any) -> str:
    return text.zh if isinstance(text, Text) else str(text)


def _en(text: Any) -> str:
    return text.en if isinstance(text, Text) else str(text)


# -- what may be said ------------------------------------------------------------------------------------------


def _clocks(figures: Figures) -> Iterator[_WeighedFinding]:
    total = _total(figures, "clocks")
    rate, before = total.get("on_time_rate"), total.get("rate_before")
    if rate is not None and before is not None and before - rate >= NOTICEABLE:
        yield _say(
            90,
            "bad",
            f"时限按时率由上期的 {percent(before)} 降至 {percent(rate)}，本期 {total['due']} 项时限中"
            f" {total['late']} 项迟、{total['overdue']} 项期末仍未完成。",
            f"Clocks met in time fell from {percent(before)} to {percent(rate)}: of {total['due']} due {total['late']} "
            f"were late and {total['overdue']} not met by the end.",
        )
    if figures.department:
        return
    rows = [row for row in _cells(figures, "on_time_by_department") if row["due"] >= ENOUGH]
    fallen = [
        row for row in rows if row["rate_before"] is not None and row["rate_before"] - row["on_time_rate"] >= NOTICEABLE
    ]
    if fallen:
        row = max(fallen, key=lambda one: one["rate_before"] - one["on_time_rate"])
        yield _say(
            88,
            "bad",
            f"{_zh(row['department'])}按时率下降最多："
            f"由 {percent(row['rate_before'])} 降至 {percent(row['on_time_rate'])}"
            f"（{row['due']} 项时限）。请该部门说明原因和措施。",
            f"{_en(row['department'])} fell most: from {percent(row['rate_before'])} to {percent(row['on_time_rate'])} "
            f"in time ({row['due']} clocks). Ask for the reason and the measures.",
        )
    if len(rows) > 1 and rows[0]["on_time_rate"] < (rate or 0) - NOTICEABLE:
        row = rows[0]
        yield _say(
            80,
            "bad",
            f"按时率最低的部门是{_zh(row['department'])}：{percent(row['on_time_rate'])}，全体为 {percent(rate or 0)}；"
            f"{row['late']} 项迟、{row['overdue']} 项未完成。",
            f"{_en(row['department'])} has the lowest on-time rate: {percent(row['on_time_rate'])} against "
            f"{percent(rate or 0)} overall; {row['late']} late, {row['overdue']} not met.",
        )


def _breaches(figures: Figures) -> Iterator[_WeighedFinding]:
    rows, total = list(_cells(figures, "breaches")), _total(figures, "breaches")
    if not rows:
        return
    row = rows[0]
    share = row["breaches"] / total["breaches"]
    yield _say(
        70,
        "bad",
        f"违反最多的是“{_zh(row['rule'])}”（{_zh(row['regulation'])} {row['article']}）：{row['breaches']} 次，"
        f"占全部违反的 {percent(share)}。",
        f"The rule broken most is {_en(row['rule'])} ({_en(row['regulation'])}, {row['article']}): {row['breaches']} "
        f"times, {percent(share)} of all breaches.",
    )


def _backlog(figures: Figures) -> Iterator[_WeighedFinding]:
    opening, closing = (_value(figures, "balance", key) for key in ("opening", "closing"))
    overdue = _total(figures, "by_department").get("overdue_end") or 0
    if overdue:
        yield _say(
            95,
            "bad",
            f"期末有 {overdue} 件未结案件已超时，请先处理（未结共 {closing} 件）。",
            f"Overdue at the end: {overdue} of {closing} open cases. Deal with these first.",
        )
    if opening is not None and closing > opening:
        yield _say(
            60 + min((closing - opening) / max(opening, 1), 1) * 10,
            "watch",
            f"未结案件增加 {closing - opening} 件：由 {opening} 件增至 {closing} 件，结案少于受理。",
            f"The backlog grew by {closing - opening}, from {opening} to {closing} open cases: fewer were closed "
            "than came in.",
        )
    oldest = next(_cells(figures, "longest_open"), None)
    if oldest and oldest["days_open"] >= OLD_DAYS:
        yield _say(
            55,
            "watch",
            f"未结最久的是 {oldest['number']}（{_zh(oldest['department'])}），已 {oldest['days_open']} 天。",
            f"The oldest open case is {oldest['number']} ({_en(oldest['department'])}), {oldest['days_open']} days.",
        )


def _customers(figures: Figures) -> Iterator[_WeighedFinding]:
    total = _total(figures, "revisits")
    if total.get("revisit_rate") is not None and total["revisit_rate"] < 1:
        missing = total["due"] - total["revisited"]
        yield _say(
            65,
            "bad",
            f"回访率 {percent(total['revisit_rate'])}，未达 100%：应回访 {total['due']} 件，{missing} 件期末仍未回访。",
            f"The revisit rate is {percent(total['revisit_rate'])} and not 100 %: {missing} of {total['due']} revisits "
            "were not made by the end.",
        )
    headline = next((one for one in figures.headlines if one.id == "satisfaction_rate"), None)
    total = _total(figures, "satisfaction")
    if headline and headline.value is not None and headline.before is not None:
        drop = headline.before - headline.value
        if drop >= NOTICEABLE and total["judged"] >= ENOUGH:
            yield _say(
                72,
                "bad",
                f"满意率由 {percent(headline.before)} 降至 {percent(headline.value)}（{total['judged']} 次评价，"
                f"{total['dissatisfied']} 次不满意）。",
                f"Satisfaction fell from {percent(headline.before)} to {percent(headline.value)} ({total['judged']} "
                f"judgements, {total['dissatisfied']} dissatisfied).",
            )
    total = _total(figures, "repeats")
    if total.get("repeated"):
        row = next(_cells(figures, "repeats"))
        yield _say(
            50,
            "watch",
            f"{total['repeated']} 件为同一客户就同一类别再次投诉（占受理的 {percent(total['share'] or 0)}），"
            f"最多的类别是{_zh(row['category'])}（{row['repeated']} 件）。",
            f"Complaints of the same customer about the same thing again: {total['repeated']} "
            f"({percent(total['share'] or 0)} of those received), most: {_en(row['category'])} ({row['repeated']}).",
        )


def _postponed(figures: Figures) -> Iterator[_WeighedFinding]:
    waiting = _total(figures, "postponements").get("unanswered") or 0
    if waiting:
        yield _say(
            62,
            "watch",
            f"{waiting} 份延期申请仍未答复；批准之前时限照常计算。",
            f"Requests for postponement without an answer: {waiting}; until then the clocks run on.",
        )


def _loans(figures: Figures) -> Iterator[_WeighedFinding]:
    overdue = _value(figures, "loans_balance", "overdue_end") or 0
    if overdue:
        worst = next(_cells(figures, "not_returned"))
        yield _say(
            75 if figures.table("clocks") is None else 58,
            "bad",
            f"期末有 {overdue} 笔借阅逾期未还，最久的已逾期 {worst['days_late']} 天（{worst['borrower']}，"
            f"{_zh(worst['department'])}）。",
            f"Loans overdue at the end: {overdue}, the worst by {worst['days_late']} days ({worst['borrower']}, "
            f"{_en(worst['department'])}).",
        )
    names = [str(row["suspended"]) for row in _cells(figures, "suspended")]
    if names:
        some = "、".join(names[:3]) + ("等" if len(names) > 3 else "")  # noqa: PLR2004 -- three names are read at a glance
        yield _say(
            52,
            "watch",
            f"{len(names)} 个借阅人(部门)因逾期暂停借阅：{some}。",
            f"Suspended from borrowing: {len(names)} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''}).",  # noqa: PLR2004 -- as above
        )
    lost = _value(figures, "loans_balance", "lost") or 0
    if lost:
        yield _say(45, "watch", f"本期遗失资料 {lost} 笔。", f"Reported lost in the period: {lost}.")


def _calm(figures: Figures) -> Finding:
    """Nothing to complain of."""
    due = (_total(figures, "clocks").get("due") or 0) + (_total(figures, "loans_clocks").get("due") or 0)
    if due:
        text = Text(
            zh=f"本期平稳：到期的 {due} 项时限全部按时完成，期末没有超时案件。",
            en=f"A calm period: all {due} clocks that fell due were met in time, and nothing is overdue at the end.",
        )
    else:
        text = Text(
            zh="本期没有到期的时限，期末没有超时案件。",
            en="No clock fell due in the period, and nothing is overdue at the end.",
        )
    return Finding(text=text, tone="good")
