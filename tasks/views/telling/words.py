"""The small words of a story: labels, instants, states, and things with their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.calendar.instants import local
from models.wording.catalogue import FIRST, SECOND, catalogue, say
from models.wording.phrases import event_words, step_title

if TYPE_CHECKING:
    from datetime import datetime, timedelta, tzinfo

    from models.language.words import Text

LONG_TEXT = 300
"""A text is cut after so many signs; `--json` has it whole."""
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def words(key: str, **values: object) -> str:
    """What the story says under that key, in Chinese and in English: `暂定 provisional`."""
    return f"{say(FIRST, f'story.{key}', **values)} {say(SECOND, f'story.{key}', **values)}"


def label(name: str) -> str:
    """What is written before the thing of that name: `级别 level`."""
    return words(f"label.{name}")


def at(instant: datetime | None, zone: tzinfo) -> str:
    """The instant in the organisation's zone; nothing for none."""
    return local(instant, zone) if instant else ""


def titled(name: str | None, title: Text | None) -> str:
    """A thing of the regulation with its id: `重大 major`; nothing for none."""
    return f"{title.zh} {name}" if name and title else name or ""


def state(name: str) -> str:
    """The state of a case, a clock or a mail: `逾期 breached`."""
    word = catalogue(FIRST).get(f"story.state.{name}")
    return f"{word} {name}" if word else name


def event(name: str, title: Text | None = None) -> str:
    """An event: `登记 registered`."""
    return f"{title.zh if title else event_words(name, None, FIRST)} {name}"


def step(name: str) -> str:
    """A step: `到期 due`."""
    return f"{step_title(name, FIRST)} {name}"


def by(who: str | None) -> str:
    """Who did it, as the rest of a sentence."""
    return f" {words('by')} {who}" if who else ""


def short(value: object) -> str:
    """A value on one line, cut when it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONG_TEXT else f"{text[:LONG_TEXT]}…"


def length(span: timedelta) -> str:
    """`2d 3h 5m`, the parts that are not nothing."""
    left = int(span.total_seconds())
    parts: list[str] = []
    for seconds, unit in _UNITS:
        count, left = divmod(left, seconds)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0s"
