"""Tables from files: CSV in UTF-8 or GB18030 with any usual separator, and workbooks; rows come one by one as text.

A broken line costs that line only: reading goes on at the next one. Memory and time are bounded, however large a cell
is and however often quotation marks are broken.
"""

from __future__ import annotations

import csv
import re
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from models.settings import Settings
from tasks.intake.limits import refusal, too_much
from tasks.intake.reasons import BadRowError
from tasks.intake.table import CELL_LIMIT, Row, blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tasks.intake.table import Table

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes of a line that are read."""
RECORD_LIMIT = 4 * 1024 * 1024
"""Bytes after which a row takes no further line: its quotation marks must be broken."""
CELLS_LIMIT = 100_000
"""Separators of a line, and of a row likewise."""
REREAD_LIMIT = 12 * RECORD_LIMIT
"""Bytes that are read again where quotation marks are broken; beyond them each line is taken for a row."""
_LINE_COST = 64
"""Bytes of which the reading takes as long as of one line more."""
HEADER_LIMIT = 500
"""Characters of a column's name."""
_PATH_SHOWN = 300
_SEPARATORS = (",", ";", "\t")
_LONG_RUN = re.compile(r'[^",;\t\r\n]+')
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"


def open_table(path: Path, knows: Callable[[str], bool], settings: Settings | None = None) -> Table:
    """Open a file by what is in it, whatever its name; `knows` tells a column name.

    UsageError says what is wrong, or which limit of the `settings` the file goes beyond.
    """
    settings = settings or Settings()
    try:
        if not path.is_file():
            raise refusal("no_file" if path.exists() else "missing", file=_named(path))
        with path.open("rb") as file:
            start = file.read(8)
    except (OSError, ValueError) as error:  # ValueError: a name that cannot be one
        raise refusal("unreadable", file=_named(path), why=getattr(error, "strerror", None) or error) from error
    table = _table(path, start, knows, settings)
    if len(table.header) > settings.import_columns:
        raise too_much(settings, "columns", path.name)
    for name in table.header:
        if len(name) > HEADER_LIMIT:
            raise refusal("long_header", file=path.name, text=name[:40], limit=HEADER_LIMIT)
    return table


def _named(path: Path) -> str:
    """The path as a refusal names it."""
    name = str(path)
    return name if len(name) <= _PATH_SHOWN else f"{name[:_PATH_SHOWN]}…"


def _table(path: Path, start: bytes, knows: Callable[[str], bool], settings: Settings) -> Table:
    if start.startswith((_ZIP, _OLE)):
        from tasks.intake.workbook import WorkbookTable  # noqa: PLC0415 -- only for workbooks

        return WorkbookTable(path, settings)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal("utf_16", file=path.name)
    return CsvTable(path, knows, settings)


class CsvTable:
    """A CSV file; the separator is the one that makes most of the header known."""

    def __init__(self, path: Path, knows: Callable[[str], bool], settings: Settings) -> None:
        csv.field_size_limit(LINE_LIMIT)
        self._path = path
        self._encoding, rows = _encoding(path, settings.import_rows + 1)
        if rows > settings.import_rows + 1:
            raise too_much(settings, "rows", path.name)
        self._separator, self.header, self._start, self._above = self._find_header(knows)
        self.total: int | None = max(rows - 1, 0)
        """Blank ones too; where quotation marks are broken it is a guess."""

    def _find_header(self, knows: Callable[[str], bool]) -> tuple[str, list[str], int, int]:
        """The separator, the names of the columns, where the next line begins, and how many rows that makes."""
        best: tuple[int, str, list[str], int, int] | None = None
        for separator in _SEPARATORS:
            with self._path.open("rb") as file:
                lines = _Lines(file, self._encoding, separator)
                try:
                    numbered = enumerate(csv.reader(lines, delimiter=separator), 1)
                    above, header = next(((n, cells) for n, cells in numbered if not blank(cells)), (0, None))
                except csv.Error:
                    continue
            if header is None:
                raise refusal("empty", file=self._path.name)
            known = sum(knows(name) for name in header)
            if best is None or known > best[0]:
                best = (known, separator, header, lines.offset, above)
        if best is None:
            raise refusal("header", file=self._path.name)
        return best[1:]

    def rows(self) -> Iterator[Row]:
        """Every row; one whose quotation marks are broken is given up at the end of its first line."""
        with self._path.open("rb") as file:
            lines = _Lines(file, self._encoding, self._separator)
            lines.go_to(self._start)
            reader = csv.reader(lines, delimiter=self._separator, strict=True)
            for number in count(self._above + 1):
                lines.begin_record()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    lines.go_back()
                    reader = csv.reader(lines, delimiter=self._separator, strict=True)
                    yield Row(next(csv.reader([lines.first], delimiter=self._separator)), BadRowError("quotes"), number)
                    continue
                if blank(cells):
                    continue
                if len(cells) != len(self.header):
                    wrong = BadRowError("cells", count=len(cells), expected=len(self.header))
                    yield Row(self._fitted(cells), wrong, number)
                else:
                    yield Row(cells, None, number)

    def _fitted(self, cells: list[str]) -> list[str]:
        """As many cells as the header has; what is too much stays in the last one, so that nothing is lost."""
        last = len(self.header) - 1
        return [*cells[:last], self._separator.join(cells[last:])]


class _Lines:
    """Lines of a file as text, cut where a cell is too long anyway; reading can go back to an earlier one."""

    def __init__(self, file: BinaryIO, encoding: str, separator: str) -> None:
        self._file = file
        self._encoding = encoding
        self._separator = separator
        self.offset = 0
        self.first = ""
        self.second = 0
        self._at_start = True
        self._begin = 0
        self._lines = 0
        self._separators = 0
        self._reread = 0

    def begin_record(self) -> None:
        """The next line is the first of a record."""
        self._at_start = True
        self._begin = self.offset
        self._lines = self._separators = 0

    def go_back(self) -> None:
        """Read on at the second line of the record."""
        self._reread += self.offset - self.second + self._lines * _LINE_COST
        self.go_to(self.second)

    def go_to(self, offset: int) -> None:
        """Read on from that byte."""
        self._file.seek(offset)
        self.offset = offset

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if not self._at_start and self._reread > REREAD_LIMIT:
            raise StopIteration
        if self.offset - self._begin > RECORD_LIMIT or self._separators > CELLS_LIMIT:
            raise csv.Error
        raw = self._file.readline(LINE_LIMIT)
        if not raw:
            raise StopIteration
        self._lines += 1
        at_top = self.offset == 0
        self.offset += len(raw)
        text = raw.decode(self._encoding, "replace")
        if at_top:
            text = text.removeprefix("\ufeff")
        if len(text) > CELL_LIMIT:
            text = _LONG_RUN.sub(_shortened, text)
            self._skip_rest(raw)
        separators = text.count(self._separator)
        self._separators += separators
        if separators > CELLS_LIMIT:
            text = self._separator.join(text.split(self._separator, CELLS_LIMIT)[:CELLS_LIMIT])
        if self._at_start:
            self._at_start = False
            self.first, self.second = text, self.offset
        return text

    def _skip_rest(self, raw: bytes) -> None:
        """Of a line that is longer than any table's only the beginning is read."""
        while len(raw) == LINE_LIMIT and not raw.endswith(b"\n"):
            raw = self._file.readline(LINE_LIMIT)
            self.offset += len(raw)


def _shortened(run: re.Match[str]) -> str:
    """A run of characters without separators: so much of it that the cell is too long."""
    return run[0][: CELL_LIMIT + 1]


def _encoding(path: Path, most: int) -> tuple[str, int]:
    """The file's encoding and its rows, counted up to one more than `most`.

    A few damaged lines do not make a UTF-8 file another one. A row ends with the line in which its quotes are even.
    """
    good = bad = rows = quotes = 0
    with path.open("rb") as file:
        while rows <= most and (raw := file.readline(LINE_LIMIT)):
            quotes += raw.count(b'"')
            rows += quotes % 2 == 0
            if raw.isascii():
                continue
            if _decodes(raw, "utf-8"):
                good += 1
            else:
                bad += 1
    if bad == 0 or good > bad or rows > most:
        return "utf-8", rows
    with path.open("rb") as file:
        while raw := file.readline(LINE_LIMIT):
            if not _decodes(raw, "gb18030"):
                raise refusal("encoding", file=path.name)
    return "gb18030", rows


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
