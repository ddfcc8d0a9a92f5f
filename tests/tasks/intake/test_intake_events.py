"""Events from files: names in both languages, fields, what is known already, what is refused."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.store.database import reading, writing
from models.store.schema import cases, events
from tasks.intake import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.intake import ImportReport
    from tasks.organisation.deployment import Deployment

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)


class Desk:
    """A service desk with one complaint, A1, of 2026-11-01 09:00 in the organisation's zone."""

    def __init__(self, engine: Engine, deployment: Deployment, folder: Path) -> None:
        self.engine, self.deployment, self.folder = engine, deployment, folder
        self.file("complaints", "number,received_at,customer\nA1,2026-11-01 09:00,W\n")

    def file(self, what: str, text: str, name: str = "in.csv") -> ImportReport:
        """Import this text."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return import_file(self.engine, self.deployment, what, self.folder / name, now=NOW)

    def tell(self, *rows: str, header: str = "case,event,at,by,satisfaction,outcome,until,note") -> ImportReport:
        """Import these events."""
        return self.file("events", "\n".join([header, *rows]) + "\n", "events.csv")

    def told(self) -> list[Any]:
        """Every event but the opening, in order of arrival."""
        with reading(self.engine) as connection:
            return list(
                connection.execute(
                    select(events).where(events.c.name != "registered").order_by(events.c.at, events.c.id)
                )
            )


@pytest.fixture
def desk(engine: Engine, deployment: Deployment, tmp_path: Path) -> Desk:
    """The desk with its complaint."""
    return Desk(engine, deployment, tmp_path)


def reasons(report: ImportReport) -> list[str]:
    """The last column of the rejected file."""
    assert report.rejected_file is not None
    with report.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        return [row[-1] for row in csv.reader(file)][1:]


def test_both_languages(desk: Desk) -> None:
    """Event names, satisfaction and outcome are read in either language and kept as ids."""
    report = desk.file(
        "events",
        "编号,事项,时间,经办人,满意度,结果,备注,车牌\n"
        "A1,首次联系,2026-11-01 09:05,张三,,,说明,京A1\n"
        "A1,Follow-up call,2026-11-01 09:45,,不满意,未解决,,\n"
        "A1,批准延期,2026-11-01 10:00,,,,,\n",
    )

    assert (2, 0, 1) == report[:3]
    assert ["未导入：批准延期须写明 until（延期至）：请填写日期"] == reasons(report)
    first, second = desk.told()
    assert ("first_contact", "张三", {"note": "说明", "车牌": "京A1"}) == (first.name, first.by, first.fields)
    assert ("follow_up", None, {"satisfaction": "dissatisfied", "outcome": "unresolved"}) == (
        second.name, second.by, second.fields,
    )  # fmt: skip
    assert (datetime(2026, 11, 1, 1, 5, tzinfo=UTC), NOW, None) == (first.at, first.recorded_at, first.applied_at)


def test_again_changes_nothing(desk: Desk) -> None:
    """An event imported again is unchanged, in another language or another form of the instant too."""
    assert (1, 1, 0, None) == desk.tell(
        "A1,首次联系,2026-11-01 09:05,张,,,,", "A1,first_contact,2026-11-01T01:05:00Z,张,,,,"
    )
    assert (0, 1, 0, None) == desk.tell("A1,First Contact,2026/11/1 9:05,张,,,,")
    assert (1, 0, 0, None) == desk.tell("A1,First Contact,2026/11/1 9:05,李,,,,")


def test_opening_is_told_by_the_case(desk: Desk) -> None:
    """The opening event at the instant of opening is no second event, whoever noted it."""
    assert (0, 1, 0, None) == desk.tell("A1,登记,2026-11-01 09:00,张,,,,")


def test_event_of_another_program(desk: Desk) -> None:
    """An event that another program inserted without a key is known by its content."""
    with writing(desk.engine) as connection:
        case_id = connection.scalar(select(cases.c.id))
        at = datetime(2026, 11, 1, 2, tzinfo=UTC)
        connection.execute(events.insert().values(case_id=case_id, name="closed", at=at, by="张", fields={}))

    assert (0, 1, 0, None) == desk.tell("A1,结案,2026-11-01 10:00,张,,,,")


def test_events_of_the_regulation(desk: Desk) -> None:
    """A regulation's own events are known for its cases only, by id and by title."""
    desk.file("complaints", "number,received_at,customer,regulation\nC1,2026-11-01,W,telecom-call-centre\n")
    from models import SHIPPED  # noqa: PLC0415 -- see below
    from models.packs.load import load_regulation  # noqa: PLC0415 -- only here

    name, words = next(iter(load_regulation(SHIPPED / "telecom-call-centre.yaml").events.items()))

    report = desk.tell(f"C1,{words.zh},2026-11-02,,,,,", f"A1,{name},2026-11-02,,,,,")

    assert (1, 0, 1) == report[:3]
    assert [name] == [event.name for event in desk.told()]
    assert "unknown event" in reasons(report)[0]


def test_until(desk: Desk) -> None:
    """`until` is kept as a day or as an instant in UTC, and must lie after the event."""
    report = desk.tell(
        "A1,paused,2026-11-01 10:00,,,,2026/11/5,",
        "A1,paused,2026-11-01 11:00,,,,2026-11-05 18:00,",
        "A1,postponement_approved,2026-11-03 10:00,,,,2026-11-03,",
        "A1,paused,2026-11-03 10:00,,,,2026-11-03 10:00,",
        "A1,paused,2026-11-03 10:00,,,,soon,",
    )

    assert (2, 0, 3) == report[:3]
    assert ["2026-11-05", "2026-11-05T10:00:00Z"] == [event.fields["until"] for event in desk.told()]
    assert 2 == sum("`until` must be later" in reason for reason in reasons(report))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("A9,closed,2026-11-02,,,,,", "no case 'A9'"),
        (",closed,2026-11-02,,,,,", "case is empty"),
        ("A1,,2026-11-02,,,,,", "event is empty"),
        ("A1,closed,,,,,,", "at is empty"),
        ("A1,frist_contact,2026-11-02,,,,,", "first_contact"),
        ("A1,flagged,2026-11-02,,,,,", "noted by Duban itself"),
        ("A1,closed,2026-13-02,,,,,", "no possible date"),
        ("A1,closed,2026-11-01 08:59:59,,,,,", "before the case was opened at 2026-11-01 09:00"),
        ('A1,closed,2026-11-02,"张\n三",,,,', "by holds control characters or line breaks"),
        ("A1,closed,2026-11-02," + "x" * 201 + ",,,,", "by is longer than 200"),
        ("A1,closed,2026-11-02,,,,,a\x01b", "note holds control characters"),
    ],
)
def test_refused(desk: Desk, row: str, expected: str) -> None:
    """What cannot be is refused with a reason, and the good rows around it go in."""
    report = desk.tell("A1,first_contact,2026-11-01 09:05,,,,,", row, "A1,closed,2026-11-02 09:00,,,,,")

    assert (2, 0, 1) == report[:3]
    assert expected in reasons(report)[0]
    assert ["first_contact", "closed"] == [event.name for event in desk.told()]
