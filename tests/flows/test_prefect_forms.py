"""The forms of operations as plain functions: recording, postponements, intake of the drop folder."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from flows import new_case
from flows.intake import FileKind, sort_of, take_in, waiting
from flows.record_event import form_of, known, listed, record, record_form
from flows.request_postponement import PostponementDecision, PostponementForm, answer_request, check_date, describe
from flows.request_postponement import form_of as postponement_form
from models.errors import RefusedError
from models.store.database import reading, writing
from models.store.schema import cases, events
from tasks.record.recording import open_case
from tests.support.hand import AT_HAND
from tests.support.story import Story

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


@pytest.fixture
def deployment(deployment: Deployment) -> Deployment:
    """Settings whose home exists."""
    deployment.settings.home.mkdir(parents=True, exist_ok=True)
    return deployment


@pytest.fixture
def number(engine: Engine, deployment: Deployment) -> str:
    """A complaint of five minutes ago."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    fields = {"customer": "钱先生", "phone": "13800138000", "department": "销售部", "handler": "李想"}
    with writing(engine) as connection:
        return open_case(
            connection,
            deployment,
            kind="complaint",
            opened_at=at,
            fields=fields,
            regulation=None,
            by=None,
            now=at,
            provenance=AT_HAND,
        )


def recorded(engine: Engine) -> list[tuple[str, dict[str, str], str | None]]:
    """Name, fields and author of every event, in order."""
    with reading(engine) as connection:
        query = select(events.c.name, events.c.fields, events.c.by).order_by(events.c.id)
        return [(row.name, row.fields, row.by) for row in connection.execute(query)]


def test_the_form_records_an_event(engine: Engine, deployment: Deployment, number: str) -> None:
    """Name, fields and author arrive as they were chosen; the same again is known already."""
    at = datetime.now(UTC).replace(microsecond=0)
    given = {"number": number, "name": "first_contact", "at": at, "by": "李想", "fields": {"note": "ok"}}
    assert record(engine, deployment, **given).fresh
    assert not record(engine, deployment, **given).fresh
    assert ("first_contact", {"note": "ok"}, "李想") == recorded(engine)[-1]


def test_the_form_refuses_with_the_article(engine: Engine, deployment: Deployment) -> None:
    """A third renewal is refused in the words of the regulation."""
    now = datetime.now(UTC).replace(microsecond=0)
    lent = now - timedelta(days=4)
    with writing(engine) as connection:
        loan = open_case(
            connection,
            deployment,
            kind="loan",
            opened_at=lent,
            fields={"item": "手册", "borrower": "王磊"},
            regulation="utility-library",
            by=None,
            now=lent,
            provenance=AT_HAND,
        )
    for day in (1, 2):
        at = lent + timedelta(days=day)
        record(engine, deployment, number=loan, name="renewed", at=at, by=None, fields={})
    with pytest.raises(RefusedError, match="utility-library"):
        record(engine, deployment, number=loan, name="renewed", at=None, by=None, fields={})


def test_a_request_shows_the_case_without_the_customer(engine: Engine, deployment: Deployment, number: str) -> None:
    """The approver sees case, department and reason; name and phone of the customer stay out."""
    until = date(2099, 1, 2)
    shown = describe(engine, deployment, case=number, until=until, reason="客户 13800138000 同意", by="王磊")
    assert all(word in shown for word in (number, "销售部", "2099-01-02", "王磊", "同意"))
    assert "钱先生" not in shown
    assert "13800138000" not in shown


def asks(engine: Engine, deployment: Deployment, number: str) -> None:
    """The handler asks for a postponement; there is a general manager, who is asked."""
    story = Story(engine, deployment)
    story.person("李想", "handler")
    story.person("陈志远", "general_manager")
    record(
        engine,
        deployment,
        number=number,
        name="postponement_requested",
        at=datetime.now(UTC) - timedelta(minutes=2),
        by="李想",
        fields={"until": "2099-01-02"},
    )


def test_an_approval_carries_until(engine: Engine, deployment: Deployment, number: str) -> None:
    """Approved without a date means as requested; the approver, chosen from the list, is the author."""
    asks(engine, deployment, number)
    assert ["陈志远"] == postponement_form(engine, deployment, number).model_json_schema()["properties"]["approver"][
        "enum"
    ]
    answer = PostponementForm(decision=PostponementDecision.APPROVE, approver="陈志远")
    answer_request(engine, deployment, number, answer, date(2099, 1, 2))
    assert ("postponement_approved", {"until": "2099-01-02"}, "陈志远") == recorded(engine)[-1]


def test_a_refusal_carries_the_remark(engine: Engine, deployment: Deployment, number: str) -> None:
    """Refused is recorded too."""
    asks(engine, deployment, number)
    answer = PostponementForm(decision=PostponementDecision.REFUSE, approver="陈志远", remark="不同意")
    answer_request(engine, deployment, number, answer, date(2099, 1, 2))
    assert ("postponement_refused", {"note": "不同意"}, "陈志远") == recorded(engine)[-1]


@pytest.mark.parametrize("approver", ["李想", "钱先生", "operations", " "])
def test_nobody_else_approves_in_the_dialog(engine: Engine, deployment: Deployment, number: str, approver: str) -> None:
    """Whoever types a name of their own into the dialog of the general manager decides nothing."""
    asks(engine, deployment, number)
    answer = PostponementForm(decision=PostponementDecision.APPROVE, approver=approver)
    with pytest.raises(RefusedError, match="陈志远"):
        answer_request(engine, deployment, number, answer, date(2099, 1, 2))
    assert "postponement_requested" == recorded(engine)[-1][0]


def test_the_form_lists_what_is_possible_now(engine: Engine, deployment: Deployment, number: str) -> None:
    """The events of the case's regulation by their titles: no return of a complaint, no answer nobody asked for."""
    offered = [one.name for one in known(engine, deployment, number).events]
    assert {"first_contact", "handed_over", "closed", "postponement_requested"} <= set(offered)
    assert not {"returned", "renewed", "registered", "flagged", "postponement_approved", "reopened"} & set(offered)
    assert "first_contact" in offered[:3]  # a running clock waits for it

    asks(engine, deployment, number)
    offered = known(engine, deployment, number)
    assert [("陈志远",)] == [
        tuple(person.name for person in one.who) for one in offered.events if one.name == "postponement_approved"
    ]
    assert "陈志远" in listed(number, offered)
    choices = form_of(offered).model_json_schema()["properties"]["event"]["enum"]
    assert "首次联系 first contact · first_contact" in choices


def test_what_was_chosen_is_recorded(engine: Engine, deployment: Deployment, number: str) -> None:
    """The list's line stands for the event, the line of a person for their address."""
    asks(engine, deployment, number)
    form = form_of(known(engine, deployment, number))
    filled = form(event="首次联系 first contact · first_contact", by="李想", note="已通话")
    done = record_form(engine, deployment, number, filled)
    assert done.fresh
    assert ("first_contact", {"note": "已通话"}, "李想") == recorded(engine)[-1]


def test_a_new_case_is_opened_from_its_form(engine: Engine, deployment: Deployment) -> None:
    """Level and department are chosen by title, the phone number is kept, and the number is Duban's."""
    Story(engine, deployment).person("李想", "handler", department="销售部")
    kind = new_case.CaseKind.COMPLAINT
    rules, directory = new_case.known(engine, deployment, kind, "")
    form = new_case.form_of(kind, rules, directory)
    assert ["销售部"] == form.model_json_schema()["properties"]["department"]["enum"]
    given = {"customer": "钱先生", "phone": "13800138000", "handler": "李想", "department": "销售部"}
    filled = form(level="重大投诉 major complaint · major", channel="电话 · phone", **given)
    done = new_case.record_form(engine, deployment, kind, "", filled)
    with reading(engine) as connection:
        row = connection.execute(select(cases).where(cases.c.number == done.number)).one()
    assert ("major", "销售部", "李想", "phone") == (row.level, row.department, row.handler, row.fields["channel"])


def test_a_request_for_today_is_refused() -> None:
    """There is nothing to postpone."""
    with pytest.raises(RefusedError, match="later"):
        check_date(date(2026, 11, 20), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("directory-2026.csv", FileKind.DIRECTORY),
        ("Complaints november.XLSX", FileKind.COMPLAINTS),
        ("借阅登记.csv", FileKind.LOANS),
        ("events.csv", FileKind.EVENTS),
        ("holiday.jpg", None),
    ],
)
def test_the_name_of_a_file_says_what_it_holds(tmp_path: Path, name: str, what: FileKind | None) -> None:
    """In Chinese or English, in any case of letters."""
    assert what == sort_of(tmp_path / name)


def dropped(deployment: Deployment, name: str, text: str, age: float = 60.0) -> Path:
    """A file in the drop folder that was last changed so many seconds ago."""
    folder = deployment.settings.home / "inbox"
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    then = datetime.now(UTC).timestamp() - age
    os.utime(file, (then, then))
    return file


def test_the_drop_folder_goes_in_order(deployment: Deployment) -> None:
    """Directory before complaints before events; what is still being copied, or was rejected, waits."""
    now = datetime.now(UTC).timestamp()
    for name in ("events.csv", "complaints.csv", "directory.csv", "complaints.rejected.csv", "notes.md"):
        dropped(deployment, name, "x")
    dropped(deployment, "loans.csv", "x", age=0)
    assert ["directory.csv", "complaints.csv", "events.csv"] == [path.name for _, path in waiting(deployment, now)]


COMPLAINTS = """received_at,customer,phone,content
2026-11-20 09:00,钱先生,13800138000,刹车异响
not a date,孙女士,13900139000,漏油
"""


def test_a_dropped_file_goes_in_and_away(engine: Engine, deployment: Deployment) -> None:
    """Good rows become cases, the file lies in `done` with its rejected rows beside it, and nothing waits any more."""
    file = dropped(deployment, "complaints.csv", COMPLAINTS)
    result = take_in(engine, deployment, FileKind.COMPLAINTS, file)
    assert (1, 1) == (result.accepted, result.rejected)
    done = deployment.settings.home / "inbox" / "done"
    assert {"complaints.csv", "complaints.rejected.csv"} == {path.name for path in done.iterdir()}
    assert [] == waiting(deployment, datetime.now(UTC).timestamp() + 60)
    with reading(engine) as connection:
        assert ["钱先生"] == list(connection.scalars(select(cases.c.party)))


def test_a_file_that_cannot_be_read_is_put_aside_with_the_reason(engine: Engine, deployment: Deployment) -> None:
    """Otherwise every later run would stumble over it."""
    file = dropped(deployment, "complaints.csv", "what,ever\n1,2\n")
    result = take_in(engine, deployment, FileKind.COMPLAINTS, file)
    assert result.refused
    refused = deployment.settings.home / "inbox" / "refused"
    assert {"complaints.csv", "complaints.csv.reason.txt"} == {path.name for path in refused.iterdir()}
