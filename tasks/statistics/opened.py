"""What is still open: the oldest cases, and postponements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from models.calendar.instants import iso
from tasks.statistics import words
from tasks.statistics.figures import FigureRow
from tasks.statistics.queries import POSTPONING, STEPS
from tasks.statistics.revisit import named, per_department

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.statistics.counting import Counted
    from tasks.statistics.figures import FigureTable
    from tasks.statistics.scope import Scope

LONGEST = 10


def oldest(counted: Counted) -> list[int]:
    """The places of the ten cases open at the end that were received first."""
    places = np.flatnonzero(counted.closing)
    opened = counted.side.cases["opened"].to_numpy()[places]
    ids = counted.side.cases["id"].to_numpy()[places]
    return [int(place) for place in places[np.lexsort((ids, opened))[:LONGEST]]]


def oldest_ids(counted: Counted) -> NDArray[np.int64]:
    """The ids of those cases."""
    return np.asarray(counted.side.cases["id"].to_numpy()[oldest(counted)], dtype=np.int64)


def longest_open(scope: Scope) -> FigureTable:
    """The ten cases that have been open longest."""
    now = scope.complaints[0]
    late = now.clocks_of(now.running_late)
    zone = scope.deployment.zone
    rows = []
    for place in oldest(now):
        case = now.side.cases.iloc[place]
        received = datetime.fromtimestamp(int(case["opened"]), UTC)
        days = (scope.end.astimezone(zone).date() - received.astimezone(zone).date()).days
        number = scope.details[int(case["id"])].number
        regulation = scope.packs.names[case["regulation"]] if case["regulation"] >= 0 else ""
        levels = scope.packs.level_titles()
        cells = (
            number,
            scope.regulation_title(regulation),
            levels.get(case["level"], case["level"]),
            named(case["department"]),
            case["handler"],
            iso(received),
            days,
            int(late[place]),
        )
        rows.append(FigureRow(key=number, cells=cells))
    columns = (
        "number", "regulation", "level", "department", "handler", "received_at", "days_open", "late_clocks",
    )  # fmt: skip
    return words.table("longest_open", columns, rows)


def unanswered(counted: Counted) -> NDArray[np.int64]:
    """For each case open at the end how many requests no answer has followed."""
    steps = counted.side.postponements
    asked, granted, refused = (STEPS.index(name) for name in POSTPONING)
    name, at, pos = (steps[column].to_numpy().astype(np.int64) for column in ("name", "at", "pos"))
    past = at < counted.window.until
    answers = past & ((name == granted) | (name == refused))
    last = np.full(counted.size, -1, dtype=np.int64)
    np.maximum.at(last, pos[answers], at[answers])
    waiting = past & (name == asked) & (at > last[pos])
    return counted.of_case(pos[waiting]) * counted.closing


def postponements(scope: Scope) -> FigureTable:
    """Asked, granted, refused in the period, and waiting for an answer at its end; by department."""
    now = scope.complaints[0]
    steps = now.side.postponements
    inside, pos = now.inside(steps["at"].to_numpy()), steps["pos"].to_numpy()
    counts = [now.of_case(pos[inside & (steps["name"].to_numpy() == STEPS.index(name))]) for name in POSTPONING]
    rows, sums = per_department(now, [*counts, unanswered(now)])
    return words.table(
        "postponements",
        ("department", "asked", "granted", "refused", "unanswered"),
        [FigureRow(key=name, cells=(named(name), *cells)) for name, cells in rows],
        total=(words.total(), *sums),
    )


def tables(scope: Scope) -> Sequence[FigureTable]:
    """Those of the section open."""
    return [longest_open(scope), postponements(scope)]
