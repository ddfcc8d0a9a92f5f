"""What the mails say, to whom, in which language; read from what a real server received."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.letters import WRITERS
from models.store.schema import cases, escalations, messages
from tasks.delivery.deliver import deliver
from tests.support.posting import DUE, START, Clock, Office
from tests.support.smtp import Received, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Accepts everything."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An office under the default regulation for complaints."""
    return Office(engine, deployment)


async def mails(office: Office, server: ScriptedServer, at: Any = DUE) -> list[Received]:
    """Everything that arrives when the outbox is delivered at that instant."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "mail_from": office.mail_from}
    deployment = office.deployment.changed(**given)
    await deliver(office.engine, deployment, WRITERS, now=Clock(at))
    assert ["sent"] * len(office.posted) == office.states()
    return server.accepted


async def test_an_escalation_tells_the_whole_story(office: Office, server: ScriptedServer) -> None:
    """Which case and article, since when, how late, what to do, who was told, who is next, why you, how to record."""
    case = office.case(
        "2611001",
        plan=[["2026-11-02T01:20:00Z", "breach"], ["2026-11-02T01:45:00Z", "escalate-2"]],
    )
    office.escalation(case, at=DUE)
    late = DUE + timedelta(minutes=10)
    office.message(
        office.escalation(case, "sun@example.com", "escalate-1", at=late, name="孙红", role="service_manager")
    )

    (mail,) = await mails(office, server, late)

    for form in (mail.text(), mail.html()):
        for words in (
            *("2611001", "重大投诉", "城东店", "李小明", "三次维修仍有异响", "首次联系客户", "客户投诉处理制度"),
            *("第五条", "2026-11-02 09:05", "2026-11-02 09:15", "已超期 10 分钟", "请督促部门经理办理", "50 元"),
            *("2026-11-02 09:15 到期通知 → 赵经理", "2026-11-02 09:45 升级催办 2 → 总经理"),
            *("孙红", "客服部经理", "duban record 2611001 first_contact", "record-event"),
        ):
            assert words in form, words
    assert "孙红 <sun@example.com>" in str(mail.mail["To"])


async def test_english_people_read_english(office: Office, server: ScriptedServer) -> None:
    """Templates, titles and words of time come in the recipient's language."""
    late = DUE + timedelta(hours=26)
    office.message(office.escalation(office.case("2611001"), step="escalate-1", at=late), language="en")
    (mail,) = await mails(office, server, late)
    assert "1 d 2 h overdue" in mail.text()
    assert "First contact" in mail.text()
    assert "major complaint" in mail.text()
    assert "department manager" in mail.text()
    assert "您" not in mail.text() + mail.html()


@pytest.mark.parametrize(
    ("step", "at", "expected"),
    [
        ("remind-1", DUE - timedelta(minutes=3), "还剩 3 分钟，2026-11-02 09:15 到期"),
        ("due", DUE, "现在到期（2026-11-02 09:15）"),
        ("opens", START, "现在起可以办理，须在 2026-11-02 09:15 前完成"),
    ],
)
async def test_before_the_due_instant_the_mail_says_how_long_is_left(
    office: Office, server: ScriptedServer, step: str, at: Any, expected: str
) -> None:
    """A reminder counts down, the due notice says now, the opening says from when to when."""
    office.message(office.escalation(office.case("2611001", state="open"), step=step, at=at))
    (mail,) = await mails(office, server, at)
    assert expected in mail.text()
    assert expected in mail.html()


async def test_phone_numbers_are_for_the_handler(office: Office, server: ScriptedServer) -> None:
    """Who handles the case sees the customer's number; for everybody else it is masked, in the content too."""
    fields = {"phone": "13812345678", "content": "请回电 139 8765 4321", "customer": "李小明"}
    for number, name, role in (("1", "王强", "handler"), ("2", "孙红", "general_manager")):
        case = office.case(number, fields=fields)
        office.message(office.escalation(case, f"p{number}@example.com", name=name, role=role))

    await mails(office, server)

    own, other = (server.to(f"p{n}@example.com")[0] for n in (1, 2))
    assert "13812345678" in own.text()
    for form in (other.text(), other.html()):
        assert "138****5678" in form
        assert "13812345678" not in form
        assert "8765" not in form


async def test_html_in_a_complaint_is_shown_and_does_nothing(office: Office, server: ScriptedServer) -> None:
    """Whatever comes from outside is escaped, in every field, and long content is cut."""
    evil = '<script>alert(1)</script><img src="http://evil.example/x">{{ 7*7 }}'
    fields = {"customer": evil, "content": evil + "\n" + "长" * 5000, "category": evil, "channel": evil, "phone": evil}
    office.message(office.escalation(office.case("2611001", fields=fields, party=evil, department=evil, handler=evil)))

    (mail,) = await mails(office, server)

    html = mail.html()
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in html
    assert html.count("长") <= 500
    assert "<script>alert(1)</script>" in mail.text()
    assert 'src="' not in html.replace("&#34;", '"').split("<style>")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_html_in_a_name_is_shown_and_does_nothing(office: Office, server: ScriptedServer, language: str) -> None:
    """Sentences that text and HTML share are escaped where they stand in HTML."""
    evil = "<b>孙</b>"
    case = office.case("2611001")
    office.escalation(case, at=DUE, name=evil)
    late = DUE + timedelta(minutes=10)
    step = office.escalation(
        case, "sun@example.com", "escalate-1", at=late, name=evil, role="service_manager", instead_of=evil
    )
    office.message(step, name=evil, language=language)

    (mail,) = await mails(office, server, late)

    assert evil in mail.text()
    assert evil not in mail.html()
    assert mail.html().count("&lt;b&gt;孙&lt;/b&gt;") >= 3  # told before, the addressee, in whose stead


async def test_no_name_or_number_makes_a_header(office: Office, server: ScriptedServer) -> None:
    """Line breaks that slipped into the database make no header, and no second recipient."""
    evil = "赵\r\nBcc: victim@example.com\r\n\r\nbody"
    office.message(office.escalation(office.case("26\r\nBcc: victim@example.com"), name=evil))
    with office.engine.begin() as connection:
        connection.execute(messages.update().values(subject=f"x{evil}", message_id=f"<a@b>{evil}"))

    (mail,) = await mails(office, server)

    assert "zhao@example.com" == mail.recipient
    assert mail.mail["Bcc"] is None
    assert [] == mail.mail.defects
    assert "\n" not in str(mail.mail["Subject"])
    assert 1 == len(mail.mail["To"].addresses)
    assert mail.mail["To"].addresses[0].display_name.startswith("赵 Bcc:")


async def test_headers_of_an_automatic_mail(office: Office, server: ScriptedServer) -> None:
    """Message-ID and key as decided, automatic, dated at the sending, in both forms of text."""
    key = office.post("2611001")
    (mail,) = await mails(office, server)
    row = office.row(key)
    got = mail.mail
    assert (row.message_id, row.key) == (got["Message-ID"], got["X-Duban-Key"])
    assert ("auto-generated", "All") == (got["Auto-Submitted"], got["X-Auto-Response-Suppress"])
    assert DUE == got["Date"].datetime
    assert "Duban 督办 <duban@example.org>" == str(got["From"])
    assert row.subject == str(got["Subject"])
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in got.iter_parts()]
    assert max(len(line) for line in mail.content.split(b"\r\n")) < 200


async def test_mails_of_one_case_to_one_person_are_a_thread(office: Office, server: ScriptedServer) -> None:
    """Later mails answer to the first that this person got about this case; other cases and people do not mix."""
    case, other = office.case("2611001"), office.case("2611002")
    first = office.message(office.escalation(case, "a@example.com", "due"))
    office.message(office.escalation(case, "b@example.com", "escalate-1", at=DUE + timedelta(seconds=1)))
    office.message(office.escalation(other, "a@example.com", at=DUE + timedelta(seconds=2)))
    office.message(office.escalation(case, "a@example.com", "escalate-1", at=DUE + timedelta(seconds=3)))
    await mails(office, server)
    office.message(office.escalation(case, "a@example.com", "escalate-2", at=DUE + timedelta(minutes=20)))

    got = await mails(office, server)

    root = office.row(first).message_id
    assert [None, None, None, root, root] == [one.mail["In-Reply-To"] for one in got]
    assert [None, None, None, root, root] == [one.mail["References"] for one in got]


@pytest.mark.parametrize(
    ("stead", "expected"), [("钱进", "代 钱进（不在岗）"), ("handler", "代“经办人”（无人在岗）"), (None, "部门经理。")]
)
async def test_why_you(office: Office, server: ScriptedServer, stead: str | None, expected: str) -> None:
    """A deputy learns for whom, and who stands in for a role that nobody fills learns which."""
    office.message(office.escalation(office.case("2611001"), instead_of=stead))
    (mail,) = await mails(office, server)
    assert expected in mail.text()


@pytest.mark.parametrize(
    ("role", "stead", "named"),
    [
        ("borrower", None, True),
        ("librarian", None, True),
        ("department_manager", None, False),
        ("borrower", "钱", False),
    ],
)
async def test_secret_items_are_named_only_to_the_cleared(
    engine: Engine, deployment: Deployment, server: ScriptedServer, role: str, stead: str | None, *, named: bool
) -> None:
    """The borrower and the keepers read the title of a secret item; others, and deputies, do not."""
    office = Office(engine, deployment, pack="standard-loans")
    rule = office.regulation.rules[0].id
    fields = {"item": "保密协议汇编", "secrecy": "secret", "quantity": "1", "purpose": "保密协议核对"}
    case = office.case("L1", rule, fields=fields, kind="loan", level=None)
    office.message(office.escalation(case, role=role, instead_of=stead))

    (mail,) = await mails(office, server)

    for form in (mail.text(), mail.html(), str(mail.mail["Subject"])):
        assert "核对" not in form
    for form in (mail.text(), mail.html()):
        assert named == ("保密协议汇编" in form)
        assert named != ("(涉密资料)" in form)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_summary_lists_the_worst_first(office: Office, server: ScriptedServer, language: str) -> None:
    """One mail, one line a deadline with its newest step, the longest overdue first, each with what to do."""
    mild = office.case("2611001", due_at=DUE)
    bad = office.case("2611002", due_at=DUE - timedelta(days=2))
    told = [
        office.escalation(mild),
        office.escalation(bad, step="due", at=DUE - timedelta(days=2)),
        office.escalation(bad, step="escalate-1", at=DUE - timedelta(days=2) + timedelta(minutes=10)),
    ]
    office.message(*told, kind="summary", language=language)

    (mail,) = await mails(office, server, DUE + timedelta(minutes=5))

    for form in (mail.text(), mail.html()):
        assert form.index("2611002") < form.index("2611001")
        assert "duban record 2611002 first_contact" in form
        assert {"zh": "2 项催办", "en": "2 notices"}[language] in form
        assert {"zh": "升级催办 1", "en": "escalation 1"}[language] in form
    assert mail.mail["In-Reply-To"] is None


async def test_a_long_summary_counts_the_rest(office: Office, server: ScriptedServer) -> None:
    """A hundred items are listed, the others counted."""
    told = [office.escalation(office.case(f"26{n:05}")) for n in range(103)]
    office.message(*told, kind="summary")
    (mail,) = await mails(office, server)
    assert "另有 3 项未列出" in mail.text()


async def test_a_mail_has_nothing_to_fetch(office: Office, server: ScriptedServer) -> None:
    """Styles are inlined, and nothing in the HTML is loaded from elsewhere; the case's page is only linked."""
    office.post("2611001")
    (mail,) = await mails(office, server)
    html = mail.html()
    assert ["case-2611001"] == re.findall(r'href="http[^"]*/(case-[^"]*)"', html)
    assert 1 == html.count("http")
    assert "url(" not in html
    assert "<link" not in html
    assert 'style="' in html
    assert 'class="' not in html.replace('class="m-', "")


@pytest.mark.parametrize("email", ["nobody", "@example.com", "赵@example.com", "a b@example.com", "x@y@", ""])
async def test_an_impossible_address_is_dead(
    office: Office, server: ScriptedServer, email: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A mail that no server could take is dead with the reason, and the others leave."""
    key = office.message(office.escalation(office.case("2611001")), email=email)
    office.post("2611002")
    deployment = office.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)

    report = await deliver(office.engine, deployment, WRITERS, now=Clock())

    assert (1, 1) == (report.sent, report.dead)
    assert "dead" == office.row(key).state
    assert office.row(key).reason
    assert "Traceback" not in caplog.text


async def test_a_mail_that_cannot_be_written_waits_with_the_reason(
    office: Office, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken mail neither stops the others nor disappears."""

    def broken(real: Callable[..., Any]) -> Callable[..., Any]:
        def build(letter: Any, *given: Any) -> Any:
            if letter.item.case == "2611001":
                raise RuntimeError("no such template")
            return real(letter, *given)

        return build

    import tasks.delivery.one_pass as module  # noqa: PLC0415 -- to put a fault into it

    monkeypatch.setattr(module, "build", broken(module.build))
    key = office.post("2611001")
    office.post("2611002")
    deployment = office.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)

    report = await deliver(office.engine, deployment, WRITERS, now=Clock())

    assert (1, 1) == (report.sent, report.deferred)
    row = office.row(key)
    assert "queued" == row.state
    assert "no such template" in row.reason
    assert row.send_after > DUE


async def test_odd_rows_do_not_stop_a_mail(office: Office, server: ScriptedServer) -> None:
    """Fields of other types, a recipient that the record does not name: the mail says what is known."""
    case = office.case("2611001", fields={"phone": 13812345678, "content": ["a", 1], "category": None}, level="?")
    office.message(office.escalation(case))
    with office.engine.begin() as connection:
        connection.execute(escalations.update().values(recipients=[]))
        connection.execute(cases.update().values(handler=None, department=None, party=None))
    (mail,) = await mails(office, server)
    assert "2611001" in mail.text()
