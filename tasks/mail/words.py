"""The few words of the mails that are computed: step names, channels, amounts, in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.catalogue import FIRST, SECOND, say, word

if TYPE_CHECKING:
    from collections.abc import Iterable


def reason(key: str, /, **values: object) -> str:
    """Why something was not told, for the record: `已办理 / met`."""
    return f"{say(FIRST, key, **values)} / {say(SECOND, key, **values)}"


def joined(names: Iterable[str], language: str) -> str:
    """Names one after the other."""
    return say(language, "mail.join").join(names)


def step_name(step: str, language: str) -> str:
    """A step as the reader calls it; the number of a reminder or an escalation stays with it."""
    name, _, number = step.partition("-")
    shown = word(language, f"step.mail.{name}", "")
    return f"{shown} {number}" if shown and number else shown or step


def channel_name(channel: object, language: str) -> str:
    """The channel of a complaint; one that we do not know is shown as it came."""
    name = str(channel or "")
    return word(language, f"vocabulary.channels.{name}", name)


def number(value: float) -> str:
    """`20`, `12.5`: no zeros behind the point."""
    return f"{value:g}"
