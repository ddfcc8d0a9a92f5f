"""From the database to the two sides of a statement: each table once, joined by the place of its case.

1. Read clocks, steps, fines and loans' events, then the cases that count, then those that only something of theirs made
   count.
2. Put the cases in order of side and department, and everything else in order of its case.
3. Follow the few cases whose columns do not tell everything through their events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.vocabulary import outcome_id, satisfaction_id
from tasks.statistics import queries
from tasks.statistics.columns import NEVER
from tasks.statistics.endings import ended_at, spells_of, stories_of
from tasks.statistics.scope import Detail
from tasks.statistics.sides import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.statistics.columns import Columns
    from tasks.statistics.endings import Happened
    from tasks.statistics.packs import Packs
    from tasks.statistics.queries import Queries
    from tasks.statistics.sides import Window

DAY = 86_400
TEXTS = ("kind", "level", "department", "handler", "channel", "category")
ENDINGS = ("", "withdrawn", "returned", "lost", "other")
"""How a case ended, by number; "other" is every other closing."""
_ENDING = {name: code for code, name in enumerate(ENDINGS)}
_JUDGEMENTS = {"satisfied": 1, "dissatisfied": 2}


@dataclass(frozen=True)
class Read:
    """Both sides, and when the record begins."""

    complaints: Side
    loans: Side
    first_case: int


class Reader:
    """Reads what a statement counts from one snapshot."""

    def __init__(self, columns: Columns, packs: Packs, windows: Sequence[Window], regulation: str) -> None:
        self._columns = columns
        self._packs = packs
        self._windows = windows
        spans = [(self._sql(window.since), self._sql(window.until)) for window in windows]
        self._queries: Queries = queries.Queries(columns, packs, spans, regulation)

    def read(self, *, repeat_days: int, data_at: datetime, carried_over: bool) -> Read:
        """All of it. A complaint within `repeat_days` of an equal one is marked as repeated."""
        ask, columns = self._queries, self._columns
        clocks = columns.read(ask.clocks())
        steps = columns.read(ask.steps())
        fines = columns.read(ask.fines(columns.instant(data_at), from_the_first=carried_over))
        renewals = columns.read(ask.loan_events())
        lately = [self._sql(window.since - repeat_days * DAY) for window in self._windows]
        cases = self._cases(lately, [clocks, steps, fines, renewals])
        cases["repeated"] = _repeated(cases, repeat_days)
        cases = _in_order(cases)
        place = _Place(cases["id"].to_numpy())
        clocks = self._clocks(place.of(clocks), cases)
        steps = place.of(steps)
        contacts = _contacts(steps)
        steps = self._with_earlier(steps[["pos", "id", "name", "at"]], cases, place)
        fines = place.of(fines)
        loan_events = place.of(renewals)
        spells = self._follow(cases, clocks, place)
        cases["ended_as"] = _ended_as(cases, loan_events)
        frames = {
            "spells": spells,
            "clocks": clocks.drop(columns="ended_code"),
            "contacts": contacts,
            "steps": steps,
            "fines": self._fines(fines, cases),
            "renewals": loan_events.loc[(loan_events["name"] == "renewed").to_numpy(), ["pos", "at"]],
        }
        middle = int(np.searchsorted(cases["loan"].to_numpy(), 1))
        own = cases.drop(columns=["loan", "withdrawn"])
        sides = [_side(own, frames, 0, middle), _side(own, frames, middle, len(own))]
        first = int(columns.read(ask.first_case())["opened"].iloc[0])
        return Read(sides[0], sides[1], first)

    def details(self, ids: NDArray[np.int64]) -> dict[int, Detail]:
        """What is shown of single cases."""
        frame = self._columns.read_for(self._queries.details(), ids.tolist())
        columns = (frame[name].tolist() for name in ("number", "party", "item", "purpose", "secrecy"))
        return {key: Detail(*row) for key, *row in zip(frame["id"].tolist(), *columns, strict=True)}

    def terms(self, ids: NDArray[np.int64]) -> dict[int, int]:
        """When each of these loans is due, by the newest of its clocks that a return stops."""
        frame = self._columns.read_for(self._queries.loan_terms(), ids.tolist())
        names = [frame[name].tolist() for name in ("starts", "round", "due", "case_id", "regulation", "rule")]
        returns = self._packs.stopped_by("returned")
        numbers = self._packs.clock_numbers(frame["regulation"].to_numpy(), frame["rule"].to_numpy()).tolist()
        found: dict[int, int] = {}
        for *_, due, case, _regulation, _rule, number in sorted(zip(*names, numbers, strict=True)):
            if number >= 0 and returns[number]:
                found[case] = due
        return found

    def _sql(self, epoch: int) -> str:
        return self._columns.instant(datetime.fromtimestamp(epoch, UTC))

    # -- cases -------------------------------------------------------------------------------------------------

    def _cases(self, lately: Sequence[str], others: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """The cases that count, and those that something of theirs makes count."""
        main = self._columns.read(self._queries.cases(lately), codes=("party",))
        known = main["id"].to_numpy()
        named = np.unique(np.concatenate([frame["case_id"].to_numpy().astype(np.int64) for frame in others]))
        missing = named[~np.isin(named, known, assume_unique=True)]
        if not missing.size:
            return main
        more = self._columns.read_for(self._queries.cases_named(), missing.tolist())
        if more.empty:
            return main
        more["party"] = np.int32(-1)  # too old to be compared with
        joined = {}
        for name in main.columns:
            if name in TEXTS:
                both = [main[name].astype("category"), more[name].astype("category")]
                joined[name] = pd.Series(pd.api.types.union_categoricals(both))
            else:
                joined[name] = pd.Series(np.concatenate([main[name].to_numpy(), more[name].to_numpy()]))
        return pd.DataFrame(joined, copy=False).sort_values("id", ignore_index=True)

    # -- clocks ------------------------------------------------------------------------------------------------

    def _clocks(self, clocks: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
        """With the clock of each, and the instant at which it ended as far as the case's closing tells it."""
        pos = clocks["pos"].to_numpy()
        number = self._packs.clock_numbers(cases["regulation"].to_numpy()[pos], clocks["rule"].to_numpy())
        code, met = clocks["ended"].to_numpy(), clocks["met"].to_numpy()
        closed = np.where(cases["single"].to_numpy()[pos] == 1, cases["closed"].to_numpy()[pos], NEVER)
        ended = np.where(code == queries.ENDED_BY_CLOSING, closed, NEVER)
        found = pd.DataFrame(
            {
                "pos": pos,
                "clock": number,
                "starts": clocks["starts"].to_numpy(),
                "due": clocks["due"].to_numpy(),
                "met": met,
                "ended": ended,
                "void": clocks["void"].to_numpy() == 1,
                "gave_up": code == queries.ENDED_BY_GIVING_UP,
                "ended_code": code.astype(np.int8),
            },
            copy=False,
        )
        return found[number >= 0] if (number < 0).any() else found

    # -- what only events tell -----------------------------------------------------------------------------------

    def _follow(self, cases: pd.DataFrame, clocks: pd.DataFrame, place: _Place) -> pd.DataFrame:
        """The spells of cases that may have been reopened; sets the ends of clocks that need the story."""
        code, ended = clocks["ended_code"].to_numpy(), clocks["ended"].to_numpy()
        unclear = (code > 0) & (ended == NEVER)
        unclear_pos = np.unique(clocks["pos"].to_numpy()[unclear])
        several = np.flatnonzero(cases["single"].to_numpy() == 0)
        ids = cases["id"].to_numpy()
        wanted = np.union1d(several, unclear_pos)
        stories = stories_of(self._columns.read_for(self._queries.stories(), ids[wanted].tolist()))
        if unclear.any():
            self._set_ends(cases, clocks, place, unclear, stories)
        opened, regulation = cases["opened"].to_numpy(), cases["regulation"].to_numpy()
        rows = []
        for pos in several.tolist():
            content = self._content(int(regulation[pos]))
            closing = content.closing if content else ("closed", "withdrawn")
            rows += list(spells_of(pos, int(opened[pos]), stories[int(ids[pos])], closing))
        return pd.DataFrame(
            {
                "pos": np.array([row.case for row in rows], dtype=np.int64),
                "start": np.array([row.start for row in rows], dtype=np.int64),
                "end": np.array([row.end for row in rows], dtype=np.int64),
                "ended_as": np.array([_ending_of(row.ended_by) for row in rows], dtype=np.int8),
                "first": np.array([row.first for row in rows], dtype=bool),
            }
        )

    def _set_ends(
        self,
        cases: pd.DataFrame,
        clocks: pd.DataFrame,
        place: _Place,
        unclear: NDArray[np.bool_],
        stories: dict[int, list[Happened]],
    ) -> None:
        at = np.flatnonzero(unclear)
        pos, clock, starts = (clocks[name].to_numpy()[at].tolist() for name in ("pos", "clock", "starts"))
        ids = cases["id"].to_numpy()
        by = place.of(self._columns.read_for(self._queries.ended(), np.unique(ids[pos]).tolist()))
        number = self._packs.clock_numbers(cases["regulation"].to_numpy()[by["pos"].to_numpy()], by["rule"].to_numpy())
        names = {
            key: name
            for *key_parts, name in zip(
                by["pos"].tolist(), number.tolist(), by["starts"].tolist(), by["ended_by"].tolist(), strict=True
            )
            if (key := tuple(key_parts))
        }
        ends = clocks["ended"].to_numpy().copy()
        for row, *key in zip(at.tolist(), pos, clock, starts, strict=True):
            told = self._packs.clocks[key[1]]
            ends[row] = ended_at(
                stories[int(ids[key[0]])],
                key[2],
                names.get(tuple(key), ""),
                told.give_up,
                self._packs.contents[told.regulation],
            )
        clocks["ended"] = ends

    def _with_earlier(self, steps: pd.DataFrame, cases: pd.DataFrame, place: _Place) -> pd.DataFrame:
        """Also what cases received before the period had seen by then: their first contact may lie there."""
        window, at = self._windows[0], steps["at"].to_numpy()
        now = steps["pos"].to_numpy()[(at >= window.since) & (at < window.until)]
        older = np.unique(now[cases["opened"].to_numpy()[now] < window.since])
        if not older.size:
            return steps
        more = place.of(self._columns.read_for(self._queries.earlier_steps(), cases["id"].to_numpy()[older].tolist()))
        both = pd.concat([steps, more[steps.columns]]).drop_duplicates(["pos", "id"])
        return both.sort_values("pos", kind="stable", ignore_index=True)

    def _content(self, regulation: int) -> Any:
        return self._packs.contents[self._packs.names[regulation]] if regulation >= 0 else None

    def _fines(self, fines: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
        kept = fines[["pos", "rule", "who", "amount", "points", "at"]]
        return kept.assign(regulation=cases["regulation"].to_numpy()[fines["pos"].to_numpy()])


class _Place:
    """Where the case of an id stands."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._order = np.argsort(ids, kind="stable")
        self._ids = ids[self._order]

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of known cases with `pos` instead of `case_id`, in order of it."""
        wanted = frame["case_id"].to_numpy().astype(np.int64)
        found = np.searchsorted(self._ids, wanted)
        found[found == len(self._ids)] = 0
        known = self._ids[found] == wanted if len(self._ids) else np.zeros(len(wanted), dtype=bool)
        pos = self._order[found] if len(self._ids) else found
        placed = frame.drop(columns="case_id").assign(pos=pos)
        if not known.all():
            placed, pos = placed[known], pos[known]
        return placed.iloc[np.argsort(pos, kind="stable")].reset_index(drop=True)


def _in_order(cases: pd.DataFrame) -> pd.DataFrame:
    """Complaints before loans, each by department."""
    for name in TEXTS:
        cases[name] = cases[name].astype("category")
    department = cases["department"].cat.codes.to_numpy().astype(np.int64)
    key = cases["loan"].to_numpy() * (len(cases["department"].cat.categories) + 1) + department
    return cases.iloc[np.argsort(key, kind="stable")].reset_index(drop=True)


def _repeated(cases: pd.DataFrame, days: int) -> NDArray[np.bool_]:
    """Complaints of a person about the same category within so many days of another one."""
    party = cases.pop("party").to_numpy()
    category = cases["category"].astype("category").cat.codes.to_numpy().astype(np.int64)
    opened = cases["opened"].to_numpy()
    order = np.lexsort((cases["id"].to_numpy(), opened, category, party))
    same = (np.diff(party[order]) == 0) & (np.diff(category[order]) == 0) & (party[order][1:] >= 0)
    again = same & (np.diff(opened[order]) <= days * DAY)
    found = np.zeros(len(cases), dtype=bool)
    found[order[1:][again]] = True
    return found & (cases["loan"].to_numpy() == 0)


def _ending_of(name: str) -> int:
    return _ENDING["" if not name else name if name in _ENDING else "other"]


def _ended_as(cases: pd.DataFrame, events: pd.DataFrame) -> NDArray[np.int8]:
    """How cases ended that were closed once: by the event at the instant of closing."""
    found = np.where(cases["withdrawn"].to_numpy() == 1, _ENDING["withdrawn"], _ENDING["other"]).astype(np.int8)
    pos, at = events["pos"].to_numpy(), events["at"].to_numpy()
    closes = at == cases["closed"].to_numpy()[pos]
    names = events["name"].astype("category")
    codes = np.array([_ending_of(name) for name in names.cat.categories], dtype=np.int8)
    closes &= (names != "renewed").to_numpy()
    here = np.flatnonzero(closes)[::-1]  # of several at one instant the first counts
    here = here[np.argsort(-events["id"].to_numpy()[here], kind="stable")]
    if here.size:
        found[pos[here]] = codes[names.cat.codes.to_numpy()[here]]
    return found


def _contacts(steps: pd.DataFrame) -> pd.DataFrame:
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


def _side(cases: pd.DataFrame, frames: dict[str, pd.DataFrame], low: int, high: int) -> Side:
    parts = {}
    for name, frame in frames.items():
        first, last = np.searchsorted(frame["pos"].to_numpy(), [low, high])
        piece = frame.iloc[first:last]
        parts[name] = piece.assign(pos=piece["pos"].to_numpy() - low).reset_index(drop=True)
    return Side(cases=cases.iloc[low:high].reset_index(drop=True), **parts)
