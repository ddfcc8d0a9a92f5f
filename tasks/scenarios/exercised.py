"""Which parts of a regulation a story really exercises: those without which its expectations would not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.packs.cite import HOURS, PAUSES, ROLES, ROUNDS
from models.timeline.story import REOPENED, ROUNDS_EXHAUSTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from models.language.conditions import Match
    from models.language.regulation import Regulation
    from models.language.rules import Duty, Rule
    from models.packs.cite import Provision
    from tasks.scenarios.scenario import ExpectedDeadline, ExpectedPenalty, ExpectedStep, Happening, Story, StoryOpening


def exercised(pack: Regulation, parts: Iterable[Provision], story: Story) -> set[tuple[str, str]]:
    """The parts, as pairs of kind and name, that play a part in what the story expects."""
    look = _Look(pack, story)
    return {(part.kind, part.name) for part in parts if look.plays(part)}


class _Look:
    """One story beside its pack."""

    def __init__(self, pack: Regulation, story: Story) -> None:
        self.pack = pack
        self.story = story
        self.expected = story.expect.rules | {pack.origin(name) for name in story.expect.rules}
        self.happened: list[tuple[str, Mapping[str, Any]]] = [
            *((one.event or pack.opening, one.fields) for one in story.open),
            *((one.event, one.fields) for one in story.events),
        ]
        all_that_happened: tuple[StoryOpening | Happening, ...] = (*story.open, *story.events)
        self.refused = {one.refused for one in all_that_happened if one.refused}
        self.refused |= {
            name
            for gate in pack.gates
            if gate.id in self.refused or gate.id in self.expected
            for name in (gate.counts, gate.not_before, gate.not_after, gate.after)
            if name
        }

    def plays(self, part: Provision) -> bool:
        """Whether an expectation depends on the part."""
        expect = self.story.expect
        if part.name in self.expected or part.name in self.refused:
            return True
        if expect.trouble is not None and expect.trouble in part.clauses:
            return True
        if part.kind == PAUSES:
            pause = self.pack.pauses[int(part.name) - 1]
            return self._happened(pause.start) and bool(expect.rules & set(pause.rules or expect.rules))
        if part.kind == HOURS:
            return bool(expect.deadlines or expect.duties or expect.steps)
        if part.kind == ROUNDS:
            return self._later_round()
        if part.kind == ROLES:
            return part.name in self._people()
        return self._noted(part)

    def _later_round(self) -> bool:
        expect = self.story.expect
        expected: tuple[ExpectedDeadline | ExpectedStep | ExpectedPenalty, ...] = (
            *expect.deadlines,
            *expect.steps,
            *(expect.penalties or ()),
        )
        later = any(one.round > 1 for one in expected)
        over = {rule.id for rule in self.pack.rules if any(match.event == ROUNDS_EXHAUSTED for match in rule.start)}
        began = self._happened(self.pack.rounds.next) or any(name == REOPENED for name, _ in self.happened)
        return began and (later or bool(over & expect.rules) or expect.status is not None)

    def _people(self) -> set[str]:
        """Whoever is told, has to act, pays, acts, or is missed."""
        expect = self.story.expect
        told = {role for step in expect.steps for role in step.to}
        named = {one.responsible for one in expect.duties} | {one.who for one in expect.penalties or ()}
        return told | {*self.story.absent} | {name for name in (*named, *(one.by for one in self.story.events)) if name}

    def _noted(self, part: Provision) -> bool:
        """Of a rule, a duty, a counter or an approval: what it notes on the case, or what decides it."""
        expect = self.story.expect
        approval = next((one for one in self.pack.approvals if one.id == part.name), None)
        if approval is not None:
            decided = any(name in (approval.approve, approval.refuse) for name, _ in self.happened)
            return decided and self._happened(approval.request)
        every: tuple[Rule | Duty, ...] = (*self.pack.rules, *self.pack.duties)
        clocks = [one for one in every if one.id == part.name]
        notes = [(outcome.event, outcome.level) for clock in clocks for outcome in clock.on_late]
        counters = [one for one in self.pack.counters if one.id == part.name]
        notes += [(rung.event or "counted", rung.level) for counter in counters for rung in counter.ladder]
        return any(
            event in expect.noted
            or (level is not None and level == expect.level)
            or (expect.status is not None and event in self.pack.closing)
            for event, level in notes
        )

    def _happened(self, matches: Iterable[Match]) -> bool:
        return any(match.matches(name, fields) for match in matches for name, fields in self.happened)
