"""An SQLite database copied while others write, and another one put in its place."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
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
    """Make what `fresh` (on the same disk) holds the database; where a copy of the old one is now, if there was one.

    It is one transaction of the database itself: whoever has it open sees the old one or the new one. Where the old one
    is too damaged for that, its file is put aside and the fresh one takes its place. StorageError when somebody writes
    all the time.
    """
    if not file.is_file() or not file.stat().st_size:
        _replace(fresh, file)
        return None
    aside = aside_of(file, now)
    try:
        copy(file, aside)
        fold(aside)
        _overwrite(fresh, file)
    except (sqlite3.DatabaseError, StorageError) as error:
        if isinstance(error, _BusyError):
            raise
        aside.unlink(missing_ok=True)
        os.link(file, aside)  # so that at no moment there is none
        _replace(fresh, file)
    return aside


class _BusyError(StorageError):
    """Somebody writes, and does not stop."""


def _overwrite(fresh: Path, file: Path) -> None:
    """Write the pages of one database into another, all or nothing."""
    limit = time.monotonic() + WAIT_SECONDS

    def give_up(status: int, _left: int, _all: int) -> None:
        if status in _BUSY and time.monotonic() > limit:
            raise _BusyError(f"somebody writes into {file}: stop `duban up` and every worker, then restore again")

    with closing(sqlite3.connect(fresh)) as from_, closing(sqlite3.connect(file, timeout=0.2)) as to:
        from_.backup(to, progress=give_up)
        to.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _replace(fresh: Path, file: Path) -> None:
    with fresh.open("rb") as opened:
        os.fsync(opened.fileno())
    fresh.replace(file)
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
