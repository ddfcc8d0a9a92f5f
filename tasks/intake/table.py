"""A table of text cells, whatever kind of file it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.intake.reasons import BadRowError

CELL_LIMIT = 32_767
"""Characters of a cell: what a spreadsheet can hold."""


class Row(NamedTuple):
    """One row as it stands in the file, and why it could not be read properly, if so."""

    cells: list[str]
    broken: BadRowError | None = None
    number: int = 0
    """Its row in the file, as a spreadsheet counts; 0 where nobody knows."""


def blank(cells: list[str]) -> bool:
    """Whether nothing is in them."""
    return not any(cells) or not any(cell.strip() for cell in cells)


class Table(Protocol):
    """A file with a header row. `rows` may be called again and then starts from the top; blank rows are left out."""

    header: list[str]
    total: int | None

    def rows(self) -> Iterator[Row]:
        """Every row under the header."""
        ...
