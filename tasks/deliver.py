"""Delivery: what is in the outbox leaves over SMTP, visibly.

1. Settle what a delivery that ended left in `sending`: in doubt, and by the setting sent again (marked) or held.
2. Take a few messages, oldest first, and look at each again: what has been settled meanwhile is dropped, the rest is
   written as it stands now, and marked `sending`, in one transaction.
3. Send them over one connection, while the last ones are recorded and the next ones taken in another thread.
4. After 250 `sent`; 4xx later, with growing intervals; 5xx `dead`; broken after DATA in doubt.

SMTP cannot do exactly once. What can happen twice is marked, what cannot be sent says why, and nothing disappears.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from models.database import reading
from models.errors import DeliveryError
from models.settings import InDoubt, Settings
from tasks.lease import holds, take
from tasks.mail.building import AddressError, build
from tasks.outbox import Claim, Outbox, Outcome
from tasks.smtp import Answer, Line, ServerTroubleError, masked_address, masked_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.mail.building import Envelope
    from tasks.mail.letters import Letter

    Clock = Callable[[], datetime]
    Sleep = Callable[[float], Awaitable[object]]

log = logging.getLogger("duban.deliver")

CHUNK = 20
CHUNK_SECONDS = 0.03
"""As many are taken at once as leave in this time: a slow server has a message or two in doubt after a crash."""
STALE_SECONDS = 2.0
"""A letter that has waited so long since it was taken is looked at again before it leaves."""
POLL_SECONDS = 0.2
SETTLE_SECONDS = 10.0
LEASE = "deliver"


class Death(NamedTuple):
    """A message that was given up, for operations."""

    key: str
    recipient: str
    reason: str


@dataclass(slots=True)
class DeliveryReport:
    """What one delivery did. `problem` says why the server took nothing (more), `unreachable` that it was not there."""

    sent: int = 0
    deferred: int = 0
    dead: int = 0
    dropped: int = 0
    in_doubt: int = 0
    held: int = 0
    throttled_seconds: float = 0.0
    problem: str | None = None
    unreachable: bool = False
    deaths: list[Death] = field(default_factory=list)

    @property
    def did_something(self) -> bool:
        """Whether anything changed in the outbox."""
        return bool(self.sent or self.deferred or self.dead or self.dropped or self.in_doubt)


async def deliver(
    engine: Engine, settings: Settings, *, now: Clock, limit: int | None = None, sleep: Sleep = asyncio.sleep
) -> DeliveryReport:
    """Work through the outbox once; each message is tried at most once, at most `limit` of them.

    `now` is asked for the instant whenever one is needed. DeliveryError when no server is set and none is here.
    """
    report = await _drain(Outbox(engine, settings), now, sleep, limit)
    if report.unreachable and not settings.smtp_host:
        host, port = settings.smtp_address
        raise DeliveryError(
            f"no mail server: nothing listens at {host}:{port}; set DUBAN_SMTP_HOST, or start `duban up`, "
            "which brings a local mailbox"
        )
    return report


async def deliver_ahead(
    engine: Engine,
    settings: Settings,
    *,
    now: Clock,
    seconds: float,
    holder: str,
    on_batch: Callable[[DeliveryReport], None],
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Deliver what comes for so many seconds, within a fraction of a second; leave when a newer holder took over.

    `on_batch` gets the report of each delivery that did something. After trouble with the server it waits longer.
    """
    await asyncio.to_thread(take, engine, LEASE, holder, now())
    outbox = Outbox(engine, settings)
    end = time.monotonic() + seconds
    settle_at = 0.0
    pause = POLL_SECONDS
    while True:
        settle = time.monotonic() >= settle_at
        if settle or await asyncio.to_thread(outbox.is_waiting, now()):
            report = await _drain(Outbox(engine, settings), now, sleep)
            settle_at = time.monotonic() + SETTLE_SECONDS
            if report.did_something or report.problem:
                on_batch(report)
            pause = min(max(pause * 2, 1.0), 30.0) if report.problem else POLL_SECONDS
        left = end - time.monotonic()
        if left <= 0 or not await asyncio.to_thread(_still_ours, engine, holder):
            return
        await sleep(min(pause, left))


async def _drain(outbox: Outbox, now: Clock, sleep: Sleep, limit: int | None = None) -> DeliveryReport:
    """Settle, then send; trouble with the server is in the report."""
    report = DeliveryReport()
    report.in_doubt += await asyncio.to_thread(outbox.settle, now())
    report.held = await asyncio.to_thread(outbox.held, now())
    if await asyncio.to_thread(outbox.is_waiting, now()):
        line = Line(outbox.settings)
        try:
            await _Run(outbox, line, report, now=now, sleep=sleep, limit=limit).all()
        finally:
            await line.quit()
    _log(report)
    return report


def _still_ours(engine: Engine, holder: str) -> bool:
    with reading(engine) as connection:
        return holds(connection, LEASE, holder)


@dataclass(slots=True)
class _Packed:
    """A letter, and its bytes."""

    letter: Letter
    envelope: Envelope


@dataclass(slots=True)
class _Batch:
    """What is sent next: built letters, outcomes of those that cannot be built, and how the claim went."""

    packed: list[_Packed] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)
    taken_at: float = 0.0
    wait: float = 0.0
    size: int = 0

    @property
    def is_last(self) -> bool:
        """Nothing was there any more."""
        return self.size == 0 and not self.wait


class _Run:
    """One pass over the outbox: a sender, and beside it a thread that records and prepares."""

    def __init__(
        self, outbox: Outbox, line: Line, report: DeliveryReport, *, now: Clock, sleep: Sleep, limit: int | None
    ) -> None:
        self.outbox = outbox
        self.line = line
        self.report = report
        self.now = now
        self.sleep = sleep
        self.left = limit
        self.seconds_each = 0.0
        self.done: list[Outcome] = []
        self.waiting: list[_Packed] = []
        self.current: _Packed | None = None

    async def all(self) -> None:
        """Until nothing is left, or the server takes nothing more."""
        try:
            await self.line.open()
        except ServerTroubleError as trouble:
            self.report.problem, self.report.unreachable = str(trouble), True
            self.report.deferred += await asyncio.to_thread(self.outbox.note_trouble, str(trouble), self.now())
            return
        coming: asyncio.Task[_Batch] | None = None
        try:
            batch = await self._prepare(0)
            while not batch.is_last or self.done:
                if batch.wait and not batch.packed and not self.done:
                    await self._throttle(batch.wait)
                coming = asyncio.create_task(self._prepare(len(batch.packed)))
                self.waiting = list(batch.packed)
                await self._send(batch)
                batch, coming = await coming, None
        except ServerTroubleError as trouble:
            self.report.problem = str(trouble)
        finally:
            await asyncio.shield(self._wind_up(coming))

    async def _prepare(self, in_flight: int) -> _Batch:
        """Record what is done and take the next, in another thread."""
        done, self.done = self.done, []
        size = self._chunk()
        if self.left is not None:
            size = min(size, self.left)
        try:
            batch = await asyncio.to_thread(self._exchange, done, size, in_flight)
        except BaseException:
            self.done = done + self.done
            raise
        self.done += batch.failed
        if self.left is not None:
            self.left -= batch.size
        return batch

    def _exchange(self, done: list[Outcome], size: int, in_flight: int) -> _Batch:
        now = self.now()
        claim = self.outbox.exchange(done, size, in_flight, now)
        self.report.dropped += claim.dropped
        return self._build(claim, now)

    def _build(self, claim: Claim, now: datetime) -> _Batch:
        settings = self.outbox.settings
        batch = _Batch(taken_at=time.monotonic(), wait=claim.wait, size=len(claim.letters) + claim.dropped)
        for letter in claim.letters:
            try:
                envelope = build(letter, settings.mail_from, now, settings.zone)
            except AddressError as error:
                batch.failed.append(self._dead(letter, str(error)))
            except Exception as error:  # one mail that cannot be written must not stop the others
                log.exception("message %s cannot be written", letter.key)
                batch.failed.append(self._later(letter, f"cannot be written: {type(error).__name__}: {error}"))
            else:
                batch.packed.append(_Packed(letter, envelope))
        return batch

    def _chunk(self) -> int:
        if not self.seconds_each:
            return 4
        return max(1, min(CHUNK, int(CHUNK_SECONDS / self.seconds_each)))

    async def _send(self, batch: _Batch) -> None:
        """Send a batch; what happened goes to `done`, what was not begun stays in `waiting`."""
        fresh = batch.taken_at
        while self.waiting:
            started = time.monotonic()
            if started - fresh > STALE_SECONDS:
                await self._refresh()
                fresh = time.monotonic()
                continue
            packed = self.current = self.waiting.pop(0)
            try:
                result = await self.line.send(packed.envelope)
            except ServerTroubleError:
                self.waiting.insert(0, packed)
                self.current = None
                raise
            self.current = None
            self.done.append(self._outcome(packed.letter, result.answer, result.words))
            took = time.monotonic() - started
            self.seconds_each = took if not self.seconds_each else 0.8 * self.seconds_each + 0.2 * took

    async def _refresh(self) -> None:
        letters = [packed.letter for packed in self.waiting]
        kept = await asyncio.to_thread(self.outbox.refresh, letters, self.now())
        self.report.dropped += len(letters) - len(kept)
        self.waiting = [packed for packed in self.waiting if packed.letter.id in kept]

    async def _throttle(self, seconds: float) -> None:
        log.warning(
            "rate limit of %s mails a minute reached: waiting %.0f s",
            self.outbox.settings.mail_rate_per_minute,
            seconds,
        )
        self.report.throttled_seconds += seconds
        await self.sleep(seconds)

    def _outcome(self, letter: Letter, answer: Answer, words: str) -> Outcome:
        """What is to be written after the server's answer; counted here."""
        if answer is Answer.SENT:
            self.report.sent += 1
            return Outcome(letter.id, "sent", letter.note, sent_at=self.now(), possible_repeat=letter.possible_repeat)
        if answer is Answer.NEVER:
            return self._dead(letter, words)
        if answer is Answer.LATER:
            return self._later(letter, words)
        self.report.in_doubt += 1
        log.warning(
            "message %s to %s is in doubt: %s", letter.message_id, masked_address(letter.email), masked_words(words)
        )
        doubt = f"发送中断，不知是否已送达 / broken after DATA: {words}"
        if self.outbox.settings.in_doubt is InDoubt.HOLD:
            return Outcome(letter.id, "in_doubt", doubt, possible_repeat=letter.possible_repeat)
        if letter.attempts >= self.outbox.settings.retry_attempts:
            return self._dead(letter, doubt)
        return Outcome(
            letter.id,
            "queued",
            f"{doubt}; 将重发并标明可能重复 / will be sent again, marked as a possible repeat",
            send_after=self.outbox.backoff(letter.attempts, self.now()),
            possible_repeat=True,
        )

    def _later(self, letter: Letter, words: str) -> Outcome:
        if letter.attempts >= self.outbox.settings.retry_attempts:
            return self._dead(
                letter, f"{words}; 已重试 {letter.attempts} 次 / given up after {letter.attempts} attempts"
            )
        self.report.deferred += 1
        after = self.outbox.backoff(letter.attempts, self.now())
        return Outcome(letter.id, "queued", words, send_after=after, possible_repeat=letter.possible_repeat)

    def _dead(self, letter: Letter, words: str) -> Outcome:
        self.report.dead += 1
        self.report.deaths.append(Death(letter.key, masked_address(letter.email), words))
        log.error("message %s to %s is dead: %s", letter.message_id, masked_address(letter.email), masked_words(words))
        return Outcome(letter.id, "dead", words, possible_repeat=letter.possible_repeat)

    async def _wind_up(self, coming: asyncio.Task[_Batch] | None) -> None:
        """Leave nothing behind in `sending`: record what is done, give back what was not begun."""
        if self.current is not None:  # cancelled, or worse, in the middle of a message
            packed, self.current = self.current, None
            if self.line.in_data:
                self.done.append(self._outcome(packed.letter, Answer.UNKNOWN, "delivery was stopped"))
            else:
                self.waiting.insert(0, packed)
        if coming is not None:
            with suppress(Exception):
                self.waiting += (await coming).packed
        done, self.done = self.done, []
        await asyncio.to_thread(self.outbox.record, done)
        back = [packed.letter for packed in self.waiting]
        self.report.deferred += await asyncio.to_thread(self.outbox.release, back, self.report.problem, None)


def _log(report: DeliveryReport) -> None:
    if report.problem:
        log.warning("delivery stopped: %s", masked_words(report.problem))
    if report.did_something:
        log.info(
            "delivered: %d sent, %d deferred, %d dead, %d dropped, %d in doubt",
            *(report.sent, report.deferred, report.dead, report.dropped, report.in_doubt),
        )
