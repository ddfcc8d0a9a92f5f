"""Tables from XLSX files, read row by row; every cell becomes the text that a person sees."""

from __future__ import annotations

import json
import tempfile
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from typing import IO, TYPE_CHECKING, Any

from openpyxl import load_workbook

from models.errors import UsageError
from tasks.intake.reasons import BadRowError
from tasks.intake.table import CELL_LIMIT, Row, blank

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNPACKED_LIMIT = 2 * 1024**3
"""Bytes that a workbook may unpack to."""


class XlsxTable:
    """The first sheet of a workbook. Formulas are text: nothing is computed here."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as packed:
                too_large = sum(entry.file_size for entry in packed.infolist()) > UNPACKED_LIMIT
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
                book = None if too_large else load_workbook(path, read_only=True)
        except Exception as error:  # openpyxl raises what its parts raise
            raise UsageError(f"{path.name} cannot be read as XLSX: save it again, or as CSV UTF-8") from error
        if book is None:
            raise UsageError(f"{path.name} is too large: save it as CSV UTF-8")
        if not book.worksheets:
            raise UsageError(f"{path.name} has no sheet of cells: save it again, or as CSV UTF-8")
        self._sheet: Any = book.worksheets[0]
        declared = self._sheet.max_row
        self._sheet.reset_dimensions()  # some programs write wrong ones
        self.header = next((cells for cells in self._cells() if not blank(cells)), [])
        while self.header and not self.header[-1].strip():
            self.header.pop()
        if not self.header:
            raise UsageError(f"{path.name} is empty: its first row must name the columns")
        self.total: int | None = declared - 1 if declared and declared > 1 else None
        self._unread = (cells for cells in self._cells() if not blank(cells))
        next(self._unread)
        self._read: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the table
        self._end = 0

    def rows(self) -> Iterator[Row]:
        """Every row; empty cells at its end may be missing or too many."""
        width = len(self.header)
        offset = 0
        while offset < self._end or self._read_on():
            self._read.seek(offset)
            line = self._read.readline()
            offset += len(line)
            cells = json.loads(line)
            if len(cells) > width and any(cells[width:]):
                yield Row([*cells[: width - 1], ",".join(cells[width - 1 :])], BadRowError("headless"))
            else:
                yield Row(cells[:width] + [""] * (width - len(cells)))

    def _read_on(self) -> bool:
        """Unpack one more row; False at the end. Unpacking is slow, so that a row is kept for whoever reads again."""
        cells = next(self._unread, None)
        if cells is None:
            return False
        self._read.seek(self._end)
        self._end += self._read.write(json.dumps(cells).encode() + b"\n")
        return True

    def _cells(self) -> Iterator[list[str]]:
        try:
            for values in self._sheet.iter_rows(values_only=True):
                yield [_text(value) for value in values]
        except Exception as error:  # as above: a damaged sheet shows itself late
            raise UsageError(f"{self._path.name} is damaged: save it again, or as CSV UTF-8") from error


def _text(value: Any) -> str:
    """What the cell shows: whole numbers without a decimal point, dates in the order of the calendar."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[: CELL_LIMIT + 1]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        shown = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return str(shown.date()) if shown.time() == time() else str(shown)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(getattr(value, "text", value))
