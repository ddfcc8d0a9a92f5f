"""The few words of the mails that are computed: durations, step names, amounts, in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.vocabulary import CHANNELS
from models.wording.catalogue import FIRST, SECOND, say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from models.language.regulation import Role
    from models.language.vocabulary import Words
    from models.language.words import Text

_UNITS = {
    "zh": ((86400, " 天"), (3600, " 小时"), (60, " 分钟"), (1, " 秒")),
    "en": ((86400, " d"), (3600, " h"), (60, " min"), (1, " s")),
}
_STEPS = {
    "zh": {
        "opens": "开始办理通知",
        "remind": "到期前提醒",
        "due": "到期通知",
        "escalate": "升级催办",
        "slip": "催办单",
    },
    "en": {"opens": "opening", "remind": "reminder", "due": "due", "escalate": "escalation", "slip": "slip"},
}


def said(text: Text | Role | Words, language: str) -> str:
    """A regulation's words in that language; a regulation is written in two, and who reads neither gets the second."""
    words: str = getattr(text, language, text.en)
    return words


def reason(key: str, /, **values: object) -> str:
    """Why something was not told, for the record: `已办理 / met`."""
    return f"{say(FIRST, key, **values)} / {say(SECOND, key, **values)}"


def joined(names: Iterable[str], language: str) -> str:
    """Names one after the other."""
    return say(language, "mail.join").join(names)


def span(length: timedelta, language: str) -> str:
    """`2 天 3 小时`, `2 d 3 h`: the two largest units that are not nothing, of the length without its sign."""
    left = abs(int(length.total_seconds()))
    parts: list[str] = []
    for seconds, unit in _UNITS[language]:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
        if len(parts) == 2 or (parts and not count):  # noqa: PLR2004 -- days and hours, or hours and minutes
            break
    return " ".join(parts) or f"0{_UNITS[language][-1][1]}"


def step_name(step: str, language: str) -> str:
    """A step as the reader calls it; the number of a reminder or an escalation stays with it."""
    name, _, number = step.partition("-")
    shown = _STEPS[language].get(name, step)
    return f"{shown} {number}" if number and name in _STEPS[language] else shown


def channel_name(channel: object, language: str) -> str:
    """The channel of a complaint; one that we do not know is shown as it came."""
    words = CHANNELS.get(str(channel or ""))
    return said(words, language) if words else str(channel or "")


def number(value: float) -> str:
    """`20`, `12.5`: no zeros behind the point."""
    return f"{value:g}"
