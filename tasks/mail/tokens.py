"""Tokens of answers: which message a reply answers, and that nobody made it up.

`Reply-To: duban+TOKEN@example.com`. The token is the message's id and a signature over that message's key (which names
case, question and recipient), its kind and its address: it answers nothing else. Base32 in small letters survives
servers that change the case of an address, and fits the 64 characters before the @.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import stat
from contextlib import suppress
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID

from itsdangerous.signer import HMACAlgorithm, Signer

from models.errors import StorageError
from models.settings import REPLY_LOCAL

if TYPE_CHECKING:
    from pathlib import Path

    from models.settings import Settings

FILE = "secret"
SIGNATURE = 10
"""Octets of the signature: guessing one takes 2^79 mails."""
LENGTH = 42
_TOKEN = re.compile(rf"\+([a-z2-7]{{{LENGTH}}})@", re.IGNORECASE)
_PADDING = "=" * (-LENGTH % 8)
_ALGORITHM = HMACAlgorithm(hashlib.sha256)


class Addressed(Protocol):
    """A message as its token binds it: a row of the outbox, or a letter."""

    @property
    def id(self) -> UUID:
        """Made from the key."""

    @property
    def key(self) -> str:
        """What is told to whom."""

    @property
    def kind(self) -> str:
        """What sort of message it is."""

    @property
    def email(self) -> str:
        """The recipient."""


class Token(NamedTuple):
    """What an address carries: a message's id, and what is to be its signature."""

    message: UUID
    signature: bytes


def reply_address(settings: Settings, message: Addressed) -> str | None:
    """Where an answer to this message goes; None where the address leaves no room for a token."""
    local, _, domain = address_of(settings).rpartition("@")
    if not local or len(local) > REPLY_LOCAL:
        return None
    packed = message.id.bytes + _signature(signing_key(settings), message)
    return f"{local}+{base64.b32encode(packed).decode().rstrip('=').lower()}@{domain}"


def address_of(settings: Settings) -> str:
    """The address to which answers go, without a token."""
    return settings.reply_address or parseaddr(settings.mail_from)[1]


def tokens_in(addresses: str) -> list[Token]:
    """Every token in these addresses, genuine or not, each once."""
    found = []
    for text in dict.fromkeys(one.lower() for one in _TOKEN.findall(addresses)):
        with suppress(binascii.Error):
            packed = base64.b32decode(text.upper() + _PADDING)
            found.append(Token(UUID(bytes=packed[:16]), packed[16:]))
    return found


def is_genuine(settings: Settings, token: Token, message: Addressed) -> bool:
    """Whether we gave this token for this message; the comparison takes the same time whatever the answer."""
    return hmac.compare_digest(token.signature, _signature(signing_key(settings), message))


def _signature(key: bytes, message: Addressed) -> bytes:
    said = f"{message.id.hex}\x1f{message.kind}\x1f{message.key}\x1f{message.email.lower()}"
    return _ALGORITHM.get_signature(key, said.encode())[:SIGNATURE]


def signing_key(settings: Settings) -> bytes:
    """The key made from `DUBAN_SECRET`, or from the file in the home."""
    return _derived(settings.secret.get_secret_value().encode() or _kept(settings.home.absolute()))


@lru_cache(maxsize=8)
def _derived(secret: bytes) -> bytes:
    return Signer(secret, salt="duban.reply", key_derivation="hmac", digest_method=hashlib.sha256).derive_key()


@lru_cache(maxsize=8)
def _kept(home: Path) -> bytes:
    """What the file holds; made at the first need, whole or not at all, readable by nobody else."""
    file = home / FILE
    try:
        if not file.exists():
            home.mkdir(parents=True, exist_ok=True)
            fresh = home / f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}"
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(secrets.token_urlsafe(48) + "\n")
            with suppress(FileExistsError):
                os.link(fresh, file)  # of two processes the first one's counts
            fresh.unlink()
        found = file.read_bytes().strip()
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            file.chmod(0o600)
    except OSError as error:
        raise StorageError(f"{file} cannot be read or made ({error.strerror}): set DUBAN_SECRET") from error
    if not found:
        raise StorageError(f"{file} is empty: remove it, or set DUBAN_SECRET")
    return found
