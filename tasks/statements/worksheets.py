"""Cells, headers and looks of a workbook, over XlsxWriter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from models.wording.catalogue import say
from tasks.statements.values import as_instant, shown
from tasks.statistics.phrases import Phrase, said

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from tasks.statistics.figures import Cell, FigureColumn

FONT = "Microsoft YaHei"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 -- a spreadsheet's dates have no zone
_DAY = 86_400
_LONGEST = 32_767
"""Signs that one cell holds."""
_NARROW, _WIDE = 8, 46
_HEAD, _LINE = 14, 16
"""A header breaks after so many signs; a line of it is so many points high."""
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NO_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NAME_LENGTH = 31
_FORMATS = {
    "count": "#,##0",
    "number": "#,##0.##",
    "rate": "0.0%",
    "seconds": "[h]:mm:ss",
    "money": "¥#,##0.00",
    "points": "0.0#",
    "days": "#,##0",
    "instant": "yyyy-mm-dd hh:mm",
    "date": "yyyy-mm-dd",
}
_LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "title": {"bold": True, "font_size": 15},
    "small": {"font_color": "#52606d", "font_size": 9},
    "strong": {"bold": True, "font_size": 12},
    "head": {"bold": True, "bg_color": "#e8eef7", "align": "right", "text_wrap": True, "bottom": 1},
    "head_text": {"bold": True, "bg_color": "#e8eef7", "align": "left", "text_wrap": True, "bottom": 1},
    "head_even": {"bold": True, "bg_color": "#e8eef7", "align": "left", "indent": 1, "bottom": 1},
    "link": {"font_color": "#1d5fa8", "underline": 1},
    "bad": {"font_color": "#c53030", "bold": True},
    "watch": {"font_color": "#b7791f", "bold": True},
    "good": {"font_color": "#2f855a", "bold": True},
    "better": {"font_color": "#2f855a", "indent": 1},
    "worse": {"font_color": "#c53030", "indent": 1},
    "even": {"indent": 1},
}


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """Columns of a sheet and the row of their header."""

    columns: tuple[FigureColumn, ...]
    header: int


class Book:
    """A workbook being written; `large` ones row by row, from top to bottom."""

    def __init__(self, to: io.BytesIO, zone: tzinfo, language: str, *, large: bool, made_at: datetime) -> None:
        import xlsxwriter  # noqa: PLC0415 -- only where a workbook is written

        options = {"constant_memory": large, "strings_to_formulas": False, "strings_to_urls": False}
        self.workbook = xlsxwriter.Workbook(to, {**options, "default_format_properties": {"font_name": FONT}})
        self.workbook.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
        self.zone = zone
        self.language = language
        self._looks: dict[tuple[str, str, bool], Any] = {}
        self._names: set[str] = {"history"}

    def close(self) -> None:
        """Write the file."""
        self.workbook.close()

    def add_sheet(self, wanted: str) -> Any:
        """A sheet of that name, or one like it that Excel accepts and no other sheet has."""
        plain = _UNFIT.sub("", _NO_NAME.sub(" ", wanted)).strip().strip("'") or "-"
        name, number = plain[:_NAME_LENGTH], 1
        while name.lower() in self._names:
            number += 1
            end = f" {number}"
            name = plain[: _NAME_LENGTH - len(end)] + end
        self._names.add(name.lower())
        sheet = self.workbook.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def look(self, name: str, kind: str = "", *, total: bool = False) -> Any:
        """The format of that name, kind of value and row."""
        key = (name, kind, total)
        if key not in self._looks:
            given = dict(_LOOKS[name])
            if kind in _FORMATS:
                given["num_format"] = _FORMATS[kind]
            if kind in ("instant", "date"):
                given["align"] = "left"
            if total:
                given |= {"bold": True, "top": 1, "bg_color": "#f5f7fa"}
            self._looks[key] = self.workbook.add_format({"font_name": FONT, "font_size": 10, **given})
        return self._looks[key]

    def text(self, sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
        """Text, never a formula, a number or a link."""
        plain = text if text.isprintable() else _UNFIT.sub(" ", text)
        sheet.write_string(row, column, plain[:_LONGEST], look or self.look("plain"))

    def title(self, sheet: Any, text: str, caption: str, note: str = "") -> int:
        """The first lines of a sheet; the row below them."""
        self.text(sheet, 0, 0, text, self.look("title"))
        self.text(sheet, 1, 0, caption, self.look("small"))
        if note:
            self.text(sheet, 2, 0, note, self.look("small"))
        return 4

    def header(self, sheet: Any, grid: SheetColumns, rows: int) -> None:
        """The names of the columns, which stay in sight, are repeated in print and filter the rows below."""
        lines = max((-(-cell_len(self._name(column)) // _HEAD) for column in grid.columns), default=1)
        sheet.set_row(grid.header, _LINE * lines)
        for place, column in enumerate(grid.columns):
            look = self.look("head_text" if column.kind in ("text", "instant", "date") else "head")
            self.text(sheet, grid.header, place, self._name(column), look)
        if grid.columns:
            sheet.freeze_panes(grid.header + 1, 1)
            sheet.repeat_rows(grid.header)
            last = len(grid.columns) - 1
            sheet.autofilter(grid.header, 0, grid.header + max(rows, 1), last)
            sheet.ignore_errors({"number_stored_as_text": f"A{grid.header + 2}:ZZ{grid.header + 2 + rows}"})

    def row(self, sheet: Any, row: int, cells: Sequence[Cell], grid: SheetColumns, *, total: bool = False) -> None:
        """One row of a table."""
        for place, column in enumerate(grid.columns):
            self.value(sheet, row, place, cells[place], column.kind, total=total)

    def value(self, sheet: Any, row: int, column: int, value: Cell, kind: str, *, total: bool = False) -> None:
        """A cell by the kind of its value; what does not exist stays empty."""
        look = self.look("plain", kind, total=total)
        if value is None:
            if total:
                sheet.write_blank(row, column, None, look)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value / _DAY if kind == "seconds" else value, look)
        elif kind in ("instant", "date") and (serial := self._serial(value)) is not None:
            sheet.write_number(row, column, int(serial) if kind == "date" else serial, look)
        else:
            self.text(sheet, row, column, said(value, self.language) if isinstance(value, Phrase) else value, look)

    def many_rows(self, sheet: Any, first: int, rows: Iterable[Sequence[Cell]], grid: SheetColumns) -> None:
        """As `row` for tens of thousands; a count of nothing stays empty, so that what counts catches the eye."""
        looks = [self.look("plain", column.kind) for column in grid.columns]
        kinds = [column.kind for column in grid.columns]
        number, string = sheet.write_number, sheet.write_string
        for at, cells in enumerate(rows, first):
            for place, value in enumerate(cells):
                if value is None or value == "":
                    continue
                kind = kinds[place]
                if kind == "count":
                    if value:
                        number(at, place, value, looks[place])
                elif type(value) is str and kind == "text" and value.isprintable() and len(value) < _LONGEST:
                    string(at, place, value, looks[place])
                else:
                    self.value(sheet, at, place, value, kind)

    def widths(self, sheet: Any, grid: SheetColumns, rows: Sequence[Sequence[Cell]]) -> None:
        """Columns as wide as what stands in them, the header in two lines where it is long."""
        for place, column in enumerate(grid.columns):
            texts = (shown(row[place], column.kind, self.language, self.zone) for row in rows)
            head = cell_len(self._name(column))
            content = max((cell_len(text) for text in texts), default=0)
            sheet.set_column(place, place, min(_WIDE, max(_NARROW, content + 3, min(head, _HEAD) + 4)))

    def _name(self, column: FigureColumn) -> str:
        name = said(column.title, self.language)
        return say(self.language, "statement.book.in_hours", column=name) if column.kind == "seconds" else name

    def _serial(self, value: object) -> float | None:
        """Local time as a spreadsheet counts it: days since the end of 1899."""
        instant = as_instant(value)
        if instant is None:
            return None
        if instant.tzinfo:
            instant = instant.astimezone(self.zone).replace(tzinfo=None)
        return (instant - _EPOCH) / timedelta(days=1)
