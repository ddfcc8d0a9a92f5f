"""What a reader who is not cleared may see: masked rows as they are masked, other secret rows not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tasks.statistics.figures import CaseList, FigureRow, Figures

    Changes = Sequence[Mapping[str, Any]]


def open_figures(figures: Figures) -> Figures:
    """The figures with nothing secret in any row; sums stay, they name nothing."""
    tables = tuple(table.model_copy(update={"rows": _open(table.rows)}) for table in figures.tables)
    return figures.model_copy(update={"tables": tables})


def open_cases(cases: CaseList) -> CaseList:
    """The cases likewise."""
    return cases.model_copy(update={"rows": _open(cases.rows)})


def open_changes(changes: Changes, figures: Figures) -> Changes:
    """Without what changed in secret rows; nor in a row that is gone from a table which may hold secret ones."""
    harmless: dict[str, set[str]] = {}
    for table in figures.tables:
        if any(row.secret for row in table.rows) or table.id == _LISTS_ITEMS:
            harmless[table.id] = {row.key for row in table.rows if not row.secret}
    return [
        change
        for change in changes
        if change.get("row") in harmless.get(str(change.get("table")), (change.get("row"),))
    ]


_LISTS_ITEMS = "not_returned"


def _open(rows: Iterable[FigureRow]) -> tuple[FigureRow, ...]:
    return tuple(
        row.model_copy(update={"cells": row.masked, "masked": (), "secret": False}) if row.secret else row
        for row in rows
        if not row.secret or row.masked
    )
