"""Personal and secret things, made harmless before they are shown to whoever may read a listing."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = frozenset({"secret", "confidential", "top_secret", "秘密", "机密", "绝密"})
HIDDEN = "(涉密资料)"
PHONES = frozenset({"phone", "mobile", "telephone", "tel", "电话", "手机", "联系电话"})
"""Fields that hold a phone number and nothing else."""
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
_AREA = r"(\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})"
_LANDLINE = re.compile(rf"(?<![\dA-Za-z.-])(?:\+?86[- ]?)?{_AREA}[- ]?[2-9]\d{{2,3}}[- ]?(\d{{4}})(?![\dA-Za-z])")
"""With its area code: without one it cannot be told from any other number."""
_ADDRESS = re.compile(r"([^\s<>@:,;\"'=(（“/]?)[^\s<>@:,;\"'=(（“/]*@([\w.-]+)")
_MESSAGE_ID = re.compile(r"[0-9a-f]{32}@.*")
"""Of our own mails: by it a message is found again."""


def masked_phone(value: Any) -> str | None:
    """`138****5678`; of a shorter number the first third is left."""
    if value in (None, ""):
        return None
    text = str(value)
    digits = re.sub(r"\D", "", text)
    if found := _MOBILE.fullmatch(text.strip()):
        return f"{found[1]}****{found[2]}"
    if len(digits) >= 10:  # noqa: PLR2004 -- area code and number
        return f"{digits[:3]}****{digits[-4:]}"
    return f"{digits[: len(digits) // 3]}****"


def masked_text(value: Any) -> Any:
    """Free text with the phone numbers in it masked; what is no text stays as it is."""
    return _LANDLINE.sub(r"\1****\2", _MOBILE.sub(r"\1****\2", value)) if isinstance(value, str) else value


def masked_words(words: str) -> str:
    """What may stand in a log, or before everybody who signs in: neither phone numbers nor whole mail addresses."""
    return _ADDRESS.sub(_masked, str(masked_text(words)))


def _masked(address: re.Match[str]) -> str:
    return address[0] if _MESSAGE_ID.fullmatch(address[0]) else f"{address[1]}***@{address[2]}"


class Masking(logging.Filter):
    """Masks whatever a logger is given, the words of other people's errors and of tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, masked."""
        record.msg, record.args = masked_words(record.getMessage()), ()
        if record.exc_info:
            record.exc_text, record.exc_info = masked_words(_PLAIN.formatException(record.exc_info)), None
        return True


_PLAIN = logging.Formatter()
_MASKING = Masking()


def masked_log(name: str) -> logging.Logger:
    """The logger of that name, which lets nothing personal through."""
    log = logging.getLogger(name)
    log.addFilter(_MASKING)  # once, however often
    return log


def is_secret(fields: Mapping[str, Any]) -> bool:
    """Whether the item of these fields may be named only to the cleared."""
    return str(fields.get("secrecy") or "").strip().lower() in SECRET


def masked_item(fields: Mapping[str, Any]) -> str | None:
    """The item of a loan, or what is shown instead of a secret one."""
    item = fields.get("item")
    if item in (None, ""):
        return None
    return HIDDEN if is_secret(fields) else str(item)


def masked_fields(fields: Mapping[str, Any], *, secret: bool = False) -> dict[str, Any]:
    """All fields of a case or event as they may be shown; of a secret case (`secret`) neither item nor purpose."""
    hide = {"item", "purpose", "content"} if secret or is_secret(fields) else set()
    return {
        name: HIDDEN if name in hide else masked_phone(value) if name.lower() in PHONES else masked_text(value)
        for name, value in fields.items()
    }
