"""What a digest says, as plain values in the reader's language: all that its templates may use."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One deadline; texts are empty where there is nothing to say. Instants are local text.

    `owner` is the role that has to act, empty when it is the reader's own; `when` is how late it is or how much time
    is left; `happened` when and how it was escalated.
    """

    case: str
    title: str
    when: str
    subject: str = ""
    do: str = ""
    owner: str = ""
    article: str = ""
    level: str = ""
    department: str = ""
    handler: str = ""
    due_at: str = ""
    link: str = ""
    late: bool = False
    happened: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one kind, the first to do first; `count` says how many there are, `settled` how many are done since."""

    id: str
    count: int
    lines: tuple[Line, ...]
    settled: int = 0

    @property
    def more(self) -> int:
        """How many are counted and not listed."""
        return max(0, self.count - len(self.lines))


@dataclass(frozen=True, slots=True)
class Part:
    """What concerns one manager; `instead_of` is their name when the reader stands in for them."""

    instead_of: str
    sections: tuple[Section, ...]

    def count(self, section: str) -> int:
        """How many deadlines or decisions that section holds."""
        return next((one.count for one in self.sections if one.id == section), 0)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do; that something was settled is worth no mail of its own."""
        return not any(one.count for one in self.sections)


WAITING, LATE, TODAY, TOMORROW, ESCALATED = "waiting", "late", "today", "tomorrow", "escalated"
SECTIONS = (WAITING, LATE, TODAY, TOMORROW, ESCALATED)
"""In the order in which they are read: what to do first comes first."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of one reader for one day; `next_day` is the next working day, `at` when it was gathered."""

    day: str
    next_day: str
    name: str
    at: str
    board: str
    parts: tuple[Part, ...]
    cases: frozenset[str] = field(default_factory=frozenset)
    """The numbers of the cases it links to."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do; that something was settled is worth no mail of its own."""
        return all(part.is_empty for part in self.parts)

    def count(self, section: str) -> int:
        """Over all parts."""
        return sum(part.count(section) for part in self.parts)
