"""What is owed, as the timeline says it, against the penalties that stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.language.limits import DEPARTMENT
from models.language.rules import Rule
from models.timeline.penalties import PAYER
from tasks.audit.finding import NOTHING, PENALTY, Finding, said
from tasks.audit.hindsight import AMENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.timeline.story import Deadline, OwedPenalty
    from tasks.audit.hindsight import Hindsight

_FIGURES = ("amount", "points", "share", "of", "measure", "at")


def penalties(past: Hindsight) -> Iterator[Finding]:
    """Missing, extra, in another sum, for somebody else; one that was withdrawn although it is owed is missing."""
    number = past.dossier.case.number
    left: dict[tuple[str, int, int], list[Any]] = {}
    for row in past.dossier.penalties:
        left.setdefault((row.rule, row.round, row.seq), []).append(row)
    for deadline in past.present.deadlines:
        for seq, who, owed in _owed(past, deadline):
            rows = left.pop((deadline.rule, deadline.round, seq), [])
            place = (number, deadline.rule, deadline.round)
            if not rows:
                yield Finding(PENALTY, *place, expected=_told(owed, who), found=NOTHING)
            for row in rows[1:]:
                yield Finding(PENALTY, *place, expected=NOTHING, found=_stored(row))
            if rows:
                yield from _compare(past, place, rows[0], owed, who)
    for (rule, round_, _seq), rows in left.items():
        for row in rows:
            yield Finding(PENALTY, number, rule, round_, expected=NOTHING, found=_stored(row))


def _owed(past: Hindsight, deadline: Deadline) -> Iterator[tuple[int, str, OwedPenalty]]:
    """What a clock costs: the number of the row, who pays, and the penalty; none where the table has no row for it."""
    rule = past.rules.rule(deadline.rule)
    if not isinstance(rule, Rule) or rule.penalty is None:
        return
    for one in deadline.penalties:
        if any(one.penalty.of(one.level)) or one.penalty.share or one.penalty.measure:
            for place, role in enumerate(one.penalty.charged_to):
                yield one.number + place * PAYER, role, one


def _compare(past: Hindsight, place: tuple[str, str, int], row: Any, owed: OwedPenalty, role: str) -> Iterator[Finding]:
    wanted = figures(owed, owed.level)
    stored = {name: getattr(row, name) for name in _FIGURES}
    notice = past.clocks[place[1], place[2]].due_at is None  # told once, for the level that the case had then
    levels = past.rules.levels if notice else (owed.level,)
    if all(stored != figures(owed, level) for level in levels or (None,)):
        differing = [name for name in _FIGURES if stored[name] != wanted[name]]
        told = [" ".join(said(name, side[name]) for name in differing) for side in (wanted, stored)]
        yield Finding(PENALTY, *place, expected=told[0], found=told[1])
    payers = {payer(past, role, facts) for facts in _versions(past)}
    if row.who not in payers:
        yield Finding(PENALTY, *place, expected=said("who", payers), found=said("who", row.who))


def figures(owed: OwedPenalty, level: str | None) -> dict[str, Any]:
    """The columns of a penalty for a case of that level."""
    penalty = owed.penalty
    amount, points = penalty.of(level)
    measure = f"{penalty.measure.zh} ({penalty.measure.en})" if penalty.measure else None
    share = penalty.share
    return {
        "amount": amount,
        "points": points,
        "share": share.part if share else None,
        "of": share.of if share else None,
        "measure": measure,
        "at": owed.at,
    }


def payer(past: Hindsight, role: str, facts: dict[str, Any]) -> str:
    """The department, the person whom the case names for the role, or else the role."""
    if role == DEPARTMENT:
        return facts.get("department") or role
    named = past.rules.person_named(role, facts)
    return named or (facts.get("handler") if role == "handler" else None) or role


def _versions(past: Hindsight) -> Iterator[dict[str, Any]]:
    """What the case said of people whenever somebody looked: a penalty keeps the payer of its day."""
    yield past.case.facts
    if past.rules.recorders or any(row.name == AMENDED for row in past.events):
        for look in past.looks:
            yield past.known_at(look).facts
            yield past.known_at(look, before=True).facts


def _told(owed: OwedPenalty, role: str) -> str:
    amount, points = owed.penalty.of(owed.level)
    return " ".join((said("amount", amount), said("points", points), said("who", role), said("at", owed.at)))


def _stored(row: Any) -> str:
    return " ".join(said(name, getattr(row, name)) for name in ("amount", "points", "who", "at"))
