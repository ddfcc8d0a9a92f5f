"""Delivery: what is in the outbox leaves over SMTP, visibly.

1. Settle what a delivery that ended left in `sending`: in doubt, and by the setting sent again (marked) or held.
2. Take a few messages, oldest first, and look at each again: what has been settled meanwhile is dropped, the rest is
   written as it stands now, and marked `sending`, in one transaction.
3. Send them over one connection, while the last ones are recorded and the next ones taken beside it.
4. After 250 `sent`; 4xx later, with growing intervals; 5xx `dead`; broken after DATA in doubt.

SMTP cannot do exactly once. What can happen twice is marked, what cannot be sent says why, and nothing disappears.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from models.errors import DeliveryError
from models.settings import InDoubt
from models.store.database import reading
from tasks.delivery.outbox import MessageOutcome, Outbox
from tasks.delivery.sender import LocalSender, ProcessSender
from tasks.delivery.smtp import ServerTroubleError, SmtpAnswer, SmtpReply, masked_address, masked_words
from tasks.delivery.words import noted
from tasks.mail.about import finish
from tasks.mail.building import AddressError, build
from tasks.organisation.lease import holds, take

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.delivery.sender import Sender
    from tasks.mail.about import Writers
    from tasks.mail.building import Envelope
    from tasks.mail.letters import Letter
    from tasks.organisation.deployment import Deployment

    Clock = Callable[[], datetime]
    Sleep = Callable[[float], Awaitable[object]]

T = TypeVar("T")
log = logging.getLogger("duban.deliver")

STORM = 200
"""From so many messages on the sending gets a process of its own."""
AHEAD = 2
CHUNK = 25
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
    engine: Engine,
    deployment: Deployment,
    writers: Writers,
    *,
    now: Clock,
    limit: int | None = None,
    sleep: Sleep = asyncio.sleep,
) -> DeliveryReport:
    """Work through the outbox once; each message is tried at most once, at most `limit` of them.

    `writers` write what tells of no escalation. `now` is asked for the instant whenever one is needed. DeliveryError
    when no server is set and none is here.
    """
    report = await _drain(Outbox(engine, deployment, writers), now, sleep, limit)
    if report.unreachable and not deployment.settings.smtp_host:
        host, port = deployment.settings.smtp_address
        raise DeliveryError(
            f"no mail server: nothing listens at {host}:{port}; set DUBAN_SMTP_HOST, or start `duban up`, "
            "which brings a local mailbox"
        )
    return report


async def deliver_ahead(
    engine: Engine,
    deployment: Deployment,
    writers: Writers,
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
    outbox = Outbox(engine, deployment, writers)
    end = time.monotonic() + seconds
    settle_at = 0.0
    pause = POLL_SECONDS
    while True:
        settle = time.monotonic() >= settle_at
        if settle or await asyncio.to_thread(outbox.is_waiting, now()):
            report = await _drain(Outbox(engine, deployment, writers), now, sleep)
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
        storm = await asyncio.to_thread(outbox.is_long, now(), STORM) and (limit is None or limit >= STORM)
        sender = ProcessSender(outbox.deployment.settings) if storm else LocalSender(outbox.deployment.settings)
        await _Pass(outbox, sender, report, now=now, sleep=sleep, limit=limit).all()
    _log(report)
    return report


def _still_ours(engine: Engine, holder: str) -> bool:
    with reading(engine) as connection:
        return holds(connection, LEASE, holder)


@dataclass(slots=True)
class _Batch:
    """Letters that are sent together, with their bytes, and what became of each."""

    letters: list[Letter] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    failed: list[MessageOutcome] = field(default_factory=list)
    taken: int = 0
    wait: float = 0.0
    taken_at: float = field(default_factory=time.monotonic)
    unbegun: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def part(self, indices: list[int]) -> _Batch:
        """Only these letters."""
        return _Batch([self.letters[at] for at in indices], [self.envelopes[at] for at in indices])


class _Pass:
    """One pass over the outbox: two batches are on their way, while the last is recorded and the next prepared."""

    def __init__(
        self, outbox: Outbox, sender: Sender, report: DeliveryReport, *, now: Clock, sleep: Sleep, limit: int | None
    ) -> None:
        self.outbox = outbox
        self.sender = sender
        self.report = report
        self.now = now
        self.sleep = sleep
        self.left = limit
        self.seconds_each = CHUNK_SECONDS
        self.done: list[MessageOutcome] = []
        self.back: list[Letter] = []
        self.flying: deque[_Batch] = deque()

    async def all(self) -> None:
        """Until nothing is left, or the server takes nothing more."""
        try:
            await self.sender.open()
        except ServerTroubleError as trouble:
            self.report.problem, self.report.unreachable = str(trouble), True
            self.report.deferred += await asyncio.to_thread(self.outbox.note_trouble, str(trouble), self.now())
            await self.sender.close()
            return
        try:
            await self._work()
        finally:
            await asyncio.shield(self._wind_up())

    async def _work(self) -> None:
        more = True
        while not self.report.problem:
            if more and len(self.flying) < AHEAD:
                batch = await self._prepare()
                if batch.letters:
                    self._launch(batch)
                if batch.wait and self.flying:
                    await self._land()
                elif batch.wait and not self.done:
                    await self._throttle(batch.wait)
                more = bool(batch.taken or batch.wait)
            elif self.flying:
                await self._land()
                if not more:
                    await self._record()
            elif self.done:
                await self._record()
            else:
                return

    async def _prepare(self) -> _Batch:
        """Record what is done and take the next, in another thread."""
        done, self.done = self.done, []
        size = max(1, min(CHUNK, int(CHUNK_SECONDS / self.seconds_each)))
        if self.left is not None:
            size = min(size, self.left)
        in_flight = sum(len(batch.letters) for batch in self.flying)
        work = asyncio.create_task(asyncio.to_thread(self._exchange, done, size, in_flight))
        try:
            batch = await asyncio.shield(work)
        except asyncio.CancelledError:  # the thread goes on: what it takes must be given back
            self.back += (await work).letters
            raise
        except Exception:
            self.done += done
            raise
        self.done += batch.failed
        if self.left is not None:
            self.left -= batch.taken
        return batch

    def _exchange(self, done: list[MessageOutcome], size: int, in_flight: int) -> _Batch:
        now = self.now()
        claim = self.outbox.exchange(done, size, in_flight, now)
        self.report.dropped += claim.dropped
        deployment = self.outbox.deployment
        batch = _Batch(wait=claim.wait, taken=len(claim.letters) + len(claim.failed) + claim.dropped)
        batch.failed += [self._later(letter, words) for letter, words in claim.failed]
        for letter in claim.letters:
            try:
                envelope = build(finish(letter), deployment.settings.mail_from, now, deployment.zone)
            except AddressError as error:
                batch.failed.append(self._dead(letter, str(error)))
            except Exception as error:  # one mail that cannot be written must not stop the others
                log.exception("message %s cannot be written", letter.message_id)
                batch.failed.append(self._later(letter, f"cannot be written: {type(error).__name__}: {error}"))
            else:
                batch.letters.append(letter)
                batch.envelopes.append(envelope)
        return batch

    def _launch(self, batch: _Batch) -> None:
        """Hand a batch to the sender."""

        def on_result(at: int, result: SmtpReply) -> None:
            if result.answer is SmtpAnswer.STALE:
                batch.stale.append(at)
            elif result.answer is SmtpAnswer.UNBEGUN:
                batch.unbegun.append(at)
                self.report.problem = self.report.problem or result.words
            else:
                self.done.append(self._outcome(batch.letters[at], result))
                if result.took:
                    self.seconds_each = 0.8 * self.seconds_each + 0.2 * result.took

        stale_at = batch.taken_at + STALE_SECONDS
        batch.task = asyncio.create_task(self.sender.send(batch.envelopes, stale_at, on_result))
        self.flying.append(batch)

    async def _land(self) -> None:
        """Wait until the oldest batch is through; what has waited too long is looked at again and sent after all."""
        batch = self.flying[0]
        assert batch.task is not None  # noqa: S101 -- launched
        await batch.task
        self.flying.popleft()
        self.back += batch.part(batch.unbegun).letters
        if batch.stale:
            again = batch.part(batch.stale)
            try:
                kept = await _through(self.outbox.refresh, again.letters, self.now())
            except BaseException:
                self.back += again.letters
                raise
            self.report.dropped += len(again.letters) - len(kept)
            self._launch(again.part([at for at, letter in enumerate(again.letters) if letter.id in kept]))

    async def _record(self) -> None:
        done, self.done = self.done, []
        try:
            await _through(self.outbox.record, done)
        except BaseException:
            self.done += done  # written twice it says the same
            raise

    async def _throttle(self, seconds: float) -> None:
        log.warning(
            "rate limit of %s mails a minute reached: waiting %.0f s",
            self.outbox.deployment.settings.mail_rate_per_minute,
            seconds,
        )
        self.report.throttled_seconds += seconds
        await self.sleep(seconds)

    def _outcome(self, letter: Letter, result: SmtpReply) -> MessageOutcome:
        """What is to be written after the server's answer; counted here."""
        answer, words = result.answer, result.words
        if answer is SmtpAnswer.SENT:
            self.report.sent += 1
            again = noted("repeated") if letter.possible_repeat else None
            notes = "; ".join(note for note in (again, letter.note) if note) or None
            return MessageOutcome(letter.id, "sent", notes, sent_at=self.now(), possible_repeat=letter.possible_repeat)
        if answer is SmtpAnswer.NEVER:
            return self._dead(letter, words)
        if answer is SmtpAnswer.LATER:
            return self._later(letter, words)
        self.report.in_doubt += 1
        log.warning(
            "message %s to %s is in doubt: %s", letter.message_id, masked_address(letter.email), masked_words(words)
        )
        doubt = f"{noted('broken')}: {words}"
        if self.outbox.deployment.settings.in_doubt is InDoubt.HOLD:
            return MessageOutcome(letter.id, "in_doubt", doubt, possible_repeat=letter.possible_repeat)
        if letter.attempts >= self.outbox.deployment.settings.retry_attempts:
            return self._dead(letter, doubt)
        return MessageOutcome(
            letter.id,
            "queued",
            f"{doubt}; {noted('will_be_resent')}",
            send_after=self.outbox.backoff(letter.attempts, self.now()),
            possible_repeat=True,
        )

    def _later(self, letter: Letter, words: str) -> MessageOutcome:
        if letter.attempts >= self.outbox.deployment.settings.retry_attempts:
            return self._dead(letter, f"{words}; {noted('given_up', attempts=letter.attempts)}")
        self.report.deferred += 1
        after = self.outbox.backoff(letter.attempts, self.now())
        return MessageOutcome(letter.id, "queued", words, send_after=after, possible_repeat=letter.possible_repeat)

    def _dead(self, letter: Letter, words: str) -> MessageOutcome:
        self.report.dead += 1
        self.report.deaths.append(Death(letter.key, masked_address(letter.email), words))
        log.error("message %s to %s is dead: %s", letter.message_id, masked_address(letter.email), masked_words(words))
        return MessageOutcome(letter.id, "dead", words, possible_repeat=letter.possible_repeat)

    async def _wind_up(self) -> None:
        """Leave nothing behind in `sending`: record what is done, give back what was not begun."""
        if not self.report.problem:
            for batch in self.flying:  # only when stopped, by Ctrl-C or by the database
                if batch.task is not None:
                    batch.task.cancel()
        tasks = [batch.task for batch in self.flying if batch.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.sender.close()
        for batch in self.flying:
            self.back += batch.part(batch.unbegun + batch.stale).letters
        await self._record()
        self.report.deferred += await asyncio.to_thread(self.outbox.release, self.back, self.report.problem, None)


async def _through(work: Callable[..., T], *given: Any) -> T:
    """Run it in a thread, to its end also when we are cancelled meanwhile."""
    task = asyncio.create_task(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _log(report: DeliveryReport) -> None:
    if report.problem:
        log.warning("delivery stopped: %s", masked_words(report.problem))
    if report.did_something:
        log.info(
            "delivered: %d sent, %d deferred, %d dead, %d dropped, %d in doubt",
            *(report.sent, report.deferred, report.dead, report.dropped, report.in_doubt),
        )
