"""The workbook: an overview, a sheet for each table with filter, frozen header and native chart, and the cases.

Text is written as text whatever it begins with, so nothing becomes a formula; instants are local dates, rates and
durations real numbers, so everything can be sorted, filtered and added up.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models.wording.catalogue import say
from tasks.statements.native_charts import add_chart
from tasks.statements.sheet import scope, span
from tasks.statements.values import shift, shown
from tasks.statements.worksheets import Book, SheetColumns
from tasks.statistics.phrases import said

if TYPE_CHECKING:
    from tasks.statistics.figures import CaseList, Figures, FigureTable, Headline

_HEADS = {
    "item": "head_text",
    "value": "head",
    "before": "head",
    "year_ago": "head",
    "against_before": "head_even",
    "against_year_ago": "head_even",
}
"""The columns of the headlines, each with its look."""
LARGE = 200_000
"""Cells of cases from which the workbook is written row by row, without keeping it in memory."""


def workbook(figures: Figures, cases: CaseList, *, language: str, revision: int = 1) -> bytes:
    """The XLSX file of figures and cases, which hold no more than the reader may see; the same give the same bytes."""
    buffer = io.BytesIO()
    large = len(cases.rows) * len(cases.columns) > LARGE
    book = Book(buffer, ZoneInfo(figures.zone), language, large=large, made_at=figures.data_at)
    caption = _caption(figures, language, revision)
    overview = book.add_sheet(say(language, "statement.book.overview"))
    tables = [(table, book.add_sheet(said(table.title, language))) for table in figures.tables]
    listed = book.add_sheet(say(language, "statement.book.cases"))
    _overview(book, overview, figures, caption, [(table, sheet.name) for table, sheet in tables], listed.name)
    for table, sheet in tables:
        _table(book, sheet, table, caption)
    _cases(book, listed, cases, caption)
    book.close()
    return buffer.getvalue()


def _caption(figures: Figures, language: str, revision: int) -> str:
    """What each sheet says it is about."""
    zone = ZoneInfo(figures.zone)
    parts = [scope(figures, language), figures.department, figures.period, span(figures, language), figures.zone]
    data_at = shown(figures.data_at.isoformat(), "instant", language, zone)
    parts.append(say(language, "statement.book.data_at", data_at=data_at))
    if revision > 1:
        parts.append(say(language, "statement.revision", revision=revision))
    return " · ".join(filter(None, parts))


def _overview(
    book: Book, sheet: Any, figures: Figures, caption: str, tables: list[tuple[FigureTable, str]], cases: str
) -> None:
    """Headlines beside what they are compared with, the findings, and where everything is."""
    language = book.language
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 5, 18)
    row = book.title(sheet, f"{say(language, 'statement.book.title')} {figures.period}", caption)
    for place, (name, look) in enumerate(_HEADS.items()):
        book.text(sheet, row, place, say(language, f"statement.book.headline.{name}"), book.look(look))
    for headline in figures.headlines:
        row += 1
        _headline(book, sheet, row, headline)
    row += 2
    book.text(sheet, row, 0, say(language, "statement.book.findings"), book.look("strong"))
    for finding in figures.findings:
        row += 1
        book.text(sheet, row, 0, say(language, f"statement.tone.{finding.tone}"), book.look(finding.tone))
        book.text(sheet, row, 1, said(finding.text, language))
    row += 2
    book.text(sheet, row, 0, say(language, "statement.book.contents"), book.look("strong"))
    for name in [*(name for _, name in tables), cases]:
        row += 1
        target = name.replace("'", "''")
        sheet.write_url(row, 0, f"internal:'{target}'!A1", book.look("link"), name)
    row += 2
    book.text(sheet, row, 0, say(language, "statement.book.hash", hash=figures.content_hash), book.look("small"))


def _headline(book: Book, sheet: Any, row: int, headline: Headline) -> None:
    language = book.language
    book.text(sheet, row, 0, said(headline.title, language))
    for place, value in enumerate((headline.value, headline.before, headline.year_ago)):
        book.value(sheet, row, place + 1, value, headline.kind)
    for place, other in enumerate((headline.before, headline.year_ago)):
        by = shift(headline, other, language)
        look = by.mood if by.mood in ("better", "worse") else "even"
        book.text(sheet, row, place + 4, f"{by.arrow} {by.text}".strip(), book.look(look))


def _table(book: Book, sheet: Any, table: FigureTable, caption: str) -> None:
    language = book.language
    row = book.title(sheet, said(table.title, language), caption, said(table.note, language) if table.note else "")
    grid = SheetColumns(table.columns, row)
    book.header(sheet, grid, len(table.rows))
    for cells in table.rows:
        row += 1
        book.row(sheet, row, cells.cells, grid)
    if table.total:
        row += 1
        book.row(sheet, row, table.total, grid, total=True)
    if table.more:
        book.text(sheet, row + 1, 0, say(language, "statement.book.more_rows", rows=table.more), book.look("small"))
    book.widths(sheet, grid, [one.cells for one in table.rows])
    if table.rows:
        add_chart(book, sheet, table, grid)


def _cases(book: Book, sheet: Any, cases: CaseList, caption: str) -> None:
    language = book.language
    note = say(language, "statement.book.cases_note")
    note += say(language, "statement.book.more_cases", cases=cases.more) if cases.more else ""
    row = book.title(sheet, say(language, "statement.book.cases"), caption, note)
    grid = SheetColumns(cases.columns, row)
    book.widths(sheet, grid, [one.cells for one in cases.rows[:500]])
    book.header(sheet, grid, len(cases.rows))
    book.many_rows(sheet, row + 1, (one.cells for one in cases.rows), grid)
