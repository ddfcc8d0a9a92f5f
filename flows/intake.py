"""The flow `intake`: imports the files that somebody dropped into `DUBAN_HOME/inbox`, or one named file.

A file goes to `inbox/done` with its rejected rows beside it; one that cannot be read at all goes to `inbox/refused`.
Importing twice changes nothing, so a run that was killed in the middle is simply done again.
"""

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy.engine import Engine

from flows.pages.runs import bilingual, rename, utc_now
from models.calendar.instants import local
from models.errors import DubanError, UsageError
from models.wording.catalogue import languages, say
from tasks.intake import import_file
from tasks.organisation.deployment import Deployment, opened
from tasks.organisation.masking import masked_text

SETTLED_SECONDS = 3.0
"""A file that changed so recently may still be being copied."""
KEY = "intake-rejects"
FILES_KEY = "intake-files"
ROWS_PER_TABLE = 300
SUFFIXES = (".csv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class FileKind(StrEnum):
    """What a file holds; in this order they go in, since events need their cases."""

    DIRECTORY = "directory"
    COMPLAINTS = "complaints"
    LOANS = "loans"
    CASES = "cases"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file."""

    file: str
    what: str
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejected_file: Path | None = None
    refused: str | None = None
    notes: str = ""


Work = Callable[[Engine, Deployment, FileKind | None, Path], ImportedFile]


@flow(name="intake", flow_run_name="intake", validate_parameters=True)
def intake(what: FileKind | None = None, file: str = "") -> State[Any]:
    """导入文件 · Import files.

    Args:
        what: 内容 · what the file holds; empty: by its name
        file: 文件路径，留空为收件箱中的全部文件 · a path on the worker's machine; empty: everything in DUBAN_HOME/inbox

    """
    with opened() as (deployment, engine):
        if file:
            path = Path(file).expanduser()
            results = [one_file(import_one, engine, deployment, what or sort_of(path), path)]
        else:
            results = [one_file(take_in, engine, deployment, *found) for found in waiting(deployment, time.time())]
    if not results:
        rename(f"intake · {bilingual('flow.intake.nothing')}")
        return Completed(message=bilingual("flow.intake.empty"))
    show(results, deployment)
    accepted, rejected = sum(r.accepted for r in results), sum(r.rejected for r in results)
    refused = [result for result in results if result.refused]
    files = f"{len(results)} {bilingual('flow.intake.files')}"
    rename(f"intake · {files} · +{accepted} · {bilingual('flow.intake.rejected')} {rejected}")
    if refused:
        return Failed(message="; ".join(f"{result.file}: {result.refused}" for result in refused))
    rows = f"{accepted} {bilingual('flow.intake.rows_in')}, {rejected} {bilingual('flow.intake.rows_rejected')}"
    return Completed(message=rows)


@task(name="import", task_run_name="import {path.name}", cache_policy=NO_CACHE)
def one_file(work: Work, engine: Engine, deployment: Deployment, what: FileKind | None, path: Path) -> ImportedFile:
    """Import one file."""
    result = work(engine, deployment, what, path)
    if result.refused:
        get_run_logger().error("%s: %s", path.name, result.refused)
    return result


def sort_of(path: Path) -> FileKind | None:
    """What a file holds, by its name; None when the name does not say."""
    name = path.name.lower()
    return next((what for what in FileKind if name.startswith(_beginnings(what))), None)


def _beginnings(what: FileKind) -> tuple[str, ...]:
    """How the name of such a file begins, in every language."""
    return tuple(say(language, f"flow.intake.begins.{what}") for language in languages())


def inbox(deployment: Deployment) -> Path:
    """The drop folder; made when it is not there yet."""
    folder = deployment.settings.home.absolute() / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def waiting(deployment: Deployment, now: float) -> list[tuple[FileKind, Path]]:
    """The files of the drop folder that may go in (`now` in seconds since the epoch), in the order in which they do."""
    found = []
    for path in sorted(inbox(deployment).iterdir()):
        sort = sort_of(path)
        wanted = path.is_file() and path.suffix.lower() in SUFFIXES and not path.stem.endswith(".rejected")
        if sort is not None and wanted and now - path.stat().st_mtime >= SETTLED_SECONDS:
            found.append((sort, path))
    return sorted(found, key=lambda pair: list(FileKind).index(pair[0]))


def take_in(engine: Engine, deployment: Deployment, what: FileKind | None, path: Path) -> ImportedFile:
    """Import a file of the drop folder and put it away."""
    result = import_one(engine, deployment, what, path)
    folder = inbox(deployment) / ("refused" if result.refused else "done")
    put_away(path, folder)
    if result.refused:
        (folder / f"{path.name}.reason.txt").write_text(result.refused + "\n", encoding="utf-8")
    if result.rejected_file and result.rejected_file.exists():
        put_away(result.rejected_file, folder)
    return result


def put_away(path: Path, folder: Path) -> None:
    """Move a file into a folder without overwriting what is there."""
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 2
    while target.exists():
        target = folder / f"{path.stem}-{number}{path.suffix}"
        number += 1
    path.rename(target)


def import_one(engine: Engine, deployment: Deployment, what: FileKind | None, path: Path) -> ImportedFile:
    """Import one file; a file that cannot be imported at all is an answer, not a crash."""
    if what is None:
        names = ", ".join(FileKind)
        return ImportedFile(path.name, "?", refused=str(UsageError(f"say what it holds: {names}")))
    try:
        report = import_file(engine, deployment, what.value, path, now=utc_now())
    except DubanError as error:
        return ImportedFile(path.name, what.value, refused=masked_text(str(error)))
    counts = (report.accepted, report.unchanged, report.rejected, report.rejected_file)
    return ImportedFile(path.name, what.value, *counts, notes="; ".join(report.notes))


def show(results: Sequence[ImportedFile], deployment: Deployment) -> None:
    """A table of the files, and one of the rows that were rejected with their reasons."""
    create_table_artifact(
        table=[
            {
                bilingual("flow.head.file"): result.file,
                bilingual("flow.head.what"): result.what,
                bilingual("flow.head.accepted"): result.accepted,
                bilingual("flow.head.unchanged"): result.unchanged,
                bilingual("flow.head.rejected"): result.rejected,
                bilingual("flow.head.note"): result.refused or result.notes,
            }
            for result in results
        ],
        key=FILES_KEY,
        description=f"{bilingual('flow.intake.imported')} {local(utc_now(), deployment.zone)}",
    )
    rejected = sum(result.rejected for result in results)
    rows = [row for result in results for row in reject_rows(result, deployment)]
    if rows:
        told = bilingual("flow.intake.rejects", joint=" · ", count=rejected)
        if rejected > ROWS_PER_TABLE:
            told += f"，{bilingual('flow.intake.shown', joint=' · ', rows=str(ROWS_PER_TABLE))}"
        create_table_artifact(
            table=rows[:ROWS_PER_TABLE],
            key=KEY,
            description=told,
        )


def reject_rows(result: ImportedFile, deployment: Deployment) -> list[dict[str, Any]]:
    """Where each rejected row is and why; of what is in it only the reason's own words, phones masked."""
    if not result.rejected_file:
        return []
    moved = inbox(deployment) / "done" / result.rejected_file.name
    file = result.rejected_file if result.rejected_file.exists() else moved
    if not file.exists():
        return []
    rows = []
    with file.open(encoding="utf-8-sig", newline="") as stream:
        for number, cells in enumerate(csv.reader(stream), 1):
            if number == 1 or not cells:
                continue
            rows.append(
                {
                    bilingual("flow.head.file"): file.name,
                    bilingual("flow.head.row"): number,
                    bilingual("flow.head.reason"): masked_text(cells[-1]),
                }
            )
            if len(rows) >= ROWS_PER_TABLE:
                break
    return rows
