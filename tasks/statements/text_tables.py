"""Tables in plain text, aligned by how wide signs are shown: a Chinese sign takes two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.statements.sheet_tables import SheetTable

WIDEST = 100
"""Columns of text; a table that is wider is written row by row instead."""
_GAP = "  "


def lines_of(table: SheetTable) -> list[str]:
    """The lines of a table with its header and its total."""
    heads = tuple(head.title for head in table.heads)
    rows = [heads, *table.rows, *([table.total] if table.total else [])]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(heads))]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > WIDEST:
        return [_said(heads, row) for row in rows[1:]]
    aligns = [head.align for head in table.heads]
    lines = [_aligned(row, widths, aligns) for row in rows]
    lines.insert(1, "-" * (sum(widths) + len(_GAP) * (len(widths) - 1)))
    return lines


def _aligned(row: Sequence[str], widths: Sequence[int], aligns: Sequence[str]) -> str:
    padded = (
        " " * (wide - cell_len(text)) + text if align == "right" else set_cell_size(text, wide)
        for text, wide, align in zip(row, widths, aligns, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _said(heads: Sequence[str], row: Sequence[str]) -> str:
    """`A: received 12, closed 10`."""
    rest = ", ".join(f"{head} {text}" for head, text in zip(heads[1:], row[1:], strict=True) if text)
    return f"{row[0]}: {rest}" if row[0] else rest
