"""A backup as one file, for its owner alone: the database, what else is needed to go on, and a manifest.

It is a compressed tar. Only names that a backup has are read from it, and each has to have the digest that the
manifest says; so neither half a file nor somebody else's archive is taken for a backup.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from models.calendar.instants import from_iso, iso
from models.errors import RefusedError, StorageError, UsageError
from models.store.private import private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

MANIFEST = "manifest.json"
DATABASE = "database"
HOME = "home/"
FORMAT = 1
SECRETS = ("secret", "sign-in")
"""Files of the home without which mails that were sent cannot be answered, and nobody can sign in as before."""
_OWN = re.compile(rf"{DATABASE}|{HOME}({'|'.join(SECRETS)}|regulations/[\w.-]+\.ya?ml)")
_LARGEST_MANIFEST = 10 * 1024 * 1024
_PIECE = 1024 * 1024


class Manifest(NamedTuple):
    """What a backup holds. `position` and `hash` are the newest link of its chain, as `duban verify` prints them."""

    taken_at: datetime
    """No later than what is in it: what happened after that instant may be missing."""
    database: str
    revision: str
    position: int
    hash: str
    files: Mapping[str, str]
    """SHA-256 of each file, by its name in the archive."""

    def as_data(self) -> dict[str, Any]:
        """As it is written."""
        return {"duban_backup": FORMAT, **self._asdict(), "taken_at": iso(self.taken_at)}


def pack(target: Path, manifest: Manifest, members: Mapping[str, Path]) -> Manifest:
    """Write the archive, whole or not at all; the manifest with the digests of its files.

    UsageError when there is a file of that name, StorageError when it cannot be written.
    """
    if os.path.lexists(target):
        raise UsageError(f"{target} exists already: a backup overwrites nothing, give it another name")
    manifest = manifest._replace(files={name: _digest(path) for name, path in members.items()})
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        number = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with open(number, "wb") as opened:  # noqa: PTH123 -- by its number
            with tarfile.open(fileobj=opened, mode="w:gz", compresslevel=1) as archive:
                said = json.dumps(manifest.as_data(), indent=2).encode()
                archive.addfile(_entry(MANIFEST, len(said), manifest.taken_at), io.BytesIO(said))
                for name, path in members.items():
                    with path.open("rb") as content:
                        archive.addfile(_entry(name, path.stat().st_size, manifest.taken_at), content)
            opened.flush()
            os.fsync(opened.fileno())
        os.link(part, target)  # and not a rename, which would overwrite what came meanwhile
    except FileExistsError as error:
        raise UsageError(f"{target} exists already: a backup overwrites nothing, give it another name") from error
    except OSError as error:
        raise StorageError(f"{target} cannot be written ({error.strerror}): check the folder and its disk") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return manifest


def _entry(name: str, size: int, at: datetime) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(at.timestamp())
    return entry


def unpack(source: Path, folder: Path) -> tuple[Manifest, dict[str, Path]]:
    """Read an archive into a folder: what it holds, and where each of its files is now.

    RefusedError when it is no backup, is not whole, or was made by a later version of the format.
    """
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            manifest = _read_manifest(archive)
            found = {}
            while entry := archive.next():
                if not entry.isreg() or not _OWN.fullmatch(entry.name) or entry.name in found:
                    raise RefusedError(f"{source} is no backup of Duban: it holds {entry.name!r}")
                path = found[entry.name] = folder / entry.name
                private_folder(path.parent)
                _copy(archive, entry, path)
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {source}") from error
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"{source} is no backup of Duban, or not a whole one ({error})") from error
    if set(found) != set(manifest.files) or DATABASE not in found:
        raise RefusedError(f"{source} is not a whole backup: its manifest names other files than it holds")
    for name, path in found.items():
        if _digest(path) != manifest.files[name]:
            raise RefusedError(f"{source} was damaged: {name} is not what its manifest says")
    return manifest, found


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == MANIFEST and first.isreg() else None
    if first is None or content is None or first.size > _LARGEST_MANIFEST:
        msg = "it does not begin with a manifest"
        raise ValueError(msg)
    told = json.loads(content.read())
    if told.pop("duban_backup") != FORMAT:
        raise RefusedError("this backup was made by a later version of Duban: restore it with that one")
    return Manifest(**{**told, "taken_at": from_iso(told["taken_at"])})


def _copy(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> None:
    source = archive.extractfile(entry)
    assert source is not None  # noqa: S101 -- a regular file, see above
    number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(number, "wb") as target:  # noqa: PTH123 -- by its number
        while piece := source.read(_PIECE):
            target.write(piece)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
