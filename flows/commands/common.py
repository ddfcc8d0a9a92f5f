"""What the commands share: deployment, clock, database, and the options that several of them take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from flows.commands.output import one_line
from models.calendar.instants import parse_instant
from models.errors import StorageError, UsageError
from models.settings import load_settings
from models.store.database import open_engine
from tasks.organisation.deployment import Deployment

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; instants in UTC.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The instant that counts as now.")]
CaseNumber = Annotated[str, typer.Argument(help="The number of the case.", show_default=False)]
Fields = Annotated[list[str] | None, typer.Option("--field", help="A field as NAME=VALUE; may be repeated.")]


def clock() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def given_deployment() -> Deployment:
    """The deployment that the environment describes."""
    return Deployment(load_settings())


def given_instant(text: str | None, deployment: Deployment) -> datetime:
    """An instant from the command line, in the organisation's zone unless it names one; now when none was given."""
    return clock() if text is None else parse_instant(text, deployment.zone)


def given_fields(words: list[str] | None) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping; UsageError names the word that is none."""
    found: dict[str, str] = {}
    for word in words or []:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name or name != one_line(name):
            raise UsageError(f"--field {word!r} is malformed: write NAME=VALUE")
        if name in found:
            raise UsageError(f"--field {name} is given twice: leave one out")
        found[name] = value.strip()
    return found


def open_database(deployment: Deployment, *, create: bool = False) -> Engine:
    """The engine of the deployment's database. StorageError when there is none yet, unless it is to be created."""
    url = deployment.settings.url
    file = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
    if file and file != ":memory:" and not create and not Path(file).is_file():
        raise StorageError(f"there is no database at {file}: run `duban init`")
    try:
        return open_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        advice = "write sqlite:////path/duban.db or postgresql://user:password@host/name"
        raise UsageError(f"DUBAN_DATABASE_URL names no database: {advice}") from error
    except OSError as error:
        raise StorageError(f"the folder of {file} cannot be made ({error.strerror}): check DUBAN_HOME") from error
