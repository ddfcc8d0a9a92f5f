"""What regulations say that a statement must know: rules with article and title, what stops them, what closes a case.

Cases keep the content they were opened under; a statement names a rule as the newest content does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select

from models.language.durations import Duration, parse_duration
from models.language.rules import Rule
from models.store.schema import regulations
from models.timeline.penalties import branch, has_cap
from models.timeline.story import REOPENED
from tasks.organisation.registry import pinned
from tasks.statistics.phrases import phrase_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from sqlalchemy.engine import Connection

    from models.language.limits import GiveUp, Penalty
    from models.language.regulation import Regulation
    from tasks.statistics.phrases import Phrase

USUAL_CLOSING = frozenset({"closed", "withdrawn"})
"""What closes a case of which no regulation is known."""
CONTACTS = ("revisited", "second_contact")
"""The events by which the customer judges the result."""


@dataclass(frozen=True)
class CountedRule:
    """One rule of one regulation that a statement counts."""

    regulation: str
    rule: str
    title: Phrase
    article: str
    stops: frozenset[str]
    give_up: GiveUp | None

    @property
    def key(self) -> str:
        """Names it in rows and columns."""
        return f"{self.regulation}/{self.rule}"


@dataclass(frozen=True)
class LendingGate:
    """A gate that closes lending to whoever (a person, a department) has something late by so much."""

    regulation: str
    person: str
    late_by: Duration
    article: str


class Packs:
    """The regulations by name, and their clocks by number."""

    def __init__(self, contents: Iterable[Regulation]) -> None:
        self.contents = {content.regulation: content for content in contents}
        self.names = list(self.contents)
        self.clocks = [
            CountedRule(
                regulation=content.regulation,
                rule=rule.id,
                title=phrase_of(rule.title),
                article=rule.cite.article,
                stops=frozenset(match.event for match in rule.stops),
                give_up=rule.give_up,
            )
            for content in self.contents.values()
            for rule in content.rules
        ]
        self.rules = sorted({clock.rule for clock in self.clocks})
        self._numbers = np.full((len(self.names) + 1, len(self.rules) + 1), -1, dtype=np.int16)
        for number, clock in enumerate(self.clocks):
            self._numbers[self.names.index(clock.regulation), self.rules.index(clock.rule)] = number

    def clock_numbers(self, regulation: NDArray[np.int64], rule: NDArray[np.int64]) -> NDArray[np.int16]:
        """The clock of each pair of places in `names` and `rules`; -1 where there is none."""
        return np.asarray(self._numbers[regulation, rule])

    def stopped_by(self, *events: str) -> NDArray[np.bool_]:
        """For each clock, whether one of these events stops it."""
        return np.array([bool(clock.stops & set(events)) for clock in self.clocks], dtype=bool)

    def contact(self) -> NDArray[np.int64]:
        """For each regulation (and one place more: a case without) which of `CONTACTS` ends a case's path."""
        found = []
        for content in self.contents.values():
            stops = {match.event for rule in content.rules for match in rule.stops}
            found.append(1 if CONTACTS[1] in stops and CONTACTS[0] not in stops else 0)
        return np.array([*found, 0], dtype=np.int64)

    @property
    def closing(self) -> frozenset[str]:
        """Every event that closes a case somewhere."""
        return USUAL_CLOSING | {name for content in self.contents.values() for name in content.closing}

    @property
    def giving_up(self) -> frozenset[str]:
        """Every event that may end trying."""
        return frozenset(clock.give_up.event for clock in self.clocks if clock.give_up)

    @property
    def conditional(self) -> frozenset[str]:
        """Events that open another round or end trying, depending on their fields."""
        following = (match.event for content in self.contents.values() for match in content.rounds.next)
        return self.giving_up | frozenset(following)

    @property
    def turning(self) -> frozenset[str]:
        """Every event at which a case opens or closes, or a clock ends that nothing met."""
        again = (
            match.event
            for content in self.contents.values()
            for rule in content.rules
            if rule.every_start
            for match in rule.start
        )
        return self.closing | self.conditional | frozenset(again) | {REOPENED}

    def suspensions(self) -> list[LendingGate]:
        """The gates that stop lending to whoever is late."""
        return [
            LendingGate(content.regulation, gate.of[0], parse_duration(gate.late_by), gate.cite.article)
            for content in self.contents.values()
            for gate in content.gates
            if gate.counts == "late_cases"
        ]

    def penalty(self, regulation: str, rule: str, seq: int) -> Penalty | None:
        """The penalty from which the one of that number on record comes."""
        content = self.contents.get(regulation)
        found = content.rule(rule) if content else None
        return branch(found.penalty, seq) if isinstance(found, Rule) else None

    @property
    def have_caps(self) -> bool:
        """Whether a regulation gives a sum of yuan that is charged a month at most."""
        return any(has_cap(content) for content in self.contents.values())

    def level_titles(self) -> dict[str, Phrase]:
        """Titles of levels by id, in the order of severity that the regulations give."""
        titles: dict[str, Phrase] = {}
        for content in self.contents.values():
            for level, title in content.levels.items():
                titles.setdefault(level, phrase_of(title))
        return titles


def read_packs(connection: Connection, regulation: str = "") -> Packs:
    """The newest content of every regulation that ever had a case (of that one alone when it is named)."""
    newest = select(func.max(regulations.c.id)).group_by(regulations.c.name).order_by(regulations.c.name)
    if regulation:
        newest = newest.where(regulations.c.name == regulation)
    return Packs(pinned(connection, found) for found in connection.scalars(newest).all())
