"""How results reach the reader: lines, streamed JSON and tables. Nothing a customer typed can steer a terminal."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

CHUNK = 500
"""So many rows are laid out together, so that a long listing need not be kept in memory."""


def say(line: str = "") -> None:
    """One line on stdout."""
    sys.stdout.write(f"{line}\n")


def warn(line: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{one_line(line)}\n")


def one_line(text: object) -> str:
    """The text on one line, without signs that steer a terminal or turn the direction of writing."""
    line = str(text)
    if not line.isprintable():
        line = "".join(sign if sign.isprintable() else " " for sign in line)
    return " ".join(line.split())


# -- JSON ------------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """What JSON cannot hold by itself: an instant becomes `2026-11-01T01:05:00Z`, the rest its text."""
    if isinstance(value, datetime):
        from models.calendar.instants import iso  # noqa: PLC0415 -- start-up time

        return iso(value)
    return str(value)


def print_json(value: Any) -> None:
    """One JSON document."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=plain))


def print_json_rows(rows: Iterable[dict[str, Any]]) -> None:
    """A JSON list, an object a line, written while the rows are read."""
    write = sys.stdout.write
    separator = "["
    for row in rows:
        write(f"{separator}\n{json.dumps(row, ensure_ascii=False, default=plain)}")
        separator = ","
    write("[]\n" if separator == "[" else "\n]\n")


# -- tables ----------------------------------------------------------------------------------------------------


def print_table(columns: Sequence[str], rows: Iterable[dict[str, Any]], zone: tzinfo) -> int:
    """A table of these columns, instants in the organisation's zone; returns how many rows there were."""
    cells = ([shown(row[column], zone) for column in columns] for row in rows)
    terminal = sys.stdout.isatty()
    widths = [0] * len(columns)
    count = 0
    while chunk := list(islice(cells, CHUNK)):
        if terminal:
            _write_for_a_reader(columns, chunk)
        else:
            _write_for_a_program(chunk if count else [list(columns), *chunk], widths)
        count += len(chunk)
    return count


def _write_for_a_reader(columns: Sequence[str], chunk: list[list[str]]) -> None:
    """As wide as the terminal; each part of a long table repeats the heading."""
    from rich.console import Console  # noqa: PLC0415 -- only in a terminal
    from rich.table import Table  # noqa: PLC0415 -- see above
    from rich.text import Text  # noqa: PLC0415 -- see above

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in chunk:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def _write_for_a_program(lines: list[list[str]], widths: list[int]) -> None:
    """One line a row, however long; columns stay as wide as they were in an earlier part."""
    for column, cells in enumerate(zip(*lines, strict=True)):
        widths[column] = max(widths[column], *map(_width, cells))
    for line in lines:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        say("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """How many columns of a terminal the text takes; a Chinese character takes two."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def shown(value: Any, zone: tzinfo) -> str:
    """A value as a cell shows it."""
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        from models.calendar.instants import local  # noqa: PLC0415 -- start-up time

        return local(value, zone)
    if isinstance(value, list):
        return ", ".join(shown(item, zone) for item in value)
    if isinstance(value, dict):  # a recipient
        stead = f" 代 {value['instead_of']}" if value.get("instead_of") else ""
        return one_line(f"{value.get('name')} ({value.get('role')}{stead})")
    return "✓" if value is True else f"{value:g}" if isinstance(value, float) else one_line(value)
