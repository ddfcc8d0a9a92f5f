"""`duban coverage`, and `duban check --out`: what the packs carry out, and what they look like on paper."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.commands.app import main
from models.packs.cite import clauses

if TYPE_CHECKING:
    from pathlib import Path

STORIES = """
regulation: workshop-complaints
stories:
  - name: the sheet is handed over in time
    clauses: ["workshop-complaints:01"]
    open: {at: "2026-11-02 09:00", level: major, fields: {channel: phone}}
    events: [{at: "2026-11-02 09:05", event: handed_over}]
    now: "2026-11-02 09:30"
    expect:
      deadlines: [{rule: hand-over, due: "DUE", state: met}]
"""


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test has a deployment of its own."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def told(folder: Path, due: str) -> str:
    """A folder with one story."""
    (folder / "workshop-complaints.yaml").write_text(STORIES.replace("DUE", due), encoding="utf-8")
    return str(folder)


def test_a_clause_is_in_name_only_when_the_story_notices_too_little(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mutants that survive are listed; other clauses are missing; both are exit code 1. The record keeps it."""
    stories, record = told(tmp_path, "2026-11-02 09:10"), tmp_path / "coverage.json"
    record.write_text('{"another": {}}', encoding="utf-8")

    assert 1 == main(["coverage", "workshop-complaints", "--stories", stories, "--record", str(record)])
    out = capsys.readouterr().out
    assert 1 == main(["coverage", "workshop-complaints", "--stories", stories, "--json"])
    (found,) = json.loads(capsys.readouterr().out)

    total = sum(clause.regulation == "workshop-complaints" for clause in clauses())
    assert (0, 1, 1, total) == (found["carried_out"], found["nominal"], found["stories"], len(found["clauses"]))
    first = found["clauses"][0]
    assert {"clause": "workshop-complaints:01", "state": "nominal", "parts": ["hand-over"]}.items() <= first.items()
    assert [] != [mutant for mutant in first["survivors"] if mutant.startswith("hand-over escalate 2 to 1: ")]
    assert first["survivors"] == found["survivors"]
    assert f"{total} clauses, 0 carried out, 0 waiting, 1 nominal" in out
    assert f"nominal     workshop-complaints:01 [hand-over] {len(first['survivors'])} mutants" in out
    assert f"survives    {first['survivors'][0]}" in out
    kept = json.loads(record.read_text(encoding="utf-8"))
    assert ["another", "workshop-complaints"] == list(kept)
    assert ["workshop-complaints:01"] == kept["workshop-complaints"]["nominal"]
    assert found["content"] == kept["workshop-complaints"]["content"]


def test_several_regulations_are_counted_together(capsys: pytest.CaptureFixture[str]) -> None:
    """In the order in which they are named, with a line for all."""
    main(["coverage", "school-library", "petition-principles"])
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]

    assert ["school-library", "petition-principles", "2 regulations"] == [line.split(":")[0] for line in lines]


def test_a_story_that_fails_covers_nothing_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr says what the engine says instead."""
    stories = told(tmp_path, "2026-11-02 09:11")

    assert 1 == main(["coverage", "workshop-complaints", "--stories", stories])
    printed = capsys.readouterr()

    assert "25 clauses, 0 carried out" in printed.out
    assert "due 2026-11-02 09:11 expected, is 2026-11-02 09:10" in printed.err


def test_an_unknown_regulation_or_folder_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and what to do."""
    assert 2 == main(["coverage", "nobodys-text", "--stories", str(tmp_path)])
    assert "nobodys-text" in capsys.readouterr().err
    assert 2 == main(["coverage", "--stories", str(tmp_path / "none")])
    assert "--stories" in capsys.readouterr().err
    stories = told(tmp_path, "some day")
    assert 2 == main(["coverage", "workshop-complaints", "--stories", stories])
    assert "workshop-complaints.yaml cannot be read as stories" in capsys.readouterr().err


def test_check_writes_a_page_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files are named on stdout; without a regulation there is nothing to write, nor into a missing folder."""
    assert 0 == main(["check", "standard-loans", "--out", str(tmp_path / "loans.html")])

    assert [str(tmp_path / "loans.html"), str(tmp_path / "loans.en.html")] == capsys.readouterr().out.split()
    assert "资料借阅制度" in (tmp_path / "loans.html").read_text(encoding="utf-8")
    assert 2 == main(["check", "--out", str(tmp_path / "all.html")])
    assert 2 == main(["check", "standard-loans", "--out", str(tmp_path / "none" / "loans.html")])
    assert "cannot be written" in capsys.readouterr().err
