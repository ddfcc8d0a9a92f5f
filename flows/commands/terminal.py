"""What only somebody at a terminal sees, drawn by rich, which nobody else need load."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flows.commands.progress import Move


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as wide as the terminal; each part of a long one repeats the heading."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


@contextmanager
def progress_bar(title: str, total: float | None) -> Iterator[Move]:
    """A bar on stderr that goes away when the work is done."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def move(done: float, of: float | None = None) -> None:
            bar.update(task, completed=done, total=total if of is None else of)

        yield move
