"""Penalties by department and by person, with a cap a month and what is carried over it.

What is charged up to an instant is, month by month from the first one on, what the cap allows of what was carried
in and came new; so weeks add up to months, and carried in + new - charged = carried over. A rule's own cap in yuan goes
before the organisation's and is counted by itself. What is no sum of yuan stands beside it: a share of a figure
that Duban does not know, or a measure.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from models.language.limits import DEPARTMENT
from models.timeline.penalties import BRANCH, own_cap
from models.wording.catalogue import say
from models.wording.phrases import share_words
from tasks.statistics import words
from tasks.statistics.figures import FigureRow
from tasks.statistics.phrases import in_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from tasks.statistics.figures import FigureTable
    from tasks.statistics.packs import Packs
    from tasks.statistics.phrases import Phrase
    from tasks.statistics.stations import Side, Window

NO_CAP = float("nan")


class PenaltyEntry(NamedTuple):
    """One penalty: of the department itself, or of a person in a case of that department."""

    who: str
    of_department: bool
    department: str
    amount: float
    points: float
    at: int
    share: float = 0.0
    of: str = ""
    measures: int = 0
    law: int = -1
    """The regulation's number, where its rule has a cap of its own."""
    cap: float = NO_CAP
    """That cap in yuan a month; none where the organisation's counts."""


@dataclass(frozen=True)
class Penalties:
    """Penalties in columns, as `PenaltyEntry` has them."""

    who: NDArray[Any]
    of_department: NDArray[np.bool_]
    department: NDArray[Any]
    amount: NDArray[np.float64]
    points: NDArray[np.float64]
    at: NDArray[np.int64]
    share: NDArray[np.float64]
    of: NDArray[Any]
    measures: NDArray[np.int64]
    law: NDArray[np.int64]
    cap: NDArray[np.float64]

    @classmethod
    def of_entries(cls, rows: Iterable[PenaltyEntry]) -> Penalties:
        """A few of them, one by one."""
        types = (object, bool, object, float, float, np.int64, float, object, np.int64, np.int64, float)
        columns = list(zip(*rows, strict=True)) or [()] * len(types)
        return cls(*(np.array(column, dtype=kind) for column, kind in zip(columns, types, strict=True)))

    def __len__(self) -> int:
        """How many."""
        return len(self.at)

    def some(self, which: NDArray[Any]) -> Penalties:
        """Some of them, by flags or places."""
        return Penalties(*(column[which] for column in self._columns()))

    def inside(self, window: Window) -> Penalties:
        """Those of a window."""
        return self.some((self.at >= window.since) & (self.at < window.until))

    def joined(self, other: Penalties) -> Penalties:
        """Both together."""
        return Penalties(*(np.concatenate(pair) for pair in zip(self._columns(), other._columns(), strict=True)))

    def groups(self) -> Iterator[tuple[tuple[str, str], Penalties]]:
        """By who is charged and department, each in order of time."""
        who, names = pd.factorize(self.who)
        department, departments = pd.factorize(self.department)
        key = who * len(departments) + department
        order = np.lexsort((self.at, key))
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1)).tolist()
        for low, high in itertools.pairwise([*first, len(key)]):
            places = order[low:high]
            yield (names[who[places[0]]], departments[department[places[0]]]), self.some(places)

    def by_cap(self, cap: float) -> Iterator[tuple[float, Penalties]]:
        """Apart by the cap that counts: the organisation's `cap`, and each regulation's own."""
        common = np.isnan(self.cap)
        yield cap, self.some(common)
        for law, own in sorted(set(zip(self.law[~common].tolist(), self.cap[~common].tolist(), strict=True))):
            yield own, self.some(~common & (self.law == law) & (self.cap == own))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return (
            *(self.who, self.of_department, self.department, self.amount, self.points, self.at),
            *(self.share, self.of, self.measures, self.law, self.cap),
        )


class PenaltySums(NamedTuple):
    """What a department or person was penalised with in a window; amounts in yuan."""

    times: int
    amount: float
    points: float
    carried_in: float
    charged: float
    carried_over: float


def penalties_of(side: Side, packs: Packs) -> Penalties:
    """The penalties of a side."""
    frame = side.penalties
    departments = side.cases["department"].cat
    names = np.array([*departments.categories], dtype=object)
    department = names[departments.codes.to_numpy()[frame["pos"].to_numpy()]]
    law = frame["regulation"].to_numpy().astype(np.int64)
    rule, branch = frame["rule"].astype("category").cat, frame["seq"].to_numpy().astype(np.int64) // BRANCH
    keys = pd.MultiIndex.from_arrays([law, rule.codes.to_numpy(), branch])
    place, kinds = pd.factorize(keys)
    given = [
        packs.penalty(packs.names[number], rule.categories[code], part * BRANCH) if number >= 0 else None
        for number, code, part in kinds
    ]
    of_department = np.array([one is not None and DEPARTMENT in one.charged_to for one in given], dtype=bool)[place]
    caps = np.array([NO_CAP if (own := own_cap(one)) is None else own for one in given], dtype=float)[place]
    who = np.where(of_department, department, frame["who"].astype(object).to_numpy())
    amount, points, at = (frame[name].to_numpy() for name in ("amount", "points", "at"))
    share, measures = frame["share"].to_numpy().astype(float), frame["measures"].to_numpy().astype(np.int64)
    of = frame["of"].astype(object).to_numpy()
    return Penalties(who, of_department, department, amount, points, at, share, of, measures, law, caps)


def sums_of(penalties: Penalties, window: Window, cap: float, zone: ZoneInfo) -> PenaltySums:
    """The sums of one department or person, in order of time; without a cap (0) everything is charged at once."""
    known = penalties.some(penalties.at < window.until)
    inside = known.some(known.at >= window.since)
    new = sum(inside.amount.tolist())
    earlier = sum(known.amount.tolist()) - new
    before = _charged(known, window.since, cap, zone)
    charged = _charged(known, window.until, cap, zone) - before
    carried_in = earlier - before
    return PenaltySums(
        times=len(inside),
        amount=round(new, 2),
        points=round(sum(inside.points.tolist()), 2),
        carried_in=round(carried_in, 2),
        charged=round(charged, 2),
        carried_over=round(carried_in + new - charged, 2),
    )


def _charged(known: Penalties, instant: int, cap: float, zone: ZoneInfo) -> float:
    """What was charged before an instant, under each cap by itself."""
    return sum(_under(own, some, instant, zone) for own, some in known.by_cap(cap))


def _under(cap: float, known: Penalties, instant: int, zone: ZoneInfo) -> float:
    """What was charged before an instant, the month in which it lies counted as far as it had come."""
    past = known.some(known.at < instant)
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


def tables(penalties: Penalties, window: Window, cap: float, zone: ZoneInfo) -> Sequence[FigureTable]:
    """Those of the section penalties: departments and people that have anything new, carried in or carried over."""
    shown = f"¥{cap:,.0f}" if cap else "—"
    found = []
    for name, of_department in (("penalties_by_department", True), ("penalties_by_person", False)):
        groups = dict(penalties.some(penalties.of_department == of_department).groups())
        sums_of_each = [(key, sums_of(own, window, cap, zone)) for key, own in groups.items()]
        used = [(key, one) for key, one in sums_of_each if one.times or one.carried_in or one.carried_over]
        used.sort(key=lambda pair: (-pair[1].amount, -pair[1].points, pair[0]))
        inside = {key: groups[key].inside(window) for key, _ in used}
        is_more = any(some.share.any() or some.measures.any() for some in inside.values())
        more = {key: _beside([some]) if is_more else () for key, some in inside.items()}
        rows = [
            FigureRow(key="/".join(key), cells=(*_named(key, of_department), *one, *more[key])) for key, one in used
        ]
        sums: list[Any] = [round(sum(values), 2) for values in zip(*(one for _, one in used), strict=True)] or [0] * 6
        sums[0] = int(sums[0])
        sums += _beside(inside.values()) if is_more else ()
        lead: tuple[Any, ...] = (words.total(),) if of_department else (words.total(), "")
        columns: tuple[str, ...] = ("fines", "amount", "points", "carried_in", "charged", "carried_over")
        columns += ("shares", "measures") if is_more else ()
        first = ("department",) if of_department else ("who", "department")
        found.append(words.table(name, (*first, *columns), rows, total=(*lead, *sums), cap=shown))
    return found


def _named(key: tuple[str, str], of_department: bool) -> tuple[Any, ...]:  # noqa: FBT001 -- private, one caller
    who, department = key
    return (who or words.no_department(),) if of_department else (who, department or words.no_department())


def _beside(parts: Iterable[Penalties]) -> tuple[Phrase | str, int]:
    """Shares in words, each with how often it is due, and how many measures there are."""
    found = list(parts)
    pairs = (zip(some.of.tolist(), some.share.tolist(), strict=True) for some in found)
    times = Counter(pair for some in pairs for pair in some if pair[1])

    def listed(language: str) -> str:
        parts = [
            share_words(share, of, language) + (f" × {count}" if count > 1 else "")
            for (of, share), count in sorted(times.items())
        ]
        return say(language, "list.comma").join(parts)

    return in_each(listed) if times else "", sum(int(some.measures.sum()) for some in found)
