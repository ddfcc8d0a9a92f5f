"""What a story expects against what is on record: one line for each difference, saying what is there instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.language.rules import Rule
from models.timeline.story import FLAGGED
from tasks.scenarios.play import DUTY
from tasks.scenarios.scenario import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from sqlalchemy import Row

    from models.language.regulation import Regulation
    from tasks.scenarios.play import Played
    from tasks.scenarios.scenario import (
        ExpectedCase,
        ExpectedDeadline,
        ExpectedNone,
        ExpectedPenalty,
        ExpectedStep,
        Recurring,
        Story,
    )

LAST_SECOND = (23, 59, 59)
CENT = 0.005
OFFICES = {"department"}
"""Payers that are no role."""


class Comparison:
    """The differences of one story."""

    def __init__(self, pack: Regulation, story: Story, played: Played, zone: tzinfo) -> None:
        """Cases go by the story's names; those that Duban opened by the name of their duty."""
        self.pack = pack
        self.story = story
        self.played = played
        self.zone = zone
        self.names = {case_id: name for name, case_id in played.named.items()}
        self.duties = {duty.id for duty in pack.duties}
        self.cases = {row.id: row for row in played.cases}

    def differences(self) -> Iterator[str]:
        """All of them, those of the recording first."""
        expect = self.story.expect
        yield from self.played.failures
        yield from self._deadlines(expect.deadlines)
        yield from self._steps(expect.steps)
        if expect.penalties is not None:
            yield from self._penalties(expect.penalties)
        if expect.duties:
            yield from self._duties(expect.duties)
        yield from self._none(expect.none)
        yield from self._case()

    # -- lists

    def _deadlines(self, expected: tuple[ExpectedDeadline, ...]) -> Iterator[str]:
        wanted = {(one.case, one.rule) for one in expected}
        actual = [row for row in self.played.deadlines if self._meant(row, wanted)]
        for one in expected:
            what = f"deadline {_titled(one)}"
            same = [row for row in actual if self._is(row, one) and row.round == one.round]
            if not same:
                rounds = [f"round {row.round}" for row in actual if self._is(row, one)]
                yield f"{what}: there is none{f' (but {_listed(rounds)})' if rounds else ''}"
                continue
            found = min(same, key=lambda row: self.local(row.due_at) != ended(one.due))
            actual.remove(found)
            yield from self._deadline(what, one, found)
        for row in actual:
            yield f"deadline {self._shown(row)}: not expected: due {self.said(row.due_at)}, {row.state}"

    def _deadline(self, what: str, one: ExpectedDeadline, found: Row[Any]) -> Iterator[str]:
        if self.local(found.due_at) != ended(one.due):
            yield f"{what}: due {said(one.due)} expected, is {self.said(found.due_at)}"
        if one.opens is not None and self.local(found.opens_at) != ended(one.opens):
            yield f"{what}: opens {said(one.opens)} expected, is {self.said(found.opens_at)}"
        if one.state is not None and found.state != one.state.value:
            yield f"{what}: {one.state.value} expected, is {found.state}"
        rule = self.pack.rule(found.rule)
        if not isinstance(rule, Rule):
            return
        if one.responsible is not None and rule.responsible != one.responsible:
            yield f"{what}: {one.responsible} has to act, not {rule.responsible}"
        if one.soft is not None and rule.soft != one.soft:
            yield f"{what}: it is {'soft' if rule.soft else 'strict'}"

    def _steps(self, expected: tuple[ExpectedStep, ...]) -> Iterator[str]:
        wanted = {(one.case, one.rule) for one in expected}
        actual = [row for row in self.played.escalations if self._meant(row, wanted)]
        missing = []
        for one in expected:
            found = next((row for row in actual if self._is_step(row, one) and self._at(row) == ended(one.at)), None)
            if found is None:
                missing.append(one)
                continue
            actual.remove(found)
            yield from self._step(one, found)
        for one in missing:
            other = next((row for row in actual if self._is_step(row, one)), None)
            if other is None:
                yield f"step {one.step} of {_titled(one)}: never fired, expected {said(one.at)}"
                continue
            actual.remove(other)
            yield f"step {one.step} of {_titled(one)}: {said(one.at)} expected, fired {self.said(other.scheduled_at)}"
            yield from self._step(one, other)
        for row in actual:
            yield (
                f"step {row.step} of {self._shown(row)}: not expected: fired {self.said(row.scheduled_at)}"
                f" to {_listed(_roles(row))}"
            )

    def _step(self, one: ExpectedStep, found: Row[Any]) -> Iterator[str]:
        yield from _told(one, found)
        rule = self.pack.rule(found.rule)
        form = rule.form(found.step) if isinstance(rule, Rule) else None
        if one.slip is not None and one.slip != form:
            yield f"step {one.step} of {_titled(one)}: the form {one.slip} expected, is {form or 'none'}"

    def _penalties(self, expected: tuple[ExpectedPenalty, ...]) -> Iterator[str]:
        standing = [row for row in self.played.penalties if row.withdrawn_at is None]
        wanted = {(one.case, one.rule) for one in expected}
        actual = [row for row in standing if not expected or self._meant(row, wanted)]
        missing = []
        for one in expected:
            same = [row for row in actual if self._is(row, one) and row.round == one.round]
            found = next((row for row in same if self._costs(row, one)), None)
            if found is None:
                missing.append(one)
            else:
                actual.remove(found)
        for one in missing:
            same = [row for row in actual if self._is(row, one) and row.round == one.round]
            there = f"is {_cost(same[0])}" if same else "there is none"
            yield f"penalty of {_titled(one)}: {_cost(one)} expected, {there}"
            actual = [row for row in actual if row not in same[:1]]
        for row in actual:
            yield f"penalty of {self._shown(row)}: not expected: {_cost(row)}"

    def _costs(self, row: Row[Any], one: ExpectedPenalty) -> bool:
        """Whether the penalty is the expected one in all that the story names."""
        measure = getattr(row, "measure", None)
        return (
            abs(row.amount - one.amount) < CENT
            and abs(row.points - one.points) < CENT
            and (one.who is None or one.who == row.who or (one.who in OFFICES and row.who == self._department(row)))
            and (one.share is None or abs((getattr(row, "share", None) or 0) - one.share) < CENT)
            and (one.of is None or one.of == row.of)
            and (one.measure is None or one.measure in str(measure))
        )

    def _duties(self, expected: tuple[Recurring, ...]) -> Iterator[str]:
        wanted = {one.duty for one in expected}
        actual = [row for row in self.played.cases if row.kind == DUTY and row.fields.get("duty") in wanted]
        dues = {row.case_id: row for row in self.played.deadlines if row.rule in wanted}
        for one in expected:
            what = f"duty {one.duty} {one.period}"
            same = [
                row for row in actual if (row.fields.get("duty"), row.fields.get("period")) == (one.duty, one.period)
            ]
            found = next((row for row in same if self._holds(row, one)), same[0] if same else None)
            if found is None:
                there = _listed(str(row.fields.get("period")) for row in actual if row.fields.get("duty") == one.duty)
                yield f"{what}: was never opened{f' (but {there})' if there else ''}"
                continue
            actual.remove(found)
            due = dues[found.id].due_at if found.id in dues else None
            if self.local(due) != ended(one.due):
                yield f"{what}: due {said(one.due)} expected, is {self.said(due)}"
            if one.opened is not None and self.local(found.opened_at) != ended(one.opened):
                yield f"{what}: opened {said(one.opened)} expected, was {self.said(found.opened_at)}"
            if one.responsible is not None and one.responsible not in self._holders(found):
                yield f"{what}: {one.responsible} expected, is {_listed(sorted(self._holders(found)))}"
            if one.department is not None and one.department != found.department:
                yield f"{what}: department {one.department} expected, is {found.department}"
        for row in actual:
            yield f"duty {row.fields.get('duty')} {row.fields.get('period')}: not expected"

    def _holds(self, row: Row[Any], one: Recurring) -> bool:
        return (one.responsible is None or one.responsible in self._holders(row)) and (
            one.department is None or one.department == row.department
        )

    def _holders(self, row: Row[Any]) -> set[str]:
        """Who has to do a duty: the person named with it, else whoever was told and their role."""
        if row.fields.get("person"):
            return {str(row.fields["person"])}
        told = {
            name
            for step in self.played.escalations
            if step.case_id == row.id and step.rule == row.fields.get("duty") and step.step == "opens"
            for one in step.recipients
            for name in (one["name"], one["role"])
        }
        return told | ({str(row.handler)} if row.handler else set())

    def _none(self, expected: tuple[ExpectedNone, ...]) -> Iterator[str]:
        standing = [row for row in self.played.penalties if row.withdrawn_at is None]
        kinds = {"deadline": self.played.deadlines, "step": self.played.escalations, "penalty": standing}
        for one in expected:
            for kind, rows in kinds.items():
                there = [row for row in rows if self._is_none(row, one)]
                yield from (f"{kind} of {self._shown(row)}: there has to be none" for row in there)

    def _is_none(self, row: Row[Any], one: ExpectedNone) -> bool:
        if one.case is None:
            return one.rule in (row.rule, self.pack.origin(row.rule))
        return self._is_of(row, one.case, one.rule)

    # -- the case

    def _case(self) -> Iterator[str]:
        expect = self.story.expect
        first = self._first()
        for name in ("status", "level"):
            wanted = getattr(expect, name)
            found = getattr(first, name, None)
            if wanted is not None and found != wanted:
                yield f"{name} of the case: {wanted} expected, is {found}"
        if expect.noted:
            yield from self._notes("by Duban", expect.noted, first)
        for one in expect.cases:
            yield from self._named_case(one)
        if expect.flags is not None:
            flagged = self._flagged()
            if flagged != list(expect.flags):
                yield f"flagged: {_listed(expect.flags) or 'nothing'} expected, is {_listed(flagged) or 'nothing'}"
        if expect.trouble is not None:
            troubles = [str(row.trouble) for row in self.played.cases if row.trouble]
            if not any(expect.trouble in trouble for trouble in troubles):
                yield f"trouble: {expect.trouble} has to be named, there is {_listed(troubles) or 'none'}"

    def _named_case(self, one: ExpectedCase) -> Iterator[str]:
        found = self.cases.get(self.played.named.get(one.case, 0)) or next(
            (row for row in self.played.cases if one.case in self._duty_names(row)), None
        )
        if found is None:
            yield f"case {one.case}: there is none"
            return
        for name in ("status", "level"):
            wanted, there = getattr(one, name), getattr(found, name)
            if wanted is not None and there != wanted:
                yield f"{name} of {one.case}: {wanted} expected, is {there}"
        if one.noted is not None:
            yield from self._notes(f"on {one.case}", one.noted, found)

    def _notes(self, where: str, wanted: tuple[str, ...], case: Row[Any] | None) -> Iterator[str]:
        noted = self._noted(case.id) if case is not None else []
        if noted != list(wanted):
            yield f"noted {where}: {_listed(wanted) or 'nothing'} expected, is {_listed(noted) or 'nothing'}"

    def _flagged(self) -> list[str]:
        """The gates and approvals that flagged a fact, in the order of the facts."""
        found = [
            (entry.at, case_id, self.pack.origin(str(entry.fields.get("gate"))))
            for case_id, known in self.played.events.items()
            for entry in known
            if entry.name == FLAGGED and entry.retracted_at is None
        ]
        return [gate for _, _, gate in sorted(found)]

    def _first(self) -> Row[Any] | None:
        """The case of the story that is meant without a name: the one that was opened first."""
        wanted = self.played.named.get(FIRST, next(iter(self.played.named.values()), None))
        if wanted is None:
            return self.played.cases[0] if self.played.cases else None
        return self.cases.get(wanted)

    def _noted(self, case_id: int) -> list[str]:
        """The events of the case that nobody in the story recorded."""
        recorded = [(name, at) for case, name, at in self.played.recorded if case == case_id]
        found = []
        for entry in self.played.events[case_id]:
            if (entry.name, entry.at) in recorded:
                recorded.remove((entry.name, entry.at))
            elif entry.retracted_at is None:
                found.append(entry.name)
        return found

    # -- which row is meant

    def _meant(self, row: Row[Any], wanted: set[tuple[str, str]]) -> bool:
        return any(self._is_of(row, case, rule) for case, rule in wanted)

    def _is(self, row: Row[Any], one: ExpectedDeadline | ExpectedStep | ExpectedPenalty) -> bool:
        return self._is_of(row, one.case, one.rule)

    def _is_of(self, row: Row[Any], case: str, rule: str) -> bool:
        """A rule in a case of the story; a duty, or a rule in a duty's case, in any of them unless it is named.

        The rungs of a counter and the clocks of an approval go by its name as well.
        """
        if rule not in (row.rule, self.pack.origin(row.rule)):
            return False
        name = self.names.get(row.case_id)
        if name is not None:
            return name == case or (case == FIRST and FIRST not in self.played.named and len(self.names) == 1)
        return case in self._duty_names(self.cases[row.case_id]) or (
            case == FIRST and (rule in self.duties or not self.played.named)
        )

    def _duty_names(self, row: Row[Any]) -> tuple[str, ...]:
        """What a story may call a case that it did not open: the duty, its number, or the person whose it is."""
        return tuple(str(name) for name in (row.fields.get("duty"), row.number, row.handler) if name)

    def _is_step(self, row: Row[Any], one: ExpectedStep) -> bool:
        return self._is(row, one) and row.step == one.step and row.round == one.round

    def _at(self, row: Row[Any]) -> datetime | None:
        return self.local(row.scheduled_at)

    def _department(self, row: Row[Any]) -> str | None:
        department = self.cases[row.case_id].department
        return str(department) if department else None

    def _shown(self, row: Row[Any]) -> str:
        name = self.names.get(row.case_id) or self.cases[row.case_id].number
        return f"{row.rule}{f' round {row.round}' if row.round > 1 else ''}{f' of {name}' if name != FIRST else ''}"

    def local(self, instant: datetime | None) -> datetime | None:
        """As a story writes it."""
        return ended(instant.astimezone(self.zone).replace(tzinfo=None) if instant else None)

    def said(self, instant: datetime | None) -> str:
        """The same as text."""
        return said(self.local(instant))


def ended(instant: datetime | None) -> datetime | None:
    """The end of a day is the beginning of the next one, whichever of the two is written."""
    if instant is not None and (instant.hour, instant.minute, instant.second) == LAST_SECOND:
        return instant.replace(microsecond=0) + timedelta(seconds=1)
    return instant


def said(instant: datetime | None) -> str:
    """An instant of a story, seconds only where there are any."""
    if instant is None:
        return "none"
    return f"{instant:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _told(one: ExpectedStep, row: Row[Any]) -> Iterator[str]:
    """Everybody of the named roles and nobody else; a person may also be named, as whoever a case field names."""
    people = {str(recipient["name"]): {str(recipient["name"]), str(recipient["role"])} for recipient in row.recipients}
    known = {label for labels in people.values() for label in labels}
    right = set(one.to) <= known and all(labels & set(one.to) for labels in people.values())
    if one.to and not right:
        there = _listed(sorted(_roles(row))) or "nobody"
        yield f"step {one.step} of {_titled(one)}: to {_listed(one.to)} expected, was {there}"
    if one.people and set(one.people) != people.keys():
        yield f"step {one.step} of {_titled(one)}: to {_listed(one.people)} expected, was {_listed(sorted(people))}"


def _roles(row: Row[Any]) -> set[str]:
    return {str(recipient["role"]) for recipient in row.recipients}


def _cost(one: ExpectedPenalty | Row[Any]) -> str:
    parts: Mapping[str, Any] = {"yuan": one.amount, "points": one.points}
    words = [f"{value:g} {unit}" for unit, value in parts.items() if value]
    words += [str(value) for name in ("share", "measure") if (value := getattr(one, name, None))]
    return f"{' and '.join(words) or 'nothing'}{f' by {one.who}' if one.who else ''}"


def _titled(one: ExpectedDeadline | ExpectedStep | ExpectedPenalty) -> str:
    case = f" of {one.case}" if one.case != FIRST else ""
    return f"{one.rule}{f' round {one.round}' if one.round > 1 else ''}{case}"


def _listed(words: Iterable[object]) -> str:
    return ", ".join(map(str, words))
