"""Takes one mail in: recorded or refused, and acknowledged, in one transaction; the same mail again changes nothing.

1. Read it, whatever it is. A robot's mail, one without a genuine token, or from another address records nothing.
2. Understand it by what its message asked. What is not understood is answered once, with the choices.
3. Record what it says, each case by itself; what the regulation refuses is told with its article.
4. Put the answer into the outbox. Only the recipient of the message is ever written to, a few times a day at most.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from models.calendar.instants import local
from models.store.database import is_postgresql, upsert, writing
from models.store.schema import messages, replies
from models.wording.catalogue import say, spoken
from tasks.mail.post import Post, post
from tasks.mail.subjects import one_line, subject
from tasks.mail.tokens import address_of, is_genuine, tokens_in
from tasks.organisation.directory import Recipient
from tasks.replies.automatic import why_automatic
from tasks.replies.deciding import Deciding, Done
from tasks.replies.questions import Reader
from tasks.replies.reading import ReadMail, read
from tasks.replies.understanding import Unclear, UnclearError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment

log = logging.getLogger("duban.replies")

KIND = "reply"
MAILS_A_DAY = 6
"""So many answers a message gets within a day, whatever comes: two robots must not write to each other for ever."""
DAY = timedelta(days=1)
LONGEST_REASON = 500


class Outcome(StrEnum):
    """What became of a mail."""

    RECORDED = "recorded"
    REFUSED = "refused"
    STANDING = "standing"
    """An answer was recorded before, or somebody else gave it."""
    UNCLEAR = "unclear"
    EXPIRED = "expired"
    FOREIGN = "foreign"
    """Not from the address to which the token was sent."""
    AUTOMATIC = "automatic"
    UNKNOWN = "unknown"
    """No token of ours: no answer to anything."""


class Taken(NamedTuple):
    """What became of one mail; not `fresh` when it was taken in before. `sender` is masked for operations."""

    id: UUID
    outcome: Outcome
    sender: str
    cases: tuple[str, ...]
    reason: str
    arrived_at: datetime
    fresh: bool = True
    answered: bool = False


@dataclass(slots=True)
class _Verdict:
    """What is written down, and what is said to the sender (nothing: silence)."""

    outcome: Outcome
    reason: str = ""
    done: list[Done] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases it is about, each once."""
        return tuple(dict.fromkeys(one.case for one in self.done if one.case))


def take(engine: Engine, deployment: Deployment, raw: bytes, arrived_at: datetime, now: datetime) -> Taken:
    """Take in one mail that arrived at that instant (of the server that took it, not what its writer claims)."""
    mail = read(raw)
    arrived_at = min(arrived_at, now)
    key = reply_id(mail)
    with writing(engine) as connection:
        if not _is_new(connection, key, mail, arrived_at, now):
            row = connection.execute(select(replies).where(replies.c.id == key)).one()
            return Taken(key, Outcome(row.outcome), "", (), row.reason or "", row.arrived_at, fresh=False)
        message = _answered_message(connection, deployment, mail)
        verdict = _judge(connection, deployment, mail, message, arrived_at, now)
        answered = message is not None and _answer(connection, deployment, message, mail, key, verdict, now)
        known = message is not None and mail.sender == message.email.lower()
        sender = mail.sender if known else masked(mail.sender)
        connection.execute(
            replies.update()
            .where(replies.c.id == key)
            .values(
                message_id=message.id if message is not None else None,
                sender=sender[:320],
                outcome=str(verdict.outcome),
                reason=one_line(verdict.reason, LONGEST_REASON) or None,
                recorded=[one.kept() for one in verdict.done if one.event],
                answered=answered,
            )
        )
    log.info("a mail from %s was taken in: %s", masked(mail.sender), verdict.outcome)
    return Taken(
        key, verdict.outcome, masked(mail.sender), verdict.cases, verdict.reason, arrived_at, answered=answered
    )


def reply_id(mail: ReadMail) -> UUID:
    """The same for the same mail, by whatever way it comes twice: its Message-ID, its sender and whom it answers."""
    tokens = sorted(token.message.hex for token in tokens_in(mail.addressed))
    said = "\x1f".join((mail.mail_id, mail.sender, *tokens))
    return UUID(bytes=hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).digest())


def masked(address: str) -> str:
    """`z***@example.com`."""
    local_part, sign, domain = one_line(address, 200).rpartition("@")
    return f"{local_part[:1]}***@{domain}" if sign else "-"


def _is_new(connection: Connection, key: UUID, mail: ReadMail, arrived_at: datetime, now: datetime) -> bool:
    """Put the row in; a second taker waits here and then finds it there."""
    values = {
        "id": key,
        "mail_id": mail.mail_id[:255],
        "sender": masked(mail.sender)[:320],
        "arrived_at": arrived_at,
        "taken_at": now,
        "outcome": str(Outcome.UNKNOWN),
    }
    added = upsert(connection, replies).values(values).on_conflict_do_nothing().returning(replies.c.id)
    return connection.scalar(added) is not None


def _answered_message(connection: Connection, deployment: Deployment, mail: ReadMail) -> Any:
    """The message whose genuine token the mail carries; None where there is none, or several."""
    found = {}
    for token in tokens_in(mail.addressed)[:5]:
        query = select(messages).where(messages.c.id == token.message)
        if is_postgresql(connection):  # two answers to one message are judged one after the other
            query = query.with_for_update()
        row = connection.execute(query).one_or_none()
        if row is not None and is_genuine(deployment.settings, token, row):
            found[row.id] = row
    return next(iter(found.values())) if len(found) == 1 else None


# -- judging -----------------------------------------------------------------------------------------------------


def _judge(
    connection: Connection, deployment: Deployment, mail: ReadMail, message: Any, arrived_at: datetime, now: datetime
) -> _Verdict:
    """What becomes of the mail."""
    if why := why_automatic(mail, address_of(deployment.settings)):
        return _Verdict(Outcome.AUTOMATIC, why)
    if message is None:
        return _Verdict(Outcome.UNKNOWN)
    language = spoken(message.language)
    if mail.sender != message.email.strip().lower():
        line = say(language, "reply.foreign", sender=masked(mail.sender), email=message.email)
        return _Verdict(Outcome.FOREIGN, masked(mail.sender), lines=[line])
    days = deployment.settings.reply_days
    if arrived_at > message.created_at + timedelta(days=days):
        sent = local(message.created_at, deployment.zone)
        return _Verdict(Outcome.EXPIRED, lines=[say(language, "reply.expired", at=sent, count=days)])
    reader = Reader(connection, deployment, message, now)
    deciding = Deciding(reader, mail, _before(connection, message), arrived_at)
    try:
        deciding.meaning.read(mail.text)
    except UnclearError as unclear:
        why_unclear = Unclear.NOTHING if mail.unreadable else unclear.why
        line = say(language, f"reply.unclear.{why_unclear}")
        return _Verdict(Outcome.UNCLEAR, str(why_unclear), lines=[line], ways=deciding.meaning.ways())
    done = deciding.record()
    return _Verdict(_outcome(done), _reason(done), done, [one.line for one in done])


def _before(connection: Connection, message: Any) -> list[dict[str, Any]]:
    """What earlier answers to this message led to."""
    query = select(replies.c.recorded).where(
        replies.c.message_id == message.id, replies.c.outcome.in_((Outcome.RECORDED, Outcome.REFUSED))
    )
    rows = connection.scalars(query.order_by(replies.c.taken_at)).all()
    return [one for row in rows for one in row or ()]


def _outcome(done: list[Done]) -> Outcome:
    """The best of what became of its parts."""
    outcomes = {one.outcome for one in done}
    for outcome in (Outcome.RECORDED, Outcome.REFUSED):
        if str(outcome) in outcomes:
            return outcome
    return Outcome.STANDING


def _reason(done: list[Done]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in done if one.reason))


# -- answering ---------------------------------------------------------------------------------------------------


def _answer(
    connection: Connection,
    deployment: Deployment,
    message: Any,
    mail: ReadMail,
    key: UUID,
    verdict: _Verdict,
    now: datetime,
) -> bool:
    """Put the answer into the outbox, unless silence is better; whether it did."""
    if not verdict.lines or not _may_write(connection, message, verdict.outcome, now):
        return False
    thread = [message.message_id]
    if not mail.mail_id.endswith("@no-id.invalid>"):
        thread.append(mail.mail_id)
    about = {
        "message": str(message.id),
        "outcome": str(verdict.outcome),
        "lines": verdict.lines,
        "ways": verdict.ways,
        "cases": list(verdict.cases),
        "thread": thread,
    }
    recipient = Recipient(message.name, "", message.email, None, message.language, message.person_id)
    line = subject(KIND, message.language, {"subject": message.subject})
    post(connection, deployment, [Post(KIND, f"reply/{key.hex}", recipient, line, now, about=about)])
    return True


def _may_write(connection: Connection, message: Any, outcome: Outcome, now: datetime) -> bool:
    """Whether this message gets another mail: of some kinds one only, of all together a few a day."""
    mine = (replies.c.message_id == message.id, replies.c.answered)
    if outcome in (Outcome.UNCLEAR, Outcome.FOREIGN, Outcome.EXPIRED):
        query = select(func.count()).select_from(replies).where(*mine, replies.c.outcome == str(outcome))
        if connection.scalar(query):
            return False
    query = select(func.count()).select_from(replies).where(*mine, replies.c.taken_at > now - DAY)
    return (connection.scalar(query) or 0) < MAILS_A_DAY
