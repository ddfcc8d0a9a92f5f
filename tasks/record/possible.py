"""What can be recorded of a case now, and who may: the list from which a form lets people choose.

It is asked of the same judges as `append_event`, without writing: what stands here goes in, what does not is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.packs.findings.names import DERIVED, STANDARD_EVENTS
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import REOPENED, Event
from models.wording.catalogue import FIRST, SECOND
from models.wording.phrases import event_words
from tasks.organisation.registry import pinned
from tasks.record.approvals import Decider, deciders, holding, known_to, pending
from tasks.record.authority import deciding
from tasks.record.cases import history, row_of
from tasks.record.gates import violated
from tasks.record.recording import is_over, may_follow_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory

DUTY_EVENTS = frozenset({"done", "lapsed", "raised"})
"""Standard events that only happen where the regulation speaks of them."""


class PossibleEvent(NamedTuple):
    """An event that can be recorded now; `who` are those who may, empty where everybody may.

    `urgent` says that a running clock waits for it.
    """

    name: str
    zh: str
    en: str
    who: tuple[Decider, ...]
    urgent: bool


class Possible(NamedTuple):
    """What can be recorded of a case, what its clocks wait for first, and the people who act in it."""

    events: tuple[PossibleEvent, ...]
    people: tuple[Decider, ...]


def possible(connection: Connection, deployment: Deployment, number: str, at: datetime) -> Possible:
    """What can be recorded of a case at an instant; UnknownError when there is no such case."""
    row = row_of(connection, number)
    if row.regulation_id is None:
        return Possible((), ())
    rules = pinned(connection, row.regulation_id)
    case = Case.of(row, history(connection, row.id))
    directory = deployment.directory(connection)
    stops = {
        match.event
        for deadline in timeline(case, rules, deployment.calendar, at).deadlines
        if deadline.ended_at is None and deadline.met_at is None
        for match in getattr(rules.rule(deadline.rule), "stops", ())
    }
    found = []
    for name in _names(rules, row.kind):
        event = Event(name, at, {}, 2**62)
        if _is_open_to(case, event, rules) and not violated(connection, rules, deployment.calendar, case, event):
            who = _who(deployment, directory, rules, case, event)
            if who is not None:
                words = (event_words(name, rules, FIRST), event_words(name, rules, SECOND))
                found.append(PossibleEvent(name, *words, who, name in stops))
    found.sort(key=lambda one: (not one.urgent, name_order(one.name, rules)))
    acting = holding(directory, rules, tuple(rules.roles), case.facts, at)
    return Possible(tuple(found), tuple(acting))


def name_order(name: str, rules: Regulation) -> int:
    """The regulation's own events first, in its order."""
    return list(rules.events).index(name) if name in rules.events else len(rules.events)


def _names(rules: Regulation, kind: str) -> Iterator[str]:
    """The events that can happen to a case of that kind after its opening."""
    openings = {rules.opening, *rules.openings}
    spoken = rules.spoken_of
    for name in (*rules.events, *sorted(STANDARD_EVENTS - rules.events.keys())):
        if name in DERIVED or name in openings or not rules.happens(name, kind):
            continue
        if name not in DUTY_EVENTS or name in spoken:
            yield name


def _is_open_to(case: Case, event: Event, rules: Regulation) -> bool:
    """Whether it can follow what has happened: a closed case takes what ends a retention, and is reopened."""
    over = is_over(case, event.at, rules)
    if event.name == REOPENED:
        return over is not None
    return over is None or may_follow_the_end(event.name, rules)


def _who(
    deployment: Deployment, directory: Directory, rules: Regulation, case: Case, event: Event
) -> tuple[Decider, ...] | None:
    """Who may record it; everybody where it decides nothing, None where nobody may now."""
    if event.name not in deciding(rules):
        return ()
    answered = [one for one in known_to(rules, deployment.settings) if event.name in (one.approve, one.refuse)]
    waiting = [one for one in pending(deployment, rules, case, event.at) if one.approval in answered]
    if answered and not waiting:
        return None
    found = [one for asked in waiting for one in deciders(directory, rules, asked, case, event.at)]
    for authority in rules.authorities:
        if event.name in authority.events:
            found += holding(directory, rules, authority.deciders(case.facts), case.facts, event.at)
    return tuple(dict.fromkeys(found))
