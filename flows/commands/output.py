"""How results reach the reader: lines and streamed JSON. Nothing a customer typed can steer a terminal."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.calendar.instants import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_WARNING = 2_000
"""Characters."""


def say(line: str = "") -> None:
    """One line on stdout."""
    sys.stdout.write(f"{line}\n")


def warn(line: str) -> None:
    """One line on stderr; of one that nobody can read to its end the middle is left out, for advice stands last."""
    told = one_line(line)
    if len(told) > LONGEST_WARNING:
        told = f"{told[: LONGEST_WARNING // 2]} … {told[-LONGEST_WARNING // 2 :]}"
    sys.stderr.write(f"{told}\n")


def one_line(text: object) -> str:
    """The text on one line, without signs that steer a terminal or turn the direction of writing."""
    line = str(text)
    if not line.isprintable():
        line = "".join(sign if sign.isprintable() else " " for sign in line)
    return " ".join(line.split())


def plain(value: Any) -> Any:
    """What JSON cannot hold by itself: an instant becomes `2026-11-01T01:05:00Z`, the rest its text."""
    return iso(value) if isinstance(value, datetime) else str(value)


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
