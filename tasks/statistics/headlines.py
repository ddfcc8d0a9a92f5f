"""The figures on top, beside the period before and the same period last year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import Text
from tasks.statistics.complaints import compared
from tasks.statistics.counting import rate, total
from tasks.statistics.figures import Headline
from tasks.statistics.revisit import revisit_rate, satisfaction_rate

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from tasks.statistics.counting import Counted
    from tasks.statistics.figures import Kind
    from tasks.statistics.scope import Scope

    Direction = Literal["up", "down", "none"]
    Figure = Callable[[Counted], float | int | None]


def headlines(scope: Scope) -> tuple[Headline, ...]:
    """What a manager looks at first."""
    found: list[Headline] = []

    def add(name: str, zh: str, en: str, kind: Kind, good: Direction, figure: Figure) -> None:
        value, before, year_ago = compared(scope, figure, loans=name.startswith("loans"))
        found.append(
            Headline(
                id=name, title=Text(zh=zh, en=en), kind=kind, value=value, before=before, year_ago=year_ago, good=good
            )
        )

    if not scope.only_loans:
        add(
            "on_time_rate",
            "时限按时率",
            "Met in time",
            "rate",
            "up",
            lambda one: rate(total(one.on_time), total(one.due)),
        )
        add("received", "受理", "Received", "count", "none", lambda one: total(one.received))
        add("closed", "结案", "Closed", "count", "up", lambda one: total(one.closed))
        add("closing", "期末未结", "Open at end", "count", "down", lambda one: total(one.closing))
        add("overdue_end", "期末超时", "Overdue at end", "count", "down", lambda one: total(one.overdue_at_end))
        add("breaches", "违反时限", "Breaches", "count", "down", lambda one: total(one.due) - total(one.on_time))
        add("revisit_rate", "回访率", "Revisit rate", "rate", "up", lambda one: revisit_rate(scope, one))
        add("satisfaction_rate", "满意率", "Satisfaction", "rate", "up", satisfaction_rate)
        add("repeated", "重复投诉", "Repeated complaints", "count", "down", lambda one: total(one.repeated))
        add("reopened", "重新打开", "Reopened", "count", "down", lambda one: total(one.reopened))
    if scope.has_loans:
        add("loans_lent", "借出", "Lent", "count", "none", lambda one: total(one.received))
        add("loans_returned", "归还", "Returned", "count", "none", lambda one: total(one.ended_as("returned")))
        add("loans_out", "期末未还", "Out at end", "count", "none", lambda one: total(one.closing))
        add("loans_overdue", "期末逾期", "Loans overdue", "count", "down", lambda one: total(one.overdue_at_end))
    return (*found, *_penalties(scope))


def _penalties(scope: Scope) -> tuple[Headline, ...]:
    """The new amount of the period; where nobody was ever penalised it is not shown."""
    if not scope.penalties:
        return ()
    amounts = [
        round(sum(scope.penalties.inside(counted.window).amount.tolist()), 2) if counted.window.data else None
        for counted in scope.complaints
    ]
    value, before, year_ago = amounts
    title = Text(zh="奖罚金额", en="Penalties")
    return (
        Headline(id="penalties", title=title, kind="money", value=value, before=before, year_ago=year_ago, good="down"),
    )
