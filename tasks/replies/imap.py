"""The mailbox that answers come to, over IMAP: what is unread is taken in, then marked as read.

A mail is marked after its row is written. After a crash between the two it comes again, and the row tells that it is
known.
Of a large mail only its beginning is fetched: an answer stands before the pictures that come with it.
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from models.errors import DeliveryError, UsageError
from models.settings import Tls
from tasks.organisation.tls import tls_context
from tasks.replies.reading import LARGEST
from tasks.replies.taking import Outcome, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imap_tools.mailbox import BaseMailBox
    from sqlalchemy.engine import Engine

    from models.settings import Settings
    from tasks.organisation.deployment import Deployment
    from tasks.replies.taking import Taken

    Clock = Callable[[], datetime]
    OnTaken = Callable[[Taken], None]

log = logging.getLogger("duban.replies")

HERE = frozenset({"127.0.0.1", "localhost", "::1"})
PLAIN_LOGIN = (
    "the password would go over an unprotected line: set DUBAN_IMAP_TLS to tls or starttls, or DUBAN_IMAP_ALLOW_PLAIN=1"
)
TIMEOUT = 30.0
IDLE_SECONDS = 60.0
"""How long the server is listened to at a time; one that cannot tell of new mail is asked again after so long."""
POLL_SECONDS = 10.0
AT_ONCE = 200
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_TROUBLE = (OSError, imaplib.IMAP4.error, ImapToolsError)


class Incoming(NamedTuple):
    """A mail in the folder: its number there, its beginning, and when the server got it."""

    uid: str
    raw: bytes
    arrived_at: datetime


@contextlib.contextmanager
def connected(settings: Settings) -> Iterator[BaseMailBox]:
    """The folder, opened; DeliveryError, naming the setting, when that fails."""
    host, port = settings.imap_server
    place = f"IMAP server {host}:{port}"
    if settings.imap_tls is Tls.NONE and host not in HERE and not settings.imap_allow_plain:
        raise DeliveryError(f"{place}: {PLAIN_LOGIN}")
    try:
        box = _box(settings, host, port)
    except UsageError as error:
        raise DeliveryError(str(error)) from error
    except _TROUBLE as error:
        raise DeliveryError(f"{place}: {_words(error)}: check DUBAN_IMAP_HOST, _PORT and _TLS") from error
    try:
        box.login(settings.imap_username, settings.imap_password.get_secret_value(), initial_folder=None)
    except (*_TROUBLE, UnicodeError) as error:
        _leave(box)
        raise DeliveryError(
            f"{place} refuses the login: {_words(error)}: check DUBAN_IMAP_USERNAME and _PASSWORD"
        ) from error
    try:
        box.folder.set(settings.imap_folder)
    except _TROUBLE as error:
        _leave(box)
        raise DeliveryError(f"{place} has no folder {settings.imap_folder!r}: check DUBAN_IMAP_FOLDER") from error
    try:
        yield box
    except _TROUBLE as error:
        raise DeliveryError(f"{place}: {_words(error)}") from error
    finally:
        _leave(box)


def take_in(box: BaseMailBox, engine: Engine, deployment: Deployment, now: Clock, on_taken: OnTaken) -> int:
    """Take in everything that is unread; how many. One that cannot be taken in stays unread and stops no other."""
    count = 0
    for mail in unread(box, now()):
        try:
            taken = take(engine, deployment, mail.raw, mail.arrived_at, now())
        except Exception:
            log.exception("a mail could not be taken in: it stays unread")
            continue
        mark(box, mail.uid, taken.outcome)
        count += 1
        if taken.fresh:
            on_taken(taken)
    return count


def mark(box: BaseMailBox, uid: str, outcome: Outcome) -> None:
    """As read; what answers nothing is flagged too, for whoever looks after the mailbox.

    `flag` of the library would also expunge what others have marked as deleted.
    """
    flags = r"\Seen \Flagged" if outcome is Outcome.UNKNOWN else r"\Seen"
    box.client.uid("STORE", uid, "+FLAGS", f"({flags})")


def unread(box: BaseMailBox, now: datetime) -> Iterator[Incoming]:
    """The unread mails, the oldest first."""
    for uid in box.uids("UNSEEN", charset=None)[:AT_ONCE]:
        answer = box.client.uid("fetch", uid, f"(INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)")[1]
        found = next((part for part in answer if isinstance(part, tuple)), None)
        if found is None:
            continue  # somebody else has removed it meanwhile
        said = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer)
        yield Incoming(uid, bytes(found[1]), _arrived(said, now))


def wait(box: BaseMailBox, seconds: float) -> None:
    """Until there may be new mail, at most so many seconds."""
    if seconds <= 0:
        return
    if b"IDLE" in b" ".join(box.client.capability()[1]).upper():  # told after the login only
        box.idle.wait(timeout=min(seconds, IDLE_SECONDS))
        return
    time.sleep(min(seconds, POLL_SECONDS))
    box.client.noop()


def _arrived(said: bytes, now: datetime) -> datetime:
    """When the server took the mail, by its own clock."""
    found = _DATE.search(said)
    if found is None:
        return now
    try:
        written = found[1].decode("ascii", "replace").strip()
        return datetime.strptime(written, "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return now


def _box(settings: Settings, host: str, port: int) -> BaseMailBox:
    if settings.imap_tls is Tls.TLS:
        return MailBox(host, port, timeout=TIMEOUT, ssl_context=tls_context(settings))
    if settings.imap_tls is Tls.STARTTLS:
        return MailBoxStartTls(host, port, timeout=TIMEOUT, ssl_context=tls_context(settings))
    return MailBoxUnencrypted(host, port, timeout=TIMEOUT)


def _leave(box: BaseMailBox) -> None:
    """Say goodbye; whether the server answers does not matter any more."""
    with contextlib.suppress(*_TROUBLE, AttributeError):
        box.client.logout()
    with contextlib.suppress(OSError, AttributeError):
        box.client.shutdown()


def _words(error: BaseException) -> str:
    """What went wrong, in one line; never the command, which may hold the password."""
    text = str(error.args[-1] if error.args else error)
    return " ".join(text.split())[:200] if not isinstance(error, ImapToolsError) else _answer(error)


def _answer(error: ImapToolsError) -> str:
    """The server's words."""
    result = getattr(error, "command_result", None)
    data = result[-1] if isinstance(result, tuple) and result else ""
    first = data[0] if isinstance(data, list) and data else data
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    return " ".join(text.split())[:200] or type(error).__name__
