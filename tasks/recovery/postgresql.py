"""A PostgreSQL database copied and put back by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from sqlalchemy import text

from models.errors import RefusedError, StorageError
from models.store.database import without_passwords

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

ASIDE = "before_"
"""Begins the name of a schema that was put aside."""
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend' AND state <> 'idle'"
)


def copy(engine: Engine, target: Path, snapshot: str) -> None:
    """The database as that snapshot of an open transaction sees it."""
    _run(
        engine,
        "pg_dump",
        *("--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*"),
        *(f"--snapshot={snapshot}", f"--file={target}"),
    )


def put_aside(engine: Engine, now: datetime) -> str:
    """Rename the schema and make an empty one in its place; the old one's new name.

    RefusedError while somebody else is at work.
    """
    name = f"{ASIDE}{now:%Y%m%d_%H%M%S}"
    with engine.begin() as connection:
        others = connection.scalar(_OTHERS) or 0
        if others:
            raise RefusedError(
                f"{others} other programs are at work on this database: stop `duban up` and every worker first"
            )
        connection.execute(text(f'ALTER SCHEMA "{_schema(connection)}" RENAME TO {name}'))
        connection.execute(text('CREATE SCHEMA "public"'))
    return name


def put_back(engine: Engine, name: str) -> None:
    """Undo `put_aside`: what stands in its place goes."""
    with engine.begin() as connection:
        connection.execute(text('DROP SCHEMA "public" CASCADE'))
        connection.execute(text(f'ALTER SCHEMA {name} RENAME TO "public"'))


def fill(engine: Engine, source: Path) -> None:
    """Read a copy into an empty schema."""
    flags = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run(engine, "pg_restore", *flags, str(source))


def _schema(connection: Connection) -> str:
    found = connection.scalar(text("SELECT current_schema()"))
    if found != "public":
        raise RefusedError(f"Duban's tables have to lie in the schema public to be restored, not in {found}")
    return "public"


def _run(engine: Engine, program: str, *flags: str) -> None:
    """One of PostgreSQL's programs on this database; the password goes by its environment alone."""
    found = shutil.which(program)
    if found is None:
        raise StorageError(f"{program} is not installed here: install PostgreSQL's client programs (postgresql-client)")
    url = engine.url.set(drivername="postgresql")
    kept = {key: value for key, value in url.query.items() if "pass" not in key.lower()}
    address = url.set(password=None, query=kept).render_as_string(hide_password=False)
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603 -- PostgreSQL's own program, our own flags
        [found, *flags, f"--dbname={address}"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise StorageError(f"{program} failed: {without_passwords(lines[0], engine.url)[:300]}")
