"""Sends batches of built mails: in this process, or for a storm in one of its own.

Writing mails and asking the database take as much of Python's time as SMTP does; with a process for each, a long
outbox leaves as fast as one connection can carry it: measured 0.96 of a bare aiosmtplib loop on SQLite and 0.97 on
PostgreSQL, against 0.75 and 0.68 from one process (2,000 mails, two cores).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from models.settings import Settings
from tasks.delivery.smtp import ServerTroubleError, SmtpAnswer, SmtpConnection, SmtpReply
from tasks.mail.building import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    OnResult = Callable[[int, SmtpReply], None]

STOPPED = "delivery was stopped"
_SMTP_SETTINGS = {"smtp_host", "smtp_port", "smtp_username", "smtp_tls", "smtp_timeout", "mailbox_smtp_port"} | {
    "smtp_allow_plain",
    "ca_file",
}
_LINE_LIMIT = 16 * 1024 * 1024


class Sender(Protocol):
    """Where batches go. Each is sent after the one before; every mail gets its result, in order, whatever happens."""

    async def open(self) -> None:
        """Connect; ServerTroubleError when that fails."""

    async def send(self, envelopes: Sequence[Envelope], stale_at: float, on_result: OnResult) -> None:
        """Send one after the other; what is not begun at `stale_at` (of the monotonic clock) is given back as stale."""

    async def close(self) -> None:
        """Say goodbye to the server; what is still on its way is stopped."""


class LocalSender:
    """Sends from this process."""

    def __init__(self, settings: Settings) -> None:
        self.line = SmtpConnection(settings)
        self.stopped = False
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect; ServerTroubleError when that fails."""
        await self.line.open()

    async def send(self, envelopes: Sequence[Envelope], stale_at: float, on_result: OnResult) -> None:
        """Send one after the other."""
        left = deque(range(len(envelopes)))
        try:
            async with self._turn:
                for envelope in envelopes:
                    try:
                        result = await self._one(envelope, stale_at)
                    except asyncio.CancelledError:
                        if self.line.in_data and not self.stopped:
                            on_result(left.popleft(), SmtpReply(SmtpAnswer.UNKNOWN, STOPPED))
                        self.stopped = True  # only this one was begun
                        self.line.close()
                        raise
                    on_result(left.popleft(), result)
        finally:
            for at in left:  # only when cancelled
                on_result(at, SmtpReply(SmtpAnswer.UNBEGUN, STOPPED))

    async def _one(self, envelope: Envelope, stale_at: float) -> SmtpReply:
        if self.stopped:
            return SmtpReply(SmtpAnswer.UNBEGUN, STOPPED)
        if self.line.trouble:
            return SmtpReply(SmtpAnswer.UNBEGUN, self.line.trouble)
        started = time.monotonic()
        if started > stale_at:
            return SmtpReply(SmtpAnswer.STALE, "")
        try:
            result = await self.line.send(envelope)
        except ServerTroubleError as trouble:
            answer = SmtpAnswer.REFUSED if trouble.is_permanent else SmtpAnswer.UNBEGUN
            return SmtpReply(answer, str(trouble))
        return result._replace(took=time.monotonic() - started)

    async def close(self) -> None:
        """Say goodbye to the server."""
        await self.line.quit()


class ProcessSender:
    """Sends from a process of its own, which ends with this one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._open: deque[tuple[int, OnResult, asyncio.Event | None]] = deque()
        """The mails without a result, in order: their index, whom to tell, and on a batch's last what to set."""
        self._ended = ""

    async def open(self) -> None:
        """Start the process and let it connect; ServerTroubleError when either fails."""
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tasks.delivery.sender"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        given = self.settings.model_dump(mode="json", include=_SMTP_SETTINGS)
        given["smtp_password"] = self.settings.smtp_password.get_secret_value()
        self._write(json.dumps(given).encode() + b"\n")
        assert process.stdout is not None  # noqa: S101 -- asked for above
        greeting = await process.stdout.readline()
        said: dict[str, Any] = json.loads(greeting) if greeting else {"trouble": "the sending process ended"}
        if said["trouble"]:
            raise ServerTroubleError(said["trouble"], is_permanent=bool(said.get("is_permanent")))
        self._reader = asyncio.create_task(self._read(process.stdout))

    async def send(self, envelopes: Sequence[Envelope], stale_at: float, on_result: OnResult) -> None:
        """Hand the batch over and wait for its last result."""
        if self._ended or not envelopes:
            for at in range(len(envelopes)):
                on_result(at, SmtpReply(SmtpAnswer.UNBEGUN, self._ended))
            return
        last = asyncio.Event()
        end = len(envelopes) - 1
        self._open += [(at, on_result, last if at == end else None) for at in range(len(envelopes))]
        sizes = [[one.sender, one.recipient, len(one.content)] for one in envelopes]
        head = json.dumps({"stale_at": stale_at, "mails": sizes}).encode() + b"\n"
        self._write(head + b"".join(one.content for one in envelopes))
        await last.wait()

    async def close(self) -> None:
        """Let the process say goodbye; one that does not end in time is killed."""
        process = self._process
        if process is None:
            return
        if self._open:
            with suppress(ProcessLookupError):
                process.kill()
        with suppress(Exception):
            assert process.stdin is not None  # noqa: S101 -- asked for in open()
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader

    def _write(self, data: bytes) -> None:
        assert self._process is not None  # noqa: S101 -- open() comes first
        assert self._process.stdin is not None  # noqa: S101 -- asked for in open()
        with suppress(ConnectionError):  # the reader notices that the process has ended
            self._process.stdin.write(data)

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        """Pass the results on; when the process has ended, nobody knows of the mail that was its turn."""
        while line := await stdout.readline():
            answer, words, took = json.loads(line)
            self._resolve(SmtpReply(SmtpAnswer(answer), words, took))
        self._ended = "the sending process ended"
        if self._open:
            self._resolve(SmtpReply(SmtpAnswer.UNKNOWN, self._ended))
        while self._open:
            self._resolve(SmtpReply(SmtpAnswer.UNBEGUN, self._ended))

    def _resolve(self, result: SmtpReply) -> None:
        at, on_result, last = self._open.popleft()
        on_result(at, result)
        if last is not None:
            last.set()


# -- the process of its own --------------------------------------------------------------------------------------


async def _serve() -> None:
    """Settings on the first line of stdin, then batches; a line of JSON on stdout for each result."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=_LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin.buffer)
    settings = Settings.model_validate(json.loads(await stdin.readline()))
    sender = LocalSender(settings)
    try:
        await sender.open()
    except ServerTroubleError as trouble:
        _say({"trouble": str(trouble), "is_permanent": trouble.is_permanent})
        return
    _say({"trouble": None})
    batches: asyncio.Queue[tuple[list[Envelope], float] | None] = asyncio.Queue()
    receiving = asyncio.create_task(_receive(stdin, batches, sender))
    while (batch := await batches.get()) is not None:
        await sender.send(*batch, lambda _at, result: _say([result.answer, result.words, result.took]))
    await receiving
    await sender.close()


async def _receive(
    stdin: asyncio.StreamReader, batches: asyncio.Queue[tuple[list[Envelope], float] | None], sender: LocalSender
) -> None:
    """Read batches ahead. The end of stdin is the end of whoever started us: nothing more is begun."""
    with suppress(asyncio.IncompleteReadError):
        while line := await stdin.readline():
            head = json.loads(line)
            mails = [
                Envelope(mail_from, recipient, await stdin.readexactly(size))
                for mail_from, recipient, size in head["mails"]
            ]
            await batches.put((mails, head["stale_at"]))
    sender.stopped = True
    await batches.put(None)


def _say(what: Any) -> None:
    with suppress(BrokenPipeError):
        os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us
    asyncio.run(_serve())
