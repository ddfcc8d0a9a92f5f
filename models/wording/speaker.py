"""What is said of one regulation in one language: sentences, and the parts that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import is_hole
from models.wording.catalogue import say
from models.wording.durations import duration_words
from models.wording.phrases import condition_words, event_words, field_words, level_words, listed, role_words, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.language.conditions import Conditions, Match
    from models.language.durations import Duration
    from models.language.regulation import Regulation, Role
    from models.language.words import Text


class Speaker:
    """Speaks of one regulation in one language."""

    def __init__(self, regulation: Regulation, language: str) -> None:
        self.regulation = regulation
        self.language = language

    def say(self, key: str, /, **places: object) -> str:
        """The sentence `rule.<key>` of the catalogue."""
        return say(self.language, f"rule.{key}", **places)

    def told(self, key: str, roles: tuple[str, ...], /, **places: object) -> str:
        """The sentence `rule.<key>` that says who is told: one role or more, `who`."""
        return self.say(key, who=self.roles(*roles), count=len(roles), **places)

    def head(self, title: Text, when: Conditions, what: str) -> str:
        """The title, in which cases it holds, and what follows."""
        if conditions := self.conditions(when):
            return self.say("head_where", title=self.text(title), conditions=conditions, what=what)
        return self.say("head", title=self.text(title), what=what)

    def text(self, text: Text | Role) -> str:
        """What the regulation has written in two languages."""
        return said(text, self.language)

    def title_of(self, part_id: str) -> str:
        """The title of a rule (or a gate ..); the id where there is none."""
        part = self.regulation.rule(part_id)
        return self.text(part.title) if part else part_id

    def duration(self, value: Duration | str) -> str:
        """A duration in words."""
        return duration_words(str(value), self.language)

    def figure(self, value: object) -> str:
        """A figure, or what is still open."""
        return self.say("still_open", setting=value) if is_hole(value) else str(value)

    def field(self, name: str) -> str:
        """How people call a field."""
        return field_words(name, self.regulation, self.language)

    def level(self, level: str | None) -> str:
        """The title of a level."""
        return level_words(level, self.regulation, self.language)

    def role(self, name: str) -> str:
        """How people call a role."""
        return role_words(name, self.regulation, self.language)

    def roles(self, *names: str) -> str:
        """Roles as they stand in a sentence, joined by and."""
        return listed([self.say("role", role=self.role(name)) for name in names], self.language, "and")

    def conditions(self, conditions: Conditions) -> str:
        """Conditions in words; empty for none."""
        return condition_words(conditions, self.regulation, self.language)

    def event(self, match: Match) -> str:
        """An event in quotation marks, with the conditions on its fields."""
        words = self.say("event", event=event_words(match.event, self.regulation, self.language))
        return self.aside(words, self.conditions(match.where))

    def events(self, matches: Iterable[Match]) -> str:
        """Events, joined by or."""
        return self.listed([self.event(match) for match in matches])

    def listed(self, words: Iterable[str], last: str = "or") -> str:
        """Words in a list, the last one joined by or, and .."""
        return listed(words, self.language, last)

    def joined(self, words: Iterable[str], by: str = "comma") -> str:
        """Words set side by side: `list.comma`, `list.clause` .."""
        return say(self.language, f"list.{by}").join(words)

    def aside(self, words: str, note: str) -> str:
        """The words, with a note in brackets."""
        return self.say("aside", words=words, note=note) if note else words
