"""An answer out of the local mailbox: the mail that a mail program would send, taken in at once."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import TYPE_CHECKING

from tasks.replies.taking import take

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.replies.taking import Taken

LONGEST = 20_000
"""Signs of an answer that is typed into the page."""


def answer(engine: Engine, deployment: Deployment, original: bytes, text: str, now: datetime) -> Taken:
    """Answer this mail as its recipient, with what they typed."""
    return take(engine, deployment, reply_to(original, text, now), now, now)


def reply_to(original: bytes, text: str, now: datetime) -> bytes:
    """The answer as a phone sends it: from the recipient, to Reply-To, with the original quoted below."""
    asked = message_from_bytes(original, policy=policy.default, _class=EmailMessage)
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = parseaddr(str(asked["To"]))[1]
    mail["To"] = str(asked["Reply-To"] or asked["From"])
    mail["Subject"] = f"Re: {asked['Subject'] or ''}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain="mailbox.localhost")
    if asked["Message-ID"]:
        mail["In-Reply-To"] = mail["References"] = str(asked["Message-ID"])
    body = asked.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in str(body.get_content() if body else "").splitlines()[:40])
    mail.set_content(f"{text[:LONGEST]}\n\n{asked['From']} 写道：\n{quoted}\n")
    return mail.as_bytes()
