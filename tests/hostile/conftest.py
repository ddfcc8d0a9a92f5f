"""A deployment to be attacked: an empty folder with an empty database, and the command."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from models.store import schema
from models.store.database import open_engine
from tests.hostile.harness import in_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.harness import Answer


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a schema and nothing in it."""
    file = tmp_path_factory.mktemp("record") / "duban.db"
    engine = open_engine(f"sqlite:///{file}")
    schema.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture
def folder(tmp_path: Path, empty_record: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".duban").mkdir()
    shutil.copy(empty_record, tmp_path / ".duban" / "duban.db")
    return tmp_path


@pytest.fixture
def duban(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The command, in this process."""
    assert folder.is_dir()
    return in_process(capsys)
