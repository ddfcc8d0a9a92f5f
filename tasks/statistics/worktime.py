"""Working time between many pairs of instants at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.calendar.work_calendar import WorkCalendar


class WorkTime:
    """Working seconds, from the office's open stretches between two instants (seconds since 1970)."""

    def __init__(self, calendar: WorkCalendar, since: int, until: int) -> None:
        spans = []
        first = datetime.fromtimestamp(since, UTC) - timedelta(days=1)
        for opens, closes in calendar.open_spans(first):
            spans.append((int(opens.timestamp()), int(closes.timestamp())))
            if spans[-1][0] >= until:
                break
        table = np.array(spans, dtype=np.int64)
        self._opens, self._lengths = table[:, 0], table[:, 1] - table[:, 0]
        self._before = np.concatenate(([0], np.cumsum(self._lengths)[:-1]))

    def before(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Working seconds before each instant: whole stretches, and the part of the one it lies in.

        The difference of two instants is the working time between them.
        """
        place = np.searchsorted(self._opens, instants, side="right") - 1
        inside = np.minimum(instants - self._opens[place], self._lengths[place])
        return np.where(place < 0, 0, self._before[place] + inside)
