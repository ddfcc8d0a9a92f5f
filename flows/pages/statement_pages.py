"""A statement as operations and the general manager see it in Prefect: a page, and the figures on top as a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flows.pages.runs import bilingual, cell, markdown_table
from models.calendar.instants import local
from models.wording.catalogue import FIRST, SECOND
from tasks.statements.changes import of_part
from tasks.statements.titles import title
from tasks.statements.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from tasks.statements.store import StoredStatement
    from tasks.statistics.figures import FigureColumn, FigureRow, Figures, FigureTable
    from tasks.statistics.phrases import Phrase

ROWS = 15
"""So many rows of a table are on the page; the workbook has all of them."""
CHANGES = 30


def key_of(number: str) -> str:
    """The artifact's key: Prefect takes small letters, digits and dashes."""
    return "statement-" + re.sub(r"[^a-z0-9]+", "-", number.lower()).strip("-")


def page(stored: StoredStatement, zone: tzinfo) -> str:
    """Everything the statement says in general; secret items are not named."""
    figures = stored.figures()
    return "\n\n".join([summary(stored, zone), *(_table(table, zone) for table in figures.tables)])


def summary(stored: StoredStatement, zone: tzinfo) -> str:
    """What it is, what changed, the figures on top and what they mean."""
    row, figures = stored.row, stored.figures()
    span = f"{local(row.since, zone)} – {local(row.until, zone)} ({figures.zone})"
    parts = [
        f"## {cell(title(row, FIRST))}\n\n{cell(title(row, SECOND))} · **{stored.number}**",
        f"{span} · {bilingual('flow.statement_page.data_of')} {local(row.data_at, zone)}",
    ]
    changes = of_part(row.changes, "")
    if changes:
        lines = [f"- {cell(change[FIRST])}" for change in changes[:CHANGES]]
        if len(changes) > CHANGES:
            more = str(len(changes) - CHANGES)
            lines.append(f"- {bilingual('flow.statement_page.more_changes', figures=more)}")
        changed = bilingual("flow.statement_page.changed", joint=" · ")
        parts.append("\n".join([f"### {changed}", "", *lines]))
    if figures.findings:
        parts.append("\n".join(f"- {cell(finding.text.zh)} · {cell(finding.text.en)}" for finding in figures.findings))
    if figures.headlines:
        head = ("", *(bilingual(f"flow.head.{name}") for name in ("now", "before", "last_year")))
        parts.append(markdown_table(head, list(_headlines(figures, zone))))
    return "\n\n".join(parts)


def headline_rows(figures: Figures, zone: tzinfo) -> list[dict[str, str]]:
    """The figures on top as the rows of a table artifact."""
    columns = ("figure", "now", "before", "last year")
    return [dict(zip(columns, line, strict=True)) for line in _headlines(figures, zone)]


def _headlines(figures: Figures, zone: tzinfo) -> Iterator[tuple[str, str, str, str]]:
    for one in figures.headlines:
        now, before, ago = (shown(value, one.kind, FIRST, zone) for value in (one.value, one.before, one.year_ago))
        yield f"{one.title.zh} {one.title.en}", now, before, ago


def _table(table: FigureTable, zone: tzinfo) -> str:
    rows = [seen for row in table.rows if (seen := _seen(row))]
    lines = [_cells(seen, table.columns, zone) for seen in rows[:ROWS]]
    if table.total is not None:
        lines.append(_cells(table.total, table.columns, zone))
    left = len(rows) - ROWS + table.more
    more = f"\n\n{bilingual('flow.statement_page.more_rows', rows=str(left))}" if left > 0 else ""
    empty = "" if lines else f"\n\n{bilingual('flow.none')}"
    head = [_both(column.title) for column in table.columns]
    return f"### {cell(_both(table.title))}\n\n{markdown_table(head, lines)}{more}{empty}"


def _seen(row: FigureRow) -> tuple[Any, ...]:
    """What everybody may see of a row; nothing of a secret one that has no masked form."""
    return row.masked if row.secret else row.cells


def _cells(cells: tuple[Any, ...], columns: tuple[FigureColumn, ...], zone: tzinfo) -> list[str]:
    return [shown(value, column.kind, FIRST, zone) for value, column in zip(cells, columns, strict=True)]


def _both(text: Phrase) -> str:
    return f"{text.zh} {text.en}"
