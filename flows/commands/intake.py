"""`duban import` and `duban record`: how cases and events come in by hand."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 -- typer reads the annotation
from typing import Annotated

import typer

from flows.commands.common import DONE, REFUSED, clock, given_deployment, given_instant, open_database
from flows.commands.output import one_line, say
from flows.commands.progress import progress_bar

NEW = "NEW"
"""In place of a case's number: open a new one."""


class Imported(StrEnum):
    """What a file can hold."""

    DIRECTORY = "directory"
    COMPLAINTS = "complaints"
    LOANS = "loans"
    EVENTS = "events"


def import_(
    what: Annotated[Imported, typer.Argument(help="What the file holds.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, Chinese or English headers.", show_default=False)],
) -> int:
    """导入 Import a file: valid rows go in, bad ones into FILE.rejected.csv with the reason."""
    from models.errors import RefusedError  # noqa: PLC0415 -- start-up time

    if not file.is_file():
        raise RefusedError(f"there is no file {file}: check its name")
    deployment = given_deployment()
    engine = open_database(deployment)
    from tasks.intake import import_file  # noqa: PLC0415 -- start-up time

    with progress_bar(f"import {what}", None) as bar:
        report = import_file(engine, deployment, what, file, now=clock(), progress=bar)
    counts = f"accepted {report.accepted}, unchanged {report.unchanged}, rejected {report.rejected}"
    say(f"{counts}: see {report.rejected_file}" if report.rejected else counts)
    return REFUSED if report.rejected else DONE


def record(
    case: Annotated[str, typer.Argument(help="The number of the case, or NEW to open one.", show_default=False)],
    event: Annotated[str, typer.Argument(help="What happened; id or Chinese name.", show_default=False)],
    at: Annotated[str | None, typer.Option("--at", help="When it happened; default now.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who did it.")] = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="A field as NAME=VALUE; may be repeated.")] = None,
) -> int:
    """登记 Record an event of a case; `record NEW registered|lent` opens one."""
    deployment = given_deployment()
    given = fields_of(field or [])
    instant = None if at is None else given_instant(at, deployment)
    now = clock()
    engine = open_database(deployment)
    from models.calendar.instants import local  # noqa: PLC0415 -- start-up time
    from models.store.database import writing  # noqa: PLC0415 -- start-up time
    from tasks.intake.by_hand import append_by_hand, open_by_hand  # noqa: PLC0415 -- start-up time

    with writing(engine) as connection:
        if case == NEW:
            done = open_by_hand(connection, deployment, event, at=instant, by=by, fields=given, now=now)
        else:
            done = append_by_hand(connection, deployment, case, event, at=instant or now, by=by, fields=given, now=now)
    line = f"{done.number} {done.name} {local(done.at, deployment.zone)}"
    say(line if done.fresh else f"{line} unchanged (recorded before)")
    return DONE


def fields_of(given: list[str]) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping; UsageError names the word that is none."""
    from models.errors import UsageError  # noqa: PLC0415 -- start-up time

    found: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name or name != one_line(name):
            raise UsageError(f"--field {word!r} is malformed: write NAME=VALUE")
        if name in found:
            raise UsageError(f"--field {name} is given twice: leave one out")
        found[name] = value.strip()
    return found
