"""The workbook, opened by another library: what each sheet holds, as which kind of value; nothing is a formula."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from tasks.statements.forms import render
from tasks.statements.workbook import workbook
from tasks.statistics.figures import CaseList, FigureColumn, FigureRow, FigureTable
from tests.tasks.statements.sample import HIDDEN, HIDDEN_PURPOSE, HOSTILE, case_list, empty_figures, figures, words

if TYPE_CHECKING:
    from openpyxl import Workbook

HEAD = 5
"""The row of the headers."""


def book(language: str = "zh", cases: CaseList | None = None, shown: Any = None) -> Workbook:
    """The workbook of the sample as openpyxl reads it."""
    return load_workbook(io.BytesIO(workbook(shown or figures(), cases or case_list(), language=language)))


def column(sheet: Any, name: str) -> int:
    """The number of the column of that title."""
    return next(cell.column for cell in sheet[HEAD] if cell.value == name)


def test_there_is_an_overview_a_sheet_for_each_table_and_the_cases() -> None:
    """Each says its period, zone and instant; the overview leads to each."""
    opened = book()
    tables = [table.title.zh for table in figures().tables]
    assert ["概览", *tables, "案件"] == opened.sheetnames
    for sheet in opened:
        assert "2026-11-01 至 2026-11-30 · Asia/Shanghai · 数据截至 2026-12-08 09:00" in str(sheet["A2"].value)
    links = [cell.hyperlink.location for cell in opened["概览"]["A"] if cell.hyperlink]
    assert [f"'{name}'!A1" for name in (*tables, "案件")] == links
    said = [str(cell.value) for row in opened["概览"].iter_rows() for cell in row if cell.value is not None]
    assert {"1250", "0.824", "▼ −4.7 百分点", "需要处理", f"数据校验码 {figures().content_hash}"} <= set(said)
    assert ["Overview", "trend", "by department"] == book("en").sheetnames[:3]


def test_tables_filter_and_their_headers_stay() -> None:
    """The filter spans the rows without the total, and the header is frozen and printed on each page."""
    sheet = book()["按部门"]
    table = figures().table("by_department")
    assert table is not None
    last = HEAD + len(table.rows)
    assert (f"A{HEAD}:F{last}", f"B{HEAD + 1}", f"${HEAD}:${HEAD}") == (
        sheet.auto_filter.ref,
        sheet.freeze_panes,
        sheet.print_title_rows,
    )
    assert "合计" == sheet.cell(last + 1, 1).value
    assert sheet.max_row == last + 1


def test_values_are_numbers_and_local_dates() -> None:
    """Rates, money, durations as part of a day, and instants of the organisation's zone; nothing where nothing is."""
    opened = book()
    first = opened["首次联系、结果、回访"]
    rate, median = (first.cell(HEAD + 1, place) for place in (3, 4))
    assert (0.824, "0.0%") == (rate.value, rate.number_format)
    assert ("[h]:mm:ss", 420) == (median.number_format, round(median.value.total_seconds()))
    assert first.cell(HEAD + 2, 3).value is None
    longest = opened["办理最久的十件"]
    received = longest.cell(HEAD + 1, column(longest, "受理时间"))
    assert (datetime(2026, 11, 1, 0, 7), True) == (received.value, received.is_date)  # noqa: DTZ001 -- as a spreadsheet has it
    due = opened["未归还资料"].cell(HEAD + 1, column(opened["未归还资料"], "应还"))
    assert (datetime(2026, 11, 2), "yyyy-mm-dd") == (due.value, due.number_format)  # noqa: DTZ001 -- likewise
    money = opened["个人处罚"].cell(HEAD + 1, 3)
    assert (1250, "¥#,##0.00") == (money.value, money.number_format)


def test_no_text_becomes_a_formula() -> None:
    """What begins with =, +, - or @ is text in every sheet, and the file holds no formula at all."""
    data = workbook(figures(), case_list(), language="zh")
    found = {
        str(cell.value): cell.data_type
        for sheet in load_workbook(io.BytesIO(data))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value in HOSTILE
    }
    assert dict.fromkeys(HOSTILE, "s") == found
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        sheets = [files.read(name).decode() for name in files.namelist() if "worksheets/sheet" in name]
    assert not [sheet for sheet in sheets if re.search(r"<f[ >]", sheet)]


def test_charts_are_drawn_from_the_cells() -> None:
    """Native charts whose series name the sheet's own columns."""
    with zipfile.ZipFile(io.BytesIO(workbook(figures(), case_list(), language="zh"))) as files:
        charts = "".join(files.read(name).decode() for name in files.namelist() if "charts/chart" in name)
    for reference in (
        *("走势!$B$6:$B$35", "走势!$C$6:$C$35", "走势!$D$6:$D$35", "走势!$E$6:$E$35"),
        *("投诉原因!$B$6:$B$14", "投诉原因!$D$6:$D$14", "各部门按时率!$E$6:$E$23"),
    ):
        assert reference in charts, reference


def test_filtering_a_flag_gives_the_figure() -> None:
    """The flags of the cases are ones; what does not count is empty."""
    cases = case_list(200)
    sheet = book(cases=cases)["案件"]
    assert f"A{HEAD}:{sheet.cell(HEAD, len(cases.columns)).coordinate[:-1]}{HEAD + 200}" == sheet.auto_filter.ref
    place = next(at for at, one in enumerate(cases.columns) if one.id == "overdue_end")
    counted = [sheet.cell(HEAD + 1 + row, place + 1).value for row in range(200)]
    assert [row.cells[place] or None for row in cases.rows] == counted
    received = sheet.cell(HEAD + 1, column(sheet, "受理时间")).value
    assert datetime(2026, 11, 1) == received  # noqa: DTZ001 -- as a spreadsheet has it


@pytest.mark.parametrize("count", [40, 8000])
def test_a_large_workbook_holds_the_same(count: int) -> None:
    """Above a limit it is written row by row; every sheet is there and every case."""
    opened = book(cases=case_list(count, more=12))
    assert HEAD + count == opened["案件"].max_row
    assert "另有 12 件未列出" in str(opened["案件"]["A3"].value)
    assert "2026-11-30" == opened["走势"].cell(HEAD + 30, 1).value or opened["走势"].cell(HEAD + 30, 1).is_date
    assert 0.8612 == opened["按部门"].cell(HEAD + 18, 6).value


def test_names_of_sheets_are_what_excel_accepts() -> None:
    """No more than 31 signs, none of those it refuses, and no two alike."""
    titles = ["[部]:*?/\\门", "'x'", "很长的名字" * 10, "很长的名字" * 10, "History", "A", "a", ""]
    tables = tuple(
        FigureTable(
            id=str(n),
            section="open",
            title=words(title, title),
            columns=(FigureColumn(id="a", title=words("甲", "a")),),
        )
        for n, title in enumerate(titles)
    )
    names = book(shown=figures(tables=tables)).sheetnames
    assert len(names) == len({name.lower() for name in names}) == len(titles) + 2
    assert not [name for name in names if len(name) > 31 or re.search(r"[\[\]:*?/\\]", name) or name.strip("'") != name]


def test_signs_that_xml_refuses_and_endless_text_are_bearable() -> None:
    """Control signs, half characters and text beyond a cell's room leave a file that opens."""
    long = "长" * 40_000
    rows = (FigureRow(key="1", cells=("a\x00b\x0b\ud800\uffff\tc", long)),)
    columns = (
        FigureColumn(id="number", title=words("编号", "n"), kind="text"),
        FigureColumn(id="x", title=words("内容", "x"), kind="text"),
    )
    sheet = book(cases=CaseList(columns=columns, rows=rows))["案件"]
    assert ("a b    c", 32_767) == (str(sheet.cell(6, 1).value).replace("\t", " "), len(sheet.cell(6, 2).value))


def test_an_empty_period_has_its_workbook() -> None:
    """Headers without rows, no chart of nothing, no cases."""
    opened = book(shown=empty_figures(), cases=CaseList())
    assert HEAD == opened["走势"].max_row
    assert not opened["走势"]._charts


@pytest.mark.parametrize("cleared", [True, False])
def test_secret_names_are_in_no_file_of_those_who_are_not_cleared(*, cleared: bool) -> None:
    """Neither in a cell, nor anywhere else in the packed file."""
    shown = render(figures(), case_list(), language="zh", cleared=cleared, purpose="general", revision=1)
    data = next(one.data for one in shown.attachments if one.content_id is None)
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        everything = "".join(files.read(name).decode() for name in files.namelist())
    assert (cleared, cleared) == (HIDDEN in everything, HIDDEN_PURPOSE in everything)
    assert ("(涉密资料)" in everything) is not cleared


def test_the_same_figures_are_the_same_file() -> None:
    """No date of the making inside."""
    first = workbook(figures(), case_list(), language="zh")
    time.sleep(1.1)
    assert first == workbook(figures(), case_list(), language="zh")
