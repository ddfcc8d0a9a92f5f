"""`duban import`: directory, cases and events from a file."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path  # noqa: TC003 -- typer reads the annotation
from typing import Annotated

import typer

from flows.commands.common import clock, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import say
from flows.commands.progress import progress_bar
from models.errors import RefusedError
from tasks.intake import import_file


class Importable(StrEnum):
    """What a file can hold."""

    DIRECTORY = "directory"
    COMPLAINTS = "complaints"
    LOANS = "loans"
    CASES = "cases"
    EVENTS = "events"


def import_(
    what: Annotated[Importable, typer.Argument(help="What the file holds.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="CSV or a workbook, Chinese or English headers.", show_default=False)],
    regulation: Annotated[str | None, typer.Option("--regulation", help="Of the rows that name none.")] = None,
) -> int:
    """导入 Import a file: valid rows go in, bad ones into FILE.rejected.csv with the reason."""
    if not os.path.exists(file):  # noqa: PTH110 -- also False for a name that cannot be one
        raise RefusedError(f"there is no file {str(file)[:200]}: check its name")
    deployment = given_deployment()
    engine = open_database(deployment)
    with progress_bar(f"import {what}", None) as bar:
        report = import_file(engine, deployment, what, file, now=clock(), regulation=regulation, progress=bar)
    counts = f"accepted {report.accepted}, unchanged {report.unchanged}, rejected {report.rejected}"
    say(f"{counts}: see {report.rejected_file}" if report.rejected else counts)
    for note in report.notes:
        say(note)
    return REFUSED if report.rejected else DONE
