"""Engines and transactions: the same code on SQLite (WAL, immediate writes) and PostgreSQL (psycopg 3)."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from models.errors import StorageError
from models.store.private import private_file, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table
    from sqlalchemy.engine import URL, Connection, Engine

BUSY_MILLISECONDS = 60_000
_UNUSABLE = ("disk I/O", "disk image is malformed", "not a database", "readonly database", "disk is full")
"""As SQLite says what is wrong with its file."""


def open_engine(url: str) -> Engine:
    """An engine for the URL; SQLite gets its pragmas, its folder and its file. No error quotes what a row holds."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=5, hide_parameters=True)
    file = url.removeprefix("sqlite:///")
    engine = create_engine(url, poolclass=NullPool if file == ":memory:" else None, hide_parameters=True)
    if file and file != ":memory:":
        private_folder(Path(file).parent)
        private_file(Path(file))

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
        options = connection.get_execution_options()
        if options.get("immediate", False):
            level = "FULL" if options.get("durable", False) else "NORMAL"
            connection.exec_driver_sql(f"PRAGMA synchronous={level}")  # before it begins: inside it would do nothing
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with _clear_errors(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, *, durable: bool = False) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing. On SQLite it holds the write lock from the start.

    What was left for its end (`at_end`) is done just before it is committed. What is `durable` is on the disk when it
    is committed, whatever happens to the power; of other transactions SQLite may lose the last ones then, never a part.
    """
    options: dict[str, Any] = {"immediate": True, "durable": durable, "at_end": {}}
    with _clear_errors(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection
        for finish in options["at_end"].values():
            finish.finish(connection)


class AtEnd(Protocol):
    """Something that a transaction does once, before it is committed."""

    def finish(self, connection: Connection) -> None:
        """Do it."""

    def mark(self) -> int:
        """How far it is now."""

    def back_to(self, mark: int) -> None:
        """What came after the mark was rolled back."""


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """A part of the transaction of `writing` that may fail: then nothing of it remains, and the rest goes on."""
    waiting = at_end(connection)
    marks = {name: one.mark() for name, one in waiting.items()}
    try:
        with connection.begin_nested():
            yield
    except BaseException:
        for name, one in waiting.items():
            one.back_to(marks.get(name, 0))
        raise


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
    except DatabaseError as error:
        words = str(error.orig)
        missing = "no such table" in words or "UndefinedTable" in type(error.orig).__name__
        missing = missing or "no such column" in words or "UndefinedColumn" in type(error.orig).__name__
        if missing:
            msg = "the database has no schema, or an old one: run `duban init`"
            raise StorageError(msg) from error
        if isinstance(error, OperationalError) and ("connect" in words or "unable to open" in words):
            said = without_passwords(words.splitlines()[0], engine.url)
            msg = f"cannot reach the database {place(engine)}: check DUBAN_DATABASE_URL ({said})"
            raise StorageError(msg) from (error if said in words else None)
        if any(sign in words for sign in _UNUSABLE):
            msg = f"the database {place(engine)} cannot be used ({words}): check the file and its disk"
            raise StorageError(msg) from error
        raise


def place(engine: Engine) -> str:
    """Where the database is, to be shown: no password, nor anything else that the URL asks of the driver."""
    return engine.url.set(query={}).render_as_string(hide_password=True)


def without_passwords(words: str, url: URL) -> str:
    """Another program's words about this database, without the passwords of its URL."""
    given = [url.password, *(value for name, value in url.query.items() if "pass" in name.lower())]
    secrets = {str(one) for one in given if one}
    for secret in sorted({*secrets, *map(quote, secrets)}, key=len, reverse=True):
        words = words.replace(secret, "***")
    return words


def upsert(connection: Connection, table: Table) -> Any:
    """The database's own INSERT, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if is_postgresql(connection):
        return postgresql.insert(table)
    return sqlite.insert(table)


def is_postgresql(connection: Connection) -> bool:
    """Whether rows can be skipped while another sweep holds them."""
    return connection.dialect.name == "postgresql"
