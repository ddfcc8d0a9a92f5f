"""The file of rejected rows: `NAME.rejected.csv` beside the input, meant to be corrected and imported again.

A cell that a spreadsheet would take for a formula gets an apostrophe in front; every import takes such an apostrophe
off again, so that a corrected file says what the first one said. The column with the reasons is passed over then.
"""

from __future__ import annotations

import contextlib
import csv
from typing import IO, TYPE_CHECKING, Any, Self
from uuid import uuid4

from models.errors import UsageError
from models.wording.catalogue import languages, say
from tasks.intake.table import CELL_LIMIT

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

REASON_COLUMNS = {"reason": "en", "原因": "zh"}
_FORMULA = frozenset("=+-@\t\r")


def protected(cell: str) -> str:
    """The cell as a spreadsheet shows it rather than computes it."""
    return f"'{cell}" if cell[:1] in _FORMULA and cell else cell


def unprotected(cell: str) -> str:
    """The inverse of `protected`."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA and len(cell) > 1 else cell


def is_reason(cell: str) -> bool:
    """Whether an import wrote this cell to say why it refused the row."""
    return cell.startswith(tuple(say(language, "intake.not_imported") for language in languages()))


class RejectedFile:
    """Written from the first rejected row on and put in place at the end, in the place of an older one."""

    def __init__(self, source: Path, header: list[str], language: str) -> None:
        self.path = source.with_name(f"{source.stem}.rejected.csv")
        self._part = source.with_name(f".{source.stem}.{uuid4().hex[:12]}.part")
        self._header = header
        self._language = language
        self._file: IO[str] | None = None
        self._writer: Any = None
        self.count = 0

    def write(self, cells: list[str], reason: str) -> None:
        """Add a row. UsageError when the folder cannot be written to."""
        if self._file is None:
            try:
                self._file = self._part.open("w", encoding="utf-8-sig", newline="", errors="replace")
            except OSError as error:
                msg = f"cannot write {self.path.name} beside the input ({error.strerror}): import from another folder"
                raise UsageError(msg) from error
            self._writer = csv.writer(self._file)
            column = next(name for name, language in REASON_COLUMNS.items() if language == self._language)
            self._writer.writerow([*map(protected, self._header), column])
        width = len(self._header)
        padded = [protected(cell[: CELL_LIMIT + 1]) for cell in cells] + [""] * (width - len(cells))
        self._writer.writerow([*padded[:width], say(self._language, "intake.not_imported") + reason])
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Put the file in place; without rejected rows an older one goes, for it speaks of the same input."""
        if self._file is not None:
            self._file.close()
        if kind is None and self._file is not None:
            self._part.replace(self.path)
            return
        with contextlib.suppress(OSError):  # a name too long for a file beside the input
            (self.path if kind is None else self._part).unlink(missing_ok=True)
