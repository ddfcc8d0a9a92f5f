"""Penalties by department and by person, with a cap a month and what is carried over it.

What is charged up to an instant is, month by month from the first one on, what the cap allows of what was carried
in and came new; so weeks add up to months, and carried in + new - charged = carried over.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from tasks.statistics import words
from tasks.statistics.figures import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from tasks.statistics.figures import Table
    from tasks.statistics.packs import Packs
    from tasks.statistics.sides import Side, Window


@dataclass(frozen=True)
class Fines:
    """Penalties in columns: each of a department itself, or of a person in a case of that department."""

    who: NDArray[Any]
    of_department: NDArray[np.bool_]
    department: NDArray[Any]
    amount: NDArray[np.float64]
    points: NDArray[np.float64]
    at: NDArray[np.int64]

    def __len__(self) -> int:
        """How many."""
        return len(self.at)

    def of(self, which: NDArray[Any]) -> Fines:
        """Some of them, by flags or places."""
        return Fines(*(column[which] for column in self._columns()))

    def inside(self, window: Window) -> Fines:
        """Those of a window."""
        return self.of((self.at >= window.since) & (self.at < window.until))

    def joined(self, other: Fines) -> Fines:
        """Both together."""
        return Fines(*(np.concatenate(pair) for pair in zip(self._columns(), other._columns(), strict=True)))

    def groups(self) -> Iterator[tuple[tuple[str, str], Fines]]:
        """By who is charged and department, each in order of time."""
        who, names = pd.factorize(self.who)
        department, departments = pd.factorize(self.department)
        key = who * len(departments) + department
        order = np.lexsort((self.at, key))
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1)).tolist()
        for low, high in itertools.pairwise([*first, len(key)]):
            places = order[low:high]
            yield (names[who[places[0]]], departments[department[places[0]]]), self.of(places)

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return self.who, self.of_department, self.department, self.amount, self.points, self.at


class Account(NamedTuple):
    """What came of one department's or person's penalties in a period."""

    times: int
    amount: float
    points: float
    carried_in: float
    charged: float
    carried_over: float


def fines_of(side: Side, packs: Packs) -> Fines:
    """The penalties of a side."""
    frame = side.fines
    departments = side.cases["department"].cat
    names = np.array([*departments.categories], dtype=object)
    department = names[departments.codes.to_numpy()[frame["pos"].to_numpy()]]
    regulation, rule = frame["regulation"].to_numpy(), frame["rule"].astype("category").cat
    size = max(len(rule.categories), 1)
    pairs, pair = np.unique(regulation.astype(np.int64) * size + rule.codes.to_numpy(), return_inverse=True)
    charged = [
        number >= 0 and packs.charged_to_department(packs.names[number // size], rule.categories[number % size])
        for number in pairs.tolist()
    ]
    of_department = np.array(charged, dtype=bool)[pair]
    who = np.where(of_department, department, frame["who"].astype(object).to_numpy())
    amount, points, at = (frame[name].to_numpy() for name in ("amount", "points", "at"))
    return Fines(who, of_department, department, amount, points, at)


def account(fines: Fines, window: Window, cap: float, zone: ZoneInfo) -> Account:
    """The sums of one department or person, in order of time; without a cap (0) everything is charged at once."""
    known = fines.of(fines.at < window.until)
    inside = known.of(known.at >= window.since)
    new = sum(inside.amount.tolist())
    earlier = sum(known.amount.tolist()) - new
    before = _charged(known, window.since, cap, zone)
    charged = _charged(known, window.until, cap, zone) - before
    carried_in = earlier - before
    return Account(
        times=len(inside),
        amount=round(new, 2),
        points=round(sum(inside.points.tolist()), 2),
        carried_in=round(carried_in, 2),
        charged=round(charged, 2),
        carried_over=round(carried_in + new - charged, 2),
    )


def _charged(known: Fines, instant: int, cap: float, zone: ZoneInfo) -> float:
    """What was charged before an instant, the month in which it lies counted as far as it had come."""
    past = known.of(known.at < instant)
    if not cap or not len(past):
        everything: float = sum(past.amount.tolist())
        return everything
    months = _months(int(past.at.min()), instant, zone)
    new = np.bincount(np.searchsorted(months, past.at, side="right"), past.amount, len(months) + 1)
    charged = carried = 0.0
    for amount in new.tolist():
        carried += amount
        now = min(cap, carried)
        charged, carried = charged + now, carried - now
    return charged


def _months(since: int, until: int, zone: ZoneInfo) -> list[int]:
    """The instants after `since` and before `until` at which a month begins."""
    local = datetime.fromtimestamp(since, UTC).astimezone(zone)
    number = local.year * 12 + local.month  # of the month that follows, counted from 0
    found: list[int] = []
    while (start := int(datetime(number // 12, number % 12 + 1, 1, tzinfo=zone).timestamp())) < until:
        found.append(start)
        number += 1
    return found


def tables(fines: Fines, window: Window, cap: float, zone: ZoneInfo) -> Sequence[Table]:
    """Those of the section penalties: departments and people that have anything new, carried in or carried over."""
    shown = f"¥{cap:,.0f}" if cap else "—"
    found = []
    for name, of_department in (("penalties_by_department", True), ("penalties_by_person", False)):
        groups = fines.of(fines.of_department == of_department).groups()
        accounts = [(key, account(own, window, cap, zone)) for key, own in groups]
        used = [(key, one) for key, one in accounts if one.times or one.carried_in or one.carried_over]
        used.sort(key=lambda pair: (-pair[1].amount, -pair[1].points, pair[0]))
        rows = [Row(key="/".join(key), cells=(*_named(key, of_department), *one)) for key, one in used]
        sums = [round(sum(values), 2) for values in zip(*(one for _, one in used), strict=True)] or [0] * 6
        sums[0] = int(sums[0])
        lead: tuple[Any, ...] = (words.TOTAL,) if of_department else (words.TOTAL, "")
        columns = ("fines", "amount", "points", "carried_in", "charged", "carried_over")
        first = ("department",) if of_department else ("who", "department")
        found.append(words.table(name, (*first, *columns), rows, total=(*lead, *sums), cap=shown))
    return found


def _named(key: tuple[str, str], of_department: bool) -> tuple[Any, ...]:  # noqa: FBT001 -- private, one caller
    who, department = key
    return (who or words.NO_DEPARTMENT,) if of_department else (who, department or words.NO_DEPARTMENT)
