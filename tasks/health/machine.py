"""The machine: how much room everything takes and how much is left, which versions run, whether Prefect answers."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import inspect, text

from models.settings import surroundings
from models.store.database import is_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from models.settings import Settings

PREFECT_SECONDS = 1.0
"""So long Prefect may take to answer."""
API_URL = "PREFECT_API_URL"


class Sizes(NamedTuple):
    """In bytes; None where it is not on this machine. `free` is what the fuller of the disks in use has left."""

    database: int | None
    prefect: int | None
    logs: int
    mails: int
    free: int


class Prefect(NamedTuple):
    """Where a Prefect server is meant to run ("" = nowhere), whether it answers, whether `duban up` has gone."""

    url: str = ""
    answers: bool = False
    up_has_gone: bool = False


def free_bytes(connection: Connection, settings: Settings) -> int:
    """What the fuller of the disks in use has left: that of the home, that of a database in a file."""
    file = _file_of(connection)
    places = [settings.home.absolute(), *([file.parent] if file else [])]
    return min(shutil.disk_usage(_existing(place)).free for place in places)


def sizes(connection: Connection, settings: Settings) -> Sizes:
    """What lies in the home, and the database wherever it is."""
    home, file = settings.home.absolute(), _file_of(connection)
    return Sizes(
        database=_size_of(file) if file else _database_size(connection),
        prefect=_size_of(home / "prefect" / "prefect.db"),
        logs=sum(_below(home / "logs")),
        mails=sum(_below(home / "mailbox")),
        free=free_bytes(connection, settings),
    )


def _file_of(connection: Connection) -> Path | None:
    """The database, where it is a file."""
    return None if is_postgresql(connection) else Path(str(connection.engine.url.database)).absolute()


def _database_size(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _size_of(file: Path) -> int | None:
    """A database of SQLite with what stands beside it."""
    found = [_bytes(f"{file}{suffix}") for suffix in ("", "-wal", "-shm")]
    return sum(size or 0 for size in found) if found[0] is not None else None


def _bytes(file: str) -> int | None:
    try:
        return os.stat(file).st_size  # noqa: PTH116 -- paths as objects would cost several times as much
    except OSError:
        return None


def _below(folder: Path) -> Iterator[int]:
    """The sizes of the files of a folder and of its folders; what goes meanwhile is left out."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    yield from _below(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False).st_size


def _existing(place: Path) -> Path:
    return next(one for one in (place, *place.parents) if one.exists())


def versions(connection: Connection) -> dict[str, str]:
    """Of Duban, its schema, the database, Python and Prefect; what cannot be told is left out."""
    found = {"duban": _installed("duban"), "prefect": _installed("prefect"), "python": platform.python_version()}
    if inspect(connection).has_table("alembic_version"):
        found["schema"] = str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")
    number = connection.scalar(text("SHOW server_version" if is_postgresql(connection) else "SELECT sqlite_version()"))
    found["database"] = f"{connection.dialect.name} {number}"
    return {name: told for name, told in found.items() if told}


def _installed(package: str) -> str:
    """Its version without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def prefect(settings: Settings) -> Prefect:
    """Whether the server answers: that of PREFECT_API_URL, or that of the `duban up` that was started in this home."""
    given = surroundings(API_URL).get(API_URL, "").strip()
    processes = _started(settings)
    if not given and processes is None:
        return Prefect()
    url = given or f"http://127.0.0.1:{settings.prefect_port}/api"
    return Prefect(url, _answers(url), up_has_gone=not given and not _is_alive(processes))


def _started(settings: Settings) -> list[tuple[int, float]] | None:
    """The processes that `duban up` has written down, itself first; it takes them away when it is stopped."""
    try:
        noted = json.loads((settings.home / "prefect" / "processes.json").read_text())
        return [(int(pid), float(created)) for pid, created in noted]
    except (OSError, ValueError, TypeError):
        return None


def _is_alive(processes: list[tuple[int, float]] | None) -> bool:
    if not processes:
        return False
    import psutil  # noqa: PLC0415 -- only where `duban up` has been started

    pid, created = processes[0]
    try:
        return abs(psutil.Process(pid).create_time() - created) < 1
    except psutil.Error:
        return False


def _answers(url: str) -> bool:
    """Whether something listens there; what it says is for those who can sign in."""
    place = urlsplit(url)
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        with socket.create_connection((place.hostname or "", port), timeout=PREFECT_SECONDS):
            return True
    except (OSError, ValueError):
        return False
