"""Why a row is refused: one sentence each that says what to do, in the language of the file's headers."""

from __future__ import annotations

from models.wording.catalogue import say

SHOWN = 200
"""So many characters of an offending cell are quoted."""


class BadRowError(Exception):
    """A row that cannot go in; carries the reason and the words of the row that the sentence needs."""

    def __init__(self, reason: str, **words: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = {name: _shown(word) for name, word in words.items()}

    def sentence(self, language: str) -> str:
        """The reason in that language."""
        return say(language, f"intake.{self.reason}", **self.words)


def _shown(word: object) -> str:
    text = " ".join(str(word).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
