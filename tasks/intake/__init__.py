"""Intake: what comes in from files. Good rows go in, bad ones to a file with reasons; importing again changes nothing.

1. The file's header is understood as a whole, or nothing is read at all.
2. Rows are taken in chunks, each in one transaction: the rows of a chunk are in the record together or not at all.
3. What is known is left alone, what is new is written, what cannot be goes to `NAME.rejected.csv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.errors import UsageError
from models.language.written import folded
from models.store.database import is_postgresql, writing
from tasks.intake.cases import CaseImporter
from tasks.intake.chunks import Chunks
from tasks.intake.columns import KNOWN, Columns, names_of
from tasks.intake.directory import DirectoryImporter
from tasks.intake.events import EventImporter
from tasks.intake.limits import refusal, too_much
from tasks.intake.reading import open_table
from tasks.intake.rejected import RejectedFile
from tasks.intake.taken import ImportReport, Job
from tasks.record.provenance import Channel, Provenance, operating_system_user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.intake.table import Row
    from tasks.intake.taken import Importer, Taken
    from tasks.organisation.deployment import Deployment

__all__ = ["ImportReport", "import_file"]


def import_file(
    engine: Engine,
    deployment: Deployment,
    what: str,
    path: Path,
    *,
    now: datetime,
    regulation: str | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> ImportReport:
    """Import `directory`, `complaints`, `loans`, `cases` or `events` from a CSV file or a workbook.

    `regulation` is that of rows that name none. `progress(rows done, rows in all or None)` is called after each chunk.
    UsageError, before anything is read, when the file or its header cannot be understood.
    """
    if what not in KNOWN:
        raise UsageError(f"cannot import {what!r}: import {', '.join(KNOWN)}")
    known = names_of(what)
    settings = deployment.settings
    table = open_table(path, lambda header: folded(header) in known, settings)
    columns = Columns(what, table, path)
    provenance = Provenance(Channel.IMPORT, operating_system_user(), path.name)
    job = Job(table, columns, deployment, now, regulation, provenance)
    importer = _importer(what, job)
    accepted = unchanged = done = 0
    notes: list[str] = []
    chunks = Chunks(table.rows(), columns, settings, path.name)
    with RejectedFile(path, columns.headers, columns.language) as rejected:
        for chunk in chunks.of(importer.chunk):
            taken = _take(engine, importer, chunk)
            accepted += taken.accepted
            unchanged += taken.unchanged
            for place in sorted(taken.refused):
                rejected.write(columns.cells(chunk[place]), columns.reason(taken.refused[place]))
            done += len(chunk)
            if progress:
                progress(done, table.total if table.total is None else max(table.total, done))
            if rejected.count >= settings.import_refused:
                notes.append(str(too_much(settings, "refused", rejected.path.name)))
                break
    if chunks.tidied:
        notes.append(str(refusal("tidied", file=path.name, count=chunks.tidied)))
    report = ImportReport(accepted, unchanged, rejected.count, rejected.path if rejected.count else None)
    report.notes = tuple(notes)
    return report


def _importer(what: str, job: Job) -> Importer:
    if what == "directory":
        return DirectoryImporter(job)
    return EventImporter(job) if what == "events" else CaseImporter(job, what)


def _take(engine: Engine, importer: Importer, chunk: Sequence[Row]) -> Taken:
    """One chunk in one transaction. What another program wrote in the same moment is seen the second time."""
    try:
        return _take_once(engine, importer, chunk)
    except IntegrityError:
        return _take_once(engine, importer, chunk)


def _take_once(engine: Engine, importer: Importer, chunk: Sequence[Row]) -> Taken:
    with writing(engine) as connection:
        if is_postgresql(connection):  # two imports of one file follow each other, chunk by chunk
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('duban.intake'))"))
        taken = importer.take(connection, chunk)
    importer.committed()
    return taken
