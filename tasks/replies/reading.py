"""From the bytes of a mail that came in to what its writer wrote, whatever the bytes are.

Hostile mails are the rule here, so everything has a limit: only the first part of a mail is looked at (attachments come
behind the text), so many parts, so many signs of text. What cannot be read is told as such; no mail raises an error.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.parser import BytesParser
from email.utils import getaddresses
from typing import TYPE_CHECKING

from tasks.replies.cutting import own_words
from tasks.replies.html import text_of_html

if TYPE_CHECKING:
    from email.message import Message

LARGEST = 1024 * 1024
"""Octets that are looked at: an answer stands at the beginning, pictures and files come after it."""
PARTS = 60
DEPTH = 12
TEXT = 20_000
"""Signs of a text before quotes are cut off."""
LONGEST_FROM = 1_000
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,240}>")
_ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "hz-gb-2312": "hz"}
_CODECS = re.compile(
    r"(utf-?(8|16|32).*|ascii|gb18030|gbk|gb2312|hz|big5.*|iso[-_]?(8859|2022).*|latin.*|cp\d+|windows.*|koi8.*"
    r"|mac.*|shift_jis.*|euc_.*|johab|tis_620)"
)
"""Character sets; Python has codecs beside them that do something else, or take for ever."""


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail that came in: its headers as far as they matter, and what its writer wrote without what is quoted.

    `sender` is empty unless exactly one address stands in From. `unreadable` says why there is no text.
    """

    mail_id: str
    sender: str
    addressed: str
    subject: str
    headers: Message
    text: str
    unreadable: str = ""


def read(raw: bytes) -> ReadMail:
    """What is in these bytes; a mail without a usable Message-ID gets one from its content."""
    raw = raw[:LARGEST]
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(raw)
    except (RecursionError, MessageError, ValueError, LookupError, AssertionError) as error:
        headers = BytesParser(policy=policy.compat32).parsebytes(_head(raw), headersonly=True)
        return _read(raw, headers, "", f"{type(error).__name__}")
    try:
        text, why = own_words(_text(mail)), ""
    except (RecursionError, MessageError, ValueError, LookupError, AssertionError) as error:
        text, why = "", type(error).__name__
    return _read(raw, mail, text, why)


def _read(raw: bytes, mail: Message, text: str, why: str) -> ReadMail:
    found = _ID.search(header(mail, "Message-ID"))
    mail_id = found[0] if found else f"<{hashlib.sha256(raw).hexdigest()[:32]}@no-id.invalid>"
    return ReadMail(
        mail_id=mail_id,
        sender=_sender(mail),
        addressed=" ".join(value for name in _ADDRESSED for value in values(mail, name)),
        subject=header(mail, "Subject"),
        headers=mail,
        text=text,
        unreadable=why,
    )


def header(mail: Message, name: str) -> str:
    """A header as one line of text, decoded, cut; empty where there is none."""
    return next(iter(values(mail, name)), "")


def values(mail: Message, name: str) -> list[str]:
    """Every header of that name, each as one line of text."""
    found = []
    for value in (mail.get_all(name) or [])[:20]:
        text = str(value)[:4000]
        if "=?" in text:
            try:
                text = "".join(
                    part if isinstance(part, str) else _decoded(part, charset) for part, charset in decode_header(text)
                )
            except (MessageError, ValueError, LookupError):
                text = str(value)[:4000]
        found.append(" ".join(text.split()))
    return found


def _sender(mail: Message) -> str:
    """The one address in From, in small letters; a mail with several Froms, or none, has no sender."""
    raw = [str(value) for value in mail.get_all("From") or []]
    if len(raw) != 1 or len(raw[0]) > LONGEST_FROM:
        return ""
    try:
        found = [address for _, address in getaddresses(raw) if address]
    except (RecursionError, ValueError, IndexError):
        return ""
    return found[0].strip().lower() if len(found) == 1 and found[0].count("@") == 1 else ""


def _head(raw: bytes) -> bytes:
    """The headers alone."""
    end = re.search(rb"\r?\n\r?\n", raw)
    return raw[: end.end()] if end else raw[:65536]


# -- the text ----------------------------------------------------------------------------------------------------


def _text(mail: Message) -> str:
    """The plain form, or else what the HTML shows."""
    html = ""
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        text = _decoded(content[: 8 * TEXT], part.get_content_charset() or part.get_param("charset"))
        if kind == "text/plain" and text.strip():
            return text[:TEXT]
        if kind == "text/html" and not html:
            html = text_of_html(text)[:TEXT]
    return html


def _parts(mail: Message) -> list[Message]:
    """The parts that hold something themselves, in order, without what is forwarded or deeper than anybody writes."""
    found: list[Message] = []
    open_parts = [(mail, 0)]
    while open_parts and len(found) < PARTS:
        part, depth = open_parts.pop()
        if not part.is_multipart():
            found.append(part)
        elif depth < DEPTH and part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            if isinstance(inner, list):
                open_parts += [(one, depth + 1) for one in reversed(inner[:PARTS]) if not isinstance(one, str)]
    return found


def _decoded(content: bytes, charset: object) -> str:
    """The text in the charset that is named, else in the one that fits."""
    named = str(charset or "").strip().lower()[:40]
    named = _WIDER.get(named, named)
    tried = [named] if _CODECS.fullmatch(named) else []
    for name in (*tried, "utf-8", "gb18030"):
        try:
            text = codecs.lookup(name).decode(content)[0]
        except (LookupError, UnicodeError, ValueError):
            continue
        return text.replace("\x00", "")
    return content.decode(tried[0] if tried and _is_known(tried[0]) else "utf-8", "replace").replace("\x00", "")


def _is_known(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
