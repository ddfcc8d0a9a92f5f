"""Who is written to, what still leaves when it is sent, and what they may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading
from models.store.schema import messages
from tasks.delivery.deliver import deliver
from tasks.mail.about import Later, finish
from tasks.statements import letters
from tests.support.smtp import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tasks.mail.letters import Letter
    from tests.tasks.statements.organisation import Reporting

OCTOBER = "FX-2026-10"


@pytest.fixture
def approved(reporting: Reporting) -> Reporting:
    """October, approved."""
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "approve", "2026-11-09 10:00")
    return reporting


def letters_of(reporting: Reporting, purpose: str, at: str = "2026-11-09 10:30") -> dict[str, Letter | str]:
    """What each mail of that purpose says when it is sent at that instant, by name of the reader."""
    with reading(reporting.engine) as connection:
        rows = connection.execute(select(messages).where(messages.c.kind == "statement")).all()
        return {
            row.name: letters.letter(connection, reporting.deployment, row, reporting.story.at(at))
            for row in rows
            if row.about["purpose"] == purpose
        }


def test_the_deputy_of_a_manager_gets_the_part(reporting: Reporting) -> None:
    """While the manager is away, and the subject says in whose place."""
    reporting.story.away("经理", "2026-11-09 00:00", "2026-11-13 00:00")
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "approve", "2026-11-09 10:00")

    assert [("维修部", "代理")] == reporting.mails("department")
    (said,) = letters_of(reporting, "department").values()
    assert not isinstance(said, str)
    assert "【分析报告】2026-10 月报 · 全部制度 · 维修部（代 经理）" == said.subject


def test_a_department_without_a_manager_is_read_in_the_general_statement(reporting: Reporting) -> None:
    """Who stands in for the missing manager is on the list already, and gets no second mail."""
    reporting.story.complaint("2026-10-15 10:00", department="销售部")
    reporting.story.sweep("2026-10-15 11:00")
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "approve", "2026-11-09 10:00")

    assert {"销售部", "维修部"} == set(reporting.stored(OCTOBER).departments)
    assert [("维修部", "经理")] == reporting.mails("department")


def test_the_list_takes_roles_and_addresses(reporting: Reporting) -> None:
    """An address that is in the directory gets the person's name; nobody gets two."""
    reporting.set(statement_to="service_manager, board@example.com, general_manager")
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "approve", "2026-11-09 10:00")

    assert [("", "board"), ("", "客服"), ("", "总经理")] == reporting.mails("general")


def test_a_review_that_was_answered_is_not_asked_for(approved: Reporting) -> None:
    """The mail still lay in the outbox when the answer came from the command line."""
    (said,) = letters_of(approved, "review").values()

    assert "已答复 2026-11-09 10:00 / answered: approved" == said


def test_a_superseded_review_is_not_asked_for(reporting: Reporting) -> None:
    """The newer revision asks."""
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.story.complaint("2026-10-20 09:00")
    reporting.story.sweep("2026-11-09 09:30")
    reporting.made("monthly", "2026-10", "2026-11-09 10:00")

    with reading(reporting.engine) as connection:
        rows = connection.execute(
            select(messages).where(messages.c.kind == "statement").order_by(messages.c.created_at)
        )
        said = [letters.letter(connection, reporting.deployment, row, row.created_at) for row in rows]

    assert "已有新的修订版 / superseded by a newer revision" == said[0]
    assert not isinstance(said[1], str)


def test_subjects_say_what_it_is(approved: Reporting) -> None:
    """Period, kind, regulation, and the department of a part."""
    found = {**letters_of(approved, "general"), **letters_of(approved, "department")}
    subjects = {name: letter.subject for name, letter in found.items() if not isinstance(letter, str)}

    assert "【分析报告】2026-10 月报 · 全部制度" == subjects["客服"]
    assert "【分析报告】2026-10 月报 · 全部制度 · 维修部" == subjects["经理"]


def test_secret_items_are_named_to_the_cleared_only(reporting: Reporting) -> None:
    """The archive manager and the general manager by their roles; the service manager not."""
    reporting.story.loan("2026-10-21 09:00", item="绝密图纸", secrecy="secret")
    reporting.story.sweep("2026-10-21 10:00")
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "approve", "2026-11-09 10:00")
    drawn = {name: finish(one) for name, one in letters_of(reporting, "general").items() if not isinstance(one, str)}

    assert {"客服": False, "总经理": True, "档案主管": True} == {
        name: "绝密图纸" in letter.content.html for name, letter in drawn.items()
    }


def test_what_is_drawn_for_one_serves_all_who_read_the_same(
    approved: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Charts and workbook are made once for the two who are cleared, once for the one who is not."""
    letters._drawn.clear()
    made: list[letters._Form] = []
    render = letters._render

    def counted(stored: object, form: letters._Form) -> object:
        made.append(form)
        return render(stored, form)  # type: ignore[arg-type]

    monkeypatch.setattr(letters, "_render", counted)
    for letter in letters_of(approved, "general").values():
        assert not isinstance(letter, str)
        assert isinstance(letter.content, Later)
        finish(letter)

    assert [False, True] == sorted(form.cleared for form in made)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as running:
        yield running


async def test_an_approved_statement_arrives(reporting: Reporting, server: ScriptedServer) -> None:
    """Over SMTP: text, HTML with its pictures, and the workbook; the answered review is dropped with the reason."""
    reporting.set(smtp_host="127.0.0.1", smtp_port=str(server.port))
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "approve", "2026-11-09 10:00")

    def now() -> datetime:
        return reporting.story.at("2026-11-09 10:01")

    report = await deliver(reporting.engine, reporting.deployment, WRITERS, now=now)

    assert (1, 0, None) == (report.dropped, report.dead, report.problem)
    mine = [one.mail for one in server.accepted if str(one.mail["X-Duban-Key"]).startswith("statement/")]
    assert 4 == len(mine)
    kinds = {part.get_content_type() for part in mine[0].walk()}
    assert {"text/plain", "text/html"} <= kinds
    assert any("spreadsheet" in kind for kind in kinds)


async def test_the_remark_arrives(reporting: Reporting, server: ScriptedServer) -> None:
    """In Chinese, escaped, with what to run next."""
    reporting.set(smtp_host="127.0.0.1", smtp_port=str(server.port))
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    reporting.answered(OCTOBER, "return", "2026-11-09 10:00", remark="缺 <b>销售部</b>")

    def now() -> datetime:
        return reporting.story.at("2026-11-09 10:01")

    await deliver(reporting.engine, reporting.deployment, WRITERS, now=now)

    (mail, _) = [one.mail for one in server.accepted if "/returned/" in str(one.mail["X-Duban-Key"])]
    html = mail.get_body(("html",))
    assert html is not None
    assert "缺 &lt;b&gt;销售部&lt;/b&gt;" in html.get_content()
    assert "duban statement monthly --period 2026-10 --submit" in html.get_content()
