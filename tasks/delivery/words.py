"""Why a message is where it is, in the words of the record: both languages, Chinese first."""

from __future__ import annotations

from models.wording.catalogue import FIRST, SECOND, say


def noted(key: str, /, **values: object) -> str:
    """The sentence below `delivery.` in the catalogue: `多次不明，停止重发 / in doubt too often, given up`."""
    return " / ".join(say(language, f"delivery.{key}", **values) for language in (FIRST, SECOND))
