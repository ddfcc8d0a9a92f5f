"""Write the sample month: `python tests/data/generate.py [FOLDER]`. The same bytes every time, from a fixed seed.

directory.csv, complaints.csv, loans.csv, events.csv; events-late.csv is what is recorded only on 16 February.
directory.xlsx and loans-gb18030.csv (Chinese headers) repeat their rows in the other formats that people send.
"""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from awkward import RESERVED, Awkward
from complaints import Row, complaints
from draw import Draw
from loans import loans
from people import directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEED = 20260128
EVENT_FIELDS = ("note", "outcome", "satisfaction", "reason", "until")
DIRECTORY = ("name", "email", "department", "role", "deputy", "absent_from", "absent_until", "language")
COMPLAINTS = (
    "number", "received_at", "customer", "phone", "channel", "level", "department", "handler", "category", "content",
    "regulation",
)  # fmt: skip
LOANS = ("number", "item", "borrower", "department", "lent_at", "quantity", "secrecy", "purpose", "regulation")
LOANS_ZH = ("编号", "资料名称", "借阅人", "部门", "借出时间", "数量", "密级", "用途", "适用制度")
DIRECTORY_ZH = ("姓名", "邮箱", "部门", "职务", "代理人", "缺勤开始", "缺勤结束", "语言")

Table = list[list[str]]


def generate(folder: Path) -> None:
    """Write every file into the folder."""
    people = directory(Draw(SEED))
    awkward = Awkward(people)
    cases, told = complaints(Draw(SEED + 1), people)
    counts: Counter[str] = Counter()
    borrowers = []
    for person in people:
        place, counts[person.department] = counts[person.department], counts[person.department] + 1
        if (person.department, place) not in RESERVED:
            borrowers.append(person)
    lent, returned = loans(Draw(SEED + 2), borrowers)
    style = Draw(SEED + 3)
    everybody = [[getattr(person, column) for column in DIRECTORY] for person in people]
    _csv(folder / "directory.csv", DIRECTORY, everybody, "utf-8-sig")
    rows = [[_cell(getattr(case, column), style) for column in COMPLAINTS] for case in [*cases, *awkward.complaints]]
    _csv(folder / "complaints.csv", COMPLAINTS, [*rows, *_bad_complaints()])
    rows = [[_cell(getattr(loan, column), style) for column in LOANS] for loan in [*lent, *awkward.loans]]
    _csv(folder / "loans.csv", LOANS, rows)
    _csv(folder / "loans-gb18030.csv", LOANS_ZH, rows, "gb18030")
    events = sorted([*told, *returned, *awkward.events], key=lambda event: (event.at, event.case, event.event))
    columns = ("case", "event", "at", "by", *EVENT_FIELDS)
    _csv(folder / "events.csv", columns, [*(_event(event, style) for event in events), *_bad_events()])
    _csv(folder / "events-late.csv", columns, [_event(event, style) for event in awkward.late])
    _xlsx(folder / "directory.xlsx", DIRECTORY_ZH, everybody)


def _bad_complaints() -> Table:
    """Rows that a clerk got wrong: a day that does not exist, and a level that nobody knows."""
    good = ["", "2026-02-05 09:00:00", "错女士", "13800000000", "phone", "major", "城东店", "", "", "日期写错", ""]
    return [[*good[:1], "2026-02-30 09:00:00", *good[2:]], [*good[:5], "furious", *good[6:]]]


def _bad_events() -> Table:
    """A case that does not exist, and an event that nobody knows."""
    empty = [""] * len(EVENT_FIELDS)
    moment = "2026-02-05 09:00:00"
    return [["TS-没有这个案件", "first_contact", moment, "", *empty], ["A-formula", "喝茶", moment, "", *empty]]


def _event(event: Row, style: Draw) -> list[str]:
    further = [event.extra.get(name, "") for name in EVENT_FIELDS]
    return [event.case, event.event, _cell(event.at, style), event.by, *further]


def _cell(value: str | datetime, style: Draw) -> str:
    """Moments in the ways in which people and programs write them; without a zone they are local time."""
    if isinstance(value, str):
        return value
    form = style.weighted(((0.9, "local"), (0.04, "utc"), (0.03, "offset"), (0.03, "slashes")))
    if form == "utc":
        return f"{(value - timedelta(hours=8)).replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%SZ}"
    if form == "offset":
        return f"{value:%Y-%m-%dT%H:%M:%S}+08:00"
    if form == "slashes":
        return f"{value.year}/{value.month}/{value.day} {value:%H:%M:%S}"
    return f"{value:%Y-%m-%d %H:%M:%S}"


def _csv(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    file.write_bytes(text.getvalue().encode(encoding))


def _xlsx(file: Path, header: Sequence[str], rows: Table) -> None:
    from openpyxl import Workbook  # noqa: PLC0415 -- only this file needs it

    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("通讯录")
    sheet.append(list(header))
    for row in rows:
        sheet.append([value or None for value in row])
    book.save(file)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
