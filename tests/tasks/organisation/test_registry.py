"""Packs in force: what is wrong with a file is learnt once for each state of the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from models import SHIPPED
from models.calendar.instants import parse_instant
from models.errors import RegulationError
from models.packs import load as loading
from models.store.database import writing

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


NAME = "house-rules"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every reading of a pack's file."""
    found: list[Path] = []
    load = loading.load_regulation

    def noted(file: Path, overrides: loading.Overrides | None = None) -> object:
        found.append(file)
        return load(file, overrides)

    monkeypatch.setattr(loading, "load_regulation", noted)
    return found


def test_a_broken_pack_is_read_once_until_its_file_changes(
    engine: Engine, deployment: Deployment, reads: list[Path]
) -> None:
    """Every case hears what is wrong, with the line, from one reading; the corrected file counts at once."""
    own = deployment.regulations.folders[-1]
    own.mkdir(parents=True)
    file = own / f"{NAME}.yaml"
    whole = (SHIPPED / "standard-complaints.yaml").read_text(encoding="utf-8")
    now = parse_instant("2026-11-01 09:00", deployment.zone)
    file.write_text(whole + "rules: []\n", encoding="utf-8")
    with writing(engine) as connection:
        told = set()
        for _ in range(3):
            with pytest.raises(RegulationError) as refused:
                deployment.regulations.register(connection, NAME, now)
            told.add((str(refused.value), len(refused.traceback)))
        assert len(told) == 1
        assert [file] == reads

        file.write_text(whole, encoding="utf-8")
        os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
        assert deployment.regulations.register(connection, NAME, now)[1].kind == "complaint"
        assert [file, file] == reads


def test_a_pack_the_disk_does_not_give_is_tried_again(
    engine: Engine, deployment: Deployment, reads: list[Path]
) -> None:
    """A folder in the place of the file cannot be read now, which says nothing of the next time."""
    (deployment.regulations.folders[-1] / f"{NAME}.yaml").mkdir(parents=True)
    with writing(engine) as connection:
        for _ in range(2):
            with pytest.raises(RegulationError, match="cannot be read"):
                deployment.regulations.register(connection, NAME, parse_instant("2026-11-01 09:00", deployment.zone))
    assert len(reads) == 2
