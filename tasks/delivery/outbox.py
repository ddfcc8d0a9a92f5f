"""The outbox in SQL: which messages are taken, and what is written before and after each.

States: queued -> sending -> sent, or queued again, in_doubt, dead; dropped when nobody needs to hear of it any more;
held while operations keep it back (`by_hand.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, tuple_

from models.store.database import is_postgresql, reading, writing
from models.store.schema import corrections, deadlines, holds, messages
from tasks.delivery.piled_up import fold, has_piled_up
from tasks.delivery.processes import this_process
from tasks.mail.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Engine

    from tasks.mail.about import Writers
    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment

HOLD_SUMMARY = timedelta(hours=1)
"""A summary waits no longer than this for a catch-up that does not end."""
MINUTE = timedelta(seconds=61)
"""The span of the rate limit; a second more than a minute, because instants are kept in whole seconds."""

# Literals, not parameters: only so the databases see that the partial index of waiting messages serves. And its own
# words beside the state: SQLite does not see by itself that a state is one of theirs, and would read all that was sent.
_WAITING: ColumnElement[bool] = literal_column("messages.state IN ('queued', 'sending', 'in_doubt')")
QUEUED = and_(_WAITING, messages.c.state == literal_column("'queued'"))
SENDING = and_(_WAITING, messages.c.state == literal_column("'sending'"))
IN_DOUBT = and_(_WAITING, messages.c.state == literal_column("'in_doubt'"))
_FREE = func.lower(messages.c.email).not_in(select(holds.c.address))
"""Not to an address that is held."""


@dataclass(slots=True)
class MessageOutcome:
    """What is to be written about one message; `holds_up` is the domain whose other messages wait as long."""

    id: UUID
    state: str
    reason: str | None = None
    send_after: datetime | None = None
    sent_at: datetime | None = None
    possible_repeat: bool = False
    holds_up: str | None = None


@dataclass(slots=True)
class Claim:
    """Letters to send now; `dropped` were settled meanwhile; `wait` seconds must pass when the rate is used up.

    `failed` could not be written, each with the reason.
    """

    letters: list[Letter] = field(default_factory=list)
    failed: list[tuple[Letter, str]] = field(default_factory=list)
    dropped: int = 0
    wait: float = 0.0


class Outbox:
    """The messages that one delivery works through, each at most once, oldest first."""

    def __init__(self, engine: Engine, deployment: Deployment, writers: Writers) -> None:
        self.engine = engine
        self.deployment = deployment
        self.facts = Facts(deployment, writers)
        self.heavy = [kind for kind, writer in writers.items() if writer.heavy]
        self._last: dict[bool, tuple[datetime, UUID]] = {}
        """Up to where the light and the heavy messages have been taken."""
        self._held_up: set[str] = set()
        """Domains whose messages wait for later."""

    # -- what waits --------------------------------------------------------------------------------------------

    def is_waiting(self, now: datetime) -> bool:
        """Whether a message may be sent now."""
        with reading(self.engine) as connection:
            ready = self._ready(connection, now)
            return connection.execute(select(messages.c.id).where(ready).limit(1)).first() is not None

    def is_long(self, now: datetime, count: int) -> bool:
        """Whether at least so many messages may be sent now."""
        with reading(self.engine) as connection:
            some = select(messages.c.id).where(self._ready(connection, now)).limit(count).subquery()
            return (connection.scalar(select(func.count()).select_from(some)) or 0) >= count

    def held(self, now: datetime) -> int:
        """How many summaries wait for a catch-up that still runs."""
        with reading(self.engine) as connection:
            bound = self._catching_up(connection, now)
            if bound is None:
                return 0
            summaries = select(func.count()).where(QUEUED, messages.c.kind == "summary", messages.c.created_at >= bound)
            return connection.scalar(summaries) or 0

    def _ready(self, connection: Connection, now: datetime) -> ColumnElement[bool]:
        ready = and_(QUEUED, or_(messages.c.send_after.is_(None), messages.c.send_after <= now), _FREE)
        bound = self._catching_up(connection, now)
        if bound is not None:
            ready = and_(ready, or_(messages.c.kind != "summary", messages.c.created_at < bound))
        return ready

    def _catching_up(self, connection: Connection, now: datetime) -> datetime | None:
        """Summaries created from this instant on are not complete yet; None when no catch-up runs."""
        oldest: datetime | None = connection.scalar(
            select(func.min(deadlines.c.next_at, type_=deadlines.c.next_at.type)).where(
                deadlines.c.next_at.is_not(None)
            )
        )
        if oldest is None:
            return None
        bound = oldest + timedelta(seconds=self.deployment.settings.catch_up_after)
        return max(bound, now - HOLD_SUMMARY) if bound <= now else None

    # -- claim and record --------------------------------------------------------------------------------------

    def exchange(self, done: Sequence[MessageOutcome], size: int, in_flight: int, now: datetime) -> Claim:
        """Write what became of the last letters and take the next, in one transaction.

        It is durable: without power a mail that was begun must not look as if it never had been.
        """
        with writing(self.engine, durable=True) as connection:
            self._write(connection, done)
            if size <= 0:
                return Claim()
            free, wait = self._allowance(connection, in_flight, now)
            if free <= 0:
                return Claim(wait=wait)
            return self._claim(connection, min(size, free), now)

    def _claim(self, connection: Connection, size: int, now: datetime) -> Claim:
        rows = self._next(connection, size, now, heavy=False) or self._next(connection, 1, now, heavy=True)
        if not rows:
            return Claim()
        connection.execute(
            messages.update()
            .where(messages.c.id.in_([row.id for row in rows]))
            .values(state="sending", attempts=messages.c.attempts + 1, claimed_by=this_process(), claimed_at=now)
        )
        found = self.facts.gather(connection, rows, now)
        self._drop(connection, found.settled)
        return Claim(found.letters, found.failed, len(found.settled))

    def _next(self, connection: Connection, size: int, now: datetime, *, heavy: bool) -> Sequence[AnyRow]:
        """The oldest messages that were not tried yet, locked; those that are quick to write, or the heavy ones."""
        kind = messages.c.kind.in_(self.heavy) if heavy else messages.c.kind.not_in(self.heavy)
        query = select(messages).where(self._ready(connection, now), kind)
        if heavy in self._last:
            query = query.where(tuple_(messages.c.created_at, messages.c.id) > tuple_(*self._bound(self._last[heavy])))
        query = query.order_by(messages.c.created_at, messages.c.id).limit(size)
        if is_postgresql(connection):
            query = query.with_for_update(skip_locked=True)
        rows = connection.execute(query).all()
        if rows:
            self._last[heavy] = rows[-1].created_at, rows[-1].id
        return rows

    def _bound(self, last: tuple[datetime, UUID]) -> tuple[Any, Any]:
        return (
            bindparam("last_at", last[0], type_=messages.c.created_at.type),
            bindparam("last_id", last[1], type_=messages.c.id.type),
        )

    def refresh(self, letters: Iterable[Letter], now: datetime) -> set[UUID]:
        """Look again at letters that were taken a while ago: which are still ours, and still worth sending."""
        with writing(self.engine) as connection:
            wanted = [letter.id for letter in letters]
            query = select(messages).where(SENDING, messages.c.claimed_by == this_process(), messages.c.id.in_(wanted))
            rows = connection.execute(query).all()
            gone = self.facts.settled(connection, rows, now)
            self._drop(connection, gone)
            kept = {row.id for row in rows} - set(gone)
            connection.execute(messages.update().where(messages.c.id.in_(list(kept))).values(claimed_at=now))
            return kept

    def _drop(self, connection: Connection, gone: dict[UUID, str]) -> None:
        if gone:
            connection.execute(
                messages.update().where(messages.c.id == bindparam("_id")).values(state="dropped", send_after=None),
                [{"_id": key, "reason": reason} for key, reason in gone.items()],
            )

    def record(self, done: Sequence[MessageOutcome]) -> None:
        """Write what became of letters."""
        if done:
            with writing(self.engine, durable=True) as connection:
                self._write(connection, done)

    def _write(self, connection: Connection, done: Sequence[MessageOutcome]) -> None:
        if not done:
            return
        rows = [
            {
                "_id": one.id,
                "state": one.state,
                "reason": one.reason,
                "send_after": one.send_after,
                "sent_at": one.sent_at,
                "possible_repeat": one.possible_repeat,
            }
            for one in done
        ]
        ours = and_(SENDING, messages.c.claimed_by == this_process())
        statement = messages.update().where(messages.c.id == bindparam("_id"))
        # A 250 counts even when another delivery has put the message in doubt meanwhile.
        sent = [row for row in rows if row["state"] == "sent"]
        rest = [row for row in rows if row["state"] != "sent"]
        if sent:
            connection.execute(statement, sent)
        if rest:
            connection.execute(statement.where(ours), rest)
        for one in done:
            if one.holds_up is not None and one.holds_up not in self._held_up:
                self._held_up.add(one.holds_up)
                self._hold_up(connection, one)
        told = [row for one in done for row in self.facts.told_by(one.id, sent=one.state == "sent")]
        if told:
            table = corrections.c
            mine = and_(table.escalation_id == bindparam("_escalation"), table.email == bindparam("_email"))
            connection.execute(
                corrections.update().where(mine).values(told_in=bindparam("_message")),
                [{"_escalation": escalation, "_email": email, "_message": key} for escalation, email, key in told],
            )

    def _hold_up(self, connection: Connection, one: MessageOutcome) -> None:
        """Let what waits for the same domain wait as long: one message asks whether it is back, not each of them."""
        same = messages.c.email.iendswith(f"@{one.holds_up}", autoescape=True)
        sooner = or_(messages.c.send_after.is_(None), messages.c.send_after < one.send_after)
        values = {"send_after": one.send_after, "reason": one.reason}
        connection.execute(messages.update().where(QUEUED, same, sooner).values(values))

    def ready(self, now: datetime) -> ColumnElement[bool]:
        """The messages that may be sent now, as a condition."""
        with reading(self.engine) as connection:
            return self._ready(connection, now)

    def fold(self, now: datetime) -> int:
        """After trouble with the mail server: what piled up for a person goes as one summary. How many it took in."""
        with reading(self.engine) as connection:
            if not has_piled_up(connection, self._ready(connection, now), self.deployment, now):
                return 0
        with writing(self.engine) as connection:
            return fold(connection, self._ready(connection, now), self.deployment, now)

    def release(self, letters: Iterable[Letter], reason: str | None, send_after: datetime | None) -> int:
        """Give back letters that were never begun; the attempt does not count. How many.

        A summary keeps its attempt: without one it would be open for late steps again, beside a newer one that is.
        """
        ids = [letter.id for letter in letters]
        if not ids:
            return 0
        with writing(self.engine) as connection:
            ours = and_(SENDING, messages.c.claimed_by == this_process(), messages.c.id.in_(ids))
            given = messages.update().where(ours)
            values = {"state": "queued", "reason": reason, "send_after": send_after}
            changed = connection.execute(
                given.where(messages.c.kind != "summary").values(**values, attempts=messages.c.attempts - 1)
            ).rowcount
            changed += connection.execute(given.where(messages.c.kind == "summary").values(**values)).rowcount
        for key in ids:
            self.facts.told_by(key, sent=False)
        return changed

    def note_trouble(self, reason: str, now: datetime) -> int:
        """Write beside every waiting message why it still waits; how many."""
        with writing(self.engine) as connection:
            ready = self._ready(connection, now)
            return connection.execute(messages.update().where(ready).values(reason=reason)).rowcount

    # -- pace --------------------------------------------------------------------------------------------------

    def _allowance(self, connection: Connection, in_flight: int, now: datetime) -> tuple[int, float]:
        """How many may be sent now, and how long to wait when none."""
        rate = self.deployment.settings.mail_rate_per_minute
        if not rate:
            return 1_000_000, 0.0
        query = select(messages.c.sent_at).where(messages.c.sent_at > now - MINUTE).order_by(messages.c.sent_at)
        sent = list(connection.scalars(query))
        free = rate - len(sent) - in_flight
        if free > 0:
            return free, 0.0
        needed = len(sent) - rate
        freeing = sent[max(0, needed)] if sent else now - MINUTE
        return 0, max(1.0, (freeing + MINUTE - now).total_seconds())


def domain_of(address: str) -> str:
    """The part behind the @, in small letters."""
    return address.rpartition("@")[2].lower()
