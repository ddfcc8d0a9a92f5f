"""In words: the clocks that an event which closed its case left undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.calendar.instants import local
from models.wording.catalogue import FIRST, SECOND, say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from tasks.intake.by_hand import OpenClock


def left_open(clocks: Iterable[OpenClock], zone: tzinfo) -> list[str]:
    """One line for each, in both languages: what was still to be done, and until when."""
    return [f"{_said(clock, FIRST, zone)} ({_said(clock, SECOND, zone)})" for clock in clocks]


def _said(clock: OpenClock, language: str, zone: tzinfo) -> str:
    title = clock.title.zh if language == FIRST else clock.title.en
    if clock.due_at is None:
        return say(language, "record.still_open", title=title)
    return say(language, "record.still_open_until", title=title, due=local(clock.due_at, zone))
