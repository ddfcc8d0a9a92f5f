"""What breaches cost, and what a monthly cap leaves of it."""

from __future__ import annotations

from collections import defaultdict

from tests.oracle.clocks import FINES
from tests.oracle.figures.part import Owned, Part
from tests.oracle.figures.shared import TOTAL, Rows, counts, department
from tests.oracle.figures.time import Period, months_until

FINED = {
    "standard-complaints/first-contact",
    "workshop-complaints/first-contact",
    "workshop-complaints/second-contact",
}


def penalties(part: Part) -> Rows:
    """What breaches of the fined rules cost, without a cap; charged to the department, also to none."""
    fined = _fined(part)
    rows = counts({"fines": fined}, lambda one: f"{department(one)}/{department(one)}")
    for key, row in rows.items():
        own = [one for one in fined if key in (TOTAL, f"{department(one)}/{department(one)}")]
        row["amount"] = float(sum(FINES[one.case.row["level"]] for one in own))
        row.update({"points": 0, "carried_in": 0, "charged": row["amount"], "carried_over": 0})
    return rows


def _fined(part: Part) -> list[Owned]:
    """What was not over when its fine fell in the period."""
    every = (Owned(case, one) for case in part.cases for one in case.deadlines)
    return [
        one
        for one in every
        if one.key in FINED
        and part.period.has(one.deadline.fined)
        and (one.deadline.ended is None or one.deadline.ended > one.deadline.fined)
    ]


def capped(part: Part, cap: float) -> Rows:
    """The same when at most so much is charged a month: what is over it is carried to the next one."""
    first = min(case.opened for case in part.cases)
    everything = Part(part.cases, Period("", first, part.period.until))
    new: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in _fined(everything):
        new[department(one)][f"{one.deadline.fined:%Y-%m}"] += FINES[one.case.row["level"]]
    rows = {}
    for name, of_month in new.items():
        carried = 0.0
        row = {"amount": 0.0, "carried_in": 0.0, "charged": 0.0}
        for month in months_until(first, part.period.until):
            inside = month.since >= part.period.since
            if month.since <= part.period.since:
                row["carried_in"] = carried
            charged = min(cap, carried + of_month[month.label])
            carried += of_month[month.label] - charged
            if inside:
                row["amount"] += of_month[month.label]
                row["charged"] += charged
        rows[f"{name}/{name}"] = {**row, "carried_over": carried}
    return {key: row for key, row in rows.items() if row["amount"] or row["carried_in"] or row["carried_over"]}
