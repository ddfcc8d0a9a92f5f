"""Cuts off what an answer's writer did not write: quoted mails, their heads, signatures, what phones and servers add.

Mail programs mark quotes in their own ways, in the language of their user. The common ones of China and elsewhere are
known here, line by line, so that no text takes long; the library `mailparser_reply` knows rarer ones and gets the rest.
"""

from __future__ import annotations

import re
import unicodedata

from mailparser_reply import EmailReplyParser

LINES = 200
WIDEST = 2_000
"""Signs of a line."""
LEFT = 1_500
"""So much goes to the library: its expressions look backwards, and an answer is short."""

_HEAD_NAMES = (
    "发件人|收件人|抄送|密送|主题|发送时间|发送日期|日期|时间|寄件者|寄件人|收件者|副本|主旨|寄件日期"
    "|from|sent|to|cc|subject|date|reply-to|von|gesendet|an|betreff|de|enviado|para|asunto|objet|envoyé"
)
_HEAD = re.compile(rf"[\s>*|]*\*?(?:{_HEAD_NAMES})\*?\s*[:：]\*?", re.IGNORECASE)
_WROTE = re.compile(r".*(?:写道|寫道|来信|wrote|schrieb|a écrit|escribió)\s*[:：]?\s*", re.IGNORECASE)
_BEGINS_A_WROTE = re.compile(r"\s*(?:on|am|le|el|at|在|于)\b", re.IGNORECASE)
_PROGRAMS = (
    r"iphone|ipad|android|outlook|foxmail|mail|手机|手機|华为|小米|荣耀|三星|vivo|oppo|安卓"
    r"|邮箱|郵箱|网易|微信|钉钉|客户端|发送"
)
_CERTAIN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\s*[-_=—–]{2,}\s*(原始|原邮件|转发|回复|轉寄|original|forwarded|転送).{0,80}",
        r"\s*-{2,}\s*",
        r"\s*[_—–=]{10,}\s*",
        rf"\s*(发自|發自|来自|來自|寄自|从我的|從我的).{{0,60}}({_PROGRAMS}).{{0,60}}",
        r"\s*(sent|gesendet|envoyé|enviado) (from|with|by|via|mit|von|de|depuis) .{1,80}",
        r"\s*(获取|取得|get) ?outlook .{0,60}",
        r"\s*(此|本)(电子)?邮件.{0,400}(保密|机密).{0,600}",
        r"\s*this (e-?mail|message).{0,200}(confidential|intended).{0,600}",
    )
)
"""A line of this form and everything below it was not written for this answer."""
_BANNER = re.compile(
    r".{0,40}(?:外部邮件|外部郵件|external (?:e-?mail|sender)|originated (?:from )?outside).{0,300}", re.IGNORECASE
)
"""What a server writes above a mail from outside."""
_QUOTED = re.compile(r"\s*(?:>|＞|\|>)")


def own_words(text: str) -> str:
    """What the writer of this text wrote: empty where nothing is left."""
    kept: list[str] = []
    lines = [line[:WIDEST].rstrip() for line in _plain(text).split("\n")[: 4 * LINES]]
    for at, line in enumerate(lines):
        if len(kept) >= LINES or _ends_here(lines, at):
            break
        if not _QUOTED.match(line) and not (_BANNER.fullmatch(line) and not any(kept)):
            kept.append(line)
    own = "\n".join(kept).strip()
    if not own or len(own) > LEFT:
        return own
    return _by_the_library(own)


def _ends_here(lines: list[str], at: int) -> bool:
    """Whether a quoted mail, a signature or a footer begins at this line."""
    line = lines[at]
    if any(pattern.fullmatch(line) for pattern in _CERTAIN) or _WROTE.fullmatch(line):
        return True
    if _BEGINS_A_WROTE.match(line) and any(_WROTE.fullmatch(" ".join(lines[at : at + more])) for more in (2, 3)):
        return True
    if _HEAD.match(line):  # two lines of a mail's head together
        following = [other for other in lines[at + 1 : at + 4] if other.strip()]
        return any(_HEAD.match(other) for other in following)
    return False


def _by_the_library(own: str) -> str:
    """What `mailparser_reply` leaves; where it leaves nothing, all of it was written."""
    try:
        found = EmailReplyParser(languages=["zh", "en", "ja", "ko", "de", "fr", "es"]).parse_reply(own)
    except (re.error, RecursionError, IndexError, TypeError):
        return own
    return (found or "").strip() or own


def _plain(text: str) -> str:
    """Line breaks of every kind as one; signs that nobody sees left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        sign if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn") else ""
        for sign in text
    )
