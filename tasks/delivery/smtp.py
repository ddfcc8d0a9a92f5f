"""One connection to the mail server, and what its answers mean for a message.

The stages matter: before DATA a broken connection is harmless, after it nobody knows whether the mail left.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from models.errors import UsageError
from models.settings import Settings, Tls
from tasks.delivery.answers import PERMANENT, refusal
from tasks.mail.subjects import one_line
from tasks.organisation.masking import masked_log, masked_words
from tasks.organisation.tls import tls_context

if TYPE_CHECKING:
    from tasks.mail.building import Envelope

log = masked_log("duban.deliver")

PLAIN_LOGIN = (
    "the login would show the password to everybody on the line: set DUBAN_SMTP_TLS to starttls or tls, "
    "or DUBAN_SMTP_ALLOW_PLAIN=1"
)


class ServerTroubleError(Exception):
    """The server takes nothing at all now; the reason is one line.

    `is_permanent`: it refuses our login or our sender for good, so that trying soon again only locks the account.
    """

    def __init__(self, reason: str, *, is_permanent: bool = False) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent


class SmtpAnswer(StrEnum):
    """What became of one message."""

    SENT = "sent"
    LATER = "later"
    """Refused for now (4xx)."""
    SLOWLY = "slowly"
    """Refused by a filter, or for a full mailbox (5xx): there is hope, but no hurry."""
    NEVER = "never"
    """Refused for good (5xx)."""
    UNKNOWN = "unknown"
    """The connection broke after DATA was begun."""
    UNBEGUN = "unbegun"
    """Not begun, because the server takes nothing or the delivery was stopped."""
    REFUSED = "refused"
    """Not begun, because the server refuses us for good: our login, or our sender."""
    STALE = "stale"
    """Not begun: it has waited so long that the case must be looked at again."""


class SmtpReply(NamedTuple):
    """The answer, the server's words, and how many seconds it took."""

    answer: SmtpAnswer
    words: str
    took: float = 0.0


class SmtpConnection:
    """A connection that is opened when needed and opened anew when it broke."""

    def __init__(self, settings: Settings) -> None:
        self.host, self.port = settings.smtp_address
        self.settings = settings
        self.in_data = False
        """Whether a message is between DATA and its answer."""
        self.trouble = ""
        """Why nothing more can be sent over this line."""
        self._client: aiosmtplib.SMTP | None = None

    async def open(self) -> None:
        """Connect, secure and log in. ServerTroubleError says what the server, or the network, had against it.

        A password goes over an unprotected line only where the setting says so, on this machine too: whoever starts a
        program on a port that the relay has just left would be told it.
        """
        self.close()
        settings = self.settings
        protected = settings.smtp_tls is not Tls.NONE
        if settings.smtp_username and not protected and not settings.smtp_allow_plain:
            raise ServerTroubleError(f"{self._place}: {PLAIN_LOGIN}", is_permanent=True)
        try:
            context = tls_context(settings) if protected else None
        except UsageError as error:
            raise ServerTroubleError(str(error)) from error
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            timeout=settings.smtp_timeout,
            use_tls=settings.smtp_tls is Tls.TLS,
            start_tls=settings.smtp_tls is Tls.STARTTLS,
            tls_context=context,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() if settings.smtp_username else None,
        )
        try:
            await client.connect()
        except SMTPAuthenticationError as error:
            client.close()
            said = f"{self._place} refuses the login: {_words(error)}"
            raise ServerTroubleError(said, is_permanent=error.code >= PERMANENT) from error
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise ServerTroubleError(f"{self._place}: {_words(error)}") from error
        self._client = client

    def close(self) -> None:
        """Drop the connection without a farewell."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def quit(self) -> None:
        """Say goodbye; whether the server answers does not matter any more."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit(timeout=min(5.0, self.settings.smtp_timeout))
            except (SMTPException, OSError):
                client.close()

    async def send(self, envelope: Envelope) -> SmtpReply:
        """Send one message; a connection that was lost before DATA is opened once more.

        ServerTroubleError means that this message was not sent and the next would not be either.
        """
        try:
            return await self._send_or_reopen(envelope)
        except ServerTroubleError as trouble:
            self.trouble = str(trouble)
            raise

    async def _send_or_reopen(self, envelope: Envelope) -> SmtpReply:
        try:
            return await self._send(envelope)
        except (SMTPServerDisconnected, SMTPTimeoutError, ConnectionError) as error:
            log.info("connection to %s lost before DATA, opening it again: %s", self._place, _words(error))
        try:
            await self.open()
            return await self._send(envelope)
        except (SMTPServerDisconnected, SMTPTimeoutError, ConnectionError) as error:
            raise ServerTroubleError(f"{self._place}: connection lost before DATA: {_words(error)}") from error

    async def _send(self, envelope: Envelope) -> SmtpReply:
        client = self._client
        if client is None or not client.is_connected:
            await self.open()
            client = self._client
        assert client is not None  # noqa: S101 -- open() has set it or raised
        try:
            await client.mail(envelope.sender)
        except SMTPResponseException as error:
            await self._reset(client)
            said = f"{self._place} refuses our sender address: {_words(error)}"
            raise ServerTroubleError(said, is_permanent=error.code >= PERMANENT) from error
        try:
            await client.rcpt(envelope.recipient)
        except SMTPResponseException as error:
            await self._reset(client)
            return _refused(error)
        self.in_data = True
        try:
            response = await client.data(envelope.content)
        except SMTPResponseException as error:
            self.in_data = False
            if error.code <= 0:  # what came back was no answer of SMTP
                self.close()
                return SmtpReply(SmtpAnswer.UNKNOWN, _words(error))
            await self._reset(client)
            return _refused(error)
        except (SMTPException, OSError) as error:
            self.in_data = False
            self.close()
            return SmtpReply(SmtpAnswer.UNKNOWN, _words(error))
        self.in_data = False
        return SmtpReply(SmtpAnswer.SENT, _short(response.message))

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        """After a refusal the next message starts afresh; a server that will not is left."""
        try:
            if client.is_connected:
                await client.rset()
        except (SMTPException, OSError):
            client.close()

    @property
    def _place(self) -> str:
        return f"mail server {self.host}:{self.port}"


def masked_address(address: str) -> str:
    """`z***@example.com`, for logs."""
    return masked_words(one_line(address, 100))


def _refused(error: SMTPResponseException) -> SmtpReply:
    words = _words(error)
    return SmtpReply(SmtpAnswer(refusal(error.code, words)), words)


def _words(error: BaseException) -> str:
    """What went wrong, in one line, in the server's words where it said any."""
    if isinstance(error, SMTPResponseException):
        return _short(f"{error.code} {error.message}")
    return _short(str(error)) or type(error).__name__


def _short(text: str) -> str:
    return one_line(text, 300)
