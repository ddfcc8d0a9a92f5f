"""The cases behind the figures: one row a case, with a column for each figure it counts in; no customer is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tasks.statistics import words
from tasks.statistics.columns import NEVER
from tasks.statistics.figures import CaseList, FigureColumn, FigureRow
from tasks.statistics.milestones import MILESTONES
from tasks.statistics.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.statistics.counting import Counted
    from tasks.statistics.phrases import Phrase
    from tasks.statistics.scope import Scope

_FACTS = (
    "number",
    "kind",
    "regulation",
    "level",
    "channel",
    "category",
    "department",
    "handler",
    "received_at",
    "closed_at",
)
_MINUTES = {
    "first_contact_minutes": "first_contact",
    "result_minutes": "result_returned",
    "revisit_minutes": "revisited",
}
_FLAGS = (
    "received",
    "closed",
    "withdrawn",
    "reopened",
    "open_end",
    "overdue_end",
    "repeated",
    "returned",
    "lost",
    "renewed",
)
_COMPLAINTS, _LOANS = 0, 1


class ListedCases(NamedTuple):
    """The chosen cases of one side, by place and by id."""

    places: NDArray[np.int64]
    ids: NDArray[np.int64]


class Chosen(NamedTuple):
    """Which cases are listed, and how many are left out."""

    parts: tuple[ListedCases, ListedCases]
    more: int


def chosen(scope: Scope, limit: int) -> Chosen:
    """The cases that count anywhere; where they are too many, those open late, open, and late before the others."""
    sides = (scope.complaints[0], scope.loans[0])
    places, urgency = [], []
    for side in sides:
        due = side.clocks_of(side.due)
        counts = side.received | (side.closed > 0) | (side.reopened > 0) | side.closing | (due > 0)
        where = np.flatnonzero(counts)
        missed = side.clocks_of(side.due & ~side.on_time) > 0
        rank = 4 * side.overdue_at_end + 2 * side.closing + missed
        places.append(where)
        urgency.append(rank[where])
    everything = np.concatenate(urgency)
    more = max(len(everything) - limit, 0)
    keep = np.ones(len(everything), dtype=bool)
    if more:
        keep[np.argsort(-everything, kind="stable")[limit:]] = False
    cut = len(places[0])
    kept = [places[0][keep[:cut]], places[1][keep[cut:]]]
    parts = [ListedCases(one, side.side.cases["id"].to_numpy()[one]) for one, side in zip(kept, sides, strict=True)]
    return Chosen((parts[_COMPLAINTS], parts[_LOANS]), more)


def case_list(scope: Scope, listed: Chosen) -> CaseList:
    """The chosen cases, those open late first, then by receipt."""
    rules = _rules(scope)
    rows: list[tuple[tuple[int, int], FigureRow]] = []
    for side, part in zip((scope.complaints[0], scope.loans[0]), listed.parts, strict=True):
        columns = [*_facts(scope, side, part), *_minutes(scope, side, part), *_flags(side, part)]
        columns += _per_rule(scope, side, part, rules)
        urgency = -(2 * side.overdue_at_end + side.closing)[part.places]
        order = zip(urgency.tolist(), side.side.cases["opened"].to_numpy()[part.places].tolist(), strict=True)
        for key, cells in zip(order, zip(*columns, strict=True), strict=True):
            # built without validation: fifty thousand rows of our own numbers
            rows.append((key, FigureRow.model_construct(key=cells[0], cells=cells, secret=False, masked=())))
    rows.sort(key=lambda pair: (pair[0], pair[1].key))
    return CaseList(columns=_columns(rules), rows=tuple(row for _, row in rows), more=listed.more)


def _columns(rules: dict[str, Phrase]) -> tuple[FigureColumn, ...]:
    found = [words.column(name) for name in _FACTS]
    found += [words.column(name) for name in _MINUTES]
    found += [words.column(name) for name in _FLAGS]
    for rule, title in rules.items():
        found.append(FigureColumn(id=f"due:{rule}", title=phrase("statistics.column.rule_due", rule=title)))
        found.append(FigureColumn(id=f"late:{rule}", title=phrase("statistics.column.rule_breaches", rule=title)))
    return tuple(found)


def _rules(scope: Scope) -> dict[str, Phrase]:
    """The rules of which a clock fell due, with their titles."""
    used = {
        int(number)
        for side in (scope.complaints[0], scope.loans[0])
        for number in np.unique(side.side.clocks["clock"].to_numpy()[side.due])
    }
    found: dict[str, Phrase] = {}
    for number in sorted(used):
        found.setdefault(scope.packs.clocks[number].rule, scope.packs.clocks[number].title)
    return found


def _facts(scope: Scope, side: Counted, part: ListedCases) -> list[list[Any]]:
    cases = side.side.cases
    names = np.array([*scope.packs.names, ""], dtype=object)
    texts = {
        name: cases[name].iloc[part.places].astype(object).tolist()
        for name in ("kind", "level", "channel", "category", "department", "handler")
    }
    regulation = names[cases["regulation"].to_numpy()[part.places]].tolist()
    numbers = [scope.details[key].number for key in part.ids.tolist()]
    opened = _iso(cases["opened"].to_numpy()[part.places])
    closed = _iso(_closed_at(side)[part.places])
    facts = (texts[name] for name in ("level", "channel", "category", "department", "handler"))
    return [numbers, texts["kind"], regulation, *facts, opened, closed]


def _closed_at(side: Counted) -> NDArray[np.int64]:
    """The newest closing of cases that are not open at the end."""
    cases, spells = side.side.cases, side.side.spells
    found = np.where(cases["single"].to_numpy() == 1, cases["closed"].to_numpy(), 0)
    ends = spells["end"].to_numpy()
    past = ends < side.window.until
    np.maximum.at(found, spells["pos"].to_numpy()[past], ends[past])
    return np.where(side.closing | (found == 0), NEVER, found)


def _iso(instants: NDArray[np.int64]) -> list[str | None]:
    never = instants == NEVER
    texts = np.char.add(np.datetime_as_string(np.where(never, 0, instants).astype("datetime64[s]")), "Z").astype(object)
    texts[never] = None
    return list(texts)


def _minutes(scope: Scope, side: Counted, part: ListedCases) -> list[list[float | None]]:
    """How long the milestones took that lie in the period."""
    if side is not scope.complaints[0]:
        return [[None] * len(part.places)] * len(_MINUTES)
    reached = side.side.milestones
    pos, steps, elapsed = (reached[name].to_numpy() for name in ("pos", "step", "elapsed"))
    found = []
    for step in _MINUTES.values():
        own = (steps == MILESTONES.index(step)) & (elapsed >= 0)
        seconds = np.full(side.size, -1, dtype=np.int64)
        seconds[pos[own]] = elapsed[own]
        found.append([None if one < 0 else round(one / 60, 1) for one in seconds[part.places].tolist()])
    return found


def _flags(side: Counted, part: ListedCases) -> list[list[int]]:
    flags: Sequence[Any] = (
        side.received,
        side.closed,
        side.ended_as("withdrawn"),
        side.reopened,
        side.closing,
        side.overdue_at_end,
        side.repeated,
        side.ended_as("returned"),
        side.ended_as("lost"),
        side.renewed,
    )
    return [one[part.places].astype(int).tolist() for one in flags]


def _per_rule(scope: Scope, side: Counted, part: ListedCases, rules: dict[str, Phrase]) -> list[list[int]]:
    """How many clocks of each rule fell due, and how many of those were broken."""
    rule_of = np.array([clock.rule for clock in scope.packs.clocks] or [""], dtype=object)
    numbers, found = side.side.clocks["clock"].to_numpy(), []
    for rule in rules:
        own = side.due & np.isin(numbers, np.flatnonzero(rule_of == rule))
        found += [side.clocks_of(which)[part.places].tolist() for which in (own, own & ~side.on_time)]
    return found
