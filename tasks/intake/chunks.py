"""The rows of a file as they are taken in: tidied, and so many at a time that memory is bounded by rows and by text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.unseen import straight, tidied
from tasks.intake.limits import too_much

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.settings import Settings
    from tasks.intake.columns import Columns
    from tasks.intake.table import Row

TEXT = 4_000_000
"""Characters of a chunk, with a few for each cell."""
_WHOLE = 10 * TEXT
"""Of a file that is taken in as a whole."""
_CELL = 8


class Chunks:
    """Rows in lists of `size`, or all in one when that is None; the last row wanted is the one the settings allow."""

    def __init__(self, rows: Iterator[Row], columns: Columns, settings: Settings, file: str) -> None:
        self._rows = rows
        self._free = columns.free
        self._settings = settings
        self._file = file
        self.tidied = 0
        """Cells in which something was that nobody sees."""

    def of(self, size: int | None) -> Iterator[list[Row]]:
        """The chunks. UsageError, before anything of it is taken in, when a whole file is too large."""
        chunk: list[Row] = []
        text = 0
        for row in self._rows:
            text += sum(map(len, row.cells)) + _CELL * len(row.cells)
            chunk.append(self._tidied(row))
            if size is None:
                if len(chunk) > self._settings.import_people or text > _WHOLE:
                    raise too_much(self._settings, "people", self._file)
            elif len(chunk) >= size or text > TEXT:
                yield chunk
                chunk, text = [], 0
        if chunk:
            yield chunk

    def _tidied(self, row: Row) -> Row:
        cells = row.cells
        if all(map(str.isascii, cells)):
            return row
        clean = [
            straight(cell) if place in self._free else tidied(cell) for place, cell in enumerate(cells)
        ]  # free text keeps its joiners
        changed = sum(1 for old, new in zip(cells, clean, strict=True) if old != new)
        self.tidied += changed
        return row._replace(cells=clean) if changed else row
