"""The local mailbox: a real SMTP server with a page that shows its mails and lets nothing in them run."""

from __future__ import annotations

import re
import stat
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest

from flows.letters import WRITERS
from models.errors import DeliveryError
from models.settings import Settings
from tasks.delivery.deliver import deliver
from tasks.delivery.mailbox import serve_mailbox
from tasks.replies import local
from tests.support.posting import Clock, Office

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tests.support.story import Story


def get(port: int, path: str = "/", **headers: str) -> tuple[str, dict[str, str]]:
    """The page at that path, and its headers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- see above
        return answer.read().decode(), dict(answer.headers)


async def test_without_a_server_mails_go_to_the_mailbox(engine: Engine, deployment: Deployment) -> None:
    """Where no SMTP host is set a delivery ends in the local mailbox, whose page lists it newest first."""
    office = Office(engine, deployment)
    office.post("2611001", fields={"content": "<script>alert(1)</script>", "phone": "13812345678"})
    office.post("2611002")
    with serve_mailbox(deployment.changed(mailbox_smtp_port=0, mailbox_port=0).settings) as (smtp, page):
        here = deployment.changed(mailbox_smtp_port=smtp)
        assert 2 == (await deliver(engine, here, WRITERS, now=Clock())).sent

        listed, _ = get(page)
        assert listed.index("2611002") < listed.index("2611001")
        name = listed.split('href="/mail/')[-1].split('"')[0]
        mail, headers = get(page, f"/mail/{name}")
        inside, rules = get(page, f"/html/{name}")

    assert 2 == len(list((deployment.settings.home / "mailbox").glob("*.eml")))
    assert 'sandbox=""' in mail
    assert "<script>" not in mail + inside
    assert "&lt;script&gt;" in mail
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox" in rules["Content-Security-Policy"]


def test_only_mails_of_this_machine_are_served(tmp_path: Path) -> None:
    """No other file can be had, and no foreign web page can ask through a name of its own."""
    settings = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)
    (tmp_path / "secret.eml").write_text("secret", encoding="utf-8")
    with serve_mailbox(settings) as (_, page):
        for path in ("/mail/../secret", "/source/..%2Fsecret", "/source/", "/other/x"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                get(page, path)
        assert "还没有邮件" in get(page)[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8025"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "localhost:x"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_elsewhere_reads_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    """Neither under a name of its own for this address (DNS rebinding) nor across origins."""
    with serve_mailbox(Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)) as (_, page):
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            get(page, **headers)
        assert b"only for this machine" in refused.value.read()


def test_the_page_is_closed_to_other_pages(tmp_path: Path) -> None:
    """Its own page may ask, through a tunnel of another port too; nothing of it may be framed or embedded elsewhere."""
    with serve_mailbox(Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)) as (_, page):
        _, headers = get(page, Host="localhost:9000", Origin="http://localhost:9000")
    assert not [name for name in headers if name.startswith("Access-Control")]
    assert ("same-origin", "SAMEORIGIN", "nosniff") == (
        headers["Cross-Origin-Resource-Policy"],
        headers["X-Frame-Options"],
        headers["X-Content-Type-Options"],
    )
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]


async def test_mails_are_kept_for_their_owner_alone(engine: Engine, deployment: Deployment) -> None:
    """The folder lets nobody else in, and neither does a mail, whatever the umask is."""
    Office(engine, deployment).post("2611001")
    with serve_mailbox(deployment.changed(mailbox_smtp_port=0, mailbox_port=0).settings) as (smtp, _):
        await deliver(engine, deployment.changed(mailbox_smtp_port=smtp), WRITERS, now=Clock())
    folder = deployment.settings.home / "mailbox"
    (mail,) = folder.glob("*.eml")
    assert (0o700, 0o600) == (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(mail.stat().st_mode))


def test_a_taken_port_is_told_with_its_setting(tmp_path: Path) -> None:
    """A second mailbox on the same port says which setting to change."""
    free = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)
    with serve_mailbox(free) as (smtp, page):
        for change, name in (({"mailbox_smtp_port": smtp}, "SMTP_PORT"), ({"mailbox_port": page}, "MAILBOX_PORT")):
            with pytest.raises(DeliveryError, match=name), serve_mailbox(free.model_copy(update=change)):
                pass


# -- the reply box -----------------------------------------------------------------------------------------------

ASKING = (
    "From: Duban <duban@localhost>\r\nTo: 总经理 <gm@example.com>\r\nReply-To: duban+abc@localhost\r\n"
    "Subject: x\r\nMessage-ID: <1@localhost>\r\n\r\nplease\r\n"
).encode()


def post(port: int, path: str, fields: dict[str, str], **headers: str) -> tuple[int, str]:
    """Status and page of a form that was sent."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", urllib.parse.urlencode(fields).encode())
    for name, value in headers.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- see above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def kept(tmp_path: Path, content: bytes, name: str = "1") -> None:
    """A mail in the mailbox."""
    folder = tmp_path / "mailbox"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.eml").write_bytes(content)


def mark_of(page: str) -> str:
    """What the form of a page carries."""
    found = re.search(r'name="mark" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_a_mail_that_asks_is_answered_from_its_page(tmp_path: Path) -> None:
    """What is typed goes to whoever takes replies in, with the mail it answers; the page says what became of it."""
    said: list[tuple[bytes, str]] = []

    def on_reply(mail: bytes, text: str) -> tuple[str, bool]:
        said.append((mail, text))
        return "已登记 (Recorded)", True

    kept(tmp_path, ASKING)
    settings = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)
    with serve_mailbox(settings, on_reply) as (_, port):
        mark = mark_of(get(port, "/mail/1")[0])
        status, page = post(port, "/reply/1", {"text": "批准", "mark": mark}, Origin=f"http://127.0.0.1:{port}")

    assert (200, [(ASKING, "批准")]) == (status, said)
    assert "已登记 (Recorded)" in page


def test_only_a_page_of_this_mailbox_can_answer(tmp_path: Path) -> None:
    """Neither a form of elsewhere, nor one without its mark, nor the mark of another mail."""
    kept(tmp_path, ASKING)
    kept(tmp_path, ASKING, "2")
    settings = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)

    def never(_mail: bytes, _text: str) -> tuple[str, bool]:
        raise AssertionError

    with serve_mailbox(settings, never) as (_, port):
        own = f"http://127.0.0.1:{port}"
        mark, other = (mark_of(get(port, f"/mail/{name}")[0]) for name in ("1", "2"))
        answers = [
            post(port, "/reply/1", {"text": "批准", "mark": mark}, Origin="http://evil.example"),
            post(port, "/reply/1", {"text": "批准", "mark": mark}, Origin="null"),
            post(port, "/reply/1", {"text": "批准", "mark": mark}),
            post(port, "/reply/1", {"text": "批准", "mark": other}, Origin=own),
            post(port, "/reply/1", {"text": "批准"}, Origin=own),
            post(port, "/reply/1", {"text": "批准", "mark": mark}, Origin=own, Host="evil.example"),
        ]
        lost = [post(port, path, {"mark": mark}, Origin=own)[0] for path in ("/reply/3", "/mail/1", "/reply/../1")]
        long = post(port, "/reply/1", {"text": "x" * 70_000, "mark": mark}, Origin=own)[0]

    assert [403] * 6 == [status for status, _ in answers]
    assert [404, 404, 404, 413] == [*lost, long]


def test_what_asks_for_nothing_has_no_reply_box(tmp_path: Path) -> None:
    """A mail without Reply-To, and a mailbox that nobody takes replies from."""
    kept(tmp_path, ASKING.replace(b"Reply-To: duban+abc@localhost\r\n", b""))
    kept(tmp_path, ASKING, "2")
    settings = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)
    with serve_mailbox(settings, lambda _mail, _text: ("", False)) as (_, port):
        assert "<form" not in get(port, "/mail/1")[0]
        assert "<form" in get(port, "/mail/2")[0]
    with serve_mailbox(settings) as (_, port):
        assert "<form" not in get(port, "/mail/2")[0]


async def test_a_newcomer_answers_in_the_mailbox_and_the_record_has_it(story: Story) -> None:
    """The whole round without any mail server: the mail is in the mailbox, the reply box records, an answer comes."""
    story.house()
    story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 09:11")

    def on_reply(mail: bytes, text: str) -> tuple[str, bool]:
        taken = local.answer(story.engine, story.deployment, mail, text, story.at("2026-11-02 09:13"))
        return str(taken.outcome), taken.answered

    with serve_mailbox(story.deployment.changed(mailbox_smtp_port=0, mailbox_port=0).settings, on_reply) as (
        smtp,
        port,
    ):
        story.deployment = story.deployment.changed(mailbox_smtp_port=smtp)
        await deliver(story.engine, story.deployment, WRITERS, now=lambda: story.at("2026-11-02 09:11"))
        name = re.findall(r'href="/mail/([^"]+)"', get(port)[0])[0]
        mark = mark_of(get(port, f"/mail/{name}")[0])
        page = post(port, f"/reply/{name}", {"text": "已联系客户", "mark": mark}, Origin=f"http://127.0.0.1:{port}")[1]
        await deliver(story.engine, story.deployment, WRITERS, now=lambda: story.at("2026-11-02 09:14"))
        listed = get(port)[0]

    assert "recorded" in page
    assert "回复：" in listed
    story.sweep("2026-11-02 09:15")
    assert "late" == story.deadline("2611001", "first-contact").state
