"""Characters that nobody sees: those that say nothing go, those that turn the order of a line are told.

Letters that are written from right to left turn what follows them too: where they stand among others they are isolated.
"""

from __future__ import annotations

import re
import unicodedata

_NOTHING = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Soft hyphen, joiners, marks, fillers, variation selectors, byte order mark, annotations, tags."""
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
UNSEEN = re.compile(f"[{_NOTHING}]+")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates: what is read is not what is written."""
_STACK = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ISOLATE, _END = "\u2068", "\u2069"


def tidied(text: str) -> str:
    """The text in its composed form (NFC), without characters that say nothing and without stacks of accents."""
    if text.isascii():
        return text
    return _STACK.sub(r"\1", unicodedata.normalize("NFC", UNSEEN.sub("", text)))


def straight(text: str) -> str:
    """The text without characters that turn the order of its line: as it was written, letter after letter."""
    return text if text.isascii() else TURNING.sub("", text)


def turns(text: str) -> bool:
    """Whether the text turns the order of its line."""
    return not text.isascii() and TURNING.search(text) is not None


def isolated(value: object) -> object:
    """A text that would move its neighbours in a line, so marked that it does not; anything else as it is."""
    if not isinstance(value, str) or value.isascii() or hasattr(value, "__html__"):
        return value
    text = TURNING.sub(" ", value)
    return f"{_ISOLATE}{text}{_END}" if _LEFTWARD.search(text) else text
