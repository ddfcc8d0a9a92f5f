"""What is told of the case itself: its facts, its regulation, what happened."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from models.calendar.instants import local
from models.wording.catalogue import FIRST, catalogue
from tasks.views.telling.words import at, event, short, state, titled, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from tasks.views.story import CaseFacts, CaseStory, EventStory, PinnedRegulation

LATE_ENTRY = timedelta(minutes=1)
"""An event that is recorded so long after it happened was entered late."""


def heading(case: CaseFacts) -> str:
    """Which case, of which kind, in which state and round."""
    kind = words(f"kind.{case.kind}") if f"story.kind.{case.kind}" in catalogue(FIRST) else case.kind
    return " · ".join((case.number, kind, state(case.status), words("round", count=case.round)))


def facts(told: CaseStory, zone: tzinfo) -> Mapping[str, str]:
    """What is known of the case, by the names of the labels; empty what is not."""
    case, rules = told.case, told.regulation
    return {
        "status": state(case.status),
        "level": titled(case.level, case.level_title),
        "department": case.department or "",
        "handler": case.handler or "",
        "party": case.party or "",
        "phone": case.phone or "",
        "item": case.item or "",
        "opened": at(case.opened_at, zone),
        "closed": at(case.closed_at, zone),
        "regulation": f"{rules.title.zh} {rules.title.en}" if rules else "",
    }


def other_facts(case: CaseFacts) -> Iterator[tuple[str, str]]:
    """The fields of the case that have no label, as the regulation calls them."""
    return ((name, short(value)) for name, value in case.shown.items())


def regulation(rules: PinnedRegulation | None) -> str:
    """By which content of which regulation the case is watched."""
    if rules is None:
        return words("unsettled")
    article = (rules.article,) if rules.article else ()
    content = f"{rules.name} v{rules.version}"
    return " · ".join((f"{rules.title.zh} {rules.title.en}", *article, content, rules.content_hash[:12]))


def as_of(told: CaseStory, zone: tzinfo) -> str:
    """At which instant the case stands like this."""
    return f"{local(told.now, zone)} ({told.timezone})"


def happened(one: EventStory, zone: tzinfo, *, with_fields: bool) -> str:
    """One event: when, what, by whom, and whether it was entered late or waits for a sweep."""
    parts = [at(one.at, zone), event(one.name, one.title)]
    if one.by:
        parts.append(f"{words('by')} {one.by}")
    if one.channel:
        parts.append(whence(one))
    if one.recorded_at and one.recorded_at - one.at >= LATE_ENTRY:
        parts.append(f"{words('recorded')} {at(one.recorded_at, zone)}")
    if with_fields:
        parts += [f"{name}={short(value)}" for name, value in one.shown.items()]
    if one.unauthorised is not None:
        parts.append(f"{words('unauthorised')}: {one.unauthorised}")
    elif one.applied_at is None:
        parts.append(f"({words('waits')})")
    if one.retracted_at is not None:
        parts.append(f"{words('retracted')} {at(one.retracted_at, zone)}")
    return " · ".join(parts)


def whence(one: EventStory) -> str:
    """By which door it came, and whether whoever is named has shown to be that person."""
    door = words(f"channel.{one.channel}")
    place = f" {one.place}" if one.channel == "import" and one.place else ""
    if not one.by:
        return f"{door}{place}"
    return f"{door}{place}, {words('verified' if one.verified else 'claimed')}"


def doubt(told: CaseStory) -> str:
    """That the case stands otherwise when it is computed anew; nothing when it does not."""
    computed = told.computed
    if computed is None or computed.status == told.case.status:
        return ""
    return f"{words('computed')}: {state(computed.status)}"
