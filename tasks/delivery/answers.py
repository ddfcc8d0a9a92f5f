"""What a server's refusal means for a message: by its code, its enhanced status (RFC 3463), else by its words.

A code of 5xx is no reason to give a mail up where its next attempt may fare better: what a filter refuses today it may
take tomorrow, and a full mailbox is emptied. That a recipient does not exist is for good.
"""

from __future__ import annotations

import re
from enum import StrEnum

PERMANENT = 500
FILTERED = 554
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_FILTER = re.compile(
    r"spam|junk|blacklist|black list|blocklist|block list|reputation|frequency limit|rate limit|too many"
    r"|content (?:denied|rejected|refused)|垃圾|黑名单|频率|内容",
    re.IGNORECASE,
)
_FULL = re.compile(r"(?:mailbox|quota|storage).{0,30}(?:full|exceed)|over ?quota|邮箱已满|容量", re.IGNORECASE)


class Refusal(StrEnum):
    """How a message that was refused goes on."""

    LATER = "later"
    """It is tried again, after the usual waits."""
    SLOWLY = "slowly"
    """It is tried again after long waits: hurrying makes a filter angrier, and no mailbox emptier."""
    NEVER = "never"
    """It is dead."""


def refusal(code: int, words: str) -> Refusal:
    """What an answer of 4xx or 5xx to RCPT or DATA means for its message."""
    if code < PERMANENT:
        return Refusal.LATER
    subject, detail = _status(words)
    if subject == 1:  # an address that is none
        return Refusal.NEVER
    if (subject, detail) == (2, 2) or subject == 7:  # noqa: PLR2004 -- full; security or policy
        return Refusal.SLOWLY
    if subject is None and (code == FILTERED or _FILTER.search(words) or _FULL.search(words)):
        return Refusal.SLOWLY
    return Refusal.SLOWLY if code == FILTERED else Refusal.NEVER


def concerns_domain(words: str) -> bool:
    """Whether a refusal for now is about the system behind the address (X.3) or the way to it (X.4)."""
    return _status(words)[0] in (3, 4)


def _status(words: str) -> tuple[int | None, int | None]:
    found = _STATUS.search(words)
    return (int(found[2]), int(found[3])) if found else (None, None)
