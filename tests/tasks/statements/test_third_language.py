"""A third language is one file: statements are written in it, and those from before it came are read in it too."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from models.wording import catalogue
from tasks.statements.changes import differences
from tasks.statements.forms import render
from tasks.statistics import words
from tasks.statistics.figures import FigureRow, Figures
from tasks.statistics.phrases import phrase, said
from tests.tasks.statements.sample import case_list, figures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "ß"


def marked(sentences: Any) -> Any:
    """The same sentences, each with a sign that no other language has."""
    if isinstance(sentences, dict):
        return {name: marked(value) for name, value in sentences.items()}
    return f"{MARK}{sentences}" if isinstance(sentences, str) else sentences


def forget() -> None:
    """What the catalogue remembers of its files."""
    for one in vars(catalogue).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is a file `de.yaml` beside the two."""
    folder = tmp_path / "languages"
    shutil.copytree(catalogue.LANGUAGES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    english = yaml.safe_load((folder / "en.yaml").read_text(encoding="utf-8"))
    (folder / "de.yaml").write_text(yaml.safe_dump(marked(english), allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(catalogue, "LANGUAGES", folder)
    forget()
    yield
    monkeypatch.undo()
    forget()


def month(received: int = 3) -> Figures:
    """A statement with one table as it is made now."""
    rows = [FigureRow(key="a", cells=("维修部", received, 1, 1, 1, None))]
    columns = ("department", "received", "closed", "open_end", "overdue_end", "on_time_rate")
    table = words.table("by_department", columns, rows, total=(words.total(), received, 1, 1, 1, None))
    return figures(tables=(table,), headlines=(), findings=(words.provisional(),), sections=words.sections([table]))


def drawn(shown: Figures, **given: Any) -> str:
    """Its text for a German reader."""
    usual: dict[str, Any] = {"language": "de", "cleared": False, "purpose": "general", "revision": 1, **given}
    return render(shown, case_list(), **usual).text


@pytest.mark.usefixtures("german")
def test_what_is_made_now_is_read_in_the_new_language() -> None:
    """Titles, columns, notes and the frame around them."""
    text = drawn(month())

    assert f"==== {MARK}Where complaints come from ====" in text
    assert f"-- {MARK}By department --" in text
    assert f"{MARK}Overdue at end: cases open" in text
    assert f"{MARK}The attached" in text


@pytest.mark.usefixtures("german")
def test_what_was_made_before_is_read_in_english_in_the_new_frame() -> None:
    """Its titles were stored in two languages."""
    text = drawn(figures(headlines=(), tables=figures().tables[1:2]))

    assert "-- by department --" in text
    assert f"{MARK}The attached" in text


def test_a_new_language_changes_no_figure(request: pytest.FixtureRequest) -> None:
    """The hash is that of before, a stored statement is the same, and no revision is made for a language's sake."""
    before = month()
    stored, known = before.model_dump(mode="json"), before.content_hash

    request.getfixturevalue("german")

    after = month()
    assert known == after.content_hash == Figures.model_validate(stored).content_hash
    assert [] == differences({"": Figures.model_validate(stored)}, {"": after})
    assert after == Figures.model_validate(after.model_dump(mode="json"))
    assert "de" in after.model_dump(mode="json")["tables"][0]["title"]


@pytest.mark.usefixtures("german")
def test_changes_are_told_in_every_language() -> None:
    """One that was written down before the language came is told in English."""
    (change, _) = differences({"": month(3)}, {"": month(5)})
    assert change["de"].startswith(f"{MARK}{MARK}By department")
    assert change["de"].endswith("3 → 5")

    older = {name: value for name, value in change.items() if name != "de"}
    assert change["en"] in drawn(month(5), revision=2, changes=[older])


@pytest.mark.usefixtures("german")
def test_a_sentence_takes_texts_in_its_own_language() -> None:
    """A department without a name is named in the language of the finding."""
    finding = phrase("statistics.finding.oldest", case="1", department=words.no_department(), days=3)

    assert f"({MARK}(no department))" in said(finding, "de")
    assert "(no department)" in said(finding, "en")
    assert "（(未注明部门)）" in said(finding, "zh")
