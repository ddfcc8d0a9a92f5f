"""A progress bar on stderr, where somebody looks at it."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from flows.commands.lazy import load


class Move(Protocol):
    """Moves the bar to `done` (of `of`, when the whole has changed)."""

    def __call__(self, done: float, of: float | None = None) -> None:
        """So much is done."""
        ...


def progress_bar(title: str, total: float | None) -> AbstractContextManager[Move]:
    """A function that moves the bar; silent unless stderr is a terminal."""
    if not sys.stderr.isatty():
        return nullcontext(_unseen)
    bar: AbstractContextManager[Move] = load("flows.commands.terminal:progress_bar")(title, total)
    return bar


def _unseen(done: float, of: float | None = None) -> None:
    """Nobody looks."""
