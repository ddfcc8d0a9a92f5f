"""Tables: folded to the width of a terminal, or one line a row, however long, for whatever reads a pipe."""

from __future__ import annotations

import sys
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from flows.commands.lazy import load
from flows.commands.output import one_line, say
from models.calendar.instants import local

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

CHUNK = 500
"""So many rows are laid out together, so that a long listing need not be kept in memory."""


def print_table(columns: Sequence[str], rows: Iterable[dict[str, Any]], zone: tzinfo) -> int:
    """A table of these columns, instants in the organisation's zone; returns how many rows there were."""
    cells = ([shown(row[column], zone) for column in columns] for row in rows)
    terminal = sys.stdout.isatty()
    widths = [0] * len(columns)
    count = 0
    while chunk := list(islice(cells, CHUNK)):
        if terminal:
            load("flows.commands.terminal:print_rows")(columns, chunk)
        else:
            _write_lines(chunk if count else [list(columns), *chunk], widths)
        count += len(chunk)
    return count


def _write_lines(lines: list[list[str]], widths: list[int]) -> None:
    """Columns stay as wide as they were in an earlier part. Rich's own table takes a hundred times as long."""
    for column, cells in enumerate(zip(*lines, strict=True)):
        widths[column] = max(widths[column], *map(cell_len, cells))
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        say("  ".join(padded).rstrip())


def shown(value: Any, zone: tzinfo) -> str:
    """A value as a cell shows it."""
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return local(value, zone)
    if isinstance(value, list):
        return ", ".join(shown(item, zone) for item in value)
    if isinstance(value, dict):  # a recipient
        stead = f" 代 {value['instead_of']}" if value.get("instead_of") else ""
        return one_line(f"{value.get('name')} ({value.get('role')}{stead})")
    return "✓" if value is True else f"{value:g}" if isinstance(value, float) else one_line(value)
