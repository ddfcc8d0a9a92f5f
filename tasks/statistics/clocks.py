"""Time limits: how many clocks were met in time, how long it took, and which articles were broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.statistics import words
from tasks.statistics.counting import rate, total
from tasks.statistics.figures import FigureRow
from tasks.statistics.milestones import MILESTONES
from tasks.statistics.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.statistics.counting import Counted
    from tasks.statistics.figures import Cell, FigureTable
    from tasks.statistics.scope import Scope

    Numbers = NDArray[np.int64]

_DURATIONS = ("median", "p95", "working_median", "working_p95")


def durations(elapsed: Numbers, working: Numbers) -> tuple[Cell, ...]:
    """Median and 95th percentile by nearest rank (the ceil(q * n)-th smallest), elapsed and working, in seconds."""
    found: list[int | None] = []
    for values in (elapsed, working):
        if not values.size:
            found += [None, None]
            continue
        places = [(percent * values.size + 99) // 100 - 1 for percent in (50, 95)]
        found += np.partition(values, places)[places].tolist()
    return tuple(found)


class PerClock:
    """Due, on time, late and overdue for each clock of the regulations."""

    def __init__(self, scope: Scope, counted: Counted) -> None:
        self._number = counted.side.clocks["clock"].to_numpy()
        self._size = len(scope.packs.clocks)
        flags = (counted.due, counted.on_time, counted.late, counted.overdue)
        self.due, self.on_time, self.late, self.overdue = (self._per(one) for one in flags)

    def _per(self, flags: NDArray[np.bool_]) -> Numbers:
        return np.bincount(self._number[flags], minlength=self._size)

    def rate(self, clock: int) -> float | None:
        """The share of those due that was met in time."""
        return rate(int(self.on_time[clock]), int(self.due[clock]))

    def rate_of(self, which: NDArray[np.bool_]) -> float | None:
        """The same of several clocks together."""
        return rate(int(self.on_time[which].sum()), int(self.due[which].sum()))


def clocks(scope: Scope, *, loans: bool = False) -> FigureTable:
    """One row a rule: how many were due, met in time, late or not at all, and how long it took."""
    windows = scope.loans if loans else scope.complaints
    now = windows[0]
    per = [PerClock(scope, one) for one in windows]
    met = np.flatnonzero(now.met)
    numbers, elapsed, working = (now.side.clocks[name].to_numpy()[met] for name in ("clock", "elapsed", "working"))
    rows = []
    for number in _in_use(scope, per[0]):
        own = numbers == number
        clock = scope.packs.clocks[number]
        counts = (int(one[number]) for one in (per[0].due, per[0].on_time, per[0].late, per[0].overdue))
        before, year_ago = (
            one.rate(number) if counted.window.data else None for one, counted in zip(per[1:], windows[1:], strict=True)
        )
        cells = (
            scope.regulation_title(clock.regulation),
            clock.title,
            *counts,
            per[0].rate(number),
            before,
            year_ago,
            *durations(elapsed[own], working[own]),
        )
        rows.append(FigureRow(key=clock.key, cells=cells))
    every = np.ones(len(scope.packs.clocks), dtype=bool)
    sums = (int(one.sum()) for one in (per[0].due, per[0].on_time, per[0].late, per[0].overdue))
    rates = (one.rate_of(every) if counted.window.data else None for one, counted in zip(per, windows, strict=True))
    last = (words.total(), "", *sums, *rates, None, None, None, None)
    columns = (
        "regulation", "rule", "due", "on_time", "late", "overdue", "on_time_rate", "rate_before", "rate_year_ago",
        *_DURATIONS,
    )  # fmt: skip
    return words.table("loans_clocks" if loans else "clocks", columns, rows, total=last)


def _in_use(scope: Scope, per: PerClock) -> list[int]:
    """Clocks of which one fell due, in the order of their regulations."""
    return [number for number in range(len(scope.packs.clocks)) if per.due[number]]


def breaches(scope: Scope) -> FigureTable:
    """Which article was broken how often, the most frequent first."""
    per = PerClock(scope, scope.complaints[0])
    broken = per.late + per.overdue
    numbers = sorted(
        np.flatnonzero(broken).tolist(), key=lambda number: (-broken[number], scope.packs.clocks[number].key)
    )
    rows = []
    for number in numbers:
        clock = scope.packs.clocks[number]
        counts = (int(one[number]) for one in (broken, per.late, per.overdue))
        cells = (scope.regulation_title(clock.regulation), clock.article, clock.title, *counts)
        rows.append(FigureRow(key=clock.key, cells=cells))
    sums = (int(one.sum()) for one in (broken, per.late, per.overdue))
    columns = ("regulation", "article", "rule", "breaches", "late", "overdue")
    return words.table("breaches", columns, rows, total=(words.total(), "", "", *sums))


def on_time_by_department(scope: Scope) -> FigureTable:
    """Each department's rate beside what it was, the worst first."""
    names = scope.complaints[0].side.cases["department"].cat.categories
    codes = scope.complaints[0].side.cases["department"].cat.codes.to_numpy()

    def sums(counted: Counted, flags: NDArray[np.bool_]) -> Numbers:
        return np.bincount(codes[counted.side.clocks["pos"].to_numpy()[flags]], minlength=len(names))

    per = [[sums(one, flags) for flags in (one.due, one.on_time, one.late, one.overdue)] for one in scope.complaints]
    due, on_time, *_ = per[0]
    rows = []
    for code in sorted(np.flatnonzero(due).tolist(), key=lambda code: (on_time[code] / due[code], -due[code], code)):
        rates = [
            rate(int(one[1][code]), int(one[0][code])) if counted.window.data else None
            for one, counted in zip(per, scope.complaints, strict=True)
        ]
        name = str(names[code])
        counts = (int(one[code]) for one in per[0])
        rows.append(FigureRow(key=name, cells=(name or words.no_department(), *counts, *rates)))
    total_rates = [
        rate(int(one[1].sum()), int(one[0].sum())) if counted.window.data else None
        for one, counted in zip(per, scope.complaints, strict=True)
    ]
    last = (words.total(), *(int(one.sum()) for one in per[0]), *total_rates)
    columns = ("department", "due", "on_time", "late", "overdue", "on_time_rate", "rate_before", "rate_year_ago")
    return words.table("on_time_by_department", columns, rows, total=last, chart="bars")


def milestones(scope: Scope) -> FigureTable:
    """How many, how often in time, and how long it took."""
    per = PerClock(scope, scope.complaints[0])
    reached = scope.complaints[0].side.milestones
    steps, elapsed, working = (reached[name].to_numpy() for name in ("step", "elapsed", "working"))
    rows = []
    for number, step in enumerate(MILESTONES):
        events = (step, "second_contact") if step == "revisited" else (step,)
        title = phrase("statistics.milestone.contact" if step == "revisited" else f"vocabulary.events.{step}")
        own = steps == number
        timed = own & (elapsed >= 0)
        on_time = per.rate_of(scope.packs.stopped_by(*events))
        rows.append(FigureRow(key=step, cells=(title, total(own), on_time, *durations(elapsed[timed], working[timed]))))
    return words.table("milestones", ("step", "done", "on_time_rate", *_DURATIONS), rows)


def tables(scope: Scope) -> Sequence[FigureTable]:
    """Those of the section clocks."""
    return [milestones(scope), clocks(scope), breaches(scope), on_time_by_department(scope)]
