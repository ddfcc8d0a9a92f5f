"""An SQLite database copied while others write, and another one put in its place."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import RefusedError, StorageError
from models.store.private import private_file

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

WAIT_SECONDS = 5.0
"""How long to wait for whoever has the database open for a moment."""


def file_of(engine: Engine) -> Path:
    """The file of the database; StorageError for one in memory."""
    name = engine.url.database
    if not name or name == ":memory:":
        raise StorageError("a database in memory cannot be kept: set DUBAN_DATABASE_URL to a file")
    return Path(name)


def copy(source: Path, target: Path) -> None:
    """The database as it is at one moment, whole; in WAL mode nobody waits for it. StorageError when it cannot be."""
    private_file(target)
    try:
        with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
            from_.backup(to)
    except sqlite3.Error as error:
        raise StorageError(f"the database {source} cannot be copied ({error}): check the disk") from error


def fold(file: Path) -> None:
    """Make a database that nobody else has open one file again, without a log beside it."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=DELETE")


def check(file: Path) -> None:
    """RefusedError when it is no sound database."""
    try:
        with closing(sqlite3.connect(file)) as database:
            said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise RefusedError(f"the database of this backup is damaged ({said}): take an older one")


def aside_of(file: Path, now: datetime) -> Path:
    """What the old database is called from now on."""
    return file.with_name(f"{file.name}.before-{now:%Y%m%dT%H%M%SZ}")


def put_in_place(fresh: Path, file: Path, now: datetime) -> Path | None:
    """Make `fresh` (on the same disk) the database; where the old one is now, if there was one.

    At no moment is there none. StorageError when somebody has the old one open.
    """
    aside = None
    if file.is_file() and file.stat().st_size:
        _closed(file)
        aside = aside_of(file, now)
        try:
            os.link(file, aside)
        except OSError as error:
            raise StorageError(f"{file} cannot be kept as {aside.name} ({error.strerror})") from error
    with fresh.open("rb") as opened:
        os.fsync(opened.fileno())
    fresh.replace(file)
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + end).unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return aside


def _closed(file: Path) -> None:
    """Fold the log into the database, which is possible only when nobody else has it open."""
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_SECONDS)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("BEGIN EXCLUSIVE")
            database.rollback()
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"somebody has the database {file} open ({error}): stop `duban up` and every worker, then restore again"
        ) from error
    except sqlite3.DatabaseError:
        return  # what is no database any more is kept as it is
