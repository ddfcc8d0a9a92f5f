"""Tables, columns and sections with their titles from the catalogue, each by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.catalogue import FIRST, catalogue, say
from tasks.statistics.figures import FigureColumn, FigureTable, Finding, StatementSection
from tasks.statistics.phrases import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from tasks.statistics.figures import Cell, FigureRow, Kind

_SECTIONS = {
    "overview": ("balance", "trend"),
    "complaints": ("by_level", "by_channel", "by_category", "by_department", "by_handler"),
    "clocks": ("milestones", "clocks", "breaches", "on_time_by_department"),
    "revisit": ("revisits", "satisfaction"),
    "causes": ("repeats", "pareto"),
    "penalties": ("penalties_by_department", "penalties_by_person"),
    "open": ("longest_open", "postponements"),
    "loans": ("loans_balance", "loans_by_department", "loans_clocks", "not_returned", "suspended"),
}
"""The tables of each section, in the order in which a statement has them."""
_SECTION_OF = {table: section for section, tables in _SECTIONS.items() for table in tables}

_KINDS: dict[Kind, tuple[str, ...]] = {
    "text": (
        *("item", "bucket", "level", "channel", "category", "department", "handler", "regulation", "rule", "article"),
        *("step", "who", "shares", "number", "thing", "purpose", "borrower", "suspended", "kind"),
    ),
    "number": ("first_contact_minutes", "result_minutes", "revisit_minutes"),
    "rate": (
        *("on_time_rate", "rate_before", "rate_year_ago", "revisit_rate", "target", "satisfaction_rate"),
        *("share", "cumulative"),
    ),
    "seconds": ("median", "p95", "working_median", "working_p95"),
    "money": ("amount", "carried_in", "charged", "carried_over"),
    "points": ("points",),
    "instant": ("received_at", "closed_at", "lent_at"),
    "date": ("due_on",),
    "days": ("days_open", "days_late"),
}
"""Columns by the kind of their values; all others count."""
_KIND_OF = {column: kind for kind, columns in _KINDS.items() for column in columns}

_COUNTED_LIKE = {
    **dict.fromkeys(("by_level", "by_channel", "by_category", "by_handler"), "by_department"),
    **dict.fromkeys(("loans_clocks", "on_time_by_department"), "clocks"),
    "penalties_by_person": "penalties_by_department",
}
"""Tables whose note is that of another one."""
_PROVISIONAL = "statistics.finding.provisional"


def total() -> Phrase:
    """What a total is called."""
    return phrase("statistics.total")


def no_department() -> Phrase:
    """What stands for a department that is not named."""
    return phrase("statistics.no_department")


def unknown() -> Phrase:
    """What stands for anything else that is not named."""
    return phrase("statistics.unknown")


def provisional() -> Finding:
    """The finding that the period is not over."""
    return Finding(text=phrase(_PROVISIONAL), tone="watch")


def is_provisional(finding: Finding) -> bool:
    """Whether it is that finding, in a statement of any age."""
    return finding.text.zh == say(FIRST, _PROVISIONAL)


def column(name: str) -> FigureColumn:
    """The column of that name."""
    return FigureColumn(id=name, title=phrase(f"statistics.column.{name}"), kind=_KIND_OF.get(name, "count"))


def table(
    name: str,
    columns: Sequence[str],
    rows: Sequence[FigureRow],
    *,
    total: Sequence[Cell] | None = None,
    chart: Literal["trend", "pareto", "bars"] | None = None,
    more: int = 0,
    **figures: str,
) -> FigureTable:
    """A table with its titles and its note; `figures` go into the note."""
    note = f"statistics.note.{_COUNTED_LIKE.get(name, name)}"
    return FigureTable(
        id=name,
        section=_SECTION_OF[name],
        title=phrase(f"statistics.table.{name}"),
        columns=tuple(column(one) for one in columns),
        rows=tuple(rows),
        total=tuple(total) if total is not None else None,
        note=phrase(note, **figures) if note in catalogue(FIRST) else None,
        chart=chart,
        more=more,
    )


def sections(tables: Sequence[FigureTable]) -> tuple[StatementSection, ...]:
    """Those that have a table, in their order."""
    present = {one.section for one in tables}
    return tuple(
        StatementSection(id=name, title=phrase(f"statistics.section.{name}")) for name in _SECTIONS if name in present
    )
