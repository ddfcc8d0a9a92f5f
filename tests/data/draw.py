"""Chance from a fixed seed, built on `random()` alone: its sequence is promised to stay the same in every Python."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Draw:
    """Draws numbers, things and moments."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[int(self._random.random() * len(things))]

    def weighted(self, table: Sequence[tuple[float, T]]) -> T:
        """One of them, by weights that add up to 1."""
        left = self._random.random()
        for weight, thing in table:
            left -= weight
            if left < 0:
                return thing
        return table[-1][1]

    def seconds(self, low: int, high: int) -> timedelta:
        """A span of so many seconds."""
        return timedelta(seconds=self.between(low, high))

    def minutes(self, low: int, high: int) -> timedelta:
        """A span of so many minutes, to the second."""
        return timedelta(seconds=self.between(low * 60, high * 60))


def at(text: str) -> datetime:
    """A local moment, naive as everything in these files."""
    return datetime.fromisoformat(text)
