"""`duban restore`: a backup becomes the record again, and the record knows that it was restored.

1. The archive is read and checked: digests, a sound database, the end of its chain, a schema that this version knows.
2. Beside the old database the new one is brought to the newest schema, what waits in its outbox is marked as a possible
   repeat (or held, by DUBAN_IN_DOUBT), and the fact `restored` is put down.
3. It takes the place of the old one, which stays under another name.

What is decided after that and may have been told before is marked when it is written (`tasks/record/restored.py`).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from models.errors import RefusedError
from models.settings import InDoubt
from models.store.database import open_engine, reading, writing
from models.store.migrate import known_revisions, upgrade
from models.store.private import private_folder, private_umask, write_private
from models.store.schema import leases, messages
from models.wording.catalogue import FIRST, SECOND, say
from tasks.record import restored
from tasks.recovery import postgresql, sqlite
from tasks.recovery.archive import DATABASE, HOME, SECRETS, Manifest, unpack
from tasks.recovery.backup import chain_end, revision_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from models.settings import Settings

SETTLED = ("sent", "dropped")
"""States of a message that nobody sends again."""


class Outcome(NamedTuple):
    """What became of it: where the old database is, how many messages are in doubt, and files that were kept aside."""

    manifest: Manifest
    aside: str | None
    doubtful: int
    files: tuple[str, ...]


def restore(engine: Engine, settings: Settings, source: Path, now: datetime) -> Outcome:
    """Put a backup in the place of the database; nothing of the old one is lost.

    UsageError when there is no such file, RefusedError when it is no whole backup or is none for this kind of database,
    StorageError when somebody has the database open or it cannot be written. Then everything is as it was.
    """
    home = private_folder(settings.home.absolute())
    engine.dispose()
    is_sqlite = engine.dialect.name == "sqlite"
    beside = private_folder(sqlite.file_of(engine).absolute().parent) if is_sqlite else home
    with private_umask(), tempfile.TemporaryDirectory(prefix=".duban-restore-", dir=beside) as made:
        manifest, files = unpack(source, Path(made))
        if manifest.database != engine.dialect.name:
            kinds = f"is of {manifest.database}, and DUBAN_DATABASE_URL names a database of {engine.dialect.name}"
            raise RefusedError(f"this backup {kinds}: restore it into one of its own kind")
        if manifest.revision not in known_revisions():
            later = f"its schema {manifest.revision} is of a later version of Duban"
            raise RefusedError(f"{later}: restore it with that one")
        if is_sqlite:
            aside, doubtful = _into_file(engine, files[DATABASE], settings, manifest, now)
        else:
            aside, doubtful = _into_server(engine, files[DATABASE], settings, manifest, now)
        return Outcome(manifest, aside, doubtful, tuple(_into_home(home, files, now)))


def _into_file(
    engine: Engine, fresh: Path, settings: Settings, manifest: Manifest, now: datetime
) -> tuple[str | None, int]:
    sqlite.check(fresh)
    copy = open_engine(f"sqlite:///{fresh}")
    try:
        doubtful = _make_ready(copy, settings, manifest, now)
    finally:
        copy.dispose()
    sqlite.fold(fresh)
    aside = sqlite.put_in_place(fresh, sqlite.file_of(engine), now)
    return (str(aside) if aside else None), doubtful


def _into_server(
    engine: Engine, dump: Path, settings: Settings, manifest: Manifest, now: datetime
) -> tuple[str | None, int]:
    aside = postgresql.put_aside(engine, now)
    try:
        engine.dispose()
        postgresql.fill(engine, dump)
        return aside, _make_ready(engine, settings, manifest, now)
    except BaseException:
        engine.dispose()
        postgresql.put_back(engine, aside)
        raise


def _make_ready(engine: Engine, settings: Settings, manifest: Manifest, now: datetime) -> int:
    """Check that it is what the manifest says, and let the record know that it was restored; how many are in doubt."""
    with reading(engine) as connection:
        if (manifest.position, manifest.hash) != chain_end(connection) or manifest.revision != revision_of(connection):
            raise RefusedError("this backup does not end where its manifest says: take another one")
    upgrade(engine)
    with writing(engine) as connection:
        restored.note(connection, restored.Restored(manifest.taken_at, now))
        connection.execute(leases.delete())
        return _doubt(connection, settings)


def _doubt(connection: Connection, settings: Settings) -> int:
    """Whatever is not settled in the outbox may have left since the backup was taken."""
    unsettled = messages.c.state.not_in(SETTLED)
    reason = " / ".join(say(language, "delivery.restored") for language in (FIRST, SECOND))
    connection.execute(messages.update().where(unsettled).values(possible_repeat=True))
    state = "in_doubt" if settings.in_doubt is InDoubt.HOLD else "queued"
    waiting = messages.c.state.in_(("queued", "sending"))
    values = {"state": state, "reason": reason, "claimed_by": None, "claimed_at": None}
    connection.execute(messages.update().where(waiting).values(values))
    return connection.scalar(select(func.count()).select_from(messages).where(unsettled)) or 0


def _into_home(home: Path, files: dict[str, Path], now: datetime) -> list[str]:
    """Put back what the home lacks. Of secrets that differ the backup's count: by them mails were signed.

    A regulation that differs stays as it is: cases keep the content under which they were opened. The names of what
    differed.
    """
    differing = []
    for name, path in files.items():
        if name == DATABASE:
            continue
        target, content = home / name.removeprefix(HOME), path.read_bytes()
        if target.is_file() and target.read_bytes() != content:
            differing.append(str(target))
            if target.name not in SECRETS:
                continue
            shutil.copy2(target, sqlite.aside_of(target, now))
        private_folder(target.parent)
        write_private(target, content)
    return differing
