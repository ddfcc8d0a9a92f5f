"""Put what was read in order: the place of each row's case, repeated complaints, how cases ended, the two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.wording.vocabulary import outcome_id, satisfaction_id
from tasks.statistics import queries
from tasks.statistics.stations import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = 86_400
TEXTS = ("kind", "level", "department", "handler", "channel", "category")
ENDINGS = ("", "withdrawn", "returned", "lost", "other")
"""How a case ended, by number; "other" is every other closing."""
_ENDING = {name: code for code, name in enumerate(ENDINGS)}
_JUDGEMENTS = {"satisfied": 1, "dissatisfied": 2}


class Place:
    """Where the case of an id stands."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._order = np.argsort(ids, kind="stable").astype(np.int32)
        self._ids = ids[self._order]

    def _found(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """For each id its place among those known, and whether it is."""
        if not len(self._ids):
            return np.zeros(len(ids), dtype=np.int64), np.zeros(len(ids), dtype=bool)
        found = np.searchsorted(self._ids, ids)
        np.minimum(found, len(self._ids) - 1, out=found)
        return found, self._ids[found] == ids

    def unknown(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those that are not known."""
        return ids[~self._found(ids)[1]].astype(np.int64)

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of known cases with `pos` instead of `case_id`, in order of it."""
        found, known = self._found(frame["case_id"].to_numpy())
        if not known.all():
            frame, found = frame[known], found[known]
        pos = self._order[found] if len(self._order) else found.astype(np.int32)
        order = np.argsort(pos, kind="stable")
        columns = {name: frame[name].iloc[order].array for name in frame.columns if name != "case_id"}
        return pd.DataFrame({"pos": pos[order], **columns}, copy=False)


def in_order(cases: pd.DataFrame) -> pd.DataFrame:
    """Complaints before loans, each by department."""
    for name in TEXTS:
        cases[name] = cases[name].astype("category")
    department = cases["department"].cat.codes.to_numpy().astype(np.int64)
    key = cases["loan"].to_numpy().astype(np.int64) * (len(cases["department"].cat.categories) + 1) + department
    return cases.iloc[np.argsort(key, kind="stable")].reset_index(drop=True)


def repeated(cases: pd.DataFrame, days: int) -> NDArray[np.bool_]:
    """Complaints of a person about the same category within so many days of another one; cases are in order of id."""
    party = cases.pop("party").to_numpy().astype(np.int64)
    category = cases["category"].astype("category").cat
    matter = party * (len(category.categories) + 1) + category.codes.to_numpy()
    known = np.flatnonzero((party >= 0) & (cases["loan"].to_numpy() == 0))
    matter, opened = matter[known], cases["opened"].to_numpy()[known].astype(np.int64)
    order = np.lexsort((opened, matter))
    again = (np.diff(matter[order]) == 0) & (np.diff(opened[order]) <= days * DAY)
    found = np.zeros(len(cases), dtype=bool)
    found[known[order[1:][again]]] = True
    return found


def ending_of(name: str) -> int:
    """The number of a way to end."""
    return _ENDING["" if not name else name if name in _ENDING else "other"]


def ended_as(cases: pd.DataFrame, events: pd.DataFrame) -> NDArray[np.int8]:
    """How cases ended that were closed once: by the event at the instant of closing."""
    found = np.where(cases["withdrawn"].to_numpy() == 1, _ENDING["withdrawn"], _ENDING["other"]).astype(np.int8)
    pos, at = events["pos"].to_numpy(), events["at"].to_numpy()
    closes = at == cases["closed"].to_numpy()[pos]
    names = events["name"].astype("category")
    codes = np.array([ending_of(name) for name in names.cat.categories], dtype=np.int8)
    closes &= (names != "renewed").to_numpy()
    here = np.flatnonzero(closes)[::-1]  # of several at one instant the first counts
    here = here[np.argsort(-events["id"].to_numpy()[here], kind="stable")]
    if here.size:
        found[pos[here]] = codes[names.cat.codes.to_numpy()[here]]
    return found


def contacts_of(steps: pd.DataFrame) -> pd.DataFrame:
    """The contacts that judged, with what the customer said."""
    first = len(queries.STEPS) - len(queries.POSTPONING) - len(queries.JUDGING)
    own = steps[steps["name"].between(first, first + 1).to_numpy()]
    found = own[["pos", "name", "at"]].assign(name=own["name"].to_numpy() - first)
    for name, known in (("satisfaction", _judgement), ("outcome", _unresolved)):
        texts = own[name].astype("category")
        codes = np.array([known(text) for text in texts.cat.categories] or [0], dtype=np.int8)
        found[name] = codes[texts.cat.codes.to_numpy()]
    return found


def _judgement(text: str) -> int:
    return _JUDGEMENTS.get(satisfaction_id(text) or "", 0) if text else 0


def _unresolved(text: str) -> int:
    return int(bool(text) and outcome_id(text) == "unresolved")


def side_of(cases: pd.DataFrame, frames: dict[str, pd.DataFrame], low: int, high: int) -> Side:
    """The cases between two places, with all that belongs to them."""
    parts = {}
    for name, frame in frames.items():
        first, last = np.searchsorted(frame["pos"].to_numpy(), [low, high])
        piece = frame.iloc[first:last]
        parts[name] = piece.assign(pos=piece["pos"].to_numpy() - low).reset_index(drop=True)
    return Side(cases=cases.iloc[low:high].reset_index(drop=True), **parts)
