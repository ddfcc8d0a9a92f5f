"""Hostile tables: every file is answered soon and in one line, every bad row with a reason, every good row goes in."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.hostile.harness import check, check_refusal
from tests.hostile.tables import CELLS, FILES, GOOD, HEAD, TIDIED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.harness import Answer


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_table_is_refused_or_its_rows_are(name: str, duban: Callable[..., Answer], folder: Path) -> None:
    """Whatever the file is: one line, or the rejected rows with their reasons."""
    content, says = FILES[name]
    (folder / "in.csv").write_bytes(content)

    answer = duban("import", "complaints", "in.csv")

    check_refusal(answer, says)


@pytest.mark.parametrize("name", CELLS)
def test_a_hostile_cell_costs_its_row(name: str, duban: Callable[..., Answer], folder: Path) -> None:
    """The row is refused with a reason, and the row after it goes in."""
    column, value = CELLS[name]
    row = {"number": "B1", "received_at": "2026-11-01", "customer": "W", "content": "x", "level": "", "regulation": ""}
    text = io.StringIO()
    writer = csv.DictWriter(text, row)
    writer.writeheader()
    writer.writerow(row | {column: value})
    writer.writerow(row | {"number": "B2"})
    (folder / "in.csv").write_text(text.getvalue(), encoding="utf-8", newline="")

    answer = duban("import", "complaints", "in.csv")

    check_refusal(answer, "accepted 1, unchanged 0, rejected 1")
    (_, refused) = csv.reader(io.StringIO((folder / "in.rejected.csv").read_text(encoding="utf-8-sig")))
    assert refused[-1].startswith("not imported: ")


@pytest.mark.parametrize("name", TIDIED)
def test_what_nobody_sees_is_removed_with_a_note(name: str, duban: Callable[..., Answer], folder: Path) -> None:
    """The name is stored as it is seen, and the import says how many cells were touched."""
    (folder / "in.csv").write_text(f"{HEAD}A1,2026-11-01,{TIDIED[name]},x\n", encoding="utf-8")

    answer = duban("import", "complaints", "in.csv")

    check(answer)
    assert 0 == answer.status
    assert "1 个单元格" in answer.out
    (case,) = json.loads(duban("list", "cases", "--json").out)
    assert "王先生" == case["party"]


def test_a_composed_name_is_the_same_name(duban: Callable[..., Answer], folder: Path) -> None:
    """A name in pieces (NFD) is stored composed, and a stack of accents is cut."""
    stack = "o" + "\u0301" * 50
    (folder / "in.csv").write_text(f"{HEAD}A1,2026-11-01,Zoe\u0308,x\nA2,2026-11-01,{stack},x\n", encoding="utf-8")

    assert 0 == duban("import", "complaints", "in.csv").status

    parties = {case["party"] for case in json.loads(duban("list", "cases", "--json").out)}
    assert {"Zoë", "ó\u0301\u0301\u0301"} == parties


def test_free_text_keeps_its_joiners_and_loses_what_turns_it(duban: Callable[..., Answer], folder: Path) -> None:
    """A complaint may hold an emoji of several parts; an override in it goes, its letters stay."""
    (folder / "in.csv").write_text(f"{HEAD}A1,2026-11-01,W,\U0001f468\u200d\U0001f469 a\u202ecba\n", encoding="utf-8")

    answer = duban("import", "complaints", "in.csv")

    assert 0 == answer.status
    with sqlite3.connect(folder / ".duban" / "duban.db") as record:
        (fields,) = record.execute("SELECT fields FROM cases").fetchone()
    assert "\U0001f468\u200d\U0001f469 acba" == json.loads(fields)["content"]


@pytest.mark.parametrize(
    "kind", ["directory", "file", "missing", "device", "pipe", "long name", "no name", "link in a circle"]
)
def test_what_is_no_file_is_refused_at_once(kind: str, duban: Callable[..., Answer], folder: Path) -> None:
    """A folder, a device without end, a pipe that nobody writes to, a name that cannot be."""
    names = {"directory": ".", "file": "/dev/null", "missing": "no.csv", "device": "/dev/zero", "pipe": "pipe.csv",
             "long name": "x" * 5_000, "no name": "a\0b", "link in a circle": "circle.csv"}  # fmt: skip
    os.mkfifo(folder / "pipe.csv")
    (folder / "circle.csv").symlink_to("circle.csv")

    check_refusal(duban("import", "complaints", names[kind]))


def test_a_name_at_the_limit_of_the_file_system_is_no_obstacle(duban: Callable[..., Answer], folder: Path) -> None:
    """Good rows go in; for bad ones there is no room beside the input, which is said."""
    name = "x" * 251 + ".csv"
    (folder / name).write_text(HEAD + GOOD, encoding="utf-8")
    assert 0 == duban("import", "complaints", name).status

    (folder / name).write_text(f"{HEAD}A2,never,W,x\n", encoding="utf-8")
    check_refusal(duban("import", "complaints", name), "another folder")
