"""Hostile workbooks, each in a process of its own whose memory and time are measured, the reader's with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hostile.books import BEGIN, BOOKS, END, GOOD, HEAD, book, row, sheet
from tests.hostile.harness import check, check_refusal, in_a_child

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.harness import Answer


@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_workbook_is_refused_or_its_rows_are(name: str, folder: Path) -> None:
    """Whatever the workbook is: one line, or the rejected rows with their reasons; little time, little memory."""
    write, says = BOOKS[name]
    write(folder / "in.xlsx")

    answer = in_a_child(folder, "import", "complaints", "in.xlsx")

    check(answer)
    assert says in answer.out + answer.err, answer


def test_a_workbook_that_only_looks_large_comes_in(duban: Callable[..., Answer], folder: Path) -> None:
    """A dimension of all rows and columns with few cells in it, and very many empty rows, are no obstacle."""
    dimension = BEGIN.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    book(folder / "in.xlsx", [dimension, HEAD, GOOD, *(f'<row r="{n}"/>' for n in range(3, 50_000)), END])

    answer = duban("import", "complaints", "in.xlsx")

    check(answer)
    assert "accepted 1, unchanged 0, rejected 0\n" == answer.out


@pytest.mark.parametrize(
    ("setting", "value"),
    [("ROWS", "10"), ("COLUMNS", "3"), ("CELLS", "40"), ("UNPACKED", "1000"), ("REFUSED", "5")],
)
def test_every_limit_can_be_moved_and_is_named(
    setting: str, value: str, duban: Callable[..., Answer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal names the limit and the setting that moves it."""
    book(folder / "in.xlsx", sheet(*(row(n, f"A{n}", "never", "W", "x") for n in range(2, 20))))
    monkeypatch.setenv(f"DUBAN_IMPORT_{setting}", value)

    answer = duban("import", "complaints", "in.xlsx")

    check_refusal(answer, f"DUBAN_IMPORT_{setting}")
    assert f"{int(value):,}" in answer.out + answer.err


def test_a_directory_has_a_limit_of_its_own(
    duban: Callable[..., Answer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken in at once, so that its rows are counted apart."""
    people = "".join(f"N{n},n{n}@example.com\n" for n in range(11))
    (folder / "people.csv").write_text(f"name,email\n{people}", encoding="utf-8")
    monkeypatch.setenv("DUBAN_IMPORT_PEOPLE", "10")

    check_refusal(duban("import", "directory", "people.csv"), "DUBAN_IMPORT_PEOPLE")


def test_deputies_in_a_long_chain_are_told_soon(duban: Callable[..., Answer], folder: Path) -> None:
    """Each is refused because the deputy's row is: the whole chain takes no longer than its rows."""
    chain = "".join(f"N{n},n{n}@example.com,n{n + 1}@example.com\n" for n in range(3_000))
    (folder / "people.csv").write_text(f"name,email,deputy\n{chain}", encoding="utf-8")

    check_refusal(duban("import", "directory", "people.csv"), "rejected 3000")
