"""Whether customers were called back, what they said, and what came again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.statistics import words
from tasks.statistics.counting import rate, total
from tasks.statistics.figures import FigureRow
from tasks.statistics.packs import CONTACTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.statistics.counting import Counted
    from tasks.statistics.figures import FigureTable
    from tasks.statistics.scope import Scope

    Counts = NDArray[np.int64]

SATISFIED, DISSATISFIED = 1, 2
TARGET = 1.0


def revisit_clocks(scope: Scope, counted: Counted) -> NDArray[np.bool_]:
    """Clocks that a revisit or second contact stops."""
    stopped = scope.packs.stopped_by(*CONTACTS)
    if not stopped.size:
        return np.zeros(len(counted.side.clocks), dtype=bool)
    return np.asarray(stopped[counted.side.clocks["clock"].to_numpy()])


def revisit_rate(scope: Scope, counted: Counted) -> float | None:
    """Of the revisits due in the window those done by its end."""
    own = revisit_clocks(scope, counted)
    return rate(total(counted.met & own), total(counted.due & own))


def satisfaction_rate(counted: Counted) -> float | None:
    """Of the contacts that judged those that were satisfied."""
    satisfied = counted.side.contacts["satisfaction"].to_numpy() == SATISFIED
    return rate(total(counted.contacts & satisfied), total(counted.contacts))


def per_department(counted: Counted, per_case: Sequence[Counts]) -> tuple[list[tuple[str, list[int]]], list[int]]:
    """Sums of case columns for each department that has any, the first column's largest first; and all together."""
    names = counted.side.cases["department"].cat
    codes, size = names.codes.to_numpy(), len(names.categories)
    sums = [np.bincount(codes, weights=one, minlength=size).astype(np.int64) for one in per_case]
    used = np.flatnonzero(np.any(sums, axis=0)).tolist() if size else []
    rows = [(str(names.categories[code]), [int(one[code]) for one in sums]) for code in used]
    rows.sort(key=lambda row: (not row[0], [-value for value in row[1]], row[0]))
    return rows, [int(one.sum()) for one in sums]


def named(department: str) -> Any:
    """A department's name, or what stands for none."""
    return department or words.no_department()


def revisits(scope: Scope) -> FigureTable:
    """Due, done, in time, against the target, and given up."""
    now = scope.complaints[0]
    own = revisit_clocks(scope, now)
    columns = [now.clocks_of(flags & own) for flags in (now.due, now.met, now.on_time)] + [now.clocks_of(now.gave_up)]
    rows, sums = per_department(now, columns)

    def cells(due: int, done: int, on_time: int, given_up: int) -> tuple[Any, ...]:
        return due, done, on_time, rate(done, due), TARGET, given_up

    return words.table(
        "revisits",
        ("department", "due", "revisited", "on_time", "revisit_rate", "target", "given_up"),
        [FigureRow(key=name, cells=(named(name), *cells(*counts))) for name, counts in rows],
        total=(words.total(), *cells(*sums)),
    )


def satisfaction(scope: Scope) -> FigureTable:
    """What customers said, by department."""
    now = scope.complaints[0]
    contacts = now.side.contacts
    pos, said = contacts["pos"].to_numpy(), contacts["satisfaction"].to_numpy()
    unresolved = contacts["outcome"].to_numpy() == 1
    flags = [now.contacts, now.contacts & (said == SATISFIED), now.contacts & (said == DISSATISFIED)]
    columns = [now.of_case(pos[one]) for one in (*flags, now.contacts & unresolved)]
    rows, sums = per_department(now, columns)

    def cells(judged: int, satisfied: int, dissatisfied: int, unsolved: int) -> tuple[Any, ...]:
        return judged, satisfied, dissatisfied, unsolved, rate(satisfied, judged)

    return words.table(
        "satisfaction",
        ("department", "judged", "satisfied", "dissatisfied", "unresolved", "satisfaction_rate"),
        [FigureRow(key=name, cells=(named(name), *cells(*counts))) for name, counts in rows],
        total=(words.total(), *cells(*sums)),
    )


def repeats(scope: Scope) -> FigureTable:
    """Repeated and reopened complaints, by category."""
    now = scope.complaints[0]
    values = now.side.cases["category"].cat
    codes, size = values.codes.to_numpy(), len(values.categories)
    flags = (now.received, now.repeated, now.reopened)
    sums = [np.bincount(codes, weights=one, minlength=size).astype(np.int64) for one in flags]
    keys = [str(key) for key in values.categories]
    again = np.flatnonzero(sums[1] + sums[2]).tolist()
    again.sort(key=lambda code: (not keys[code], -sums[1][code], -sums[2][code], keys[code]))
    rows = []
    for code in again:
        received, repeated, reopened = (int(one[code]) for one in sums)
        cells = (keys[code] or words.unknown(), received, repeated, rate(repeated, received), reopened)
        rows.append(FigureRow(key=keys[code], cells=cells))
    received, repeated, reopened = (int(one.sum()) for one in sums)
    return words.table(
        "repeats",
        ("category", "received", "repeated", "share", "reopened"),
        rows,
        total=(words.total(), received, repeated, rate(repeated, received), reopened),
        days=str(scope.deployment.settings.repeat_days),
    )


def pareto(scope: Scope) -> FigureTable:
    """Causes by how many complaints they brought, with the share that they and those before them make up."""
    now = scope.complaints[0]
    values = now.side.cases["category"].cat
    counts = np.bincount(values.codes.to_numpy()[now.received], minlength=len(values.categories))
    found = sorted(
        ((str(values.categories[code]), int(counts[code])) for code in np.flatnonzero(counts).tolist()),
        key=lambda pair: (-pair[1], not pair[0], pair[0]),
    )
    everything = sum(count for _, count in found)
    rows, so_far = [], 0
    for key, count in found:
        so_far += count
        cells = (key or words.unknown(), count, rate(count, everything), rate(so_far, everything))
        rows.append(FigureRow(key=key, cells=cells))
    last = (words.total(), everything, rate(everything, everything), None)
    return words.table("pareto", ("category", "received", "share", "cumulative"), rows, total=last, chart="pareto")


def tables(scope: Scope) -> Sequence[FigureTable]:
    """Those of the sections revisit and causes."""
    return [revisits(scope), satisfaction(scope), repeats(scope), pareto(scope)]
