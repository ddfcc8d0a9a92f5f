"""Who was mailed of a step against its recipients: each has a message in some state, and nobody else has one."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, or_, select

from models.language.rules import SLIP, Rule
from models.store.schema import message_items, messages
from tasks.audit.finding import MESSAGE, NOTHING, Finding, said
from tasks.audit.people import is_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.timeline.story import Deadline
    from tasks.audit.hindsight import Hindsight
    from tasks.audit.people import Surroundings

ESCALATION, SUMMARY, SLIP_MAIL = "escalation", "summary", "slip"
STRAY = "key"
"""What is named of a message that tells of nothing."""


def told(past: Hindsight, row: Row[Any], clock: Deadline | None, around: Surroundings) -> Iterator[Finding]:
    """The messages of one escalation."""
    place = (past.dossier.case.number, row.rule, row.round, row.step)
    mails = past.dossier.messages.get(row.id, [])
    wanted = Counter(str(one["email"]).lower() for one in row.recipients)
    found = Counter(mail.email.lower() for mail in mails)
    for email in sorted((wanted - found).elements()):
        yield Finding(MESSAGE, *place, expected=said("email", email), found=NOTHING)
    for email in sorted((found - wanted).elements()):
        yield Finding(MESSAGE, *place, expected=NOTHING, found=said("email", email))
    for mail in mails:
        for expected, stored in _wrong(past, row, clock, mail, around):
            yield Finding(MESSAGE, *place, expected=expected, found=stored)


def _wrong(
    past: Hindsight, row: Row[Any], clock: Deadline | None, mail: Row[Any], around: Surroundings
) -> Iterator[tuple[str, str]]:
    yield from broken(mail)
    rule = past.rules.rule(row.rule)
    form = rule.form(row.step) if isinstance(rule, Rule) else None
    kinds = {SLIP_MAIL} if form or (row.step == SLIP and row.scheduled_at == row.fired_at) else {ESCALATION, SUMMARY}
    if mail.kind not in kinds:
        yield said("kind", kinds), said("kind", mail.kind)
    elif mail.kind == ESCALATION and mail.created_at != row.fired_at:
        yield said("created_at", row.fired_at), said("created_at", mail.created_at)
    elif mail.kind == SUMMARY:
        since = around.since
        late = row.scheduled_at < row.fired_at - timedelta(seconds=around.catch_up_after)
        if mail.created_at > row.fired_at or (since is not None and mail.created_at >= since and not late):
            yield said("kind", ESCALATION), said("kind", SUMMARY)
    if clock is not None and mail.state != "dropped" and is_over(past, row, clock):
        yield said("state", "dropped"), said("state", mail.state)


def broken(mail: Row[Any]) -> Iterator[tuple[str, str]]:
    """What a message says of itself and cannot be."""
    wanted = hashlib.blake2b(mail.key.encode(), digest_size=16)
    if wanted.digest() != mail.id.bytes:
        yield said("id", wanted.hexdigest()), said("id", mail.id.hex)
    if mail.kind == ESCALATION and "/" in mail.key and not mail.key.startswith(SUMMARY):
        address = mail.key.rpartition("/")[2]
        if address != mail.email:
            yield said("email", address), said("email", mail.email)
    if mail.state == "sent" and mail.sent_at is None:
        yield said("sent_at", "*"), said("sent_at", None)
    if mail.state in ("dropped", "dead") and not mail.reason:
        yield said("reason", "*"), said("reason", None)


def stray(connection: Connection, since: datetime | None) -> Iterator[Finding]:
    """Messages about steps that tell of none; with `since` only those decided from then on."""
    no_item = ~exists().where(message_items.c.message_id == messages.c.id)
    query = select(messages.c.key, messages.c.kind, messages.c.email).where(
        or_(messages.c.kind == ESCALATION, messages.c.kind == SUMMARY), no_item
    )
    if since is not None:
        query = query.where(messages.c.created_at >= since)
    for row in connection.execute(query):
        number = row.key.split("/")[0] if row.kind == ESCALATION else None
        yield Finding(MESSAGE, number, expected=NOTHING, found=said(STRAY, row.key))
