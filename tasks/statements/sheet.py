"""A statement as the mail shows it: plain words in the reader's language, long tables cut, wide ones narrowed.

Templates only lay out what is here; the workbook shows the figures whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models.calendar.instants import local
from tasks.mail.words import said
from tasks.statements.charts import Chart, chart
from tasks.statements.text_width import width
from tasks.statements.titles import title
from tasks.statements.values import NOTHING, Shift, shift, shown
from tasks.statistics.words import is_provisional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tasks.statistics.figures import Cell, FigureColumn, FigureRow, Figures, FigureTable

MOST_ROWS = (15, 10, 6)
MOST_LOANS = (100, 60, 15)
"""Rows of a table in the mail, and in one sent for the sake of a list; the fewer where the mail would grow too long."""
MOST_COLUMNS, ON_A_PHONE = 8, 4
LONGEST_CELL = 60
SHORT_NAME = 10
"""As wide as five Chinese signs."""
MOST_CHANGES = 6
EXPENDABLE = (
    *("working_p95", "working_median", "p95", "on_time", "late", "purpose", "lent_at", "regulation"),
    *("rate_year_ago", "rate_before", "handler", "level", "received_at", "target", "carried_in", "number"),
    *("fines", "points", "reopened", "opening", "other", "lost", "renewed", "closed", "department", "overdue"),
    *("done", "share", "open_end"),
)
"""Columns that go first where a table is too wide, by their ids; a table's first column stays."""
_GOES_ALSO_FIRST = ("regulation", "number")
"""First columns that go all the same: they tell less than what follows."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline; a year is compared once, the period before it is last year's."""

    title: str
    value: str
    before: Shift
    year_ago: Shift | None


@dataclass(frozen=True, slots=True)
class Head:
    """One column of a grid; `whole` says that its values are not broken, `phone` that a phone has room for it."""

    title: str
    align: str
    whole: bool
    phone: bool


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One table, cut to what a mail bears: `left_out` rows and `narrowed` columns are only in the workbook."""

    id: str
    title: str
    note: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None
    left_out: int
    narrowed: int


@dataclass(frozen=True, slots=True)
class SheetSection:
    """One section: its tables, and the titles of those that are empty."""

    title: str
    grids: tuple[SheetTable, ...]
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the templates show."""

    language: str
    purpose: str
    revision: int
    name: str
    scope: str
    department: str
    span: str
    zone: str
    data_at: str
    provisional: bool
    findings: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    charts: tuple[Chart, ...]
    parts: tuple[SheetSection, ...]
    changes: tuple[str, ...]
    more_changes: int
    answer_hint: str
    workbook: str
    cases: int
    more_cases: int
    hash: str

    def count(self, tone: str) -> int:
        """How many findings have that tone."""
        return sum(one == tone for one, _ in self.findings)

    @property
    def urgency(self) -> str:
        """The colour of the sheet, as that of other mails."""
        return "late" if self.count("bad") else "soon" if self.count("watch") else "calm"


def charts_of(figures: Figures, language: str) -> tuple[Chart, ...]:
    """The charts of all tables."""
    return tuple(found for table in figures.tables if (found := chart(table, language)))


def sheet(
    figures: Figures,
    *,
    language: str,
    changes: Sequence[Mapping[str, Any]],
    charts: tuple[Chart, ...],
    shorter: int = 0,
    **given: Any,
) -> Sheet:
    """What a reader is shown, who may see all that `figures` hold. `shorter` (0 to 2) cuts the tables more."""
    zone = ZoneInfo(figures.zone)
    most_rows = (MOST_LOANS if figures.cadence == "loans" else MOST_ROWS)[shorter]
    drawn = {found.id for found in charts}
    parts = []
    for section in figures.sections:
        tables = [table for table in figures.tables if table.section == section.id]
        grids = tuple(
            grid(table, language, zone, most_rows)
            for table in tables
            if table.rows and not (table.chart == "trend" and table.id in drawn)
        )
        empty = tuple(said(table.title, language) for table in tables if not table.rows)
        parts.append(SheetSection(said(section.title, language), tuple(_noted_once(grids)), empty))
    named = SimpleNamespace(**figures.model_dump(include={"cadence", "period", "regulation"}), revision=1)
    return Sheet(
        language=language,
        name=title(named, language).partition(" · ")[0],
        scope=scope(figures, language),
        department=figures.department,
        span=span(figures, language),
        zone=figures.zone,
        data_at=local(figures.data_at, zone)[:16],
        provisional=figures.data_at < figures.until,
        findings=tuple(
            (finding.tone, said(finding.text, language))
            for finding in figures.findings
            if not is_provisional(finding)  # stands above them all, in a box of its own
        ),
        tiles=tuple(
            Tile(
                said(one.title, language),
                shown(one.value, one.kind, language),
                shift(one, one.before, language),
                shift(one, one.year_ago, language) if figures.cadence != "annual" else None,
            )
            for one in figures.headlines
        ),
        charts=charts,
        parts=tuple(part for part in parts if part.grids or part.empty),
        changes=tuple(str(change[language]) for change in changes[:MOST_CHANGES]),
        more_changes=max(0, len(changes) - MOST_CHANGES),
        hash=figures.content_hash[:12],
        **given,
    )


def _noted_once(grids: Iterable[SheetTable]) -> Iterator[SheetTable]:
    """Tables that follow each other and are counted alike: only the last of them says how."""
    held: SheetTable | None = None
    for one in grids:
        if held:
            yield replace(held, note="") if held.note == one.note else held
        held = one
    if held:
        yield held


def scope(figures: Figures, language: str) -> str:
    """The regulation's title, or that all are counted."""
    if not figures.regulation:
        return "全部制度" if language == "zh" else "All regulations"
    return said(figures.regulation_title, language) if figures.regulation_title else figures.regulation


def span(figures: Figures, language: str) -> str:
    """The first and the last day of the period, in the organisation's zone."""
    zone = ZoneInfo(figures.zone)
    first, last = (
        instant.astimezone(zone)
        for instant in (figures.since, max(figures.since, figures.until - timedelta(seconds=1)))
    )
    to = " 至 " if language == "zh" else " to "
    return f"{first:%Y-%m-%d}{to}{last:%Y-%m-%d}"


def grid(table: FigureTable, language: str, zone: ZoneInfo, most_rows: int = MOST_ROWS[0]) -> SheetTable:
    """The table cut to its first rows (of a trend the last) and to its most telling columns."""
    kept = fitting(table.columns, MOST_COLUMNS)
    phone = set(fitting([table.columns[place] for place in kept], ON_A_PHONE))
    rows = table.rows[-most_rows:] if table.chart == "trend" else table.rows[:most_rows]
    heads = tuple(
        Head(
            said(table.columns[place].title, language),
            "left" if table.columns[place].kind in ("text", "instant", "date") else "right",
            _whole(table, place, rows, language),
            at in phone,
        )
        for at, place in enumerate(kept)
    )
    total = _cells(table.total, table.columns, kept, language, zone) if table.total else None
    return SheetTable(
        id=table.id,
        title=said(table.title, language),
        note=said(table.note, language) if table.note else "",
        heads=heads,
        rows=tuple(_cells(row.cells, table.columns, kept, language, zone) for row in rows),
        total=_named(table.total, total, min(phone), language) if total and table.total else None,
        left_out=len(table.rows) - len(rows) + table.more,
        narrowed=len(table.columns) - len(kept),
    )


def fitting(columns: Sequence[FigureColumn], most: int) -> list[int]:
    """The places of the columns that stay when only so many fit."""
    kept = list(range(len(columns)))
    for name in EXPENDABLE:
        if len(kept) <= most:
            break
        protected = name not in _GOES_ALSO_FIRST
        kept = [place for place in kept if columns[place].id != name or (place == 0 and protected)]
    return kept[:most]


def _whole(table: FigureTable, place: int, rows: Sequence[FigureRow], language: str) -> bool:
    """Whether the values of a column are to stay in one line: figures, days, and short names."""
    kind = table.columns[place].kind
    if kind == "instant":
        return False
    return kind != "text" or all(width(shown(row.cells[place], kind, language)) <= SHORT_NAME for row in rows)


def _cells(
    cells: Sequence[Cell], columns: Sequence[FigureColumn], kept: Sequence[int], language: str, zone: ZoneInfo
) -> tuple[str, ...]:
    return tuple(_short(shown(cells[place], columns[place].kind, language, zone)) for place in kept)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"


def _named(raw: Sequence[Cell], total: tuple[str, ...], first: int, language: str) -> tuple[str, ...]:
    """The total with its name in the first column that every reader sees, and nothing where nothing is added up."""
    name = shown(raw[0], "text", language)
    cells = ["" if text == NOTHING else text for text in total]
    cells[0] = ""
    cells[first] = cells[first] or name
    if name not in cells:
        cells[0] = name
    return tuple(cells)
