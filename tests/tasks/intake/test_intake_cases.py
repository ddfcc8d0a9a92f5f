"""Complaints and loans from files: new, known, amended, refused."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.errors import UsageError
from models.store.database import reading, writing
from models.store.schema import cases, events, people
from tasks.intake import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.intake import ImportReport
    from tasks.organisation.deployment import Deployment

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
HEADER = [
    "number", "received_at", "customer", "phone", "channel", "level", "department", "handler", "category", "content",
    "regulation",
]  # fmt: skip
LOAN_HEADER = ["number", "item", "borrower", "department", "lent_at", "quantity", "secrecy", "purpose", "regulation"]


class Desk:
    """A service desk that imports files and looks at what is in the record."""

    def __init__(self, engine: Engine, deployment: Deployment, folder: Path) -> None:
        self.engine, self.deployment, self.folder = engine, deployment, folder

    def complaints(
        self, *rows: dict[str, str], name: str = "complaints.csv", header: list[str] = HEADER
    ) -> ImportReport:
        """Import these complaints."""
        return self.file("complaints", rows, name, header)

    def loans(self, *rows: dict[str, str], name: str = "loans.csv") -> ImportReport:
        """Import these loans."""
        return self.file("loans", rows, name, LOAN_HEADER)

    def file(self, what: str, rows: Any, name: str, header: list[str], encoding: str = "utf-8") -> ImportReport:
        """Write a file and import it."""
        path = self.folder / name
        with path.open("w", encoding=encoding, newline="") as out:
            writer = csv.DictWriter(out, header)
            writer.writeheader()
            writer.writerows(rows)
        return import_file(self.engine, self.deployment, what, path, now=NOW)

    def cases(self) -> list[Any]:
        """Every case in order of opening."""
        with reading(self.engine) as connection:
            return list(connection.execute(select(cases).order_by(cases.c.opened_at, cases.c.id)))

    def events(self, name: str) -> list[Any]:
        """Every event of that name."""
        with reading(self.engine) as connection:
            return list(connection.execute(select(events).where(events.c.name == name).order_by(events.c.id)))

    def hire(self, name: str, department: str) -> None:
        """Put somebody into the directory."""
        with writing(self.engine) as connection:
            connection.execute(people.insert().values(name=name, email=f"{name}@example.com", department=department))


@pytest.fixture
def desk(engine: Engine, deployment: Deployment, tmp_path: Path) -> Desk:
    """An empty record."""
    return Desk(engine, deployment, tmp_path)


def complaint(**changed: str) -> dict[str, str]:
    """An ordinary complaint."""
    return {"number": "A1", "received_at": "2026-11-01 09:05", "customer": "王先生", "content": "异响"} | changed


def reasons(report: ImportReport) -> list[str]:
    """The last column of the rejected file."""
    assert report.rejected_file is not None
    with report.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        return [row[-1] for row in csv.reader(file)][1:]


def test_case_as_told(desk: Desk) -> None:
    """A case holds what its row says, is read in the organisation's zone, and begins with its opening event."""
    report = desk.complaints(
        complaint(channel="电话", level="非常不满意", handler="没有此人", phone="13800000000"),
        complaint(number="A2", received_at="2026-11-01T01:05:07Z"),
    )

    assert (2, 0, 0, None) == report
    first, second = desk.cases()
    assert datetime(2026, 11, 1, 1, 5, tzinfo=UTC) == first.opened_at
    assert datetime(2026, 11, 1, 1, 5, 7, tzinfo=UTC) == second.opened_at
    assert ("complaint", "open", "very_dissatisfied", "没有此人", "王先生") == (
        first.kind, first.status, first.level, first.handler, first.party,
    )  # fmt: skip
    assert {"customer": "王先生", "content": "异响", "channel": "phone", "phone": "13800000000"} == first.fields
    assert "dissatisfied" == second.level
    assert first.evaluated_at is None
    opening = desk.events("registered")
    assert [first.opened_at, second.opened_at] == [event.at for event in opening]
    assert [(NOW, None)] * 2 == [(event.recorded_at, event.applied_at) for event in opening]


def test_again_changes_nothing(desk: Desk) -> None:
    """The same file again is unchanged, with numbers and without, also when line ends inside a cell differ."""
    rows = [complaint(), complaint(number="", customer="李女士", content="一\n二"), complaint(number="", customer="赵")]
    assert (3, 0, 0, None) == desk.complaints(*rows)
    before = desk.cases()

    assert (0, 3, 0, None) == desk.complaints(*rows)
    assert (0, 1, 0, None) == desk.complaints(complaint(number="", customer="李女士", content="一\r\n二"))

    assert before == desk.cases()


def test_same_without_number(desk: Desk) -> None:
    """A row without number is the case with the same receipt, whether or not that one came with a number."""
    desk.complaints(complaint())

    assert (0, 1, 0, None) == desk.complaints(complaint(number=""), name="again.csv")
    assert 1 == len(desk.cases())


def test_numbers_by_month_of_receipt(desk: Desk) -> None:
    """Given numbers take year and month of receipt in the organisation's zone, skip those in use, and restart."""
    report = desk.complaints(
        complaint(number="", received_at="2026-10-31T15:59:59Z", customer="1"),
        complaint(number="", received_at="2026-10-31T16:00:00Z", customer="2"),
        complaint(number="", received_at="2026-11-02", customer="3"),
        complaint(number="2611002", received_at="2026-11-03", customer="4"),
    )

    assert 4 == report.accepted
    assert ["2610001", "2611001", "2611003", "2611002"] == [case.number for case in desk.cases()]
    desk.complaints(complaint(number="", received_at="2026-11-04", customer="5"), name="more.csv")
    assert "2611004" == desk.cases()[-1].number


def test_amended(desk: Desk) -> None:
    """A row that says otherwise amends the case and leaves a trace; an empty cell erases nothing."""
    header = [*HEADER, "车牌"]
    desk.complaints(complaint(level="major", phone="1", 车牌="京A1"), header=header)
    changed = complaint(level="crisis", handler="张三", 车牌="京A2", customer="王某")

    assert (1, 0, 0, None) == desk.complaints(changed, header=header, name="later.csv")

    (case,) = desk.cases()
    assert ("crisis", "张三", "王某", "1", "京A2") == (
        case.level, case.handler, case.party, case.fields["phone"], case.fields["车牌"],
    )  # fmt: skip
    (event,) = desk.events("amended")
    assert {
        "level": ["major", "crisis"],
        "handler": [None, "张三"],
        "customer": ["王先生", "王某"],
        "车牌": ["京A1", "京A2"],
    } == event.fields
    assert (NOW, None) == (event.at, event.applied_at)
    assert (0, 1, 0, None) == desk.complaints(changed, header=header, name="later.csv")


def test_contradicting_rows(desk: Desk) -> None:
    """Two rows of one file that tell a case differently are not both taken, so that the file can be imported again."""
    rows = [complaint(level="major"), complaint(level="crisis"), complaint(phone="1")]

    for expected in ((2, 0, 1), (0, 2, 1)):
        report = desk.complaints(*rows)
        assert expected == report[:3]
        assert ["another row of this file tells the same case with another level"] == [
            reason.removeprefix("not imported: ").partition(":")[0] for reason in reasons(report)
        ]
    assert "major" == desk.cases()[0].level


def test_instant_does_not_change(desk: Desk) -> None:
    """A known number with another receipt instant is refused."""
    desk.complaints(complaint())

    report = desk.complaints(complaint(received_at="2026-11-02 09:05"))

    assert "case A1 was opened at 2026-11-01 09:05" in reasons(report)[0]


def test_kind_does_not_change(desk: Desk) -> None:
    """A number that belongs to a complaint is no loan's."""
    desk.complaints(complaint())

    report = desk.loans({"number": "A1", "item": "手册", "borrower": "李", "lent_at": "2026-11-01 09:05"})

    assert "belongs to a complaint" in reasons(report)[0]


def test_regulation_does_not_change(desk: Desk) -> None:
    """A case keeps the regulation under which it was opened; a row may name it by its Chinese title."""
    desk.complaints(complaint(regulation="客户投诉处理制度"))
    assert "standard-complaints" == desk.cases()[0].regulation

    report = desk.complaints(complaint(regulation="workshop-complaints"))

    assert "a case keeps its regulation" in reasons(report)[0]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"received_at": ""}, "received_at is empty"),
        ({"received_at": "2026-02-30 09:00"}, "no possible date"),
        ({"received_at": "0001-01-01"}, "no possible date"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "no possible date"),
        ({"received_at": "昨天"}, "no possible date"),
        ({"level": "furious"}, "unknown level 'furious'"),
        ({"department": "不存在部"}, "unknown department '不存在部'"),
        ({"regulation": "no-such"}, "unknown regulation 'no-such'"),
        ({"regulation": "standard-loans"}, "for cases of kind loan"),
        ({"customer": "王\r\nBcc: a@b.c"}, "customer holds control characters"),
        ({"handler": "王\x07"}, "handler holds control characters"),
        ({"content": "a\x00b"}, "content holds control characters"),
        ({"content": "x" * 10_000_000}, "content is longer than 32767"),
        ({"customer": "x" * 401}, "customer is longer than 400"),
        ({"content": "\ufffd"}, "lost in saving"),
        ({"number": "../../etc"}, "the number '../../etc' cannot be used"),
        ({"number": "-1"}, "cannot be used"),
        ({"number": "A" * 81}, "cannot be used"),
        ({"number": "A1\nB"}, "number holds control characters"),
        ({"number": "<b>"}, "cannot be used"),
        ({"number": "", "customer": "", "content": ""}, "without number, customer and content"),
    ],
)
def test_refused(desk: Desk, changed: dict[str, str], expected: str) -> None:
    """What cannot be is refused with a reason that names it, and the good rows around it go in."""
    desk.hire("张", "一部")

    report = desk.complaints(
        complaint(number="B1", department="一部"), complaint(**changed), complaint(number="B2", department="一部")
    )

    assert (2, 0, 1) == report[:3]
    assert expected in reasons(report)[0]
    assert ["B1", "B2"] == [case.number for case in desk.cases()]


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "two", "nan", "1e400"])
def test_refused_quantity(desk: Desk, quantity: str) -> None:
    """A quantity is a whole number above zero."""
    report = desk.loans({"item": "手册", "borrower": "李", "lent_at": "2026-11-01", "quantity": quantity})

    assert "whole number above zero" in reasons(report)[0]


def test_harmless_after_all(desk: Desk) -> None:
    """A formula as a name and HTML as content are stored as they are."""
    desk.complaints(complaint(customer='=HYPERLINK("http://x","y")', content="<script>alert(1)</script>\n第二行"))

    (case,) = desk.cases()
    assert '=HYPERLINK("http://x","y")' == case.party
    assert "<script>alert(1)</script>\n第二行" == case.fields["content"]


def test_department_without_directory(desk: Desk) -> None:
    """As long as the directory knows no department, every department is taken as it is written."""
    assert 1 == desk.complaints(complaint(department="一部")).accepted


def test_loans(desk: Desk) -> None:
    """A loan without department takes the borrower's; the same item, borrower and instant is the same loan."""
    desk.hire("李", "档案部")
    loan = {"item": "手册", "borrower": "李", "lent_at": "2026-11-01", "quantity": "２", "secrecy": "机密"}

    assert (1, 1, 0, None) == desk.loans(loan, loan | {"quantity": "2.0"})

    (case,) = desk.cases()
    assert ("loan", "档案部", "李", "2", "secret") == (
        case.kind, case.department, case.party, case.fields["quantity"], case.fields["secrecy"],
    )  # fmt: skip
    assert 1 == len(desk.events("lent"))


def test_chunk_is_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a chunk fails nothing of it is written, and the next import completes the file."""
    monkeypatch.setattr("tasks.intake.cases.CaseImporter.chunk", 2)
    broken = [0]

    def fail(*arguments: Any, **words: Any) -> None:
        broken[0] += 1
        if broken[0] > 1:
            msg = "disk full"
            raise OSError(msg)
        return update(*arguments, **words)

    from tasks.intake import cases as module  # noqa: PLC0415 -- patched below

    update = module.update_many
    rows = [complaint(number=f"C{n}") for n in range(5)]
    with monkeypatch.context() as patched:
        patched.setattr(module, "update_many", fail)
        with pytest.raises(OSError, match="disk full"):
            desk.complaints(*rows)
    assert 2 == len(desk.cases())
    assert 2 == len(desk.events("registered"))

    assert (3, 2, 0, None) == desk.complaints(*rows)


def test_progress(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told after each chunk, with the number of rows when it is known."""
    monkeypatch.setattr("tasks.intake.cases.CaseImporter.chunk", 2)
    desk.complaints(*(complaint(number=f"C{n}") for n in range(3)))
    told: list[tuple[int, int | None]] = []

    import_file(
        desk.engine, desk.deployment, "complaints", desk.folder / "complaints.csv", now=NOW,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip

    assert [(2, 3), (3, 3)] == told


def test_two_imports_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two imports of one file at the same time write each case once, numbered or not."""
    monkeypatch.setattr("tasks.intake.cases.CaseImporter.chunk", 5)
    rows = [complaint(number=f"C{n}" if n % 2 else "", customer=f"{n}") for n in range(40)]
    path = desk.folder / "complaints.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, HEADER)
        writer.writeheader()
        writer.writerows(rows)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(
            lambda _: import_file(desk.engine, desk.deployment, "complaints", path, now=NOW), range(2)
        )

    assert (40, 40, 0) == (
        first.accepted + second.accepted,
        first.unchanged + second.unchanged,
        first.rejected + second.rejected,
    )
    assert 40 == len({case.number for case in desk.cases()}) == len(desk.events("registered"))


def test_unknown_kind_of_file(desk: Desk) -> None:
    """Only what Duban knows can be imported."""
    with pytest.raises(UsageError, match="cannot import 'people'"):
        import_file(desk.engine, desk.deployment, "people", desk.folder / "x.csv", now=NOW)


CELL = st.one_of(
    st.sampled_from(
        ["", "A1", "A2", "2611001", "2026-11-01", "2026-11-01 09:05", "major", "=1+1", "'=1", "电话", "王"]
    ),
    st.text(max_size=8),
)


@given(rows=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=12))
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_accounted_for(desk: Desk, rows: list[list[str]]) -> None:
    """Accepted, unchanged and rejected make up all rows, and a second time none is accepted."""
    header = ["number", "received_at", "customer", "level"]
    told = [dict(zip(header, row, strict=True)) for row in rows if any(cell.strip() for cell in row)]
    before = len(desk.cases())

    report = desk.file("complaints", told, "random.csv", header, "utf-8")

    assert len(told) == report.accepted + report.unchanged + report.rejected
    assert len(desk.cases()) - before <= report.accepted
    again = desk.file("complaints", told, "random.csv", header, "utf-8")
    assert (0, report.accepted + report.unchanged, report.rejected) == again[:3]
    with reading(desk.engine) as connection:
        openings = select(func.count()).select_from(events).where(events.c.name == "registered")
        assert len(desk.cases()) == connection.scalar(openings)
