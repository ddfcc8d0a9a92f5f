"""The clocks of a case and the case's own columns, as stored, against the timeline."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from models.calendar.instants import from_iso, iso
from models.timeline.story import RAISED_FROM, State
from models.timeline.unwatched import misread, unwatched
from models.wording.troubles import both_languages, misread_words, unwatched_words
from tasks.audit.finding import EXTRA, INSTANT, MISSING, NOTHING, STATE, Finding, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Row

    from models.timeline.story import Deadline
    from tasks.audit.hindsight import Hindsight

GONE = "amended"
"""What ended a clock that the case no longer has, because its facts changed."""
_INSTANTS = ("starts_at", "opens_at", "due_at", "met_at")
_WORDS = ("ended_by", "limit", "provisional")


def case_columns(past: Hindsight) -> Iterator[Finding]:
    """Status, round, closing, level and trouble of the case."""
    row, story = past.dossier.case, past.present
    expected = {"status": story.status.value, "round": story.round, "closed_at": story.closed_at, "level": story.level}
    for name, value in expected.items():
        if getattr(row, name) != value:
            kind = INSTANT if name == "closed_at" and None not in (value, row.closed_at) else STATE
            yield Finding(kind, row.number, expected=said(name, value), found=said(name, getattr(row, name)))
    if story.level == row.fields.get(RAISED_FROM, story.level) and RAISED_FROM in row.fields:
        yield Finding(
            STATE, row.number, expected=said(RAISED_FROM, None), found=said(RAISED_FROM, row.fields[RAISED_FROM])
        )
    if (wrong := trouble(past)) != row.trouble:
        yield Finding(STATE, row.number, expected=said("trouble", wrong), found=said("trouble", row.trouble))


def trouble(past: Hindsight) -> str | None:
    """Why the case cannot be (wholly) watched."""
    case, rules, story = past.case, past.rules, past.present
    found = [story.trouble] if story.trouble else []
    found += [misread_words(*one, rules) for one in misread(case, rules, past.calendar)]
    lacking = unwatched(case, rules, past.calendar, story)
    if lacking is not None:
        found.append(unwatched_words(lacking.fields, lacking.events, rules))
    return both_languages(found) if found else None


def clocks(past: Hindsight) -> Iterator[Finding]:
    """Every stored clock, and those that are not stored."""
    number = past.dossier.case.number
    left = {(row.rule, row.round): row for row in past.dossier.deadlines}
    told = _last_told(past)
    for place, deadline in past.clocks.items():
        row = left.pop(place, None)
        if row is None:
            yield Finding(MISSING, number, *place, expected=said("state", deadline.state), found=NOTHING)
        else:
            yield from _compare(number, row, deadline, told, past.now)
    for place, row in left.items():
        if (row.state, row.ended_by, row.next_at, row.plan) != (State.VOID, GONE, None, []):
            yield Finding(EXTRA, number, *place, expected=NOTHING, found=said("state", row.state))


def _last_told(past: Hindsight) -> dict[tuple[str, int, str], datetime]:
    found: dict[tuple[str, int, str], datetime] = {}
    for row in past.dossier.escalations:
        key = (row.rule, row.round, row.step)
        found[key] = max(found.get(key, row.scheduled_at), row.scheduled_at)
    return found


def _compare(
    number: str, row: Row[Any], deadline: Deadline, told: dict[tuple[str, int, str], datetime], now: datetime
) -> Iterator[Finding]:
    place = (number, deadline.rule, deadline.round)
    if row.state != deadline.state.value:
        yield Finding(STATE, *place, expected=said("state", deadline.state), found=said("state", row.state))
    for kind, names in ((INSTANT, _INSTANTS), (STATE, _WORDS)):
        for name in names:
            if getattr(row, name) != getattr(deadline, name):
                yield Finding(
                    kind, *place, expected=said(name, getattr(deadline, name)), found=said(name, getattr(row, name))
                )
    coming = _coming(deadline, told, now)
    stored = [(at, step) for at, step in row.plan if at > (iso(now) or "")]
    if coming != stored:
        yield from _differing_plan(place, coming, stored)
    first = min([from_iso(row.plan[0][0])] if row.plan else [], default=None)
    if row.next_at != first:
        yield Finding(INSTANT, *place, expected=said("next_at", first), found=said("next_at", row.next_at))


def _coming(deadline: Deadline, told: dict[tuple[str, int, str], datetime], now: datetime) -> list[tuple[str, str]]:
    """What is still to happen: what comes after now, and was not told with a later instant already."""
    found = []
    for at, step in (*deadline.past, *deadline.plan):
        last = told.get((deadline.rule, deadline.round, step))
        if at > now and (last is None or at > last):
            found.append((iso(at) or "", step))
    return found


def _differing_plan(
    place: tuple[str, str, int], coming: list[tuple[str, str]], stored: list[tuple[str, str]]
) -> Iterator[Finding]:
    """Each step whose planned instants differ."""
    instants: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, plan in enumerate((coming, stored)):
        for at, step in plan:
            instants[step][side].append(at)
    for step, (wanted, found) in instants.items():
        if wanted != found:
            kind = MISSING if not found else EXTRA if not wanted else INSTANT
            yield Finding(kind, *place, step, said("plan", wanted), said("plan", found))
    if all(wanted == found for wanted, found in instants.values()):
        yield Finding(
            INSTANT,
            *place,
            expected=said("plan", [step for _, step in coming]),
            found=said("plan", [step for _, step in stored]),
        )
