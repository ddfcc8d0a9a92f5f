"""Answers that come by mail, over a real SMTP server out and a real IMAP server in."""

from __future__ import annotations

import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from flows.letters import WRITERS
from models.errors import DeliveryError
from models.store.database import reading
from tasks.delivery.deliver import deliver
from tasks.organisation.lease import holds
from tasks.replies import imap, watching
from tasks.replies.taking import Outcome, Taken
from tests.support.imap import ImapServer, imap_server
from tests.support.replying import Correspondence, plain
from tests.support.smtp import ScriptedServer
from tests.support.story import address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.story import Story

CASE = "2611001"


@pytest.fixture
def server() -> Iterator[ImapServer]:
    """An IMAP server with an empty mailbox."""
    with imap_server() as found:
        yield found


@pytest.fixture
def connected(mails: Correspondence, server: ImapServer) -> Correspondence:
    """The organisation takes its answers from that server."""
    mails.story.deployment = mails.story.deployment.changed(**server.settings)
    return mails


def taken_once(mails: Correspondence, at: str) -> list[Taken]:
    """What one look into the mailbox takes in."""
    story, found = mails.story, list[Taken]()
    watching.once(story.engine, story.deployment, now=lambda: story.at(at), on_taken=found.append)
    return found


def held(story: Story) -> bool:
    """Whether somebody takes in what comes."""
    with reading(story.engine) as connection:
        return holds(connection, watching.LEASE, "first")


def test_the_whole_round_over_real_servers(story: Story, server: ImapServer) -> None:
    """A mail leaves over SMTP, its answer comes back over IMAP, the clock ends, the acknowledgement leaves."""
    import asyncio  # noqa: PLC0415 -- deliveries are the only thing here that is asynchronous

    story.house()
    story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 09:11")
    with ScriptedServer() as smtp:
        given = {"smtp_host": "127.0.0.1", "smtp_port": smtp.port, "mail_from": "Duban 督办 <duban@example.org>"}
        story.deployment = story.deployment.changed(**given, **server.settings)
        mails = Correspondence(story)

        def send(at: str) -> None:
            asyncio.run(deliver(story.engine, story.deployment, WRITERS, now=lambda: story.at(at)))

        send("2026-11-02 09:11")
        asked = smtp.to(address("经办"))[-1].mail
        server.put(mails.written(asked, "已联系客户"), story.at("2026-11-02 09:13"))
        (taken,) = taken_once(mails, "2026-11-02 10:00")
        send("2026-11-02 10:00")
        answer = smtp.to(address("经办"))[-1].mail

    assert (Outcome.RECORDED, story.at("2026-11-02 09:13")) == (taken.outcome, taken.arrived_at)
    story.sweep("2026-11-02 10:01")
    assert "late" == story.deadline(CASE, "first-contact").state
    assert "已登记“首次联系”，时间 2026-11-02 09:13" in plain(answer)
    assert str(asked["Reply-To"]).startswith("duban+")
    assert str(asked["Reply-To"]).endswith("@example.org")


def test_what_was_taken_in_is_marked(connected: Correspondence, server: ImapServer) -> None:
    """Read; what answers nothing also flagged, for whoever looks after the mailbox. Nothing is deleted."""
    story = connected.story
    server.put(connected.written(connected.to("经办"), "已办"), story.at("2026-11-02 09:13"))
    server.put(b"From: a@example.com\r\nTo: duban@localhost\r\n\r\nhello", story.at("2026-11-02 09:14"))

    found = taken_once(connected, "2026-11-02 09:20")

    assert [Outcome.RECORDED, Outcome.UNKNOWN] == [one.outcome for one in found]
    assert [(r"\Seen",), (r"\Flagged", r"\Seen")] == server.flags()
    assert [] == taken_once(connected, "2026-11-02 09:21")


def test_a_crash_between_record_and_mark_takes_nothing_twice(
    connected: Correspondence, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail comes again, is known, and is marked then."""
    server.put(connected.written(connected.to("经办"), "已办"), connected.story.at("2026-11-02 09:13"))

    class Killed(BaseException):
        """As a kill -9 would."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(imap, "mark", killed)
        with pytest.raises(Killed):
            taken_once(connected, "2026-11-02 09:20")
    assert [()] == server.flags()

    assert [] == taken_once(connected, "2026-11-02 09:21")
    assert 1 == len(connected.recorded(CASE)) == len(connected.waiting())
    assert [(r"\Seen",)] == server.flags()


def test_a_mail_that_cannot_be_taken_in_stays_unread(
    connected: Correspondence, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops no other, and is tried again."""
    story, take = connected.story, imap.take

    def broken(*given: object) -> Taken:
        if b"broken" in given[2]:  # type: ignore[operator]
            raise RuntimeError
        return take(*given)  # type: ignore[arg-type]

    server.put(connected.written(connected.to("经办"), "broken"), story.at("2026-11-02 09:12"))
    server.put(connected.written(connected.to("经办"), "已办"), story.at("2026-11-02 09:13"))
    with monkeypatch.context() as patched:
        patched.setattr(imap, "take", broken)
        assert [Outcome.RECORDED] == [one.outcome for one in taken_once(connected, "2026-11-02 09:20")]
    assert [(), (r"\Seen",)] == server.flags()

    assert [Outcome.UNCLEAR] == [one.outcome for one in taken_once(connected, "2026-11-02 09:21")]


def test_an_answer_is_taken_in_as_it_comes(connected: Correspondence, server: ImapServer) -> None:
    """Listening to the server, within a second or two, until a newer run takes over."""
    story, found = connected.story, list[Taken]()
    arrived = threading.Event()

    def on_taken(one: Taken) -> None:
        found.append(one)
        arrived.set()

    def listen() -> None:
        told = {"seconds": 60.0, "holder": "first", "on_taken": on_taken}
        watching.ahead(story.engine, story.deployment, now=lambda: story.at("2026-11-02 09:20"), **told)  # type: ignore[arg-type]

    listening = threading.Thread(target=listen)
    listening.start()
    raw = connected.written(connected.to("经办"), "已办")
    while not held(story):  # until somebody listens
        time.sleep(0.01)
    began = time.monotonic()
    server.put(raw, story.at("2026-11-02 09:13"))
    assert arrived.wait(10)
    took = time.monotonic() - began
    watching.take(story.engine, watching.LEASE, "second", story.at("2026-11-02 09:21"))
    listening.join(15)

    assert not listening.is_alive()
    assert took < 3
    assert [Outcome.RECORDED] == [one.outcome for one in found]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"imap_port": 1}, "check DUBAN_IMAP_HOST"),
        ({"imap_password": "mistaken-word"}, "refuses the login"),
        ({"imap_folder": "nowhere"}, "check DUBAN_IMAP_FOLDER"),
        ({"imap_host": "mail.example"}, "DUBAN_IMAP_ALLOW_PLAIN"),
        ({"imap_tls": "tls"}, "check DUBAN_IMAP_HOST, _PORT and _TLS"),
    ],
)
def test_trouble_names_the_setting(connected: Correspondence, change: dict[str, object], words: str) -> None:
    """One line that says what to correct, without the password."""
    connected.story.deployment = connected.story.deployment.changed(**change)

    with pytest.raises(DeliveryError, match=words) as error:
        taken_once(connected, "2026-11-02 09:20")

    assert "mistaken-word" not in str(error.value)
    assert "secret" not in str(error.value)


def test_only_the_beginning_of_a_large_mail_is_fetched(connected: Correspondence, server: ImapServer) -> None:
    """Ten megabytes of pictures behind a word cost one."""
    mail = message_from_bytes(
        connected.written(connected.to("经办"), "已办"), policy=policy.default, _class=EmailMessage
    )
    mail.add_attachment(b"\x89PNG" * 2_000_000, maintype="image", subtype="png", filename="现场.png")
    server.put(mail.as_bytes(policy=policy.SMTP), connected.story.at("2026-11-02 09:13"))

    with server.open() as box:
        (one,) = imap.unread(box, connected.story.at("2026-11-02 09:20"))
    assert len(one.raw) <= 1024 * 1024

    assert [Outcome.RECORDED] == [one.outcome for one in taken_once(connected, "2026-11-02 09:20")]
