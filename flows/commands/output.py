"""How results reach the reader: lines, streamed JSON and tables. Nothing a customer typed can steer a terminal."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from rich.console import Console

CHUNK = 500
"""After so many rows a table begins anew with its heading, so that a long listing need not be kept in memory."""
WIDE = 10_000
"""Columns are never cut where the reader is a program."""


def say(line: str = "") -> None:
    """One line on stdout."""
    sys.stdout.write(f"{line}\n")


def warn(line: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{one_line(line)}\n")


def one_line(text: object) -> str:
    """The text on one line, without signs that steer a terminal or turn the direction of writing."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())


# -- JSON ------------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """What JSON cannot hold by itself: an instant becomes `2026-11-01T01:05:00Z`, the rest its text."""
    if isinstance(value, datetime):
        from models.instants import iso  # noqa: PLC0415 -- start-up time

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
    from rich.table import Table  # noqa: PLC0415 -- only where a table is printed
    from rich.text import Text  # noqa: PLC0415 -- see above

    console = console_for(sys.stdout)
    source: Iterator[dict[str, Any]] = iter(rows)
    count = 0
    for first in source:
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in chain([first], islice(source, CHUNK - 1)):
            table.add_row(*(Text(shown(row[column], zone)) for column in columns))
            count += 1
        console.print(table)
    return count


def console_for(stream: Any) -> Console:
    """A rich console that never cuts what a program reads."""
    from rich.console import Console  # noqa: PLC0415 -- see print_table

    terminal = stream.isatty()
    return Console(file=stream, width=None if terminal else WIDE, markup=False, highlight=False, emoji=False)


def shown(value: Any, zone: tzinfo) -> str:
    """A value as a cell shows it."""
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        from models.instants import local  # noqa: PLC0415 -- start-up time

        return local(value, zone)
    if isinstance(value, list):
        return ", ".join(shown(item, zone) for item in value)
    if isinstance(value, dict):  # a recipient
        stead = f" 代 {value['instead_of']}" if value.get("instead_of") else ""
        return one_line(f"{value.get('name')} ({value.get('role')}{stead})")
    return "✓" if value is True else f"{value:g}" if isinstance(value, float) else one_line(value)
