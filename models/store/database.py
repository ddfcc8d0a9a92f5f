"""Engines and transactions: the same code on SQLite (WAL, immediate writes) and PostgreSQL (psycopg 3)."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from models.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

BUSY_MILLISECONDS = 60_000


def open_engine(url: str) -> Engine:
    """An engine for the URL; SQLite gets its pragmas and its folder."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=5)
    file = url.removeprefix("sqlite:///")
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=NullPool if file == ":memory:" else None)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with _clear_errors(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing. On SQLite it holds the write lock from the start.

    What was left for its end (`at_end`) is done just before it is committed.
    """
    options: dict[str, Any] = {"immediate": True, "at_end": {}}
    with _clear_errors(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection
        for finish in options["at_end"].values():
            finish.finish(connection)


class AtEnd(Protocol):
    """Something that a transaction does once, before it is committed."""

    def finish(self, connection: Connection) -> None:
        """Do it."""


def at_end(connection: Connection) -> dict[str, AtEnd]:
    """What the transaction of `writing` has to do before it is committed, by name."""
    found: dict[str, AtEnd] | None = connection.get_execution_options().get("at_end")
    if found is None:
        msg = "this connection was not opened by `writing`"
        raise LookupError(msg)
    return found


@contextmanager
def _clear_errors(engine: Engine) -> Iterator[None]:
    """Turn what a fresh or unreachable database says into what to do about it."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        words = str(error.orig)
        missing = "no such table" in words or "UndefinedTable" in type(error.orig).__name__
        missing = missing or "no such column" in words or "UndefinedColumn" in type(error.orig).__name__
        if missing:
            msg = "the database has no schema, or an old one: run `duban init`"
            raise StorageError(msg) from error
        if isinstance(error, OperationalError) and ("connect" in words or "unable to open" in words):
            shown = engine.url.render_as_string(hide_password=True)
            msg = f"cannot reach the database {shown}: check DUBAN_DATABASE_URL ({words.splitlines()[0]})"
            raise StorageError(msg) from error
        raise


def upsert(connection: Connection, table: Table) -> Any:
    """The database's own INSERT, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if is_postgresql(connection):
        return postgresql.insert(table)
    return sqlite.insert(table)


def is_postgresql(connection: Connection) -> bool:
    """Whether rows can be skipped while another sweep holds them."""
    return connection.dialect.name == "postgresql"
