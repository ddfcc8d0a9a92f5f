"""What a digest says, as plain values in the reader's language: all that its templates may use."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.wording.catalogue import say

WAITING, UNWATCHED, LATE, TODAY, TOMORROW = "waiting", "unwatched", "late", "today", "tomorrow"
ESCALATED = "escalated"
SECTIONS = (WAITING, UNWATCHED, LATE, TODAY, TOMORROW, ESCALATED)
"""In the order in which they are read: what to do first comes first."""


@dataclass(frozen=True, slots=True)
class DigestLine:
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
    review: bool = False
    """Whether it is a statement that waits for its review."""

    def act(self, section: str, language: str) -> str:
        """What the reader is to do about it."""
        if section == UNWATCHED:
            return self.title
        if section == WAITING:
            return say(language, "digest.answer", title=self.title) if self.due_at else self.title
        what = self.do or self.title
        return say(language, "digest.urge", owner=self.owner, what=what) if self.owner else what

    def distance(self, section: str, language: str) -> str:
        """How long it has waited, how late it is, or how much time is left."""
        key = "digest.waits" if section in (WAITING, UNWATCHED) else "mail.late" if self.late else "mail.left"
        return say(language, key, time=self.when)

    def due(self, section: str, language: str) -> str:
        """Until when it is asked for, or when it is due."""
        return say(language, "digest.until" if section == WAITING else "mail.due", due=self.due_at)

    def request(self, language: str) -> str:
        """Why a decision is asked for, and by whom; empty where neither is known."""
        why = say(language, "digest.reason", reason=self.do) if self.do else ""
        by = say(language, "digest.asked_by", name=self.owner) if self.owner else ""
        return _beside(why, by)

    def place(self, language: str) -> str:
        """By which article, in which department, in whose hands."""
        by = say(language, "mail.handled_by", name=self.handler) if self.handler else ""
        return _beside(self.article, self.department, by)


@dataclass(frozen=True, slots=True)
class DigestSection:
    """Lines of one kind, the first to do first; `count` says how many there are, `settled` how many are done since."""

    id: str
    count: int
    lines: tuple[DigestLine, ...]
    settled: int = 0

    @property
    def more(self) -> int:
        """How many are counted and not listed."""
        return max(0, self.count - len(self.lines))

    def heading(self, next_day: str, language: str) -> str:
        """What kind of lines these are, and how many."""
        heading = say(language, f"digest.section.{self.id}", next_day=next_day)
        return say(language, "digest.counted", heading=heading, count=self.count) if self.count else heading

    def rest(self, language: str) -> str:
        """How many there are beside the lines, and how many were settled; empty where that is all."""
        more = say(language, "digest.more", count=self.more) if self.more else ""
        settled = say(language, "digest.settled", count=self.settled) if self.settled else ""
        return " ".join(filter(None, (more, settled)))


@dataclass(frozen=True, slots=True)
class DigestPart:
    """What concerns one manager; `instead_of` is their name when the reader stands in for them."""

    instead_of: str
    sections: tuple[DigestSection, ...]

    def count(self, section: str) -> int:
        """How many deadlines or decisions that section holds."""
        return next((one.count for one in self.sections if one.id == section), 0)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do; that something was settled is worth no mail of its own."""
        return not any(one.count for one in self.sections)


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of one reader for one day; `next_day` is the next working day, `at` when it was gathered."""

    day: str
    next_day: str
    name: str
    at: str
    board: str
    parts: tuple[DigestPart, ...]
    cases: frozenset[str] = field(default_factory=frozenset)
    """The numbers of the cases it links to."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do; that something was settled is worth no mail of its own."""
        return all(part.is_empty for part in self.parts)

    @property
    def asks(self) -> bool:
        """Whether something in it can be answered by reply."""
        return any(self.count(section) for section in SECTIONS if section != UNWATCHED)

    def first(self, *sections: str) -> DigestLine | None:
        """The first line of these sections, which stands as the example of how to answer."""
        found = (line for part in self.parts for one in part.sections if one.id in sections for line in one.lines)
        return next(found, None)

    def count(self, section: str) -> int:
        """Over all parts."""
        return sum(part.count(section) for part in self.parts)

    def headline(self, language: str) -> str:
        """What comes first today."""
        counts = {name: self.count(name) for name in SECTIONS}
        first = "nothing" if self.is_empty else next((name for name in SECTIONS if counts[name]), ESCALATED)
        if first == WAITING and counts[LATE]:
            first = "waiting_and_late"
        return say(language, f"digest.headline.{first}", **counts)

    def outlook(self, language: str) -> str:
        """What falls due today and until the end of the next working day."""
        due = {name: self.count(name) for name in (TODAY, TOMORROW)}
        key = "nothing" if self.is_empty else "due" if any(due.values()) else "free"
        return say(language, f"digest.outlook.{key}", next_day=self.next_day, **due)


def _beside(*texts: str) -> str:
    return " · ".join(filter(None, texts))
