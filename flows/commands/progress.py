"""A progress bar on stderr, where somebody looks at it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress_bar(title: str, total: float | None) -> Iterator[Callable[..., None]]:
    """A function that moves the bar to `done` (of `total`, when that changes); silent unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total=None: None
        return
    from rich.console import Console  # noqa: PLC0415 -- only in a terminal
    from rich.progress import Progress  # noqa: PLC0415 -- see above

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=total)

        def move(done: float, of: float | None = None) -> None:
            shown.update(task, completed=done, total=of if of is not None else total)

        yield move
