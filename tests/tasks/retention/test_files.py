"""What has been kept long enough goes; what is younger, and what is not ours to clear, stays."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flows.local.children import rotate
from models.settings import Settings
from models.store.database import open_engine
from models.store.migrate import upgrade
from tasks.retention.database import tidy
from tasks.retention.files import Cleared, clear

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def aged(file: Path, days: float) -> None:
    """A file of five bytes that was written so many days ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("12345")
    at = (NOW - timedelta(days=days)).timestamp()
    os.utime(file, (at, at))


def test_old_mails_and_files_go(tmp_path: Path) -> None:
    """By their age; a link goes itself, not what it leads to, and nothing else in the home is touched."""
    aged(tmp_path / "mailbox" / "old.eml", 8)
    aged(tmp_path / "mailbox" / "new.eml", 6)
    aged(tmp_path / "inbox" / "done" / "old.csv", 31)
    aged(tmp_path / "inbox" / "refused" / "old.csv", 31)
    aged(tmp_path / "inbox" / "waiting.csv", 300)
    aged(tmp_path / "secret", 300)
    (tmp_path / "inbox" / "refused" / "link").symlink_to(tmp_path / "secret")
    settings = Settings(home=tmp_path, keep_mails_days=7, keep_files_days=30)

    assert {"mails": Cleared(1, 5), "files": Cleared(2, 10)} == clear(settings, NOW)
    assert {"new.eml"} == {file.name for file in (tmp_path / "mailbox").iterdir()}
    assert (tmp_path / "secret").exists()
    assert (tmp_path / "inbox" / "waiting.csv").exists()
    assert {"mails": Cleared(), "files": Cleared()} == clear(Settings(home=tmp_path / "none"), NOW)


def test_a_log_is_put_aside_while_it_is_written(tmp_path: Path) -> None:
    """The program goes on at the beginning of the emptied file; the part before it is kept once."""
    log = tmp_path / "worker.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"a" * 1001)
        rotate(tmp_path, 1000)
        writer.write(b"b" * 10)
        rotate(tmp_path, 1000)
        assert b"b" * 10 == log.read_bytes()
        assert b"a" * 1001 == (tmp_path / "worker.old.log").read_bytes()
        writer.write(b"c" * 1000)
        rotate(tmp_path, 1000)
    assert (tmp_path / "worker.old.log").read_bytes().startswith(b"b")
    assert 0 == log.stat().st_size


def test_the_database_is_tidied(tmp_path: Path) -> None:
    """Its log is folded in."""
    engine = open_engine(f"sqlite:///{tmp_path / 'duban.db'}")
    upgrade(engine)
    tidy(engine)
    assert 0 == (tmp_path / "duban.db-wal").stat().st_size
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "duban.db")) as database:
        assert "ok" == database.execute("PRAGMA integrity_check").fetchone()[0]
