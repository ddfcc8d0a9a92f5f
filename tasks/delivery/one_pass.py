"""One pass over the outbox: letters are taken, written, sent and recorded, each of it beside the others."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from models.settings import InDoubt
from tasks.delivery.answers import concerns_domain
from tasks.delivery.outbox import MessageOutcome, Outbox, domain_of
from tasks.delivery.report import Death, DeliveryReport
from tasks.delivery.schedule import doubtful_wait, next_wait
from tasks.delivery.smtp import ServerTroubleError, SmtpAnswer, SmtpReply, masked_address
from tasks.delivery.words import noted
from tasks.mail.about import finish
from tasks.mail.building import AddressError, build
from tasks.organisation.masking import masked_log, masked_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from tasks.delivery.sender import Sender
    from tasks.mail.building import Envelope
    from tasks.mail.letters import Letter

    Clock = Callable[[], datetime]
    Sleep = Callable[[float], Awaitable[object]]

T = TypeVar("T")
log = masked_log("duban.deliver")

AHEAD = 2
CHUNK = 25
CHUNK_SECONDS = 0.03
"""As many are taken at once as leave in this time: a slow server has a message or two in doubt after a crash."""
STALE_SECONDS = 2.0
"""A letter that has waited so long since it was taken is looked at again before it leaves."""


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


class OnePass:
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
            self.report.refused = trouble.is_permanent
            self.report.deferred += await asyncio.to_thread(self.outbox.note_trouble, str(trouble), self.now())
            await self.sender.close()
            return
        self.report.dropped += await asyncio.to_thread(self.outbox.fold, self.now())
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
            elif result.answer in (SmtpAnswer.UNBEGUN, SmtpAnswer.REFUSED):
                batch.unbegun.append(at)
                self.report.problem = self.report.problem or result.words
                self.report.refused = self.report.refused or result.answer is SmtpAnswer.REFUSED
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
        if answer in (SmtpAnswer.LATER, SmtpAnswer.SLOWLY):
            return self._later(letter, words, slowly=answer is SmtpAnswer.SLOWLY)
        self.report.in_doubt += 1
        log.warning("message %s to %s is in doubt: %s", letter.message_id, masked_address(letter.email), words)
        doubt = f"{noted('broken')}: {words}"
        if self.outbox.deployment.settings.in_doubt is InDoubt.HOLD:
            return MessageOutcome(letter.id, "in_doubt", doubt, possible_repeat=letter.possible_repeat)
        wait = doubtful_wait(self.outbox.deployment.settings, letter.attempts)
        if wait is None:
            return self._dead(letter, doubt, is_doubtful=True)
        return MessageOutcome(
            letter.id,
            "queued",
            f"{doubt}; {noted('will_be_resent')}",
            send_after=self.now() + wait,
            possible_repeat=True,
        )

    def _later(self, letter: Letter, words: str, *, slowly: bool = False) -> MessageOutcome:
        wait = next_wait(self.outbox.deployment.settings, letter.attempts, slowly=slowly)
        if wait is None:
            return self._dead(letter, f"{words}; {noted('given_up', attempts=letter.attempts)}")
        self.report.deferred += 1
        return MessageOutcome(
            letter.id,
            "queued",
            words,
            send_after=self.now() + wait,
            possible_repeat=letter.possible_repeat,
            holds_up=domain_of(letter.email) if concerns_domain(words) else None,
        )

    def _dead(self, letter: Letter, words: str, *, is_doubtful: bool = False) -> MessageOutcome:
        self.report.dead += 1
        to, why = masked_address(letter.email), masked_words(words)
        self.report.deaths.append(Death(masked_words(letter.key), to, why, str(letter.id)))
        log.error("message %s to %s is dead: %s", letter.message_id, to, why)
        return MessageOutcome(letter.id, "dead", words, possible_repeat=letter.possible_repeat or is_doubtful)

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
