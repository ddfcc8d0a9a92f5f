"""`duban statement`, `duban review` and `duban list statements`: files, figures, exit codes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from flows.commands.app import main
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine
from tasks.organisation.deployment import Deployment
from tests.support.story import Story

if TYPE_CHECKING:
    from pathlib import Path


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


class Duban:
    """The command line of an organisation with one complaint of October 2026."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.capsys = capsys

    def __call__(self, *words: str) -> Outcome:
        """`duban WORDS`."""
        status = main(words)
        captured = self.capsys.readouterr()
        return Outcome(status, captured.out, captured.err)


@pytest.fixture
def duban(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Duban:
    """In a folder of its own, on SQLite."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    deployment = Deployment(Settings(home=tmp_path / ".duban"))
    engine = open_engine(deployment.settings.url)
    schema.metadata.create_all(engine)
    story = Story(engine, deployment)
    story.house()
    story.complaint("2026-10-14 10:00")
    story.loan("2026-10-15 10:00", item="绝密图纸", secrecy="secret")
    story.sweep("2026-10-15 11:00")
    engine.dispose()
    return Duban(tmp_path, capsys)


def test_a_statement_is_written_as_page_text_and_workbook(duban: Duban) -> None:
    """The paths are printed; the page stands alone; nothing is stored, and secret items are named on demand only."""
    done = duban("statement", "monthly", "--period", "2026-10", "--out", "reports")

    assert (0, "") == (done.status, done.err)
    names = [f"reports/statement-2026-10.{suffix}" for suffix in ("html", "txt", "xlsx")]
    assert names == done.out.split()
    page = (duban.home / names[0]).read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "cid:" not in page
    assert "绝密图纸" not in page
    assert (duban.home / names[2]).read_bytes().startswith(b"PK")
    assert "[]\n" == duban("list", "statements", "--json").out
    assert 0 == duban("statement", "monthly", "--period", "2026-10", "--out", "reports", "--cleared").status
    assert "绝密图纸" in (duban.home / names[0]).read_text(encoding="utf-8")


def test_the_default_is_the_last_period_in_the_home_folder(duban: Duban) -> None:
    """An English one of a regulation, of a period without cases."""
    done = duban("statement", "annual", "--regulation", "standard-loans", "--language", "en")

    assert 0 == done.status
    assert ".duban/statements/statement-" in done.out
    text = (duban.home / done.out.split()[1]).read_text(encoding="utf-8")
    assert "annual statement" in text


def test_figures_as_json(duban: Duban) -> None:
    """The figures of all, their hash, and the departments; instants in UTC; no file is written."""
    done = duban("statement", "monthly", "--period", "2026-10", "--json")

    told = json.loads(done.out)
    assert ("monthly", "2026-10", "2026-09-30T16:00:00Z") == (told["cadence"], told["period"], told["since"])
    assert {"维修部"} == set(told["departments"])
    assert 64 == len(told["data_hash"])
    assert not (duban.home / ".duban" / "statements").exists()


def test_submitted_listed_answered(duban: Duban) -> None:
    """From the first to the last word on the command line."""
    first = json.loads(duban("statement", "monthly", "--period", "2026-10", "--submit", "--json").out)
    again = json.loads(duban("statement", "monthly", "--period", "2026-10", "--submit", "--json").out)
    assert ("FX-2026-10", True, "FX-2026-10", False) == (*list(first.values())[:2], *list(again.values())[:2])
    (row,) = json.loads(duban("list", "statements", "--state", "in_review", "--json").out)
    expected = {"number", "cadence", "period", "regulation", "revision", "state", "data_at", "data_hash", "answered_by"}
    assert expected <= set(row)
    assert ("FX-2026-10", 1, None) == (row["number"], row["revision"], row["answered_by"])

    refused = duban("review", "FX-2026-10", "approve", "--by", "经理")
    done = duban("review", "FX-2026-10", "approve", "--by", "总经理", "--json")

    assert 1 == refused.status
    assert "第八条" in refused.err
    assert 1 == refused.err.count("\n")
    answered = json.loads(done.out)
    assert ("approved", "总经理", True) == (answered["state"], answered["by"], answered["fresh"])
    assert {("department", "经理"), ("general", "总经理")} <= {
        (one["purpose"], one["name"]) for one in answered["told"]
    }
    assert "FX-2026-10" in duban("list", "statements", "--case", "FX-2026-10").out


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (2, ("statement", "daily")),
        (2, ("statement", "weekly", "--period", "2026-11")),
        (2, ("statement", "annual", "--period", "twenty")),
        (1, ("statement", "annual", "--regulation", "none-such")),
        (2, ("review", "FX-2026-10", "maybe")),
        (1, ("review", "FX-1999", "approve")),
        (2, ("list", "statements", "--state", "lost")),
    ],
)
def test_wrong_words(duban: Duban, status: int, words: tuple[str, ...]) -> None:
    """2 for wrong usage, 1 for what is refused; one line on stderr says what to do."""
    done = duban(*words)

    assert status == done.status
    assert 1 == done.err.count("\n")
    assert "" == done.out
