"""The figures on top, beside the period before and the same period last year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.statistics.complaints import compared
from tasks.statistics.counting import rate, total
from tasks.statistics.figures import Headline
from tasks.statistics.phrases import phrase
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

    def add(name: str, kind: Kind, good: Direction, figure: Figure) -> None:
        value, before, year_ago = compared(scope, figure, loans=name.startswith("loans"))
        found.append(
            Headline(
                id=name,
                title=phrase(f"statistics.headline.{name}"),
                kind=kind,
                value=value,
                before=before,
                year_ago=year_ago,
                good=good,
            )
        )

    if not scope.only_loans:
        add(
            "on_time_rate",
            "rate",
            "up",
            lambda one: rate(total(one.on_time), total(one.due)),
        )
        add("received", "count", "none", lambda one: total(one.received))
        add("closed", "count", "up", lambda one: total(one.closed))
        add("closing", "count", "down", lambda one: total(one.closing))
        add("overdue_end", "count", "down", lambda one: total(one.overdue_at_end))
        add("breaches", "count", "down", lambda one: total(one.due) - total(one.on_time))
        add("revisit_rate", "rate", "up", lambda one: revisit_rate(scope, one))
        add("satisfaction_rate", "rate", "up", satisfaction_rate)
        add("repeated", "count", "down", lambda one: total(one.repeated))
        add("reopened", "count", "down", lambda one: total(one.reopened))
    if scope.has_loans:
        add("loans_lent", "count", "none", lambda one: total(one.received))
        add("loans_returned", "count", "none", lambda one: total(one.ended_as("returned")))
        add("loans_out", "count", "none", lambda one: total(one.closing))
        add("loans_overdue", "count", "down", lambda one: total(one.overdue_at_end))
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
    title = phrase("statistics.headline.penalties")
    return (
        Headline(id="penalties", title=title, kind="money", value=value, before=before, year_ago=year_ago, good="down"),
    )
