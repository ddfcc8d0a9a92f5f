"""`duban backup`: the database as it is at one moment, while sweeps write, with what else is needed to go on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from models.errors import StorageError
from models.store.chain import START
from models.store.database import is_postgresql, open_engine, reading
from models.store.private import private_umask
from models.store.schema import links
from tasks.recovery import postgresql, sqlite
from tasks.recovery.archive import DATABASE, HOME, SECRETS, Manifest, pack

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from models.settings import Settings


def backup(engine: Engine, settings: Settings, target: Path, now: datetime) -> Manifest:
    """Write the backup to a file that is not there yet, for its owner alone; what it holds.

    `now` is the instant before the copy begins. UsageError when the file is there, StorageError when something cannot
    be read or written, or PostgreSQL's programs are not installed.
    """
    folder = target.absolute().parent
    if not folder.is_dir():
        raise StorageError(f"there is no folder {folder}: make it first")
    with private_umask(), tempfile.TemporaryDirectory(prefix=".duban-backup-", dir=folder) as made:
        copied = Path(made) / DATABASE
        manifest = _copied(engine, copied, now)
        return pack(target.absolute(), manifest, {DATABASE: copied, **_of_home(settings.home.absolute())})


def _copied(engine: Engine, target: Path, now: datetime) -> Manifest:
    if engine.dialect.name == "sqlite":
        sqlite.copy(sqlite.file_of(engine), target)
        copy = open_engine(f"sqlite:///{target}")
        try:
            with reading(copy) as connection:
                return _described(connection, now)
        finally:
            copy.dispose()
            sqlite.fold(target)
    with reading(engine) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        manifest = _described(connection, now)
        postgresql.copy(engine, target, str(connection.scalar(text("SELECT pg_export_snapshot()"))))
    return manifest


def _described(connection: Connection, now: datetime) -> Manifest:
    """The manifest of what a connection sees, its files still to be named."""
    position, newest = chain_end(connection)
    kind = "postgresql" if is_postgresql(connection) else "sqlite"
    return Manifest(now, kind, revision_of(connection), position, newest, {})


def chain_end(connection: Connection) -> tuple[int, str]:
    """The place and hash of the newest link, as `duban verify` prints them."""
    newest = select(links.c.position, links.c.hash).order_by(links.c.position.desc()).limit(1)
    place, found = next(iter(connection.execute(newest)), (0, START))
    return place, found.hex()


def revision_of(connection: Connection) -> str:
    """The version of the schema; StorageError when nobody has made it."""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if not found:
        raise StorageError("the database has no schema yet: run `duban init`")
    return str(found)


def _of_home(home: Path) -> dict[str, Path]:
    """The files of the home that go along, by their names in the archive."""
    secrets = [home / name for name in SECRETS]
    regulations = sorted((home / "regulations").glob("*.y*ml"))
    found = (path for path in (*secrets, *regulations) if path.is_file())
    return {f"{HOME}{path.relative_to(home).as_posix()}": path for path in found}
