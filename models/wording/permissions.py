"""Approvals, authorities and counters in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.words import is_hole
from models.wording.catalogue import word
from models.wording.limits import limit_words
from models.wording.penalties import payer_words
from models.wording.steps import step_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.permissions import Approval, Authority, Counter, Rung
    from models.wording.speaker import Speaker


def matter_words(speak: Speaker, of: tuple[str, ...]) -> str:
    """What is to be the same in all that is counted: a case, a role, a field."""
    names = [
        speak.say("case")
        if name == "case"
        else speak.role(name)
        if name in speak.regulation.roles
        else speak.field(name)
        for name in of
    ]
    return speak.listed(names, "and")


def approval_clauses(speak: Speaker, approval: Approval) -> Iterator[str]:
    """What is decided, who decides it, and by when."""
    who = [speak.aside(speak.roles(one.role), speak.conditions(one.when)) for one in approval.by]
    people = speak.listed(who, "in_turn" if approval.in_turn else "else")
    key = "approval.decided_in_turn" if approval.in_turn else "approval.decided"
    decided = speak.say(key, asked=speak.events(approval.request), people=people)
    yield speak.head(approval.title, approval.when, decided)
    approve, refuse = (speak.event(Match(event=event)) for event in (approval.approve, approval.refuse))
    yield speak.say("approval.answers", approve=approve, refuse=refuse)
    if approval.within:
        limits = speak.joined(limit_words(speak, limit) for limit in approval.within)
        yield speak.say("approval.within", limits=limits)
    clock = speak.regulation.approval_clock(approval.id, approval.by[0].role)
    for name, (distance, roles) in clock.steps().items():
        if distance is not None and not (name == "due" and not approval.escalate):
            yield step_words(speak, name, distance, roles)
    if approval.guards:
        yield speak.say("approval.needed", event=speak.event(Match(event=approval.guards)))


def authority_clauses(speak: Speaker, authority: Authority) -> Iterator[str]:
    """Who alone decides, and in which cases."""
    who = [speak.aside(speak.roles(one.role), speak.conditions(one.when)) for one in authority.by]
    events = speak.listed((speak.event(Match(event=event)) for event in authority.events), "and")
    decided = speak.say("authority.decided", events=events, people=speak.listed(who))
    yield speak.head(authority.title, authority.when, decided)
    yield speak.say("authority.refused")


def counter_clauses(speak: Speaker, counter: Counter) -> Iterator[str]:
    """What is counted, and what follows at which count."""
    period, key = _period(speak, counter), "sum" if counter.quantity else "distinct" if counter.distinct else "times"
    counted = speak.say(
        "counter.in_a_row" if counter.consecutive else f"counter.{key}_within" if period else f"counter.{key}",
        matter=matter_words(speak, counter.of),
        events=speak.events(counter.counts),
        period=period,
        field=speak.field(field) if (field := counter.quantity or counter.distinct) else "",
    )
    yield speak.head(counter.title, counter.when, counted)
    for rung in counter.ladder:
        yield _rung(speak, rung)
    if counter.highest:
        yield speak.say("counter.highest")


def _period(speak: Speaker, counter: Counter) -> str:
    """In which time it is counted; nothing where that does not matter."""
    window = counter.window
    if window is None:
        return ""
    if period := word(speak.language, f"period.within.{window}", ""):
        return period
    length = speak.figure(window) if is_hole(window) else speak.duration(window)
    return speak.say("counter.within", length=length)


def _rung(speak: Speaker, rung: Rung) -> str:
    parts = [speak.told("counter.told", rung.to)]
    if rung.do:
        parts.append(speak.text(rung.do))
    if rung.event:
        parts.append(speak.event(Match(event=rung.event)))
    if rung.level:
        parts.append(speak.say("counter.level", level=speak.level(rung.level)))
    if rung.penalty:
        parts.append(payer_words(speak, rung.penalty))
    follows = speak.joined(parts, "clause")
    if rung.requires:
        follows = speak.say("counter.after", events=speak.events(rung.requires), follows=follows)
    key = "each" if rung.from_ == 1 else "rung" if rung.at is not None else "rung_from"
    return speak.say(f"counter.{key}", figure=speak.figure(rung.count), follows=follows)
