"""Notices: deadlines that only tell of something (a gate passed all the same, a count reached) and never fall due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.language.conditions import holds
from models.language.limits import branches
from models.timeline.rounds import last_end
from models.timeline.story import FLAGGED, Deadline, Event, OwedPenalty, Planned, State, matches_any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from models.language.rules import Rule


def of_gate(gate: Gate, events: Sequence[Event], regulation: Regulation) -> list[Deadline]:
    """What arrived although the gate forbids it: told once to whoever the gate names, over when the case is.

    What is wrong with the closing itself is told all the same.
    """
    found = [event for event in events if event.name == FLAGGED and event.fields.get("gate") == gate.id]
    notices = [_notice(gate.id, number, event) for number, event in enumerate(found, 1)]
    ended = last_end(events, regulation)
    return [_over(item, ended) if ended and item.starts_at < ended.at else item for item in notices]


def of_rung(rung: Rule, events: Sequence[Event], regulation: Regulation, facts: Mapping[str, Any]) -> list[Deadline]:
    """What a counter has to tell of the case: each note once; it is over when the case is, unless it came later."""
    penalty = next((one for one in branches(rung.penalty) if holds(one.when, facts)), None)
    notices = [
        replace(
            _notice(rung.id, number, event),
            penalties=(OwedPenalty(0, event.at, penalty, facts.get("level")),) if penalty else (),
        )
        for number, event in enumerate((event for event in events if matches_any(event, rung.start)), 1)
    ]
    ended = last_end(events, regulation)
    return [_over(item, ended) if ended and item.starts_at < ended.at else item for item in notices]


def _notice(rule: str, number: int, event: Event) -> Deadline:
    return Deadline(
        rule=rule,
        round=number,
        starts_at=event.at,
        opens_at=event.at,
        due_at=None,
        state=State.OPEN,
        plan=(Planned(event.at, "opens"),),
    )


def _over(notice: Deadline, ended: Event) -> Deadline:
    """Ended with the case; what had begun before is told all the same."""
    past = notice.plan if notice.starts_at < ended.at else ()
    return replace(notice, state=State.VOID, ended_at=ended.at, ended_by=ended.name, plan=(), past=past)
