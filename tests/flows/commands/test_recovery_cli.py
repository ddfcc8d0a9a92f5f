"""`duban backup`, `restore` and `erase`: what they ask, what they refuse, and how they answer."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from flows.commands.app import main
from flows.local.children import Children
from flows.local.environment import process_record
from models.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


class Duban(Protocol):
    """Runs a command in this process."""

    def __call__(self, *words: str) -> Outcome:
        """`duban WORDS`."""
        ...


@pytest.fixture
def duban(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Duban:
    """The command line in an empty folder with a database, in which a closed complaint lies."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUBAN_OPERATIONS_EMAIL", "operations@example.com")

    def run(*words: str) -> Outcome:
        status = main(words)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    assert 0 == run("init").status
    (tmp_path / "people.csv").write_text(
        "name,email,department,role\n林静,lin@example.com,客服部,service_manager;general_manager\n", encoding="utf-8"
    )
    assert 0 == run("import", "directory", "people.csv").status
    opened = run("record", "NEW", "registered", "--at", "2026-01-05T09:00", "--field", "customer=王小明")
    assert 0 == opened.status, opened.err
    return run


def one_line(text: str) -> bool:
    """Whether the text is exactly one line."""
    return text.endswith("\n") and text.count("\n") == 1


def test_a_backup_is_made_and_restored(duban: Duban, tmp_path: Path) -> None:
    """It prints the end of the chain, which `verify --expect` finds again in what was restored."""
    made = duban("backup", "kept.duban")
    assert 0 == made.status
    end = made.out.splitlines()[1]
    told = json.loads(duban("backup", "second.duban", "--json").out)
    assert end == f"{told['position']}:{told['hash']}"
    assert 0 == duban("record", "2601001", "closed", "--at", "2026-01-05T10:00").status

    back = duban("restore", "kept.duban", "--yes", "--json")
    assert 0 == back.status, back.err
    assert ".before-" in json.loads(back.out)["aside"]
    assert 0 == duban("verify", "--expect", end).status
    assert ["open"] == [one["status"] for one in json.loads(duban("list", "cases", "--json").out)]
    assert 2 == len(list(tmp_path.glob(".duban/duban.db*before*"))) + 1


@pytest.mark.parametrize("words", [("restore", "kept.duban"), ("erase", "--customer", "王小明")])
def test_without_a_terminal_nothing_is_done_without_yes(duban: Duban, words: tuple[str, ...]) -> None:
    """One line says what would be done, and how to say that it is meant."""
    duban("backup", "kept.duban")
    duban("record", "2601001", "closed", "--at", "2026-01-05T10:00")
    duban("sweep")
    refused = duban(*words)
    assert 2 == refused.status
    assert one_line(refused.err)
    assert "--yes" in refused.err
    assert "王小明" in duban("explain", "2601001").out


def test_nothing_is_restored_under_a_running_duban(duban: Duban, tmp_path: Path) -> None:
    """The line names the process."""
    duban("backup", "kept.duban")
    children = Children(process_record(Settings(home=tmp_path / ".duban")), print)
    children.remember()
    refused = duban("restore", "kept.duban", "--yes")
    children.stop()
    assert 1 == refused.status
    assert one_line(refused.err)
    assert str(os.getpid()) in refused.err
    assert 0 == duban("restore", "kept.duban", "--yes").status


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("backup",), 2),
        (("backup", "kept.duban"), 2),
        (("backup", "nowhere/kept.duban"), 1),
        (("restore", "nothing", "--yes"), 2),
        (("restore", "people.csv", "--yes"), 1),
        (("erase", "--yes"), 2),
        (("erase", "--customer", "没有这个人", "--yes"), 1),
        (("erase", "--customer", "王小明", "--before", "someday", "--yes"), 2),
    ],
)
def test_what_cannot_be_done_is_one_line(duban: Duban, words: tuple[str, ...], status: int) -> None:
    """A file that is there already, a folder that is not, what is no backup, nobody of that name."""
    assert 0 == duban("backup", "kept.duban").status
    refused = duban(*words)
    assert status == refused.status, refused
    assert one_line(refused.err or refused.out)


def test_a_customer_is_erased(duban: Duban) -> None:
    """An open case keeps what it says and is named; closed, it loses it; the story and `verify` know of it."""
    kept = duban("erase", "--customer", "王小明", "--yes")
    assert 1 == kept.status
    assert "2601001" in kept.err
    duban("record", "2601001", "closed", "--at", "2026-01-05T10:00")
    duban("sweep")
    done = duban("erase", "--customer", "王小明", "--yes", "--json")
    assert 0 == done.status, done.err
    assert 1 == json.loads(done.out)["cases"]
    story = duban("explain", "2601001").out
    assert "王小明" not in story
    assert "删除个人信息" in story
    assert 0 == duban("verify").status
