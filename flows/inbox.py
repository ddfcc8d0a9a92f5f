"""The drop folder. What lies there is copied before it is read, so that nobody changes or swaps it meanwhile.

A link, a pipe or a device is no file that somebody gave us: with our rights it would open what its owner may not read.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from flows.pages.runs import bilingual
from models.errors import RefusedError
from models.store.private import private_folder, private_umask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.organisation.deployment import Deployment

LEFT_SECONDS = 24 * 3600.0
"""Copies this old were left by a run that was killed."""
PIECE = 1024 * 1024


class ChangingError(Exception):
    """The file is still being written: the next run may take it."""


def inbox(deployment: Deployment) -> Path:
    """The drop folder; made when it is not there yet."""
    return private_folder(deployment.settings.home.absolute() / "inbox")


@contextmanager
def workplace(deployment: Deployment, now: float) -> Iterator[Path]:
    """A folder for one run's copies and what is written beside them.

    What killed runs left is cleared away; `now` is in seconds since the epoch.
    """
    folder = private_folder(deployment.settings.home.absolute() / "taking")
    for left in folder.iterdir():
        with suppress(FileNotFoundError):  # another run was quicker
            if now - left.lstat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    with private_umask(), tempfile.TemporaryDirectory(dir=folder) as made:
        yield Path(made)


def refuse_unless_plain(found: os.stat_result) -> None:
    """RefusedError unless it is a file of its own: nothing that stands for another one, or has a second name."""
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise RefusedError(bilingual("flow.intake.not_plain", joint=" / "))


def copied(path: Path, folder: Path) -> tuple[Path, os.stat_result]:
    """A copy of the file as it was at one moment, and what it was then.

    RefusedError when it is no plain file or cannot be read, ChangingError when it changes, FileNotFoundError when
    another run was quicker.
    """
    refuse_unless_plain(path.lstat())
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:  # swapped for a link a moment ago, or not ours to read
        raise RefusedError(bilingual("flow.intake.unreadable", joint=" / ", why=error.strerror)) from error
    copy = folder / path.name
    with open(number, "rb") as source, copy.open("xb") as target:  # noqa: PTH123 -- by its number
        before = os.fstat(number)
        refuse_unless_plain(before)
        size = _copy(source, target, before.st_size)
        if size != before.st_size or not same(before, os.fstat(number)):
            raise ChangingError
    return copy, before


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> int:
    """Copy, but no more than a byte too much: what grows has no end."""
    done = 0
    while done <= size and (piece := source.read(min(PIECE, size + 1 - done))):
        done += target.write(piece)
    return done


def same(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether it is the same file with the same content."""
    return all(getattr(before, one) == getattr(after, one) for one in ("st_dev", "st_ino", "st_size", "st_mtime_ns"))


def put_away(path: Path, folder: Path) -> Path:
    """Move a file (or a link, as it is) into a folder without overwriting what is there; where it is now."""
    private_folder(folder)
    target = folder / path.name
    number = 2
    while os.path.lexists(target):
        target = folder / f"{path.stem}-{number}{path.suffix}"
        number += 1
    shutil.move(path, target)
    return target
