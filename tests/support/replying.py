"""Answers as people send them: what was mailed to somebody is answered from their address, and taken in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading
from models.store.schema import cases, events, messages, replies
from tasks.delivery.outbox import MessageOutcome, Outbox
from tasks.mail.about import finish
from tasks.mail.building import build
from tasks.mail.tokens import reply_address
from tasks.replies.taking import Taken, take
from tests.support.story import address

if TYPE_CHECKING:
    from tests.support.story import Story

_serial = itertools.count(1)


@dataclass
class Correspondence:
    """The mails of a story, and the answers to them."""

    story: Story
    sent: list[EmailMessage] = field(default_factory=list)

    def deliver(self, at: str) -> list[EmailMessage]:
        """Everything in the outbox is sent; the mails of this time."""
        now = self.story.at(at)
        outbox = Outbox(self.story.engine, self.story.deployment, WRITERS)
        fresh: list[EmailMessage] = []
        done: list[MessageOutcome] = []
        while True:
            claim = outbox.exchange(done, 100, 0, now)
            done = []
            assert [] == claim.failed
            if not claim.letters and not claim.dropped:
                break
            for letter in claim.letters:
                envelope = build(
                    finish(letter), self.story.deployment.settings.mail_from, now, self.story.deployment.zone
                )
                mail = message_from_bytes(envelope.content, policy=policy.default, _class=EmailMessage)
                fresh.append(mail)
                done.append(MessageOutcome(letter.id, "sent", None, sent_at=now))
        self.sent += fresh
        return fresh

    def to(self, name: str, words: str = "") -> EmailMessage:
        """The newest mail to that person whose subject has these words."""
        found = [mail for mail in self.sent if address(name) in str(mail["To"]) and words in str(mail["Subject"])]
        assert found, [f"{mail['To']} {mail['Subject']}" for mail in self.sent]
        return found[-1]

    def answer(self, mail: EmailMessage, text: str, at: str, **headers: str | None) -> Taken:
        """The recipient answers the mail; headers may be given, None leaves one out."""
        return self.take(self.written(mail, text, **headers), at)

    def written(self, mail: EmailMessage, text: str, **headers: str | None) -> bytes:
        """The answer's bytes."""
        reply = EmailMessage(policy=policy.SMTP)
        given: dict[str, str | None] = {
            "From": str(mail["To"]),
            "To": str(mail["Reply-To"] or mail["From"]),
            "Subject": f"Re: {mail['Subject']}",
            "Message-ID": f"<answer-{next(_serial)}@phone.example>",
            "In-Reply-To": str(mail["Message-ID"]),
        }
        for name, value in {**given, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
            if value is not None:
                reply[name] = value
        reply.set_content(text)
        return reply.as_bytes()

    def take(self, raw: bytes, at: str) -> Taken:
        """A mail comes in at that time."""
        now = self.story.at(at)
        return take(self.story.engine, self.story.deployment, raw, now, now)

    def recorded(self, number: str) -> list[tuple[str, str, dict[str, Any]]]:
        """What was recorded about a case by somebody: name, by, fields."""
        query = select(events.c.name, events.c.by, events.c.fields).join(cases, cases.c.id == events.c.case_id)
        query = query.where(cases.c.number == number, events.c.by.is_not(None)).order_by(events.c.id)
        return [(row.name, row.by, dict(row.fields)) for row in self.rows(query)]

    def waiting(self) -> list[Any]:
        """The acknowledgements that wait in the outbox."""
        return self.rows(select(messages).where(messages.c.kind == "reply", messages.c.state == "queued"))

    def taken(self) -> list[Any]:
        """The table of what came in."""
        return self.rows(select(replies).order_by(replies.c.taken_at, replies.c.arrived_at))

    def rows(self, query: Any) -> list[Any]:
        """What a query finds."""
        with reading(self.story.engine) as connection:
            return list(connection.execute(query))

    def address_of(self, kind: str, name: str) -> str:
        """The Reply-To of the newest message of that kind to that person."""
        query = select(messages).where(messages.c.kind == kind, messages.c.email == address(name))
        row = self.rows(query.order_by(messages.c.created_at.desc()))[0]
        found = reply_address(self.story.deployment.settings, row)
        assert found is not None
        return found


def plain(mail: EmailMessage) -> str:
    """The plain form of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
