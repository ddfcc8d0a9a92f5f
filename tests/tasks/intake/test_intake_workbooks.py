"""What stands in a workbook's cells comes out as a person sees it, from whichever program."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from models.settings import Settings
from tasks.intake.reading import open_table
from tests.hostile.books import BEGIN, END, book, ods, ods_row

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(path: Path) -> list[list[str]]:
    """The header and the rows."""
    table = open_table(path, bool, Settings())
    return [table.header, *(row.cells for row in table.rows())]


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (2611001, "General", "2611001"),
        (13800000000, "General", "13800000000"),
        (1.5, "General", "1.5"),
        (0.15, "0%", "0.15"),
        (True, "General", "TRUE"),
        (False, "General", "FALSE"),
        (datetime(2026, 11, 1, 9, 5), "yyyy-mm-dd hh:mm", "2026-11-01 09:05:00"),  # noqa: DTZ001 -- a cell has no zone
        (datetime(2026, 11, 1, 9, 5, 59, 700_000), "yyyy-mm-dd hh:mm", "2026-11-01 09:06:00"),  # noqa: DTZ001 -- as above
        (date(2026, 1, 2), 'yyyy"年"m"月"d"日"', "2026-01-02"),
        (time(9, 5), "h:mm", "09:05:00"),
        (timedelta(hours=26), "[h]:mm", "1 day, 2:00:00"),
        ("#N/A", "General", "#N/A"),
        ("=1+1", "General", "=1+1"),
        ("两行\n文字", "General", "两行\n文字"),
        (" 前后 ", "General", " 前后 "),
    ],
)
def test_a_cell_is_what_a_person_sees(tmp_path: Path, value: Any, form: str, shown: str) -> None:
    """Whole numbers without a point, dates in the order of the calendar, errors and uncomputed formulas as text."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["a", "b", "c"])
    sheet.append(["x", value, "y"])
    sheet["B2"].number_format = form
    made.save(tmp_path / "in.xlsx")

    assert [["a", "b", "c"], ["x", shown, "y"]] == rows_of(tmp_path / "in.xlsx")


def test_a_formula_is_the_value_that_was_stored(tmp_path: Path) -> None:
    """What the program computed comes in; an error stays one, and what nobody computed stays a formula."""
    cells = (
        '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>A1&amp;"x"</f><v>ax</v></c>'
        '<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="D2"><f>A1&amp;B1</f></c>'
        '<c r="E2" t="str"><f>""</f><v></v></c><c r="F2"><v>110101199003071234</v></c>'
    )
    head = '<c t="inlineStr"><is><t>h</t></is></c>' * 6
    book(tmp_path / "in.xlsx", [BEGIN, f'<row r="1">{head}</row><row r="2">{cells}</row>', END])

    assert ["2", "ax", "#DIV/0!", "=A1&B1", "", "110101199003071234"] == rows_of(tmp_path / "in.xlsx")[1]


def test_of_merged_cells_the_first_one_speaks(tmp_path: Path) -> None:
    """The others are empty, and rows without anything are none."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["a", "b"])
    sheet["A2"] = "m"
    sheet.merge_cells("A2:B3")
    sheet["B5"] = "z"
    made.create_sheet("二")["A1"] = "another sheet"
    made.save(tmp_path / "in.xlsx")

    assert [["a", "b"], ["m", ""], ["", "z"]] == rows_of(tmp_path / "in.xlsx")


def test_other_programs_write_other_workbooks(tmp_path: Path) -> None:
    """A workbook of LibreOffice (ODS) is read like one of Excel, whatever the file is called."""
    ods(tmp_path / "in.csv", ods_row("编号", "受理时间") + ods_row("A1", "2026-11-01 09:05"))

    assert [["编号", "受理时间"], ["A1", "2026-11-01 09:05"]] == rows_of(tmp_path / "in.csv")
