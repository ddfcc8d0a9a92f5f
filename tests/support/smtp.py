"""A real SMTP server for tests that does as it is told: refuses, hangs, drops the line, demands TLS or a login."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

HANG = "hang"
"""Take the content and never answer."""
DROP = "drop"
"""Take the content, then break the connection without an answer."""


@dataclass
class Received:
    """A message that the server got whole, whatever it answered."""

    sender: str
    recipient: str
    content: bytes
    answered: str

    @property
    def mail(self) -> EmailMessage:
        """The message as a mail program reads it."""
        return message_from_bytes(self.content, policy=policy.default, _class=EmailMessage)

    def text(self) -> str:
        """The plain form."""
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def html(self) -> str:
        """The HTML form."""
        body = self.mail.get_body(("html",))
        assert body is not None
        return str(body.get_content())


@dataclass
class ScriptedServer:
    """Use as a context manager. Scripts are answers in order; when they run out, everything is accepted."""

    login: tuple[str, str] | None = None
    certificate: Path | None = None
    implicit_tls: bool = False
    on_connect: str | None = None
    on_mail: deque[str] = field(default_factory=deque)
    on_rcpt: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    on_data: deque[str] = field(default_factory=deque)
    got: list[Received] = field(default_factory=list)
    connections: int = 0
    in_data: threading.Event = field(default_factory=threading.Event)
    """Set when a content arrived that is not answered."""

    def __enter__(self) -> Self:
        """Listen on a free port of the loopback."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        """Break every connection and stop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def accepted(self) -> list[Received]:
        """The messages that were answered with 250."""
        return [one for one in self.got if one.answered.startswith("250")]

    def to(self, recipient: str) -> list[Received]:
        """What was accepted for that address."""
        return [one for one in self.accepted if one.recipient == recipient]

    def _run(self, ready: threading.Event) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._stop = asyncio.Event()
        self._hanging = asyncio.Event()
        context = None
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
        server = await self._loop.create_server(
            lambda: self._protocol(context), "127.0.0.1", 0, ssl=context if self.implicit_tls else None
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        self._hanging.set()
        server.close()
        await asyncio.sleep(0)

    def _protocol(self, context: ssl.SSLContext | None) -> SMTP:
        self.connections += 1
        return _Session(
            self.on_connect,
            handler=self,
            hostname="scripted.test",
            tls_context=None if self.implicit_tls else context,
            require_starttls=bool(context) and not self.implicit_tls,
            authenticator=self._check if self.login else None,
            auth_required=bool(self.login),
            auth_require_tls=False,
        )

    def _check(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        assert self.login is not None
        good = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=good, handled=False)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        answer = self.on_mail.popleft() if self.on_mail else "250 OK"
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        script = self.on_rcpt[address]
        answer = script.popleft() if script else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Answer the content."""
        answer = self.on_data.popleft() if self.on_data else "250 OK"
        self.got.append(Received(envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content, answer))
        if answer == HANG:
            self.in_data.set()
            await self._hanging.wait()
            return "421 closing"
        if answer == DROP:
            server.transport.abort()
            return "250 never heard"
        return answer


class _Session(SMTP):
    """A session that can refuse to begin."""

    def __init__(self, greeting: str | None, **deployment: Any) -> None:
        super().__init__(**deployment)
        self._greeting = greeting

    async def push(self, status: Any) -> None:
        """Say the line; the first one is what the script says."""
        if self._greeting:
            status, self._greeting = self._greeting, None
            await super().push(status)
            self.transport.close()
            return
        await super().push(status)


def self_made_certificate(folder: Path) -> Path:
    """A PEM file with key and certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scripted.test")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
