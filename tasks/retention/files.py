"""Files that have been kept long enough: the local mailbox, and what the inbox took in or refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.settings import Settings


class Cleared(NamedTuple):
    """How many files went, and how many bytes they had."""

    files: int = 0
    size: int = 0


def clear(settings: Settings, now: datetime) -> dict[str, Cleared]:
    """Delete what is older than the settings let it stay, by the kind of what it is: mails and files."""
    home = settings.home.absolute()
    inbox = home / "inbox"
    return {
        "mails": _cleared([home / "mailbox"], now - timedelta(days=settings.keep_mails_days)),
        "files": _cleared([inbox / "done", inbox / "refused"], now - timedelta(days=settings.keep_files_days)),
    }


def _cleared(folders: list[Path], before: datetime) -> Cleared:
    done = Cleared()
    for file in (file for folder in folders for file in _in(folder)):
        with suppress(FileNotFoundError):  # somebody else was quicker
            found = file.lstat()
            if datetime.fromtimestamp(found.st_mtime, UTC) < before:
                file.unlink()
                done = Cleared(done.files + 1, done.size + found.st_size)
    return done


def _in(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (file for file in folder.iterdir() if file.is_symlink() or file.is_file())
