"""First contact, result and revisit of each case, where they lie in the period, and how long each took.

First contact and result count from the receipt; a revisit (a second contact where the regulation knows no revisit)
counts from the newest result before it, and without one its duration is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tasks.statistics.columns import NEVER
from tasks.statistics.queries import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.statistics.packs import Packs
    from tasks.statistics.stations import Window

    Numbers = NDArray[np.int64]

MILESTONES = ("first_contact", "result_returned", "revisited")


def milestones(steps: pd.DataFrame, cases: pd.DataFrame, packs: Packs, window: Window) -> pd.DataFrame:
    """pos, step (its place in `MILESTONES`), since, until: those of the window, in order of their case."""
    pos, name, at = steps["pos"].to_numpy(), steps["name"].to_numpy(), steps["at"].to_numpy()
    opened = cases["opened"].to_numpy()
    contact = np.array([STEPS.index("revisited"), STEPS.index("second_contact")])[packs.contact()]
    own_contact = name == contact[cases["regulation"].to_numpy()[pos]]
    found = []
    for number, step in enumerate(MILESTONES):
        which = own_contact if step == "revisited" else name == STEPS.index(step)
        places, first = _first(pos[which], at[which])
        inside = (first >= window.since) & (first < window.until)
        places, first = places[inside], first[inside]
        results = name == STEPS.index("result_returned")
        since = _newest(pos[results], at[results], places, first, len(cases)) if step == "revisited" else opened[places]
        found.append((places, np.full(len(places), number, dtype=np.int8), since, first))
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return pd.DataFrame(
        {key: column[order] for key, column in zip(("pos", "step", "since", "until"), columns, strict=True)}
    )


def _first(pos: Numbers, at: Numbers) -> tuple[Numbers, Numbers]:
    """Each case (they are in order) and its first instant."""
    if not pos.size:
        return pos, at
    starts = np.flatnonzero(np.concatenate(([True], pos[1:] != pos[:-1])))
    return pos[starts], np.minimum.reduceat(at, starts)


def _newest(pos: Numbers, at: Numbers, places: Numbers, instants: Numbers, size: int) -> Numbers:
    """Of each case the newest of its instants that is not after the given one; `NEVER` without any."""
    limit = np.full(size, -NEVER, dtype=np.int64)
    limit[places] = instants
    before = at <= limit[pos]
    pos, at = pos[before], at[before]
    newest = np.full(size, NEVER, dtype=np.int64)
    if pos.size:
        starts = np.flatnonzero(np.concatenate(([True], pos[1:] != pos[:-1])))
        newest[pos[starts]] = np.maximum.reduceat(at, starts)
    return newest[places]
