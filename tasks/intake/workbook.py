"""Tables from workbooks (XLSX, XLSM, XLSB, XLS, ODS): the first sheet, every cell as the text that a person sees."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from typing import IO, TYPE_CHECKING

from tasks.intake import sheet
from tasks.intake.limits import refusal, too_much
from tasks.intake.reasons import BadRowError
from tasks.intake.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.errors import UsageError
    from models.settings import Settings

_PATIENCE = 10
"""A machine with much to do may take so many times the seconds that the reader is given of the processor."""
_OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGKILL)
_OUT_OF_MEMORY = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)


class WorkbookTable:
    """The first sheet of a workbook, with the values that its program has stored: nothing is computed here."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._read: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the table
        _read_sheet(path, settings, self._read)
        self._read.seek(0)
        first = self._read.readline()
        if not first:
            raise refusal("empty", file=path.name)
        self.header: list[str] = json.loads(first.partition(b"\t")[2])
        while not self.header[-1].strip():
            self.header.pop()
        self._start = len(first)
        self.total: int | None = sum(1 for _ in self._read)
        if self.total > settings.import_rows:
            raise too_much(settings, "rows", path.name)

    def rows(self) -> Iterator[Row]:
        """Every row; empty cells at its end are missing in the file."""
        width = len(self.header)
        offset = self._start
        while True:
            self._read.seek(offset)  # somebody else may read at the same time
            line = self._read.readline()
            if not line:
                return
            offset += len(line)
            number, _, text = line.partition(b"\t")
            cells = json.loads(text)
            if len(cells) > width:
                yield Row([*cells[: width - 1], ",".join(cells[width - 1 :])], BadRowError("headless"), int(number))
            else:
                yield Row(cells + [""] * (width - len(cells)), None, int(number))


def _read_sheet(path: Path, settings: Settings, out: IO[bytes]) -> None:
    """Have a process of its own write the rows to `out`. UsageError says why the workbook is not read."""
    limits = (settings.import_unpacked, settings.import_cells, settings.import_seconds, settings.import_memory)
    command = [sys.executable, "-I", sheet.__file__, str(path.absolute()), *map(str, limits)]
    try:
        done = subprocess.run(  # noqa: S603 -- our own file, see `sheet.py`
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            timeout=settings.import_seconds * _PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise too_much(settings, "seconds", path.name) from None
    if done.returncode:
        raise _refusal(path, settings, done.returncode, done.stderr.decode(errors="replace"))


def _refusal(path: Path, settings: Settings, status: int, word: str) -> UsageError:
    if status in _OUT_OF_TIME:
        return too_much(settings, "seconds", path.name)
    if status in _OUT_OF_MEMORY or word == sheet.MEMORY:
        return too_much(settings, "memory", path.name)
    if word in (sheet.UNPACKED, sheet.CELLS):
        return too_much(settings, word, path.name)
    if word == sheet.DAMAGED and path.suffix.lower() == ".xls":
        return refusal("old_excel", file=path.name)
    return refusal(word if word in (sheet.ENCRYPTED, sheet.NO_SHEET) else sheet.DAMAGED, file=path.name)
