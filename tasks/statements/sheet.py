"""A statement as the mail shows it: plain words in the reader's language, long tables cut, wide ones narrowed.

Templates only lay out what is here; the workbook shows the figures whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models.calendar.instants import local
from models.wording.catalogue import say
from tasks.statements.changes import sentence_of
from tasks.statements.charts import Chart, chart
from tasks.statements.sheet_tables import SheetTable, noted_once, sheet_table
from tasks.statements.titles import named
from tasks.statements.values import Shift, shift, shown
from tasks.statistics.phrases import said
from tasks.statistics.words import is_provisional

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.statistics.figures import Figures

MOST_ROWS = (15, 10, 6)
MOST_LOANS = (100, 60, 15)
"""Rows of a table in the mail, and in one sent for the sake of a list; the fewer where the mail would grow too long."""
MOST_CHANGES = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline; a year is compared once, the period before it is last year's."""

    title: str
    value: str
    before: Shift
    year_ago: Shift | None


@dataclass(frozen=True, slots=True)
class SheetSection:
    """One section: its tables, and the titles of those that are empty."""

    title: str
    tables: tuple[SheetTable, ...]
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
    def title(self) -> str:
        """What the text begins with."""
        parts = [say(self.language, "statement.title", name=self.name, scope=self.scope), self.department]
        parts.append(self.revised)
        parts.append(say(self.language, "statement.purpose.review") if self.purpose == "review" else "")
        return " · ".join(filter(None, parts))

    @property
    def revised(self) -> str:
        """Which revision it is; empty for the first."""
        return say(self.language, "statement.revision", revision=self.revision) if self.revision > 1 else ""

    @property
    def lead(self) -> str:
        """How much there is to do."""
        bad, watch = self.count("bad"), self.count("watch")
        which = "bad_and_watch" if bad and watch else "bad" if bad else "watch" if watch else "calm"
        return say(self.language, f"statement.first.{which}", bad=bad, watch=watch)

    @property
    def changed(self) -> str:
        """How much differs from the revision before."""
        figures = len(self.changes) + self.more_changes
        which = "some" if figures else "none"
        return say(self.language, f"statement.changed.{which}", figures=figures, revision=self.revision - 1)

    @property
    def caption(self) -> str:
        """What every table and chart is about."""
        return say(self.language, "statement.caption", span=self.span, zone=self.zone, data_at=self.data_at)

    @property
    def attached(self) -> str:
        """What the workbook holds."""
        more = say(self.language, "statement.workbook_more", cases=self.more_cases) if self.more_cases else ""
        return say(self.language, "statement.workbook", file=self.workbook, cases=self.cases, more=more)

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
        shown_tables = tuple(
            sheet_table(table, language, zone, most_rows)
            for table in tables
            if table.rows and not (table.chart == "trend" and table.id in drawn)
        )
        empty = tuple(said(table.title, language) for table in tables if not table.rows)
        parts.append(SheetSection(said(section.title, language), tuple(noted_once(shown_tables)), empty))
    return Sheet(
        language=language,
        name=named(figures, language),
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
        parts=tuple(part for part in parts if part.tables or part.empty),
        changes=tuple(sentence_of(change, language) for change in changes[:MOST_CHANGES]),
        more_changes=max(0, len(changes) - MOST_CHANGES),
        hash=figures.content_hash[:12],
        **given,
    )


def scope(figures: Figures, language: str) -> str:
    """The regulation's title, or that all are counted."""
    if not figures.regulation:
        return say(language, "statement.scope")
    return said(figures.regulation_title, language) if figures.regulation_title else figures.regulation


def span(figures: Figures, language: str) -> str:
    """The first and the last day of the period, in the organisation's zone."""
    zone = ZoneInfo(figures.zone)
    first, last = (
        instant.astimezone(zone)
        for instant in (figures.since, max(figures.since, figures.until - timedelta(seconds=1)))
    )
    return say(language, "statement.span", first=f"{first:%Y-%m-%d}", last=f"{last:%Y-%m-%d}")
