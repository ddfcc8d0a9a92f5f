"""The figures of a statement: a few headlines, findings in words, and tables, each in both languages.

Everything a statement shows is one of these models, and nothing else is stored: mail, page, text and workbook are drawn
from them, and two revisions differ exactly where they do. All of it is JSON.
"""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003 -- pydantic reads the annotations
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tasks.statistics.phrases import FOR_THE_HASH, Phrase

Kind = Literal["text", "count", "number", "rate", "seconds", "money", "points", "days", "instant", "date"]
"""How a value is written. `rate` is a share (0 to 1), `seconds` a length of time, `money` yuan, `instant` ISO text."""

Cell = Phrase | str | int | float | None
"""None is what does not exist (the rate of nothing), shown as a dash."""


class Shown(BaseModel):
    """Figures do not change once they are computed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FigureColumn(Shown):
    """One column of a table."""

    id: str
    title: Phrase
    kind: Kind = "count"


class FigureRow(Shown):
    """One row: `key` tells it from others whatever the language; `secret` rows are shown only to the cleared."""

    key: str
    cells: tuple[Cell, ...]
    secret: bool = False
    masked: tuple[Cell, ...] = ()
    """What those who are not cleared see instead of `cells`; the row is left out when there is nothing."""


class FigureTable(Shown):
    """A table of one section. `chart` says how people would rather look at it; `note` how its figures are counted."""

    id: str
    section: str
    title: Phrase
    columns: tuple[FigureColumn, ...]
    rows: tuple[FigureRow, ...] = ()
    total: tuple[Cell, ...] | None = None
    note: Phrase | None = None
    chart: Literal["trend", "pareto", "bars"] | None = None
    more: int = 0
    """How many rows were left out."""


class Headline(Shown):
    """One of the figures on top, beside the period before (环比) and the same period last year (同比)."""

    id: str
    title: Phrase
    kind: Kind
    value: int | float | None
    before: int | float | None = None
    year_ago: int | float | None = None
    good: Literal["up", "down", "none"] = "none"
    """The direction in which it gets better."""


class Finding(Shown):
    """One sentence a manager can act on; the worst first."""

    text: Phrase
    tone: Literal["bad", "watch", "good"] = "watch"


class StatementSection(Shown):
    """A part of the statement."""

    id: str
    title: Phrase


class Figures(Shown):
    """The figures of one period, for one regulation (empty = the whole organisation) and one department (empty = all).

    `since` and `until` (UTC, half-open) bound the period; `data_at` is the instant at which the data was read.
    """

    cadence: str
    period: str
    since: datetime
    until: datetime
    zone: str
    data_at: datetime
    regulation: str = ""
    regulation_title: Phrase | None = None
    department: str = ""
    headlines: tuple[Headline, ...] = ()
    findings: tuple[Finding, ...] = ()
    sections: tuple[StatementSection, ...] = ()
    tables: tuple[FigureTable, ...] = ()

    def table(self, table_id: str) -> FigureTable | None:
        """The table of that id."""
        return next((table for table in self.tables if table.id == table_id), None)

    @property
    def content_hash(self) -> str:
        """Changes with the figures, and not with the instant at which they were read."""
        return hashlib.sha256(self.model_dump_json(exclude={"data_at"}, context=FOR_THE_HASH).encode()).hexdigest()


class CaseList(Shown):
    """The cases behind the figures: one row a case, with a flag column for each figure it counts in.

    `columns` like a table's; a row's `secret` and `masked` likewise. Filtering on the flags gives each figure again.
    """

    columns: tuple[FigureColumn, ...] = ()
    rows: tuple[FigureRow, ...] = ()
    more: int = 0


class Collected(Shown):
    """What a statement consists of: figures per department ("" = all), and the cases behind them."""

    parts: dict[str, Figures]
    cases: CaseList

    @property
    def content_hash(self) -> str:
        """Of all parts."""
        joined = "".join(f"{name}={part.content_hash}" for name, part in sorted(self.parts.items()))
        return hashlib.sha256(joined.encode()).hexdigest()
