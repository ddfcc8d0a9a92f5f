"""What the tables have in common: counts by row, shares, durations, the three periods that are compared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracle.figures.part import Part, part_of
from tests.oracle.figures.time import quantile, working_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from tests.oracle.figures.cases import Case
    from tests.oracle.figures.part import Owned
    from tests.oracle.figures.time import Period

Cells = dict[str, Any]
Rows = dict[str, Cells]
Tables = dict[str, Rows]
TOTAL = "*"
"""The key of the row of totals."""


class Compared(NamedTuple):
    """The period, the one before, and the same one a year ago."""

    now: Part
    before: Part
    year_ago: Part
    recorded: tuple[bool, bool]
    """Whether there was a record before, and a year ago."""

    def cells(self, figure: Callable[[Part], Any]) -> Cells:
        """A figure of all three; None where there is no record."""
        return {
            "value": figure(self.now),
            "before": figure(self.before) if self.recorded[0] else None,
            "year_ago": figure(self.year_ago) if self.recorded[1] else None,
        }

    def rates(self, which: Callable[[Owned], bool]) -> Cells:
        """On-time rates of all three."""
        found = self.cells(lambda part: on_time_rate(part, which))
        return {"on_time_rate": found["value"], "rate_before": found["before"], "rate_year_ago": found["year_ago"]}

    def where(self, holds: Callable[[Case], bool]) -> Compared:
        """The same of some cases."""
        return Compared(*(part.where(holds) for part in self[:3]), self.recorded)  # type: ignore[arg-type]


def compared(everything: list[Case], kind: str, periods: Sequence[Period], regulation: str = "") -> Compared:
    """All cases of a kind in the three periods."""
    own = [case for case in everything if regulation in ("", case.regulation)]
    first = min(case.opened for case in own)
    parts = (part_of(everything, kind, period, regulation) for period in periods)
    return Compared(*parts, (first < periods[1].until, first < periods[2].until))


def share(part: int, whole: int) -> float | None:
    """The share of nothing does not exist."""
    return part / whole if whole else None


def on_time_rate(part: Part, which: Callable[[Owned], bool]) -> float | None:
    """Of some deadlines the share that was done in time."""
    return share(sum(map(which, part.on_time)), sum(map(which, part.due)))


def always(_one: object) -> bool:
    """All of them."""
    return True


def grouped(found: Iterable[Any], of: Callable[[Any], str]) -> dict[str, int]:
    """How many there are of each."""
    numbers: dict[str, int] = defaultdict(int)
    for one in found:
        numbers[of(one)] += 1
    return numbers


def counts(columns: dict[str, Iterable[Any]], of: Callable[[Any], str]) -> Rows:
    """How many of each column belong to each row, and in all; rows of nothing do not exist."""
    rows: Rows = defaultdict(lambda: dict.fromkeys(columns, 0))
    for column, found in columns.items():
        for key, count in grouped(found, of).items():
            rows[key][column] = count
    rows[TOTAL] = {column: sum(row[column] for row in rows.values()) for column in columns}
    return dict(rows)


def department(one: Any) -> str:
    """Of a case, or of what belongs to one."""
    return getattr(one, "case", one).row["department"]


def durations(spans: Sequence[tuple[datetime, datetime]]) -> Cells:
    """Median and 95th percentile, elapsed and in working time."""
    elapsed = [until - since for since, until in spans]
    working = [working_time(since, until) for since, until in spans]
    return {
        "median": quantile(elapsed, 0.5),
        "p95": quantile(elapsed, 0.95),
        "working_median": quantile(working, 0.5),
        "working_p95": quantile(working, 0.95),
    }


def clocks(three: Compared) -> Rows:
    """One row a rule."""
    now = three.now
    columns = {"due": now.due, "on_time": now.on_time, "late": now.late, "overdue": now.missed}
    rows = counts(columns, lambda one: one.key)
    for key, row in rows.items():
        if key == TOTAL:
            row.update(three.rates(always))
            continue
        row.update(three.rates(lambda one, key=key: one.key == key))
        met = [one.deadline for one in (*now.on_time, *now.late) if one.key == key]
        row.update(durations([(one.start, one.met) for one in met if one.met]))
    return rows
