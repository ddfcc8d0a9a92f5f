"""The drop folder takes files and nothing that stands for one, as they were at one moment."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

import flows.inbox
from flows.intake import FileKind, ImportedFile, import_one, reject_rows, take_in, waiting
from models.store.database import reading
from models.store.schema import cases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

COMPLAINTS = "received_at,customer,content\n2026-11-20 09:00,钱先生,刹车异响\n"
REJECTED = "not a date,孙女士,漏油\n"


@pytest.fixture
def inbox(deployment: Deployment) -> Path:
    """The drop folder."""
    folder = flows.inbox.inbox(deployment)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    return folder


def customers(engine: Engine) -> list[str]:
    """Whose complaints are on record."""
    with reading(engine) as connection:
        return list(connection.scalars(select(cases.c.party).order_by(cases.c.id)))


def run(engine: Engine, deployment: Deployment) -> list[ImportedFile]:
    """What the flow does, long after the files were dropped."""
    later = datetime.now(UTC).timestamp() + 60
    return [take_in(engine, deployment, what, path) for what, path in waiting(deployment, later)]


def secret(tmp_path: Path) -> Path:
    """A file elsewhere that only we may read."""
    file = tmp_path / "secret.csv"
    file.write_text(COMPLAINTS, encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["link", "dangling", "hard", "pipe"])
def test_what_only_stands_for_a_file_is_refused(
    engine: Engine, deployment: Deployment, inbox: Path, tmp_path: Path, kind: str
) -> None:
    """Symbolic and hard links, pipes: put aside with the reason, not opened, and what they name stays as it is."""
    there, target = secret(tmp_path), inbox / "complaints.csv"
    make: dict[str, Callable[[], object]] = {
        "link": lambda: target.symlink_to(there),
        "dangling": lambda: target.symlink_to("/nowhere/at/all"),
        "hard": lambda: target.hardlink_to(there),
        "pipe": lambda: os.mkfifo(target),
    }
    make[kind]()
    before = there.lstat().st_mode

    (result,) = run(engine, deployment)

    assert result.refused
    assert "链接" in result.refused
    assert "copy the file itself" in result.refused
    assert [] == customers(engine)
    assert {"complaints.csv", "complaints.csv.reason.txt"} == {one.name for one in (inbox / "refused").iterdir()}
    assert (before, COMPLAINTS) == (there.lstat().st_mode, there.read_text("utf-8"))
    assert [] == run(engine, deployment)


def test_a_folder_of_that_name_is_left_alone(engine: Engine, deployment: Deployment, inbox: Path) -> None:
    """Only what lies in the inbox itself goes in."""
    (inbox / "complaints.csv").mkdir()
    assert [] == run(engine, deployment)


def test_a_named_link_is_refused_too(engine: Engine, deployment: Deployment, tmp_path: Path) -> None:
    """Whoever fills in the form has not our rights: the file itself has to be named."""
    link = tmp_path / "complaints.csv"
    link.symlink_to(secret(tmp_path))
    assert "链接" in str(import_one(engine, deployment, FileKind.COMPLAINTS, link).refused)
    assert [] == customers(engine)


def test_a_file_that_is_still_being_written_waits(
    engine: Engine, deployment: Deployment, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What grows while it is copied is left for the next run; nothing of its first half is imported."""
    file = inbox / "complaints.csv"
    file.write_text(COMPLAINTS, encoding="utf-8")
    copy = flows.inbox._copy

    def slowly(source: object, target: object, size: int) -> int:
        with file.open("a", encoding="utf-8") as more:
            more.write("2026-11-20 10:00,李女士,漏油\n")
        return copy(source, target, size)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(flows.inbox, "_copy", slowly)
        (result,) = run(engine, deployment)
    assert "still being written" in result.note
    assert ([], True) == (customers(engine), file.exists())

    run(engine, deployment)
    assert ["钱先生", "李女士"] == customers(engine)
    assert not file.exists()


def test_what_is_swapped_while_it_is_read_changes_nothing(
    engine: Engine, deployment: Deployment, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is imported and put away; the newer file of the same name stays and goes in next."""
    file = inbox / "complaints.csv"
    file.write_text(COMPLAINTS, encoding="utf-8")

    def swapping(*given: object) -> ImportedFile:
        fresh = inbox / "fresh"
        fresh.write_text(COMPLAINTS.replace("钱先生", "李女士"), encoding="utf-8")
        fresh.replace(file)
        return import_one(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("flows.intake.import_one", swapping)
        run(engine, deployment)
    assert ["钱先生"] == customers(engine)
    assert COMPLAINTS == (inbox / "done" / "complaints.csv").read_text("utf-8")

    run(engine, deployment)
    assert ["钱先生", "李女士"] == customers(engine)
    assert {"complaints.csv", "complaints-2.csv"} == {one.name for one in (inbox / "done").iterdir()}


def test_what_is_put_away_is_for_its_owner_alone(engine: Engine, deployment: Deployment, inbox: Path) -> None:
    """Also what was dropped with a looser mode, and the rejected rows; of a second file its own rows are shown."""
    for customer in ("钱先生", "李女士"):
        file = inbox / "complaints.csv"
        file.write_text(COMPLAINTS.replace("钱先生", customer) + REJECTED, encoding="utf-8")
        file.chmod(0o666)
        (result,) = run(engine, deployment)
    assert result.rejected_file is not None
    assert "complaints.rejected-2.csv" == result.rejected_file.name
    assert 1 == len(reject_rows(result))
    modes = {stat.S_IMODE(one.stat().st_mode) for one in inbox.rglob("*") if one.is_file()}
    assert {0o600} == modes
    assert [] == list((deployment.settings.home / "taking").iterdir())


def test_copies_that_a_killed_run_left_are_cleared_away(engine: Engine, deployment: Deployment, inbox: Path) -> None:
    """After a day; those of a run that works beside this one stay."""
    taking = deployment.settings.home / "taking"
    for name, age in (("old", 25 * 3600), ("new", 60)):
        (taking / name).mkdir(parents=True)
        os.utime(taking / name, (time.time() - age,) * 2)
    (inbox / "complaints.csv").write_text(COMPLAINTS, encoding="utf-8")
    run(engine, deployment)
    assert ["new"] == [one.name for one in taking.iterdir()]
