"""Complaints received, closed and open: the balance, the trend, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from models.language.ids import CHANNELS
from tasks.statistics import words
from tasks.statistics.counting import rate, total
from tasks.statistics.figures import FigureRow
from tasks.statistics.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tasks.statistics.counting import Counted
    from tasks.statistics.figures import FigureTable
    from tasks.statistics.phrases import Phrase
    from tasks.statistics.scope import Scope

T = TypeVar("T")
DIMENSIONS = ("level", "channel", "category", "department", "handler")
_SUMS = ("received", "closed", "open_end", "overdue_end")


def compared(scope: Scope, figure: Callable[[Counted], T], *, loans: bool = False) -> tuple[T | None, ...]:
    """A figure of the period, of the one before and of last year's; None where there was no record."""
    windows = scope.loans if loans else scope.complaints
    return tuple(figure(counted) if counted.window.data else None for counted in windows)


def balance(scope: Scope) -> FigureTable:
    """Open at start + received + reopened - closed = open at end."""
    figures: dict[str, Callable[[Counted], int]] = {
        "opening": lambda one: total(one.opening),
        "received": lambda one: total(one.received),
        "reopened": lambda one: total(one.reopened),
        "closed": lambda one: total(one.closed),
        "withdrawn": lambda one: total(one.ended_as("withdrawn")),
        "closing": lambda one: total(one.closing),
    }
    rows = [
        FigureRow(key=key, cells=(phrase(f"statistics.item.{key}"), *compared(scope, figure)))
        for key, figure in figures.items()
    ]
    return words.table("balance", ("item", "value", "before", "year_ago"), rows)


def trend(scope: Scope) -> FigureTable:
    """Day by day or month by month, beside last year's."""
    now, _, year_ago = scope.loans if scope.only_loans else scope.complaints
    until = now.window.until
    edges = [min(int(one.since.timestamp()), until) for one in scope.buckets] + [until]
    received, closed, reopened = (_between(edges, instants) for instants in now.moments())
    still_open = total(now.opening) + np.cumsum(received + reopened - closed)
    earlier: list[int] = []
    if year_ago.window.data:
        before = [int(one.since.timestamp()) for one in scope.buckets_year_ago] + [year_ago.window.until]
        earlier = _between(before, year_ago.moments()[0]).tolist()
    rows = []
    for number, bucket in enumerate(scope.buckets):
        began = bucket.since.timestamp() < until
        counts = (int(one[number]) if began else None for one in (received, closed, still_open))
        last_year = earlier[number] if number < len(earlier) else None
        rows.append(FigureRow(key=bucket.label, cells=(bucket.label, *counts, last_year)))
    columns = ("bucket", "received", "closed", "open_end", "received_year_ago")
    return words.table("trend", columns, rows, chart="trend")


def _between(edges: list[int], instants: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many instants lie between each edge and the next."""
    return np.diff(np.searchsorted(np.sort(instants), edges))


def by_dimension(scope: Scope, name: str) -> FigureTable:
    """Received, closed, open, overdue and on time for each value of a dimension."""
    now = scope.complaints[0]
    values = now.side.cases[name].cat
    codes, size = values.codes.to_numpy(), len(values.categories)

    def per_value(flags: object) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.bincount(codes, weights=np.asarray(flags), minlength=size).astype(np.int64)

    sums = [per_value(flags) for flags in (now.received, now.closed, now.closing, now.overdue_at_end)]
    due, on_time = per_value(now.clocks_of(now.due)), per_value(now.clocks_of(now.on_time))
    counts = np.stack([*sums, due, on_time]) if size else np.zeros((6, 0), dtype=np.int64)
    levels = list(scope.packs.level_titles())

    def order(code: int) -> tuple[object, ...]:
        """Levels by severity, everything else by how many were received; what is not named comes last."""
        key = str(values.categories[code])
        if name == "level":
            return not key, levels.index(key) if key in levels else len(levels), key
        return not key, -counts[0, code], -counts[2, code], key

    rows = []
    for code in sorted(np.flatnonzero(counts.any(axis=0)).tolist(), key=order):
        *cells, clocks, met = (int(count) for count in counts[:, code])
        key = str(values.categories[code])
        rows.append(FigureRow(key=key, cells=(titled(scope, name, key), *cells, rate(met, clocks))))
    totals = (words.total(), *(int(one.sum()) for one in counts[:4]), rate(int(counts[5].sum()), int(counts[4].sum())))
    return words.table(f"by_{name}", (name, *_SUMS, "on_time_rate"), rows, total=totals)


def titled(scope: Scope, name: str, key: str) -> Phrase | str:
    """How people call a value of a dimension."""
    if not key:
        return words.no_department() if name == "department" else words.unknown()
    if name == "level":
        return scope.packs.level_titles().get(key, key)
    if name == "channel" and key in CHANNELS:
        return phrase(f"vocabulary.channels.{key}")
    return key


def tables(scope: Scope) -> Sequence[FigureTable]:
    """Those of the sections overview and complaints."""
    return [balance(scope), trend(scope), *(by_dimension(scope, name) for name in DIMENSIONS)]
