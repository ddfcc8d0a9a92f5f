"""Write the sample year: `python tests/data/year.py FOLDER [--scale 0.1]`. The same bytes every time, by a fixed seed.

2025 with 30,000 complaints and 8,000 loans, and a thinner 2024 (8,000 and 2,000) to compare it with; `--scale` makes
both smaller. Files as in the sample month: directory.csv, complaints.csv, loans.csv, events.csv, and events-late.csv
with what was recorded only after the year was over. Cases of the last weeks are still open at the end.
"""

from __future__ import annotations

import argparse
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from draw import Draw, at
from people import directory
from year_complaints import year_of_complaints
from year_edges import edges
from year_loans import year_of_loans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from complaints import Complaint, Row
    from loans import Loan
    from people import Person

SEED = 20250101
YEARS = ((2024, 8_000, 2_000), (2025, 30_000, 8_000))
END = at("2026-01-01 00:00:00")
"""Nothing is told of what happened later."""
LATE = 0.004
"""The share of events that are recorded only after the year."""
EVENT_FIELDS = ("note", "outcome", "satisfaction", "reason", "until")
DIRECTORY = ("name", "email", "department", "role", "deputy", "absent_from", "absent_until", "language")
COMPLAINTS = (
    "number", "received_at", "customer", "phone", "channel", "level", "department", "handler", "category", "content",
    "regulation",
)  # fmt: skip
LOANS = ("number", "item", "borrower", "department", "lent_at", "quantity", "secrecy", "purpose", "regulation")


def generate(folder: Path, scale: float = 1.0) -> None:
    """Write every file into the folder."""
    people = [_on_leave(person) for person in directory(Draw(SEED))]
    cases: list[Complaint] = []
    lent: list[Loan] = []
    told: list[Row] = []
    for year, complaints, loans in YEARS:
        own = edges(year)
        count = int(complaints * scale) - len(own.complaints)
        found, events = year_of_complaints(Draw(SEED + year), people, year, count)
        taken, returned = year_of_loans(Draw(SEED + year * 2), people, year, int(loans * scale) - len(own.loans))
        cases += sorted([*found, *own.complaints], key=lambda case: case.received_at)
        lent += sorted([*taken, *own.loans], key=lambda loan: loan.lent_at)
        told += [event for event in (*events, *returned, *own.events) if event.at < END]
    told.sort(key=lambda event: (event.at, event.case, event.event))
    draw = Draw(SEED + 1)
    late = [event for event in told if draw.chance(LATE)]
    learned = set(map(id, late))
    columns = ("case", "event", "at", "by", *EVENT_FIELDS)
    folder.mkdir(parents=True, exist_ok=True)
    _csv(folder / "directory.csv", DIRECTORY, (_cells(person, DIRECTORY) for person in people))
    _csv(folder / "complaints.csv", COMPLAINTS, (_cells(case, COMPLAINTS) for case in cases))
    _csv(folder / "loans.csv", LOANS, (_cells(loan, LOANS) for loan in lent))
    _csv(folder / "events.csv", columns, (_event(event) for event in told if id(event) not in learned))
    _csv(folder / "events-late.csv", columns, (_event(event) for event in late))


def _on_leave(person: Person) -> Person:
    """The sample month's absences, half a year earlier: in the bad July, and a bit of August."""
    since, until = (text.replace("2026-02", "2025-07") for text in (person.absent_from, person.absent_until))
    return replace(person, absent_from=since, absent_until=until)


def _event(event: Row) -> list[str]:
    further = [event.extra.get(name, "") for name in EVENT_FIELDS]
    return [event.case, event.event, _cell(event.at), event.by, *further]


def _cells(row: object, columns: Sequence[str]) -> list[str]:
    return [_cell(getattr(row, column)) for column in columns]


def _cell(value: str | datetime) -> str:
    return value if isinstance(value, str) else f"{value:%Y-%m-%d %H:%M:%S}"


def _csv(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    file.write_bytes(text.getvalue().encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    generate(given.folder, given.scale)
