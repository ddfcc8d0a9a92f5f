"""What has to survive a loss of power is on the disk when it is committed; the rest may lose its last moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.store.database import open_engine, writing
from models.store.migrate import upgrade

if TYPE_CHECKING:
    from pathlib import Path

FULL, NORMAL = 2, 1


@pytest.mark.parametrize(("durable", "expected"), [(True, FULL), (False, NORMAL)])
def test_a_durable_transaction_waits_for_the_disk(tmp_path: Path, *, durable: bool, expected: int) -> None:
    """Whatever the one before it on the same connection asked for."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(engine)
    for before in (True, False):
        with writing(engine, durable=before):
            pass
        with writing(engine, durable=durable) as connection:
            assert expected == connection.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()
