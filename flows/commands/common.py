"""What the commands share: deployment, clock, database, and the options that several of them take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

DONE, REFUSED, WRONG_USAGE = 0, 1, 2
"""Exit codes; REFUSED also when only a part was refused."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; instants in UTC.")]


def clock() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def given_deployment() -> Deployment:
    """The deployment that the environment describes."""
    from models.settings import load_settings  # noqa: PLC0415 -- start-up time
    from tasks.organisation.deployment import Deployment  # noqa: PLC0415 -- start-up time

    return Deployment(load_settings())


def given_instant(text: str | None, deployment: Deployment) -> datetime:
    """An instant from the command line, in the organisation's zone unless it names one; now when none was given."""
    from models.calendar.instants import parse_instant  # noqa: PLC0415 -- start-up time

    return clock() if text is None else parse_instant(text, deployment.zone)


def open_database(deployment: Deployment, *, create: bool = False) -> Engine:
    """The engine of the deployment's database. StorageError when there is none yet, unless it is to be created."""
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415 -- start-up time

    from models.errors import StorageError, UsageError  # noqa: PLC0415 -- start-up time
    from models.store.database import open_engine  # noqa: PLC0415 -- start-up time

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
