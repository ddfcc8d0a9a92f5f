"""Tables from files: CSV in UTF-8 or GB18030 with any usual separator, and XLSX; rows come one by one as text.

A broken line costs that line only: reading goes on at the next one. Memory is bounded, however large a cell is.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, BinaryIO

from models.errors import UsageError
from tasks.intake.reasons import BadRowError
from tasks.intake.table import CELL_LIMIT, Row, blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tasks.intake.table import Table

LINE_LIMIT = 16 * 1024 * 1024
_SEPARATORS = (",", ";", "\t")
_LONG_RUN = re.compile(rf'([^",;\t\r\n]{{{CELL_LIMIT + 1}}})[^",;\t\r\n]+')


def open_table(path: Path, knows: Callable[[str], bool]) -> Table:
    """Open a file by what is in it, whatever its name; `knows` tells a column name. UsageError says what is wrong."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}: check the path")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error
    if start.startswith(b"PK\x03\x04"):
        from tasks.intake.workbook import XlsxTable  # noqa: PLC0415 -- openpyxl is slow to load

        return XlsxTable(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UsageError(f"{path.name} is an old Excel file: save it as .xlsx or as CSV UTF-8")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{path.name} is saved as UTF-16: save it as CSV UTF-8")
    return CsvTable(path, knows)


class CsvTable:
    """A CSV file; the separator is the one that makes most of the header known."""

    def __init__(self, path: Path, knows: Callable[[str], bool]) -> None:
        csv.field_size_limit(LINE_LIMIT)
        self._path = path
        self._encoding, lines = _encoding(path)
        self._separator, self.header, self._start = self._find_header(knows)
        self.total: int | None = max(lines - 1, 0)
        """Lines, that is: a cell over several lines counts several times."""

    def _find_header(self, knows: Callable[[str], bool]) -> tuple[str, list[str], int]:
        best: tuple[int, str, list[str], int] | None = None
        for separator in _SEPARATORS:
            with self._path.open("rb") as file:
                lines = _Lines(file, self._encoding)
                try:
                    header = next((cells for cells in csv.reader(lines, delimiter=separator) if not blank(cells)), None)
                except csv.Error:
                    continue
            if header is None:
                raise UsageError(f"{self._path.name} is empty: its first row must name the columns")
            known = sum(knows(name) for name in header)
            if best is None or known > best[0]:
                best = (known, separator, header, lines.offset)
        if best is None:
            raise UsageError(f"the header of {self._path.name} cannot be read: check its quotation marks")
        return best[1:]

    def rows(self) -> Iterator[Row]:
        """Every row; one whose quotation marks are broken is given up at the end of its first line."""
        with self._path.open("rb") as file:
            lines = _Lines(file, self._encoding)
            lines.go_to(self._start)
            reader = csv.reader(lines, delimiter=self._separator, strict=True)
            while True:
                lines.begin_record()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    lines.go_to(lines.second)
                    reader = csv.reader(lines, delimiter=self._separator, strict=True)
                    yield Row(next(csv.reader([lines.first], delimiter=self._separator)), BadRowError("quotes"))
                    continue
                if blank(cells):
                    continue
                if len(cells) != len(self.header):
                    yield Row(self._fitted(cells), BadRowError("cells", count=len(cells), expected=len(self.header)))
                else:
                    yield Row(cells)

    def _fitted(self, cells: list[str]) -> list[str]:
        """As many cells as the header has; what is too much stays in the last one, so that nothing is lost."""
        last = len(self.header) - 1
        return [*cells[:last], self._separator.join(cells[last:])]


class _Lines:
    """Lines of a file as text, cut where a cell is too long anyway; reading can go back to an earlier one."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self.offset = 0
        self.first = ""
        self.second = 0
        self._at_start = True

    def begin_record(self) -> None:
        """The next line is the first of a record."""
        self._at_start = True

    def go_to(self, offset: int) -> None:
        """Read on from that byte."""
        self._file.seek(offset)
        self.offset = offset

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(LINE_LIMIT)
        if not raw:
            raise StopIteration
        at_top = self.offset == 0
        self.offset += len(raw)
        text = raw.decode(self._encoding, "replace")
        if at_top:
            text = text.removeprefix("\ufeff")
        if len(text) > CELL_LIMIT:
            text = _LONG_RUN.sub(r"\1", text)
            self._skip_rest(raw)
        if self._at_start:
            self._at_start = False
            self.first, self.second = text, self.offset
        return text

    def _skip_rest(self, raw: bytes) -> None:
        """Of a line that is longer than any table's only the beginning is read."""
        while len(raw) == LINE_LIMIT and not raw.endswith(b"\n"):
            raw = self._file.readline(LINE_LIMIT)
            self.offset += len(raw)


def _encoding(path: Path) -> tuple[str, int]:
    """The file's encoding and its number of lines. A few damaged lines do not make a UTF-8 file another one."""
    good = bad = lines = 0
    with path.open("rb") as file:
        while raw := file.readline(LINE_LIMIT):
            lines += 1
            if raw.isascii():
                continue
            if _decodes(raw, "utf-8"):
                good += 1
            else:
                bad += 1
    if bad == 0 or good > bad:
        return "utf-8", lines
    with path.open("rb") as file:
        while raw := file.readline(LINE_LIMIT):
            if not _decodes(raw, "gb18030"):
                raise UsageError(f"{path.name} is neither UTF-8 nor GB18030: save it as CSV UTF-8")
    return "gb18030", lines


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
