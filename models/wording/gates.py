"""Gates in plain words: what a regulation forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.words import is_hole
from models.wording.catalogue import word
from models.wording.permissions import matter_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.permissions import Gate
    from models.wording.speaker import Speaker


def gate_clauses(speak: Speaker, gate: Gate) -> Iterator[str]:
    """What is forbidden, what lifts it, and who is told."""
    event = speak.event(Match(event=gate.guards))
    yield speak.head(gate.title, gate.when, speak.joined(_conditions(speak, gate, event), "semicolon"))
    if gate.unless:
        yield speak.say("gate.unless", events=speak.events(gate.unless))
    forbids = gate.counts or gate.requires or gate.not_before or gate.after
    yield speak.told("gate.refused" if forbids else "gate.late_is_told", gate.flag)


def _conditions(speak: Speaker, gate: Gate, event: str) -> Iterator[str]:
    if gate.counts:
        yield _count(speak, gate, event)
    if gate.requires:
        yield speak.say("gate.requires", event=event, before=speak.events(gate.requires))
    if gate.not_before:
        yield speak.say("gate.not_before", event=event, title=speak.title_of(gate.not_before))
    if gate.not_after:
        yield speak.say("gate.not_after", event=event, title=speak.title_of(gate.not_after))
    if gate.after:
        yield speak.say("gate.after", event=event, title=speak.title_of(gate.after))


def _count(speak: Speaker, gate: Gate, event: str) -> str:
    """How many there may be."""
    if gate.counts == "open_cases":
        return _open_cases(speak, gate, event)
    if gate.counts == "late_cases":
        return _late_cases(speak, gate, event)
    most = speak.figure(gate.at_most)
    if gate.counts == "events":
        return speak.say("gate.times", event=event, most=most)
    counter = next(one for one in speak.regulation.counters if one.id == gate.counts)
    return speak.say("gate.counter", event=event, title=speak.text(counter.title), most=most)


def _open_cases(speak: Speaker, gate: Gate, event: str) -> str:
    kind = word(speak.language, f"vocabulary.kinds.{gate.kind}", gate.kind) if gate.kind else ""
    person, having = matter_words(speak, gate.of), speak.events(gate.having) if gate.having else ""
    if gate.at_most == 0:
        case = speak.say("gate.case_of_kind", kind=kind) if kind else speak.say("case")
        key = "gate.none_open_having" if having else "gate.none_open"
        return speak.say(key, event=event, person=person, case=case, having=having)
    counted = speak.field(gate.quantity) if gate.quantity else speak.say("gate.number_of_cases")
    return speak.say(
        "gate.open_having" if having else "gate.open",
        event=event,
        person=person,
        having=having,
        counted=speak.say("gate.counted_of_kind", kind=kind, counted=counted),
        most=speak.figure(gate.at_most),
    )


def _late_cases(speak: Speaker, gate: Gate, event: str) -> str:
    if is_hole(gate.late_by):
        length = speak.figure(gate.late_by)
    else:
        length = speak.duration(gate.late_by) if parse_duration(gate.late_by).count else ""
    key = "gate.late" if gate.at_most else "gate.none_late"
    return speak.say(
        f"{key}_by" if length else key,
        event=event,
        person=matter_words(speak, gate.of),
        most=speak.figure(gate.at_most),
        length=length,
    )
