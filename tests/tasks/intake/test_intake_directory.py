"""The directory from a file: people, roles, deputies, absences; none is ever removed."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.store.database import reading
from models.store.schema import absences, people, person_roles
from tasks.intake import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.intake import ImportReport
    from tasks.organisation.deployment import Deployment

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
HEADER = "name,email,department,role,deputy,absent_from,absent_until,language"


class Office:
    """An organisation that hands in its directory."""

    def __init__(self, engine: Engine, deployment: Deployment, folder: Path) -> None:
        self.engine, self.deployment, self.folder = engine, deployment, folder

    def hand_in(self, *rows: str, header: str = HEADER) -> ImportReport:
        """Import these rows."""
        path = self.folder / "directory.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return import_file(self.engine, self.deployment, "directory", path, now=NOW)

    def people(self) -> dict[str, tuple[str, str | None, str, str | None]]:
        """Name, department, language and deputy by address."""
        with reading(self.engine) as connection:
            return {
                row.email: (row.name, row.department, row.language, row.deputy)
                for row in connection.execute(select(people))
            }

    def roles(self) -> set[tuple[str, str]]:
        """Names and roles."""
        with reading(self.engine) as connection:
            joined = people.join(person_roles)
            found = connection.execute(select(people.c.name, person_roles.c.role).select_from(joined))
            return {(name, role) for name, role in found}

    def away(self) -> list[tuple[datetime, datetime]]:
        """Every absence in order."""
        with reading(self.engine) as connection:
            found = connection.execute(select(absences.c.since, absences.c.until).order_by(absences.c.since))
            return [(since, until) for since, until in found]


@pytest.fixture
def office(engine: Engine, deployment: Deployment, tmp_path: Path) -> Office:
    """An empty directory."""
    return Office(engine, deployment, tmp_path)


def reasons(report: ImportReport) -> list[str]:
    """The last column of the rejected file."""
    assert report.rejected_file is not None
    with report.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        return [row[-1] for row in csv.reader(file)][1:]


def test_directory(office: Office) -> None:
    """Several rows make one person; roles are read in both languages; a bare last day lasts until its end."""
    rows = (
        "王,Wang@x.example,一部,部门经理;经办人,李,2026-11-01,2026-11-03,中文",
        "王,wang@X.example,,回访专员、General Manager,,2026-12-01 08:00,2026-12-01 12:00,",
        "李,li@x.example,一部,技师,wang@x.example,,,en",
    )
    header = "姓名,邮箱,部门,职务,代理人,absent_from,absent_until,language"

    assert (3, 0, 0, None) == office.hand_in(*rows, header=header)

    assert {
        "Wang@x.example": ("王", "一部", "zh", "li@x.example"),
        "li@x.example": ("李", "一部", "en", "Wang@x.example"),
    } == office.people()
    assert {
        ("王", "department_manager"),
        ("王", "handler"),
        ("王", "revisit_specialist"),
        ("王", "general_manager"),
        ("李", "技师"),
    } == office.roles()
    assert [
        (datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 3, 15, 59, 59, tzinfo=UTC)),
        (datetime(2026, 12, 1, 0, tzinfo=UTC), datetime(2026, 12, 1, 4, tzinfo=UTC)),
    ] == office.away()
    assert (0, 3, 0, None) == office.hand_in(*rows, header=header)


def test_changes_and_keeps(office: Office) -> None:
    """A later file changes what it says and keeps what it does not mention: people, roles, absences."""
    office.hand_in("王,w@x.example,一部,handler,,2026-11-01,2026-11-03,", "李,l@x.example,一部,,,,,")

    assert (1, 0, 0, None) == office.hand_in("王某,W@x.example,二部,desk,l@x.example,2026-11-01,2026-11-05,en")

    assert {
        "w@x.example": ("王某", "二部", "en", "l@x.example"),
        "l@x.example": ("李", "一部", "zh", None),
    } == office.people()
    assert {("王某", "handler"), ("王某", "desk")} == office.roles()
    assert [datetime(2026, 11, 5, 15, 59, 59, tzinfo=UTC)] == [until for _since, until in office.away()]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("张,,,,,,,", "email is empty"),
        (",z@x.example,,,,,,", "name is empty"),
        ("张,zhang,,,,,,", "'zhang' is no e-mail address"),
        ("张,z@x..example,,,,,,", "no e-mail address"),
        ("张,z x@x.example,,,,,,", "no e-mail address"),
        ('张,"z@x.example\nBcc: a@b.example",,,,,,', "email holds control characters"),
        ('"张\r\nBcc: a@b.example",z@x.example,,,,,,', "name holds control characters"),
        ("张,z@x.example,,,没有此人,,,", "the deputy '没有此人' is neither"),
        ("张,z@x.example,,,no@x.example,,,", "the deputy 'no@x.example' is neither"),
        ("张,z@x.example,,,双,,,", "several people called '双'"),
        ("张,z@x.example,,,张,,,", "nobody is their own deputy"),
        ("张,z@x.example,,,,2026-11-03,2026-11-02,", "lies before absent_from"),
        ("张,z@x.example,,,,2026-11-03,,", "needs both"),
        ("张,z@x.example,,,,,2026-11-03,", "needs both"),
        ("张,z@x.example,,,,2026-02-30,2026-03-01,", "no possible date"),
        ("张,z@x.example,,,,,,fr", "unknown language 'fr'"),
        ("王,w@x.example,二部,,,,,", "gives w@x.example another department"),
        ("王某,w@x.example,,,,,,", "gives w@x.example another name"),
    ],
)
def test_refused(office: Office, row: str, expected: str) -> None:
    """What cannot be is refused with a reason, and the good rows around it go in."""
    report = office.hand_in("王,w@x.example,一部,,,,,", "双,s1@x.example,,,,,,", "双,s2@x.example,,,,,,", row)

    assert (3, 0, 1) == report[:3]
    assert expected in reasons(report)[0]
    assert {"w@x.example", "s1@x.example", "s2@x.example"} == office.people().keys()


def test_deputy_who_was_refused(office: Office) -> None:
    """A deputy whose own row is refused is nobody, and so on along the chain."""
    report = office.hand_in(
        "甲,a@x.example,,,乙,,,", "乙,b@x.example,,,丙,,,", "丙,broken,,,,,,", "丁,d@x.example,,,,,,"
    )

    assert (1, 0, 3) == report[:3]
    assert {"d@x.example"} == office.people().keys()


def test_deputy_from_the_record(office: Office) -> None:
    """A deputy may be somebody who was imported earlier."""
    office.hand_in("李,l@x.example,,,,,,")

    assert (1, 0, 0, None) == office.hand_in("王,w@x.example,,,李,,,")
    assert "l@x.example" == office.people()["w@x.example"][3]


def test_a_title_of_a_regulation_in_force_is_its_role(office: Office) -> None:
    """What a pack calls its role in Chinese is that role; a title that no pack knows is kept."""
    office.deployment = office.deployment.changed(regulations_in_force="test-lab-appeals")
    office.hand_in("王,wang@example.com,质检部,质量负责人,,,,", "李,li@example.com,车队,司机,,,,")

    assert {("王", "quality_head"), ("李", "司机")} == office.roles()


def test_ways_to_notify_are_taken_in_and_never_shown(engine: Engine, deployment: Deployment, tmp_path: Path) -> None:
    """Addresses of Apprise, several in a cell; one that is none refuses its row without being quoted in the reason."""
    office = Office(engine, deployment, tmp_path)
    header = "姓名,邮箱,通知方式"
    good = '赵经理,zhao@example.com,"json://127.0.0.1:9/hunter2, wecombot://abcdefgh-hunter2"'
    report = office.hand_in(
        good, "钱,qian@example.com,feishu hunter2", "孙,sun@example.com,nonsense://hunter2", header=header
    )

    assert (1, 2) == (report.accepted, report.rejected)
    with reading(engine) as connection:
        kept = connection.scalar(select(people.c.notify).where(people.c.email == "zhao@example.com"))
    assert "json://127.0.0.1:9/hunter2\nwecombot://abcdefgh-hunter2" == kept
    with (tmp_path / "directory.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        reasons = [row[-1] for row in csv.reader(file)][1:]
    assert ["Apprise" in reason and "hunter2" not in reason for reason in reasons] == [True, True]
    assert 1 == office.hand_in(good, header=header).unchanged
