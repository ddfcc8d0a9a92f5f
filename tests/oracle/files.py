"""The sample files as plain rows, their moments as naive local times of Asia/Shanghai."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, str]
SHANGHAI = timedelta(hours=8)


class Happened(NamedTuple):
    """One event of a case."""

    at: datetime
    name: str
    fields: Row


def read(file: Path) -> list[Row]:
    """The rows of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def moment(text: str) -> datetime:
    """A moment in any of the four ways in which the files write it."""
    if text.endswith("Z"):
        return datetime.fromisoformat(text[:-1]) + SHANGHAI
    if text.endswith("+08:00"):
        return datetime.fromisoformat(text[:-6])
    if "/" in text:
        return datetime.strptime(text, "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 -- local time is meant
    return datetime.fromisoformat(text)


def events_by_case(rows: list[Row]) -> dict[str, list[Happened]]:
    """The events of each case in order of time; in one second, in the order of the file."""
    found: dict[str, list[Happened]] = {}
    for row in rows:
        found.setdefault(row["case"], []).append(Happened(moment(row["at"]), row["event"], row))
    for events in found.values():
        events.sort(key=lambda event: event.at)
    return found
