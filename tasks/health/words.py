"""Words in both languages at once: sentences of the catalogue with lengths and names as each language says them."""

from __future__ import annotations

from datetime import timedelta

from models.language.words import Text
from models.wording.catalogue import FIRST, SECOND, say
from models.wording.durations import elapsed_words
from models.wording.phrases import said

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


def in_both(key: str, /, **values: object) -> Text:
    """A sentence in Chinese and English; a length of time or a `Text` among the values is said in each."""
    zh, en = (
        say(language, key, **{name: _said(value, language) for name, value in values.items()})
        for language in (FIRST, SECOND)
    )
    return Text(zh=zh, en=en)


def _said(value: object, language: str) -> object:
    if isinstance(value, timedelta):
        return elapsed_words(value, language)
    return said(value, language) if isinstance(value, Text) else value


def joined(parts: list[Text], joint: str = " · ") -> Text:
    """Several sentences as one, in each language."""
    return Text(zh=joint.join(part.zh for part in parts), en=joint.join(part.en for part in parts))


def plain(words: str) -> Text:
    """What reads the same in both languages: a number, a name."""
    return Text(zh=words, en=words)


def size(count: int) -> str:
    """`12.3 MB`, as disks are sold: in steps of a thousand."""
    shown, unit = float(count), 0
    while shown >= _STEP and unit < len(_UNITS) - 1:
        shown, unit = shown / _STEP, unit + 1
    return f"{shown:.0f} {_UNITS[unit]}" if not unit or shown >= _STEP / 10 else f"{shown:.1f} {_UNITS[unit]}"
