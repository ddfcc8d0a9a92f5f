"""The local mailbox: a real SMTP server on the loopback that keeps every mail as a file, and a page to read them.

It stands in for a mail server where none is set. Read-only, nothing leaves the machine, and what a mail contains
cannot run: its HTML is shown in a sandbox without scripts and without any address of the network.
"""

from __future__ import annotations

import itertools
import re
import threading
from asyncio import Server
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from models.errors import DeliveryError
from models.store.private import private_folder, write_private
from tasks.mail.environment import TEMPLATES, template
from tasks.mail.subjects import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from email.message import Message
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from models.settings import Settings

LOOPBACK = "127.0.0.1"
LISTED = 500
LARGEST = 32 * 1024 * 1024
_HEAD = 16 * 1024
_NAME = re.compile(r"[0-9TZ.-]+")
_PAGE = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
_INSIDE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_CLOSED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
"""No page of elsewhere embeds, frames or reads any of it; nothing of it is kept by the browser."""
_SHOWN_HEADERS = ("From", "To", "Date", "Message-ID", "In-Reply-To", "X-Duban-Possible-Repeat")


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in the folder, as the list shows it."""

    name: str
    when: str
    to: str
    subject: str


class Keeper:
    """Writes each mail to a file of its own; a mail is there as a whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = private_folder(folder)
        self._count = itertools.count()

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one mail."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{next(self._count):06d}"
        content = envelope.original_content or b""
        partial = self.folder / f"{name}.part"
        write_private(partial, content)
        partial.rename(self.folder / f"{name}.eml")
        return "250 OK: kept in the local mailbox"


@contextmanager
def serve_mailbox(settings: Settings) -> Iterator[tuple[int, int]]:
    """Serve mailbox and page while the block runs; yields the ports of SMTP and page (0 in the settings = any free).

    DeliveryError when a port is taken.
    """
    folder = settings.home / "mailbox"
    controller = _Smtp(Keeper(folder), hostname=LOOPBACK, port=settings.mailbox_smtp_port, data_size_limit=LARGEST)
    try:
        controller.start()
    except OSError as error:
        raise DeliveryError(
            f"port {settings.mailbox_smtp_port} of the local mailbox is taken: set DUBAN_MAILBOX_SMTP_PORT, "
            f"or stop what listens there ({error.strerror})"
        ) from error
    try:
        page = _Page((LOOPBACK, settings.mailbox_port), _Handler)
    except OSError as error:
        controller.stop()
        raise DeliveryError(
            f"port {settings.mailbox_port} of the mailbox page is taken: set DUBAN_MAILBOX_PORT, "
            f"or stop what listens there ({error.strerror})"
        ) from error
    page.folder, page.zone = folder, settings.zone
    thread = threading.Thread(target=page.serve_forever, name="mailbox-page", daemon=True)
    thread.start()
    try:
        yield controller.bound_port, page.server_address[1]
    finally:
        page.shutdown()
        page.server_close()
        controller.stop()


class _Smtp(Controller):
    """aiosmtpd's server, on any free port when asked for port 0."""

    @property
    def bound_port(self) -> int:
        """Where it listens."""
        assert isinstance(self.server, Server)  # noqa: S101 -- started
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    def _trigger_server(self) -> None:
        """Talk to the server once, so that it is known to answer."""
        self.port = self.bound_port
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Page(ThreadingHTTPServer):
    """The page's server, and what it shows."""

    daemon_threads = True
    folder: Path
    zone: tzinfo


class _Handler(BaseHTTPRequestHandler):
    """GET of the list, one mail, its HTML alone, and its source."""

    server: _Page
    server_version = "Duban"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one request."""
        if not self._from_here():
            self._answer(403, "text/plain", b"only for this machine\n")
            return
        place, _, name = self.path.partition("?")[0].lstrip("/").partition("/")
        if not place:
            self._answer(200, "text/html", self._list())
        elif place == "style.css":
            self._answer(200, "text/css", (TEMPLATES / "mailbox" / "style.css").read_bytes())
        elif (file := self._file(name)) is None:
            self._answer(404, "text/plain", b"no such mail\n")
        elif place == "mail":
            self._answer(200, "text/html", self._mail(file))
        elif place == "html":
            self._answer(200, "text/html", _part(_read(file), "html").encode("utf-8", "replace"), _INSIDE)
        elif place == "source":
            self._answer(200, "text/plain", file.read_bytes())
        else:
            self._answer(404, "text/plain", b"no such page\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the standard library's name
        """Reading mails is no news."""

    def _from_here(self) -> bool:
        """Whether this machine is asked for by its own name, and no page of elsewhere makes the browser ask.

        A page of elsewhere may give its own name our address (then Host has that name), or ask across origins. Any
        port will do: one machine may be seen through a tunnel of another.
        """
        host = self.headers.get("Host", "").lower()
        origin = self.headers.get("Origin", f"http://{host}").lower()
        return re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d+)?", host) is not None and origin == f"http://{host}"

    def _answer(self, status: int, kind: str, body: bytes, rules: str = _PAGE) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", f"{rules}; frame-ancestors 'self'")
        for name, value in _CLOSED.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _file(self, name: str) -> Path | None:
        """The mail of that name, only from the folder."""
        file = self.server.folder / f"{name}.eml"
        return file if _NAME.fullmatch(name) and file.is_file() else None

    def _list(self) -> bytes:
        files = sorted(self.server.folder.glob("*.eml"), reverse=True)
        mails = [_kept(file, self.server.zone) for file in files[:LISTED]]
        page = template("mailbox/list.html").render(mails=mails, total=len(files), folder=self.server.folder)
        return page.encode("utf-8", "replace")

    def _mail(self, file: Path) -> bytes:
        mail = _read(file)
        headers = [(name, _header(mail, name)) for name in _SHOWN_HEADERS if mail[name]]
        html = mail.get_body(("html",)) is not None
        page = template("mailbox/mail.html").render(
            mail=_kept(file, self.server.zone), headers=headers, has_html=html, text=_part(mail, "plain")
        )
        return page.encode("utf-8", "replace")


@lru_cache(maxsize=2 * LISTED)
def _kept(file: Path, zone: tzinfo) -> Kept:
    """The line of the list; a kept mail does not change, and its headers are enough."""
    with file.open("rb") as opened:
        mail = BytesHeaderParser(policy=policy.default).parsebytes(opened.read(_HEAD))
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC).astimezone(zone)
    return Kept(file.stem, f"{at:%m-%d %H:%M:%S}", _header(mail, "To"), _header(mail, "Subject") or "(无主题)")


def _read(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default, _class=EmailMessage)


def _header(mail: Message, name: str) -> str:
    return one_line(str(mail[name] or ""), 300)


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
