"""A table as the mail shows it: cut to its first rows and to its most telling columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len

from models.wording.catalogue import say
from tasks.statements.values import NOTHING, shown
from tasks.statistics.phrases import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from tasks.statistics.figures import Cell, FigureColumn, FigureRow, FigureTable

MOST_COLUMNS, ON_A_PHONE = 8, 4
LONGEST_CELL = 60
SHORT_NAME = 10
"""As wide as five Chinese signs."""
EXPENDABLE = (
    *("working_p95", "working_median", "p95", "on_time", "late", "purpose", "lent_at", "regulation"),
    *("rate_year_ago", "rate_before", "handler", "level", "received_at", "target", "carried_in", "number"),
    *("fines", "points", "reopened", "opening", "other", "lost", "renewed", "closed", "department", "overdue"),
    *("done", "share", "open_end"),
)
"""Columns that go first where a table is too wide, by their ids; a table's first column stays."""
_GOES_ALSO_FIRST = ("regulation", "number")
"""First columns that go all the same: they tell less than what follows."""


@dataclass(frozen=True, slots=True)
class Head:
    """One column of a table; `whole` says that its values are not broken, `phone` that a phone has room for it."""

    title: str
    align: str
    whole: bool
    phone: bool


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One table, cut to what a mail bears: `left_out` rows and `narrowed` columns are only in the workbook."""

    id: str
    title: str
    note: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None
    left_out: int
    narrowed: int

    def cut(self, language: str) -> str:
        """How much of it is only in the workbook; empty when all of it is here."""
        if not self.left_out and not self.narrowed:
            return ""
        which = "both" if self.left_out and self.narrowed else "rows" if self.left_out else "columns"
        return say(language, f"statement.left_out.{which}", rows=self.left_out, columns=self.narrowed)


def noted_once(tables: Iterable[SheetTable]) -> Iterator[SheetTable]:
    """Tables that follow each other and are counted alike: only the last of them says how."""
    held: SheetTable | None = None
    for one in tables:
        if held:
            yield replace(held, note="") if held.note == one.note else held
        held = one
    if held:
        yield held


def sheet_table(table: FigureTable, language: str, zone: ZoneInfo, most_rows: int) -> SheetTable:
    """The table cut to its first rows (of a trend the last) and to its most telling columns."""
    kept = fitting(table.columns, MOST_COLUMNS)
    phone = set(fitting([table.columns[place] for place in kept], ON_A_PHONE))
    rows = table.rows[-most_rows:] if table.chart == "trend" else table.rows[:most_rows]
    heads = tuple(
        Head(
            said(table.columns[place].title, language),
            "left" if table.columns[place].kind in ("text", "instant", "date") else "right",
            _whole(table, place, rows, language),
            at in phone,
        )
        for at, place in enumerate(kept)
    )
    total = _cells(table.total, table.columns, kept, language, zone) if table.total else None
    return SheetTable(
        id=table.id,
        title=said(table.title, language),
        note=said(table.note, language) if table.note else "",
        heads=heads,
        rows=tuple(_cells(row.cells, table.columns, kept, language, zone) for row in rows),
        total=_named(table.total, total, min(phone), language) if total and table.total else None,
        left_out=len(table.rows) - len(rows) + table.more,
        narrowed=len(table.columns) - len(kept),
    )


def fitting(columns: Sequence[FigureColumn], most: int) -> list[int]:
    """The places of the columns that stay when only so many fit."""
    kept = list(range(len(columns)))
    for name in EXPENDABLE:
        if len(kept) <= most:
            break
        protected = name not in _GOES_ALSO_FIRST
        kept = [place for place in kept if columns[place].id != name or (place == 0 and protected)]
    return kept[:most]


def _whole(table: FigureTable, place: int, rows: Sequence[FigureRow], language: str) -> bool:
    """Whether the values of a column are to stay in one line: figures, days, and short names."""
    kind = table.columns[place].kind
    if kind == "instant":
        return False
    return kind != "text" or all(cell_len(shown(row.cells[place], kind, language)) <= SHORT_NAME for row in rows)


def _cells(
    cells: Sequence[Cell], columns: Sequence[FigureColumn], kept: Sequence[int], language: str, zone: ZoneInfo
) -> tuple[str, ...]:
    return tuple(_short(shown(cells[place], columns[place].kind, language, zone)) for place in kept)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"


def _named(raw: Sequence[Cell], total: tuple[str, ...], first: int, language: str) -> tuple[str, ...]:
    """The total with its name in the first column that every reader sees, and nothing where nothing is added up."""
    name = shown(raw[0], "text", language)
    cells = ["" if text == NOTHING else text for text in total]
    cells[0] = ""
    cells[first] = cells[first] or name
    if name not in cells:
        cells[0] = name
    return tuple(cells)
