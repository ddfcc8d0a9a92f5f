"""Tells escalations beside mail too: to whoever has addresses for it in the directory (`notify`).

It is an addition in a thread of its own: it waits for no mail server, and no mail waits for it. Each message is told so
at most once: it is marked before it is told. What an address does not take is in the log.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.settings import urls_in
from models.store.database import is_postgresql, reading, writing
from models.store.in_array import in_array
from models.store.schema import messages, people
from models.wording.catalogue import say
from tasks.channels.telling import named, tell
from tasks.mail.facts import Facts
from tasks.organisation.masking import masked_log

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Engine

    from tasks.mail.letters import Letter
    from tasks.organisation.deployment import Deployment

log = masked_log("duban.deliver")

KINDS = ("escalation", "summary")
AT_ONCE = 50
CLOSE_SECONDS = 10.0
SHOWN = 5
"""So many steps of a summary are told."""


class BesideMail:
    """What one delivery tells beside mail. `close` it in the end."""

    def __init__(self, engine: Engine, deployment: Deployment) -> None:
        self.engine = engine
        self.deployment = deployment
        self._waiting: queue.SimpleQueue[tuple[Letter, tuple[str, ...]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def take(self, where: ColumnElement[bool], now: datetime) -> None:
        """Tell the messages that this condition chooses, unless they were; returns before they are told."""
        with reading(self.engine) as connection:
            reached = _reached(connection)
        while reached and (letters := _claim(self.engine, self.deployment, where, reached, now)):
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="beside mail", daemon=True)
                self._thread.start()
            for person_id, letter in letters:
                self._waiting.put((letter, reached[person_id]))

    def close(self) -> None:
        """Wait for what is being told, a few seconds at most."""
        if self._thread is None:
            return
        self._waiting.put(None)
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            log.warning("some messages could not be told beside mail in time")
        self._thread = None

    def _work(self) -> None:
        while (taken := self._waiting.get()) is not None:
            letter, urls = taken
            answers = tell(named(urls), *_said(letter))
            wrong = [f"{name} {answer}" for name, answer in answers.items() if answer is not None]
            if wrong:
                log.warning("message %s was not told beside mail: %s", letter.message_id, "; ".join(wrong))


def _reached(connection: Connection) -> dict[int, tuple[str, ...]]:
    """The addresses of everybody who has any."""
    query = select(people.c.id, people.c.notify).where(people.c.notify.is_not(None))
    return {row.id: urls_in(row.notify) for row in connection.execute(query)}


def _claim(
    engine: Engine,
    deployment: Deployment,
    where: ColumnElement[bool],
    reached: dict[int, tuple[str, ...]],
    now: datetime,
) -> list[tuple[int, Letter]]:
    """The next letters to tell, marked as told; what is settled by now is marked and left out."""
    query = (
        select(messages)
        .where(
            where,
            messages.c.notified_at.is_(None),
            messages.c.about.is_(None),
            messages.c.kind.in_(KINDS),
        )
        .order_by(messages.c.created_at, messages.c.id)
        .limit(AT_ONCE)
    )
    with writing(engine) as connection:
        query = query.where(in_array(connection, messages.c.person_id, list(reached)))
        if is_postgresql(connection):
            query = query.with_for_update(skip_locked=True)
        rows = connection.execute(query).all()
        if not rows:
            return []
        found = Facts(deployment, {}).gather(connection, rows, now)
        marked = in_array(connection, messages.c.id, [row.id for row in rows])
        connection.execute(messages.update().where(marked).values(notified_at=now))
    whose = {row.id: row.person_id for row in rows}
    return [(whose[letter.id], letter) for letter in found.letters]


def _said(letter: Letter) -> tuple[str, str]:
    """The mail's subject, and what it asks for in a few lines: nothing personal of a customer."""
    language, lines = letter.language, []
    for item in letter.items[:SHOWN]:
        lines.append(say(language, "notice.line", case=item.case, title=item.title, clock=item.clock(language)))
        lines += [say(language, "notice.act", act=item.act(language)), item.link, ""]
    left = len(letter.items) + letter.more - SHOWN
    if left > 0:
        lines.append(say(language, "notice.more", count=left))
    return letter.subject, "\n".join(lines).rstrip()
