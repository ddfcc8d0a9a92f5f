"""What was read for a statement: complaints and loans apart, each a few columns that a department is cut out of.

Instants are seconds since 1970 (`NEVER` where something did not happen), `pos` is the place of a row's case.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class Window(NamedTuple):
    """A stretch that is counted, in seconds since 1970, half-open; without `data` nobody kept a record then."""

    since: int
    until: int
    data: bool = True


def array(frame: pd.DataFrame, column: str) -> NDArray[Any]:
    """A column of numbers."""
    return np.asarray(frame[column].to_numpy())


@dataclass(frozen=True)
class Side:
    """The complaints or the loans of a statement. Cases are in order of their department, other rows of their case."""

    cases: pd.DataFrame
    """id, regulation, kind, level, department, .., opened, closed, single, ended_as, repeated"""
    spells: pd.DataFrame
    """pos, start, end, ended_as, first: the open stretches of cases that are not `single`"""
    clocks: pd.DataFrame
    """pos, clock, due, met, ended, void, gave_up; of those met in the period elapsed and working seconds"""
    contacts: pd.DataFrame
    """pos, name, at, satisfaction, outcome: when the customer judged"""
    milestones: pd.DataFrame
    """pos, step, elapsed, working: first contacts, results and revisits of the period (-1 where it is not known)"""
    postponements: pd.DataFrame
    """pos, name, at"""
    penalties: pd.DataFrame
    """pos, regulation, rule, seq, who, amount, points, at, share, of, measures"""
    renewals: pd.DataFrame
    """pos, at"""

    def departments(self) -> list[str]:
        """Those of its cases."""
        return [name for name in self.cases["department"].unique() if name]

    def of(self, department: str) -> Side:
        """The cases of one department with all that belongs to them, by the same columns."""
        names = self.cases["department"].cat
        if department not in names.categories:
            return self._cut(0, 0)
        code = names.categories.get_loc(department)
        low, high = np.searchsorted(names.codes.to_numpy(), [code, code + 1])
        return self._cut(int(low), int(high))

    def _cut(self, low: int, high: int) -> Side:
        parts = {}
        for one in fields(self):
            frame: pd.DataFrame = getattr(self, one.name)
            if one.name == "cases":
                parts[one.name] = frame.iloc[low:high]
                continue
            first, last = np.searchsorted(frame["pos"].to_numpy(), [low, high])
            piece = frame.iloc[first:last]
            parts[one.name] = piece.assign(pos=piece["pos"].to_numpy() - low)
        return replace(self, **parts)
