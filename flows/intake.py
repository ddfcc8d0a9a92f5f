"""The flow `intake`: imports the files that somebody dropped into `DUBAN_HOME/inbox`, or one named file.

A file goes to `inbox/done` with its rejected rows beside it; one that cannot be read at all goes to `inbox/refused`.
Importing twice changes nothing, so a run that was killed in the middle is simply done again.
"""

import csv
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy.engine import Engine

from flows.inbox import ChangingError, copied, inbox, put_away, refuse_unless_plain, same, workplace
from flows.pages.opening import opened
from flows.pages.runs import bilingual, rename, utc_now
from models.calendar.instants import local
from models.errors import DubanError, RefusedError, UsageError
from models.store.private import write_private
from models.wording.catalogue import languages, say
from tasks.intake import import_file
from tasks.organisation.deployment import Deployment
from tasks.organisation.masking import masked_words

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
    note: str = ""


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


def waiting(deployment: Deployment, now: float) -> list[tuple[FileKind, Path]]:
    """The files of the drop folder that may go in (`now` in seconds since the epoch), in the order in which they do."""
    found = []
    for path in sorted(inbox(deployment).iterdir()):
        sort = sort_of(path)
        wanted = path.suffix.lower() in SUFFIXES and not path.stem.endswith(".rejected")
        with suppress(FileNotFoundError):  # another run was quicker
            state = path.lstat()  # of a link, not of what it names
            if sort and wanted and not stat.S_ISDIR(state.st_mode) and now - state.st_mtime >= SETTLED_SECONDS:
                found.append((sort, path))
    return sorted(found, key=lambda pair: list(FileKind).index(pair[0]))


def take_in(engine: Engine, deployment: Deployment, what: FileKind | None, path: Path) -> ImportedFile:
    """Import a copy of a file of the drop folder and put the copy away; one that changed meanwhile stays there."""
    with workplace(deployment, time.time()) as folder:
        try:
            copy, taken = copied(path, folder)
        except FileNotFoundError:
            return ImportedFile(path.name, what or "?")
        except ChangingError:
            return ImportedFile(path.name, what or "?", note=bilingual("flow.intake.changing"))
        except RefusedError as refusal:
            put_aside(deployment, path, str(refusal))
            return ImportedFile(path.name, what or "?", refused=str(refusal))
        result = import_one(engine, deployment, what, copy)
        if result.refused:
            put_aside(deployment, copy, result.refused)
        else:
            done = inbox(deployment) / "done"
            put_away(copy, done)
            if result.rejected_file:
                result = replace(result, rejected_file=put_away(result.rejected_file, done))
        with suppress(FileNotFoundError):
            if same(taken, path.lstat()):
                path.unlink()
    return result


def put_aside(deployment: Deployment, path: Path, reason: str) -> None:
    """Move what was refused out of the way, with the reason beside it."""
    there = put_away(path, inbox(deployment) / "refused")
    write_private(there.with_name(f"{there.name}.reason.txt"), f"{reason}\n".encode())


def import_one(engine: Engine, deployment: Deployment, what: FileKind | None, path: Path) -> ImportedFile:
    """Import one file; a file that cannot be imported at all is an answer, not a crash."""
    if what is None:
        names = ", ".join(FileKind)
        return ImportedFile(path.name, "?", refused=str(UsageError(f"say what it holds: {names}")))
    try:
        if path.is_symlink():
            refuse_unless_plain(path.lstat())
        report = import_file(engine, deployment, what.value, path, now=utc_now())
    except DubanError as error:
        return ImportedFile(path.name, what.value, refused=masked_words(str(error)))
    counts = (report.accepted, report.unchanged, report.rejected, report.rejected_file)
    return ImportedFile(path.name, what.value, *counts, note="; ".join(report.notes))


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
                bilingual("flow.head.note"): result.refused or result.note,
            }
            for result in results
        ],
        key=FILES_KEY,
        description=f"{bilingual('flow.intake.imported')} {local(utc_now(), deployment.zone)}",
    )
    rejected = sum(result.rejected for result in results)
    rows = [row for result in results for row in reject_rows(result)]
    if rows:
        told = bilingual("flow.intake.rejects", joint=" · ", count=rejected)
        if rejected > ROWS_PER_TABLE:
            told += f"，{bilingual('flow.intake.shown', joint=' · ', rows=str(ROWS_PER_TABLE))}"
        create_table_artifact(
            table=rows[:ROWS_PER_TABLE],
            key=KEY,
            description=told,
        )


def reject_rows(result: ImportedFile) -> list[dict[str, Any]]:
    """Where each rejected row is and why; of what is in it only the reason's own words, phones masked."""
    file = result.rejected_file
    if file is None or not file.exists():
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
                    bilingual("flow.head.reason"): masked_words(cells[-1]),
                }
            )
            if len(rows) >= ROWS_PER_TABLE:
                break
    return rows
