"""What counts in a window, case by case and clock by clock, as 0 and 1: every figure is a sum of these."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tasks.statistics.columns import NEVER
from tasks.statistics.placing import ENDINGS
from tasks.statistics.stations import array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.statistics.stations import Side, Window

    Flags = NDArray[np.bool_]
    Counts = NDArray[np.int64]


class Counted:
    """One side in one window. What happens at the end of the window or later does not count."""

    def __init__(self, side: Side, window: Window) -> None:
        self.side = side
        self.window = window
        self.size = len(side.cases)

    def inside(self, instants: Counts) -> Flags:
        """Whether they lie in the window."""
        return (instants >= self.window.since) & (instants < self.window.until)

    def of_case(self, pos: Counts) -> Counts:
        """How often each case is named."""
        return np.bincount(pos, minlength=self.size)

    def ids(self, which: Flags) -> Counts:
        """The ids of those cases."""
        return np.asarray(array(self.side.cases, "id")[which], dtype=np.int64)

    # -- cases -------------------------------------------------------------------------------------------------

    @cached_property
    def _opened(self) -> Counts:
        return array(self.side.cases, "opened")

    @cached_property
    def _closed_once(self) -> Counts:
        """When cases were closed that have one closing at most."""
        single = array(self.side.cases, "single") == 1
        closed = np.maximum(array(self.side.cases, "closed"), self._opened)
        return np.where(single, closed, NEVER)

    @cached_property
    def received(self) -> Flags:
        """Newly received (lent)."""
        return self.inside(self._opened)

    def _open_at(self, instant: int) -> Flags:
        """Whether a case was open just before an instant."""
        single = array(self.side.cases, "single") == 1
        once: Flags = single & (self._opened < instant) & (self._closed_once >= instant)
        spells = self.side.spells
        running = (array(spells, "start") < instant) & (array(spells, "end") >= instant)
        return once | (self.of_case(array(spells, "pos")[running]) > 0)

    @cached_property
    def opening(self) -> Flags:
        """Open at the beginning."""
        return self._open_at(self.window.since)

    @cached_property
    def closing(self) -> Flags:
        """Open at the end."""
        return self._open_at(self.window.until)

    @cached_property
    def closed(self) -> Counts:
        """How often each was closed, one way or another."""
        return self._ended(range(1, len(ENDINGS)))

    def ended_as(self, name: str) -> Counts:
        """How often each was closed in that way."""
        return self._ended([ENDINGS.index(name)])

    def _ended(self, ways: range | list[int]) -> Counts:
        once = self.inside(self._closed_once) & np.isin(array(self.side.cases, "ended_as"), ways)
        spells = self.side.spells
        again = self.inside(array(spells, "end")) & np.isin(array(spells, "ended_as"), ways)
        return once + self.of_case(array(spells, "pos")[again])

    @cached_property
    def reopened(self) -> Counts:
        """How often each was reopened."""
        spells = self.side.spells
        again = self.inside(array(spells, "start")) & ~array(spells, "first")
        return self.of_case(array(spells, "pos")[again])

    def moments(self) -> tuple[Counts, Counts, Counts]:
        """When cases were received, closed and reopened, in the window and out of it."""
        spells = self.side.spells
        starts = array(spells, "start")[~array(spells, "first")]
        return self._opened, np.concatenate([self._closed_once, array(spells, "end")]), starts

    @cached_property
    def repeated(self) -> Flags:
        """Received, not long after an equal one."""
        again: Flags = array(self.side.cases, "repeated")
        return self.received & again

    @cached_property
    def renewed(self) -> Counts:
        """How often each was renewed."""
        renewals = self.side.renewals
        return self.of_case(array(renewals, "pos")[self.inside(array(renewals, "at"))])

    # -- clocks ------------------------------------------------------------------------------------------------

    @cached_property
    def due(self) -> Flags:
        """Clocks that fell due."""
        void: Flags = array(self.side.clocks, "void")
        return self.inside(array(self.side.clocks, "due")) & ~void

    @cached_property
    def met(self) -> Flags:
        """Of those, what was met by the end."""
        return self.due & (array(self.side.clocks, "met") < self.window.until)

    @cached_property
    def on_time(self) -> Flags:
        """Of those, what was met at the due instant or before."""
        return self.due & (array(self.side.clocks, "met") <= array(self.side.clocks, "due"))

    @cached_property
    def late(self) -> Flags:
        """Met after the due instant."""
        return self.met & ~self.on_time

    @cached_property
    def overdue(self) -> Flags:
        """Not met by the end."""
        return self.due & ~self.met

    @cached_property
    def running_late(self) -> Flags:
        """Clocks, due now or earlier, that still run at the end although their due instant has passed."""
        clocks, until = self.side.clocks, self.window.until
        runs: Flags = (array(clocks, "met") >= until) & (array(clocks, "ended") >= until)
        late: Flags = (array(clocks, "due") < until) & ~array(clocks, "void")
        return runs & late

    @cached_property
    def overdue_at_end(self) -> Flags:
        """Cases open at the end in which such a clock runs."""
        pos = array(self.side.clocks, "pos")[self.running_late]
        return self.closing & (self.of_case(pos) > 0)

    @cached_property
    def gave_up(self) -> Flags:
        """Clocks that ended because nobody could be reached."""
        return array(self.side.clocks, "gave_up") & self.inside(array(self.side.clocks, "ended"))

    def clocks_of(self, which: Flags) -> Counts:
        """Those clocks, counted per case."""
        return self.of_case(array(self.side.clocks, "pos")[which])

    @cached_property
    def contacts(self) -> Flags:
        """Contacts at which the customer judged."""
        contacts = self.side.contacts
        return self.inside(array(contacts, "at")) & (array(contacts, "satisfaction") > 0)


def total(flags: Counts | Flags) -> int:
    """The sum as a plain number."""
    return int(flags.sum())


def rate(part: int, whole: int) -> float | None:
    """A share; the share of nothing does not exist."""
    return part / whole if whole else None
