"""What a file may look like: encodings, separators, workbooks, headers, broken lines, and the file of rejected rows."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from models.errors import UsageError
from models.store.database import reading
from models.store.schema import cases
from tasks.intake import import_file
from tasks.intake.rejected import protected, unprotected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.intake import ImportReport
    from tasks.organisation.deployment import Deployment

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
CHINESE = '编号,受理时间,客户,内容,级别\r\nA1,2026/11/1 9:05,王先生,"第一行\n第二行，""好""",重大投诉\r\n'


@pytest.fixture
def importing(engine: Engine, deployment: Deployment, tmp_path: Path) -> Callable[..., ImportReport]:
    """Write bytes to a file and import it as complaints."""

    def run(content: bytes, name: str = "in.csv", what: str = "complaints") -> ImportReport:
        (tmp_path / name).write_bytes(content)
        return import_file(engine, deployment, what, tmp_path / name, now=NOW)

    return run


@pytest.fixture
def stored(engine: Engine) -> Callable[[], list[Any]]:
    """Every case by number."""

    def run() -> list[Any]:
        with reading(engine) as connection:
            return list(connection.execute(select(cases).order_by(cases.c.number)))

    return run


def rejected_rows(report: ImportReport) -> list[list[str]]:
    """The rejected file without its header."""
    assert report.rejected_file is not None
    with report.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(importing: Any, stored: Any, encoding: str, separator: str) -> None:
    """UTF-8 with and without BOM and GB18030, separated by comma, semicolon or tab, say the same."""
    assert (1, 0, 0, None) == importing(CHINESE.replace(",", separator).encode(encoding))

    (case,) = stored()
    assert datetime(2026, 11, 1, 1, 5, tzinfo=UTC) == case.opened_at
    assert ("王先生", "major") == (case.party, case.level)
    assert '第一行\n第二行，"好"' == case.fields["content"]


def test_headers_in_any_form(importing: Any, stored: Any) -> None:
    """Case, spaces and hyphens of a header do not count, and unknown columns are kept under their own name."""
    importing(b" Number ,RECEIVED  AT,Customer,License Plate\nA1,2026-11-01,W,X1\n")

    assert {"customer": "W", "License Plate": "X1"} == stored()[0].fields


def test_workbook(importing: Any, stored: Any, tmp_path: Path) -> None:
    """In a workbook numbers have no decimal point, dates are dates, formulas are text and blank rows are none."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["编号", "受理时间", "客户", "电话", "内容", "日期"])
    sheet.append([2611001, datetime(2026, 11, 1, 9, 5), "=HYPERLINK(1)", 13800000000, 1.5, date(2026, 1, 2)])  # noqa: DTZ001 -- a cell has no zone
    sheet.append([None, None, None, None, None, None])
    sheet.append(["A2", "2026-11-01T09:05:00+08:00", "王", "+86 10", True, None, "too much"])
    sheet.append(["A3", date(2026, 11, 1), "王"])
    book.save(tmp_path / "made.xlsx")

    report = importing((tmp_path / "made.xlsx").read_bytes(), "in.xlsx")

    assert (2, 0, 1) == report[:3]
    assert tmp_path / "in.rejected.csv" == report.rejected_file
    assert "未导入：有内容的一列没有表头：请补上表头或清空该列" == rejected_rows(report)[0][-1]
    first, third = stored()
    assert ("2611001", "=HYPERLINK(1)") == (first.number, first.party)
    assert {"phone": "13800000000", "content": "1.5", "日期": "2026-01-02"} == {
        name: text for name, text in first.fields.items() if name != "customer"
    }
    assert datetime(2026, 11, 1, 1, 5, tzinfo=UTC) == first.opened_at
    assert datetime(2026, 10, 31, 16, tzinfo=UTC) == third.opened_at


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "in.csv", "is empty"),
        (b"\n , \n", "in.csv", "is empty"),
        ("编号,客户\n".encode(), "in.csv", r"no column received_at \(受理时间\)"),
        (b"received_at,customer,customer\n", "in.csv", "column customer twice"),
        ("received_at,受理时间\n".encode(), "in.csv", r"column received_at twice \(受理时间\)"),
        ("车牌,received_at,车牌\n".encode(), "in.csv", "column 车牌 twice"),
        ("受理时间\n".encode("utf-16"), "in.csv", "UTF-16"),
        (b"received_at\n\xff\xff\xff\xff", "in.csv", "neither UTF-8 nor GB18030"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "in.xls", "old Excel"),
        (b"PK\x03\x04 nothing", "in.xlsx", "cannot be read as XLSX"),
    ],
)
def test_hopeless_files(importing: Any, stored: Any, content: bytes, name: str, expected: str) -> None:
    """A file whose header cannot be understood is refused in one line, before anything is read."""
    with pytest.raises(UsageError, match=expected) as caught:
        importing(content, name)

    assert "\n" not in str(caught.value)
    assert [] == stored()


def test_missing_file(engine: Engine, deployment: Deployment, tmp_path: Path) -> None:
    """A file that is not there is a usage error."""
    with pytest.raises(UsageError, match="there is no file"):
        import_file(engine, deployment, "complaints", tmp_path / "no.csv", now=NOW)


@pytest.mark.parametrize(
    ("lines", "numbers", "expected"),
    [
        ('B1,2026-11-01,"never closed\nB2,2026-11-01,x\nB3,2026-11-01,y', ["B2", "B3"], "quotation marks"),
        ('B1,2026-11-01,"a"b\nB2,2026-11-01,x', ["B2"], "quotation marks"),
        ("B1,2026-11-01\nB2,2026-11-01,x", ["B2"], "the row has 2 cells, the header 3"),
        ("B1,2026-11-01,x,y\nB2,2026-11-01,x", ["B2"], "the row has 4 cells, the header 3"),
    ],
)
def test_broken_lines(importing: Any, stored: Any, lines: str, numbers: list[str], expected: str) -> None:
    """A broken line costs that line only."""
    report = importing(f"number,received_at,customer\n{lines}\n".encode())

    assert numbers == [case.number for case in stored()]
    assert 1 == report.rejected
    assert expected in rejected_rows(report)[0][-1]


def test_damaged_line(importing: Any, stored: Any) -> None:
    """A few damaged bytes in a UTF-8 file cost their row, not the file."""
    good = "".join(f"B{n},2026-11-01,客户\n" for n in range(3)).encode()

    report = importing(b"number,received_at,customer\n" + good + b"B9,2026-11-01,\xe5\xae\n")

    assert ["B0", "B1", "B2"] == [case.number for case in stored()]
    assert "lost in saving" in rejected_rows(report)[0][-1]


def test_rejected_file_comes_back(importing: Any, stored: Any, tmp_path: Path) -> None:
    """The rejected file has the columns, BOM and reason; corrected and imported it says what the first one said."""
    header = "编号,受理时间,客户,内容,车牌\n"
    report = importing(f"{header}A1,昨天,=1+1,-好,\nA2,2026-11-01,李,,\n".encode("gb18030"), "投诉.csv")

    assert (1, 0, 1, tmp_path / "投诉.rejected.csv") == report
    raw = report.rejected_file.read_bytes()
    assert raw.startswith("\ufeff编号,受理时间,客户,内容,车牌,原因\r\n".encode())
    (row,) = rejected_rows(report)
    assert ["A1", "昨天", "'=1+1", "'-好", ""] == row[:-1]
    assert "未导入：“受理时间”的“昨天”不是有效日期：请写成 2026-11-01 09:05" == row[-1]

    corrected = raw.replace("昨天".encode(), b"2026-11-02", 1)
    assert (1, 0, 0, None) == importing(corrected, "改好.csv")
    case = stored()[0]
    assert ("=1+1", {"customer": "=1+1", "content": "-好"}) == (case.party, case.fields)

    again = importing(raw, "投诉.rejected.csv")
    assert "投诉.rejected.rejected.csv" == again.rejected_file.name
    assert row == rejected_rows(again)[0]


def test_own_reason_column(importing: Any, stored: Any) -> None:
    """A last column called `reason` that is the user's own is kept."""
    importing(b"number,received_at,customer,reason\nA1,2026-11-01,W,noise\n")

    assert "noise" == stored()[0].fields["reason"]


def test_no_stale_rejected_file(importing: Any, tmp_path: Path) -> None:
    """An import without rejected rows leaves no older rejected file behind."""
    importing(b"number,received_at,customer\nA1,never,W\n")
    assert (tmp_path / "in.rejected.csv").exists()

    assert (1, 0, 0, None) == importing(b"number,received_at,customer\nA1,2026-11-01,W\n")

    assert [tmp_path / "in.csv"] == sorted(path for path in tmp_path.iterdir() if path.name.startswith((".in", "in")))


@pytest.mark.parametrize("cell", ["", "'", "x", "=1", "+86", "-1", "@a", "''=1", "'x", "'=1"])
def test_protection_is_undone(cell: str) -> None:
    """Protecting a cell and reading it again gives what reading it at once gives."""
    assert unprotected(cell) == unprotected(protected(cell))
    assert protected(cell)[:1] not in set("=+-@")


def test_giant_cell_over_lines(importing: Any, stored: Any) -> None:
    """A cell of a million lines is one rejected row, shortened in the rejected file."""
    giant = '"' + "x\n" * 1_000_000 + '"'

    report = importing(f"number,received_at,customer,content\nA1,2026-11-01,W,{giant}\nA2,2026-11-01,W,x\n".encode())

    assert (1, 0, 1) == report[:3]
    assert ["A2"] == [case.number for case in stored()]
    assert report.rejected_file is not None
    assert report.rejected_file.stat().st_size < 100_000
