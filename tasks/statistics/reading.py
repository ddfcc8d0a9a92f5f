"""From the database to the two sides of a statement: each table once, joined by the place of its case.

1. Read clocks, steps, penalties and loans' events, then the cases that count, then those that only something of theirs
   made count.
2. Put the cases in order of side and department, and everything else in order of its case.
3. Follow the few cases whose columns do not tell everything through their events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tasks.statistics import queries
from tasks.statistics.columns import NEVER
from tasks.statistics.endings import ended_at, spells_of, stories_of
from tasks.statistics.milestones import milestones
from tasks.statistics.packs import USUAL_CLOSING
from tasks.statistics.placing import DAY, Place, contacts_of, ended_as, ending_of, in_order, repeated, side_of
from tasks.statistics.scope import Detail
from tasks.statistics.worktime import WorkTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.calendar.work_calendar import WorkCalendar
    from tasks.statistics.columns import Snapshot
    from tasks.statistics.endings import StoryEvent
    from tasks.statistics.packs import Packs
    from tasks.statistics.queries import Queries
    from tasks.statistics.stations import Side, Window


_POSTPONED = queries.STEPS.index(queries.POSTPONING[0])


@dataclass(frozen=True)
class Read:
    """Both sides, and when the record begins."""

    complaints: Side
    loans: Side
    first_case: int


class StatementReader:
    """Reads what a statement counts from one snapshot."""

    def __init__(self, columns: Snapshot, packs: Packs, windows: Sequence[Window], regulation: str) -> None:
        self._columns = columns
        self._packs = packs
        self._windows = windows
        spans = [(self._sql(window.since), self._sql(window.until)) for window in windows]
        self._queries: Queries = queries.Queries(columns, packs, spans, regulation)

    def read(self, *, repeat_days: int, data_at: datetime, carried_over: bool, calendar: WorkCalendar) -> Read:
        """All of it. A complaint within `repeat_days` of an equal one is marked as repeated."""
        ask, columns = self._queries, self._columns
        lately = [self._sql(window.since - repeat_days * DAY) for window in self._windows]
        main, more_steps, step_parts, *clock_parts, penalties, loan_events, first = columns.read_all(
            [  # what takes longest comes first, so that neither connection is left with it in the end
                ask.cases(lately),
                *reversed(ask.halves(ask.steps(), "events")),
                *ask.halves(ask.clocks(), "deadlines"),
                ask.penalties(columns.instant(data_at), from_the_first=carried_over),
                ask.loan_events(),
                ask.first_case(),
            ],
            codes=("party",),
        )
        clocks, steps = _joined(clock_parts), _joined([step_parts, more_steps])
        del clock_parts, step_parts, more_steps
        cases = self._cases(main, [clocks, steps, penalties, loan_events])
        del main
        cases["repeated"] = repeated(cases, repeat_days)
        cases = in_order(cases[cases.pop("own").to_numpy() == 1])
        place = Place(cases["id"].to_numpy())
        steps = place.of(steps)
        contacts = contacts_of(steps)
        steps = self._with_earlier(steps[["pos", "id", "name", "at"]], cases, place)
        reached = milestones(steps, cases, self._packs, self._windows[0])
        postponed = steps.loc[(steps["name"] >= _POSTPONED).to_numpy(), ["pos", "name", "at"]]
        del steps
        clocks = self._clocks(place.of(clocks), cases)
        spells = self._follow(cases, clocks, place)
        loan_events = place.of(loan_events)
        cases["ended_as"] = ended_as(cases, loan_events)
        frames = {
            "spells": spells,
            "contacts": contacts,
            "postponements": postponed,
            "penalties": self._penalties(place.of(penalties), cases),
            "renewals": loan_events.loc[(loan_events["name"] == "renewed").to_numpy(), ["pos", "at"]],
            **self._timed(clocks, reached, calendar),
        }
        middle = int(np.searchsorted(cases["loan"].to_numpy(), 1))
        own = cases.drop(columns=["loan", "withdrawn"])
        sides = [side_of(own, frames, 0, middle), side_of(own, frames, middle, len(own))]
        return Read(sides[0], sides[1], int(first["opened"].iloc[0]))

    def _timed(self, clocks: pd.DataFrame, reached: pd.DataFrame, calendar: WorkCalendar) -> dict[str, pd.DataFrame]:
        """How long clocks and milestones of the period took, elapsed and in working time; -1 where it is not known."""
        window = self._windows[0]
        due, met = clocks["due"].to_numpy(), clocks["met"].to_numpy()
        counts = (due >= window.since) & (due < window.until) & (met < window.until)
        known = reached["since"].to_numpy() != NEVER
        spans = [
            (clocks, clocks["starts"].to_numpy(), met, counts),
            (reached, reached["since"].to_numpy(), reached["until"].to_numpy(), known),
        ]
        begin = min(int(since[which].min(initial=window.since)) for _, since, _, which in spans)
        work_time = WorkTime(calendar, begin, window.until)
        for frame, since, until, which in spans:
            start, end = since[which].astype(np.int64), until[which].astype(np.int64)
            for name, values in (
                ("elapsed", end - start),
                ("working", work_time.before(end) - work_time.before(start)),
            ):
                column = np.full(len(frame), -1, dtype=np.int32)
                column[which] = values
                frame[name] = column
        return {
            "clocks": clocks.drop(columns=["starts", "ended_code"]),
            "milestones": reached.drop(columns=["since", "until"]),
        }

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
        oldest_first = sorted(zip(*names, numbers, strict=True))
        return {case: due for *_, due, case, _, _, number in oldest_first if number >= 0 and returns[number]}

    def _sql(self, epoch: int) -> str:
        return self._columns.instant(datetime.fromtimestamp(epoch, UTC))

    # -- cases -------------------------------------------------------------------------------------------------

    def _cases(self, main: pd.DataFrame, others: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """The cases that count, and those that something of theirs makes count."""
        known = Place(main["id"].to_numpy())
        missing = np.unique(np.concatenate([known.unknown(frame["case_id"].to_numpy()) for frame in others]))
        if not missing.size:
            return main
        more = self._columns.read_for(self._queries.cases_named(), missing.tolist())
        if more.empty:
            return main
        more["party"] = np.int32(-1)  # too old to be compared with
        return _joined([main, more]).sort_values("id", ignore_index=True)

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

    def _follow(self, cases: pd.DataFrame, clocks: pd.DataFrame, place: Place) -> pd.DataFrame:
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
            closing = content.closing if content else USUAL_CLOSING
            rows += list(spells_of(pos, int(opened[pos]), stories[int(ids[pos])], closing))
        return pd.DataFrame(
            {
                "pos": np.array([row.case for row in rows], dtype=np.int64),
                "start": np.array([row.start for row in rows], dtype=np.int64),
                "end": np.array([row.end for row in rows], dtype=np.int64),
                "ended_as": np.array([ending_of(row.ended_by) for row in rows], dtype=np.int8),
                "first": np.array([row.first for row in rows], dtype=bool),
            }
        )

    def _set_ends(
        self,
        cases: pd.DataFrame,
        clocks: pd.DataFrame,
        place: Place,
        unclear: NDArray[np.bool_],
        stories: dict[int, list[StoryEvent]],
    ) -> None:
        at = np.flatnonzero(unclear)
        pos, clock, starts = (clocks[name].to_numpy()[at].tolist() for name in ("pos", "clock", "starts"))
        ids = cases["id"].to_numpy()
        by = place.of(self._columns.read_for(self._queries.ended(), np.unique(ids[pos]).tolist()))
        number = self._packs.clock_numbers(cases["regulation"].to_numpy()[by["pos"].to_numpy()], by["rule"].to_numpy())
        keys = zip(by["pos"].tolist(), number.tolist(), by["starts"].tolist(), strict=True)
        names = dict(zip(keys, by["ended_by"].tolist(), strict=True))
        ends = clocks["ended"].to_numpy().copy()
        for row, *key in zip(at.tolist(), pos, clock, starts, strict=True):
            told, story = self._packs.clocks[key[1]], stories[int(ids[key[0]])]
            ended_by = names.get((key[0], key[1], key[2]), "")
            ends[row] = ended_at(story, key[2], ended_by, told.give_up, self._packs.contents[told.regulation])
        clocks["ended"] = ends

    def _with_earlier(self, steps: pd.DataFrame, cases: pd.DataFrame, place: Place) -> pd.DataFrame:
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

    def _penalties(self, penalties: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
        kept = penalties[["pos", "rule", "seq", "who", "amount", "points", "at", "share", "of", "measures"]]
        return kept.assign(regulation=cases["regulation"].to_numpy()[penalties["pos"].to_numpy()])


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several frames with the same columns; texts keep their categories."""
    filled = [part for part in parts if len(part)] or [parts[0]]
    if len(filled) == 1:
        return filled[0]
    found = {}
    for name in filled[0].columns:
        columns = [part[name] for part in filled]
        if any(column.dtype in ("category", "object", "str") for column in columns):
            found[name] = pd.Series(pd.api.types.union_categoricals([_texts(column) for column in columns]))
        else:
            found[name] = pd.Series(np.concatenate([column.to_numpy() for column in columns]))
    return pd.DataFrame(found, copy=False)


def _texts(column: pd.Series[Any]) -> pd.Categorical[Any]:
    """Texts as categories of one type, whatever they came as."""
    known = column.astype("category").cat
    return pd.Categorical.from_codes(known.codes, categories=known.categories.astype("str"))
