"""The parts of a sentence about one regulation in one language: events, roles, durations, conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import is_hole
from models.wording.phrases import condition_words, duration_words, event_words, listed, pick, role_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.language.conditions import Conditions, Match
    from models.language.durations import Duration
    from models.language.regulation import Regulation
    from models.language.words import Text


class Speaker:
    """The parts of a sentence in one language."""

    def __init__(self, regulation: Regulation, language: str) -> None:
        self.regulation = regulation
        self.language = language

    def say(self, zh: str, en: str) -> str:
        """One of two wordings."""
        return pick(self.language, (zh, en))

    def title(self, title: Text, when: Conditions) -> str:
        """The title as the head of a sentence, and in which cases it holds."""
        spoken = self.conditions(when)
        where = self.say(f"{spoken}的，", f"where {spoken}, ") if spoken else ""
        return self.say(f"{title.zh}：", f"{title.en}: ") + where

    def duration(self, value: Duration | str) -> str:
        """A duration in words."""
        return duration_words(str(value), self.language)

    def figure(self, value: object) -> str:
        """A figure, or what is still open."""
        return self.say(f"（待定 {value}）", f"(still open: {value})") if is_hole(value) else str(value)

    def roles(self, *names: str) -> str:
        """Roles in words, joined by and."""
        spoken = [self.say("", "the ") + role_words(name, self.regulation, self.language) for name in names]
        return listed(spoken, self.language, ("和", " and "))

    def told(self, roles: tuple[str, ...], verb: str) -> str:
        """That these roles are told (reminded ..), as an English clause."""
        return f"{self.roles(*roles)} {'is' if len(roles) == 1 else 'are'} {verb}"

    def conditions(self, conditions: Conditions) -> str:
        """Conditions in words; empty for none."""
        return condition_words(conditions, self.regulation, self.language)

    def event(self, match: Match) -> str:
        """An event in quotation marks, with the conditions on its fields."""
        words = f"“{event_words(match.event, self.regulation, self.language)}”"
        return self.aside(words, self.conditions(match.where))

    def events(self, matches: Iterable[Match]) -> str:
        """Events, joined by or."""
        return listed([self.event(match) for match in matches], self.language)

    def aside(self, words: str, note: str) -> str:
        """The words, with a note in brackets."""
        return words + self.say(f"（{note}）", f" ({note})") if note else words
