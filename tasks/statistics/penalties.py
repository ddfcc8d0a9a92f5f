"""Penalties by department and by person, with a cap a month and what is carried over it.

What is charged up to an instant is, month by month from the first one on, what the cap allows of what was carried
in and came new; so weeks add up to months, and carried in + new - charged = carried over. A rule's own cap goes before
the organisation's: what the rules of a regulation with the same cap cost is charged up to it. What is a share of a pay
that Duban does not know, or a measure, is told beside the sums and changes none of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from models.costs import BRANCH, own_cap
from models.regulation import Text
from models.vocabulary import share_words
from tasks.statistics import words
from tasks.statistics.figures import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from tasks.statistics.figures import Table
    from tasks.statistics.packs import Packs
    from tasks.statistics.sides import Side, Window


class Fine(NamedTuple):
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
    cap: tuple[str, float] | None = None
    """The regulation, and its own cap a month; None where the organisation's counts."""


class Account(NamedTuple):
    """What came of one department's or person's penalties in a period."""

    times: int
    amount: float
    points: float
    carried_in: float
    charged: float
    carried_over: float


def fines_of(side: Side, packs: Packs) -> list[Fine]:
    """The penalties of a side."""
    frame = side.fines
    names = side.cases["department"].astype(object).to_numpy()
    columns = ("pos", "regulation", "rule", "seq", "who", "amount", "points", "at", "share", "of", "measures")
    known: dict[tuple[int, str, int], tuple[bool, tuple[str, float] | None]] = {}
    found = []
    values = (frame[name].tolist() for name in columns)
    for pos, regulation, rule, seq, who, amount, points, at, share, of, measures in zip(*values, strict=True):
        key = regulation, rule, seq // BRANCH
        if key not in known:
            penalty = packs.penalty(packs.names[regulation], rule, seq) if regulation >= 0 else None
            cap = own_cap(penalty)
            to_department = penalty is not None and penalty.charged_to == "department"
            known[key] = to_department, None if cap is None else (packs.names[regulation], cap)
        to_department, own = known[key]
        department = names[pos]
        payer = department if to_department else who
        found.append(Fine(payer, to_department, department, amount, points, at, share, of, measures, own))
    return found


def account(fines: Iterable[Fine], window: Window, cap: float, zone: ZoneInfo) -> Account:
    """The sums of one department or person; without a cap (0) everything is charged at once."""
    known = sorted((one for one in fines if one.at < window.until), key=lambda one: one.at)
    inside = [one for one in known if one.at >= window.since]
    new = sum(one.amount for one in inside)
    earlier = sum(one.amount for one in known) - new
    before = _charged(known, window.since, cap, zone)
    charged = _charged(known, window.until, cap, zone) - before
    carried_in = earlier - before
    return Account(
        times=len(inside),
        amount=round(new, 2),
        points=round(sum(one.points for one in inside), 2),
        carried_in=round(carried_in, 2),
        charged=round(charged, 2),
        carried_over=round(carried_in + new - charged, 2),
    )


def _charged(known: Sequence[Fine], instant: int, cap: float, zone: ZoneInfo) -> float:
    """What was charged before an instant, under each cap by itself."""
    groups: dict[tuple[str, float] | None, list[Fine]] = defaultdict(list)
    for one in known:
        groups[one.cap].append(one)
    return sum(_under(own[1] if own else cap, some, instant, zone) for own, some in groups.items())


def _under(cap: float, known: Sequence[Fine], instant: int, zone: ZoneInfo) -> float:
    """What was charged before an instant, the month in which it lies counted as far as it had come."""
    past = [one for one in known if one.at < instant]
    if not cap or not past:
        return sum(one.amount for one in past)
    new: dict[int, float] = defaultdict(float)
    for one in past:
        new[_month(one.at, zone)] += one.amount
    charged = carried = 0.0
    for month in range(min(new), _month(instant - 1, zone) + 1):
        carried += new[month]
        now = min(cap, carried)
        charged, carried = charged + now, carried - now
    return charged


def _month(instant: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(instant, UTC).astimezone(zone)
    return local.year * 12 + local.month


def tables(fines: Sequence[Fine], window: Window, cap: float, zone: ZoneInfo) -> Sequence[Table]:
    """Those of the section penalties: departments and people that have anything new, carried in or carried over."""
    shown = f"¥{cap:,.0f}" if cap else "—"
    found = []
    for name, of_department in (("penalties_by_department", True), ("penalties_by_person", False)):
        groups: dict[tuple[str, str], list[Fine]] = defaultdict(list)
        for fine in fines:
            if fine.of_department == of_department:
                groups[fine.who, fine.department].append(fine)
        accounts = [(key, account(own, window, cap, zone)) for key, own in groups.items()]
        used = [(key, one) for key, one in accounts if one.times or one.carried_in or one.carried_over]
        used.sort(key=lambda pair: (-pair[1].amount, -pair[1].points, pair[0]))
        inside = {key: [one for one in groups[key] if window.since <= one.at < window.until] for key, _ in used}
        is_more = any(one.share or one.measures for some in inside.values() for one in some)
        more = {key: _beside(some) if is_more else () for key, some in inside.items()}
        rows = [Row(key="/".join(key), cells=(*_named(key, of_department), *one, *more[key])) for key, one in used]
        sums: list[Any] = [round(sum(values), 2) for values in zip(*(one for _, one in used), strict=True)] or [0] * 6
        sums[0] = int(sums[0])
        sums += _beside([one for some in inside.values() for one in some]) if is_more else ()
        lead: tuple[Any, ...] = (words.TOTAL,) if of_department else (words.TOTAL, "")
        columns: tuple[str, ...] = ("fines", "amount", "points", "carried_in", "charged", "carried_over")
        columns += ("shares", "measures") if is_more else ()
        first = ("department",) if of_department else ("who", "department")
        found.append(words.table(name, (*first, *columns), rows, total=(*lead, *sums), cap=shown))
    return found


def _named(key: tuple[str, str], of_department: bool) -> tuple[Any, ...]:  # noqa: FBT001 -- private, one caller
    who, department = key
    return (who or words.NO_DEPARTMENT,) if of_department else (who, department or words.NO_DEPARTMENT)


def _beside(fines: Sequence[Fine]) -> tuple[Text | str, int]:
    """Shares in words, each with how often it is due, and how many measures there are."""
    times = Counter((one.of, one.share) for one in fines if one.share)
    shares = [(share_words(share, of), count) for (of, share), count in sorted(times.items())]
    zh, en = (
        mark.join(f"{said} × {count}" if count > 1 else said for said, count in some)
        for mark, some in (
            ("、", [(words.zh, count) for words, count in shares]),
            (", ", [(words.en, count) for words, count in shares]),
        )
    )
    return Text(zh=zh, en=en) if shares else "", sum(one.measures for one in fines)
