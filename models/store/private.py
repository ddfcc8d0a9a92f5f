"""What Duban keeps on this machine is for its owner alone: folders 0700 and files 0600, whatever the umask is.

What somebody asks for by name (`--out DIR`) is theirs and is written as their umask says.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The bits of a mode that let anybody but the owner in."""


def private_folder(folder: Path) -> Path:
    """The folder, made with whatever is missing above it when it is not there yet."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def private_file(file: Path) -> None:
    """Make an empty file, unless there is one; what SQLite puts beside a database takes over its mode."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def write_private(file: Path, content: bytes) -> None:
    """Write a file, in the place of an older one. OSError also when the name is that of a link."""
    number = os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with open(number, "wb") as opened:  # noqa: PTH123 -- by its number
        os.fchmod(number, 0o600)
        opened.write(content)


@contextmanager
def private_umask() -> Iterator[None]:
    """While this runs, whatever this process and its children make is the owner's alone."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(home: Path) -> bool:
    """Close a home that an earlier version, or a looser umask, left open: the folder and everything in it.

    False where that is not for us to do and others may look into it: it belongs to somebody else, or is a place for
    more than Duban (the root, the user's own folder, one like /tmp).
    """
    found = home.stat()
    shared = found.st_mode & stat.S_ISVTX or home.resolve() in {Path("/"), Path.home().resolve()}
    if shared or found.st_uid != os.geteuid():
        return not found.st_mode & OTHERS
    _close(home, found)
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            path = Path(folder, name)
            with suppress(OSError):  # it went away meanwhile, or is somebody else's
                _close(path, path.lstat())
    return True


def _close(path: Path, found: os.stat_result) -> None:
    if found.st_mode & OTHERS and not stat.S_ISLNK(found.st_mode):
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
