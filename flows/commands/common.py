"""What the commands share: deployment, clock, database, and the options that several of them take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from flows.commands.output import one_line
from models.calendar.instants import LATEST_YEAR, local, parse_instant
from models.errors import StorageError, UsageError
from models.language.unseen import tidied
from models.settings import load_settings
from models.store.database import open_engine
from models.wording.catalogue import both
from tasks.organisation.deployment import Deployment

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; instants in UTC.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The instant that counts as now.")]
Yes = Annotated[bool, typer.Option("--yes", help="Although the instant has not come yet.")]
CaseNumber = Annotated[str, typer.Argument(help="The number of the case.", show_default=False)]
Fields = Annotated[list[str] | None, typer.Option("--field", help="A field as NAME=VALUE; may be repeated.")]


def clock() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def given_deployment() -> Deployment:
    """The deployment that the environment describes."""
    return Deployment(load_settings())


def given_instant(text: str | None, deployment: Deployment) -> datetime:
    """An instant from the command line, in the organisation's zone unless it names one; now when none was given.

    UsageError for what is none, or lies beyond the years that the calendar knows.
    """
    if text is None:
        return clock()
    found = parse_instant(text, deployment.zone)
    if found.year > LATEST_YEAR:
        raise UsageError(f"{text!r} lies after {LATEST_YEAR}: check the year")
    return found


def come(instant: datetime, option: str, deployment: Deployment, *, yes: bool) -> datetime:
    """The instant, when it has come or the user knows that it has not: what a future sweep fires is not taken back.

    UsageError says how to insist.
    """
    now = clock()
    if instant > now and not yes:
        zone = deployment.zone
        raise UsageError(both("command.not_come", option=option, instant=local(instant, zone), now=local(now, zone)))
    return instant


def given_name(text: str | None, option: str) -> str | None:
    """A name from the command line, without what nobody sees; UsageError when it controls or turns its line."""
    if text is None:
        return None
    name = tidied(text).strip()
    if not name.isprintable():
        raise UsageError(f"{option} {one_line(name)!r} holds characters that control or turn the line: type it again")
    return name


def given_fields(words: list[str] | None) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping; UsageError names the word that is none."""
    found: dict[str, str] = {}
    for word in words or []:
        name, equals, value = word.partition("=")
        name = tidied(name).strip()
        if not equals or not name or name != one_line(name):
            raise UsageError(f"--field {word!r} is malformed: write NAME=VALUE")
        if name in found:
            raise UsageError(f"--field {name} is given twice: leave one out")
        found[name] = tidied(value).strip()
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
