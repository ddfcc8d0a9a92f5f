"""The few words of the mails that are computed: step names, channels, amounts, in each language."""

from __future__ import annotations

from models.wording.catalogue import word


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
