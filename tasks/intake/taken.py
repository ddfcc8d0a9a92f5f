"""What an importer answers for a chunk of rows, and what every importer can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from tasks.intake.columns import Columns
    from tasks.intake.reasons import BadRowError
    from tasks.intake.table import Row, Table
    from tasks.organisation.deployment import Deployment
    from tasks.record.provenance import Provenance


class _Counts(NamedTuple):
    accepted: int
    unchanged: int
    rejected: int
    rejected_file: Path | None


class ImportReport(_Counts):
    """How many rows went in, were known already, and were refused; where the refused ones are, if any."""

    notes: tuple[str, ...] = ()
    """What else is to be told, each in Chinese and English: what was tidied, that reading stopped."""


@dataclass(frozen=True)
class Job:
    """One import: the file's rows and columns, the deployment, and the instant that counts as now.

    `regulation` is meant where a row names none; `provenance` says who imports which file.
    """

    table: Table
    columns: Columns
    deployment: Deployment
    now: datetime
    regulation: str | None
    provenance: Provenance

    def at_row(self, row: Row) -> dict[str, Any]:
        """How what a row tells came in, as columns of an event: by whom, from which file and row."""
        return self.provenance.columns(f"{self.provenance.place}:{row.number}" if row.number else None)


@dataclass(slots=True)
class Taken:
    """The outcome of a chunk; `refused` by the row's place in it."""

    accepted: int = 0
    unchanged: int = 0
    refused: dict[int, BadRowError] = field(default_factory=dict)


class Importer(Protocol):
    """Takes rows in, many at a time, each chunk in a transaction of its own."""

    chunk: int | None
    """Rows per transaction; all of them together when None."""

    def take(self, connection: Connection, rows: Sequence[Row]) -> Taken:
        """Write what is new of these rows. Nothing is kept in mind until `committed`, so a chunk can be taken again."""
        ...

    def committed(self) -> None:
        """The rows taken last are in the record."""
        ...
