"""What counts in a window, case by case and clock by clock, as 0 and 1: every figure is a sum of these."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tasks.statistics.columns import NEVER
from tasks.statistics.placing import ENDINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.statistics.sides import Side, Window

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
        return np.asarray(self.side.cases["id"].to_numpy()[which], dtype=np.int64)

    # -- cases -------------------------------------------------------------------------------------------------

    @cached_property
    def _opened(self) -> Counts:
        return self.side.cases["opened"].to_numpy()

    @cached_property
    def _closed_once(self) -> Counts:
        """When cases were closed that have one closing at most."""
        single = self.side.cases["single"].to_numpy() == 1
        closed = np.maximum(self.side.cases["closed"].to_numpy(), self._opened)
        return np.where(single, closed, NEVER)

    @cached_property
    def received(self) -> Flags:
        """Newly received (lent)."""
        return self.inside(self._opened)

    def _open_at(self, instant: int) -> Flags:
        """Whether a case was open just before an instant."""
        single = self.side.cases["single"].to_numpy() == 1
        once = single & (self._opened < instant) & (self._closed_once >= instant)
        spells = self.side.spells
        running = (spells["start"].to_numpy() < instant) & (spells["end"].to_numpy() >= instant)
        return once | (self.of_case(spells["pos"].to_numpy()[running]) > 0)

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
        once = self.inside(self._closed_once) & np.isin(self.side.cases["ended_as"].to_numpy(), ways)
        spells = self.side.spells
        again = self.inside(spells["end"].to_numpy()) & np.isin(spells["ended_as"].to_numpy(), ways)
        return once + self.of_case(spells["pos"].to_numpy()[again])

    @cached_property
    def reopened(self) -> Counts:
        """How often each was reopened."""
        spells = self.side.spells
        again = self.inside(spells["start"].to_numpy()) & ~spells["first"].to_numpy()
        return self.of_case(spells["pos"].to_numpy()[again])

    def moments(self) -> tuple[Counts, Counts, Counts]:
        """When cases were received, closed and reopened, in the window and out of it."""
        spells = self.side.spells
        starts = spells["start"].to_numpy()[~spells["first"].to_numpy()]
        return self._opened, np.concatenate([self._closed_once, spells["end"].to_numpy()]), starts

    @cached_property
    def repeated(self) -> Flags:
        """Received, not long after an equal one."""
        return self.received & self.side.cases["repeated"].to_numpy()

    @cached_property
    def renewed(self) -> Counts:
        """How often each was renewed."""
        renewals = self.side.renewals
        return self.of_case(renewals["pos"].to_numpy()[self.inside(renewals["at"].to_numpy())])

    # -- clocks ------------------------------------------------------------------------------------------------

    @cached_property
    def due(self) -> Flags:
        """Clocks that fell due."""
        return self.inside(self.side.clocks["due"].to_numpy()) & ~self.side.clocks["void"].to_numpy()

    @cached_property
    def met(self) -> Flags:
        """Of those, what was met by the end."""
        return self.due & (self.side.clocks["met"].to_numpy() < self.window.until)

    @cached_property
    def on_time(self) -> Flags:
        """Of those, what was met at the due instant or before."""
        return self.due & (self.side.clocks["met"].to_numpy() <= self.side.clocks["due"].to_numpy())

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
        runs = (clocks["met"].to_numpy() >= until) & (clocks["ended"].to_numpy() >= until)
        return runs & (clocks["due"].to_numpy() < until) & ~clocks["void"].to_numpy()

    @cached_property
    def overdue_at_end(self) -> Flags:
        """Cases open at the end in which such a clock runs."""
        pos = self.side.clocks["pos"].to_numpy()[self.running_late]
        return self.closing & (self.of_case(pos) > 0)

    @cached_property
    def gave_up(self) -> Flags:
        """Clocks that ended because nobody could be reached."""
        return self.side.clocks["gave_up"].to_numpy() & self.inside(self.side.clocks["ended"].to_numpy())

    def clocks_of(self, which: Flags) -> Counts:
        """Those clocks, counted per case."""
        return self.of_case(self.side.clocks["pos"].to_numpy()[which])

    @cached_property
    def contacts(self) -> Flags:
        """Contacts at which the customer judged."""
        contacts = self.side.contacts
        return self.inside(contacts["at"].to_numpy()) & (contacts["satisfaction"].to_numpy() > 0)


def total(flags: Counts | Flags) -> int:
    """The sum as a plain number."""
    return int(flags.sum())


def rate(part: int, whole: int) -> float | None:
    """A share; the share of nothing does not exist."""
    return part / whole if whole else None
