"""Subjects and Message-IDs, fixed when a message is decided; one call takes a few microseconds."""

from __future__ import annotations

import hashlib
import re
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from models.wording.catalogue import spoken
from tasks.mail.environment import template

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBJECT_LENGTH = 150
_UNPRINTABLE = re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_DOMAIN = re.compile(r"(?=.{1,200}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def subject(kind: str, language: str, facts: Mapping[str, object]) -> str:
    """The subject of a message of that kind: one line of at most 150 characters, nothing personal in it.

    Facts of an `escalation`: number, title (of the rule), step, level (its title or ""), due (local text or "")
    and late (whether the due instant has passed). A `summary` needs none.
    """
    line = template(f"{kind}/subject.txt").render(facts, language=spoken(language))
    return one_line(line, SUBJECT_LENGTH)


def one_line(text: str, length: int = 200) -> str:
    """The text without line breaks, control and direction characters, cut to so many characters."""
    line = _UNPRINTABLE.sub(" ", text).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def message_id(key: str, mail_from: str) -> str:
    """The Message-ID of the message with that key: the same key gives the same id, so a repeat can be recognised."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{_domain(mail_from)}>"


@lru_cache(maxsize=16)
def _domain(mail_from: str) -> str:
    """The domain we send from; one that fits no header becomes `localhost`."""
    _, sign, domain = parseaddr(mail_from)[1].rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            domain = ""
    return domain if sign and _DOMAIN.fullmatch(domain) else "localhost"
