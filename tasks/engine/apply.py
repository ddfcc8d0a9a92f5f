"""Take in what happened: new events become deadlines, in one transaction for each batch of cases.

1. Claim cases that have unapplied events, or were never looked at.
2. Give a case that a foreign program inserted its regulation and its opening event.
3. Flag facts that a gate forbids.
4. Ask the pure timeline; keep of its plan what has not been told yet.
5. Write the deadlines, the penalties that stand or fall with them, and the corrections owed.
6. Count anew what the events belong to (`counters.py`).

A case that makes no sense (its regulation does not exist, say) is set aside with the reason; the others go on.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, bindparam, func, or_, select, union

from models.errors import DubanError
from models.store.bulk import update_many
from models.store.database import is_postgresql, upsert
from models.store.schema import cases, deadlines, escalations, events
from models.timeline.duties import KIND as DUTY
from models.timeline.reading import timeline
from models.timeline.story import FLAGGED, Event
from tasks.engine.reconcile import Fired, Reconciler
from tasks.organisation.registry import Pinned
from tasks.record.counters import Touched
from tasks.record.gates import Guarded, violated
from tasks.record.keys import event_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment

log = logging.getLogger("duban.apply")

BATCH = 500


class Applied(NamedTuple):
    """How many cases and events a batch took in, and how many cases it could not make sense of."""

    cases: int
    events: int
    troubles: int = 0


def apply_batch(
    connection: Connection, deployment: Deployment, calendar: WorkCalendar, now: datetime, limit: int = BATCH
) -> Applied:
    """Take in the events of up to `limit` cases whose `at` has come; (0, 0) when nothing is waiting."""
    claimed = _claim(connection, now, limit)
    if not claimed:
        return Applied(0, 0)
    ids = [case.id for case in claimed]
    troubles: dict[int, Exception] = {}
    rules_of = _in_force(connection, deployment, claimed, now, troubles)
    history, fresh = _events(connection, ids, now)
    fired = _fired(connection, ids)
    stored = _stored(connection, ids)
    writer = Reconciler(connection, now)
    touched = Touched(calendar)
    for case in claimed:
        try:
            if case.id in troubles:
                raise troubles[case.id]
            rules = rules_of[case.id]
            known = history[case.id]
            opened = _opened(connection, case, rules, known, now)
            known += opened
            new = fresh[case.id] | {event.id for event in opened}
            facts = {**case.fields, "level": case.level, "department": case.department, "handler": case.handler}
            known += _flagged(connection, case, facts, rules, known, new, calendar, now)
            story = timeline(facts, known, rules, calendar, now)
        except (DubanError, ValueError, TypeError, ArithmeticError) as error:
            log.error("case %s cannot be watched: %s", case.number, error)  # noqa: TRY400 -- one line for operations
            troubles[case.id] = error
            writer.trouble(case, error)
            continue
        writer.case(case, story)
        writer.noted(case, known, story)
        for deadline in story.deadlines:
            old = stored[case.id].pop((deadline.rule, deadline.round), None)
            writer.deadline(case, deadline, old, fired[case.id], rules)
        for old in stored[case.id].values():
            writer.gone(old)
        touched.case(case, rules, known, new, story)
    writer.flush()
    applied = _mark_applied(connection, fresh, now)
    touched.settle(connection, now)
    return Applied(len(claimed), applied, len(troubles))


_NOW = bindparam("now", type_=events.c.at.type)
_IDS: Any = bindparam("ids", expanding=True)
_WAITING = union(
    select(events.c.case_id).where(events.c.applied_at.is_(None), events.c.at <= _NOW),
    select(cases.c.id).where(cases.c.evaluated_at.is_(None), cases.c.opened_at <= _NOW),
).limit(bindparam("limit", type_=Integer))
_CASES = select(cases).where(cases.c.id.in_(_IDS)).order_by(cases.c.id)
_KNOWN = select(*(events.c[name] for name in ("case_id", "name", "at", "fields", "id", "applied_at"))).where(
    events.c.case_id.in_(_IDS), or_(events.c.at <= _NOW, events.c.applied_at.is_not(None))
)
_FIRED = (
    select(
        *(escalations.c[name] for name in ("case_id", "rule", "round", "step")),
        func.max(escalations.c.scheduled_at, type_=escalations.c.scheduled_at.type),
    )
    .where(escalations.c.case_id.in_(_IDS))
    .group_by(*(escalations.c[name] for name in ("case_id", "rule", "round", "step")))
)
_STORED = select(deadlines).where(deadlines.c.case_id.in_(_IDS))
"""Built once: a replay asks them at every instant, and building them costs more than running them."""


def _claim(connection: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Lock the cases that wait to be looked at; those that another sweep holds are left to it."""
    ids = connection.scalars(_WAITING, {"now": now, "limit": limit}).all()
    if not ids:
        return []
    query = _CASES.with_for_update(skip_locked=True, key_share=True) if is_postgresql(connection) else _CASES
    return connection.execute(query, {"ids": ids}).all()


def _events(
    connection: Connection, ids: list[int], now: datetime
) -> tuple[dict[int, list[Event]], dict[int, set[int]]]:
    """What is known of each case: everything applied before, and what has happened by now. Also which of it is new."""
    history: dict[int, list[Event]] = defaultdict(list)
    fresh: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(_KNOWN, {"ids": ids, "now": now}):
        history[row.case_id].append(Event(row.name, row.at, row.fields, row.id))
        if row.applied_at is None:
            fresh[row.case_id].add(row.id)
    return history, fresh


def _fired(connection: Connection, ids: list[int]) -> dict[int, Fired]:
    found: dict[int, Fired] = defaultdict(dict)
    for row in connection.execute(_FIRED, {"ids": ids}):
        found[row.case_id][row.rule, row.round, row.step] = row[4]
    return found


def _stored(connection: Connection, ids: list[int]) -> dict[int, dict[tuple[str, int], Row[Any]]]:
    found: dict[int, dict[tuple[str, int], Row[Any]]] = defaultdict(dict)
    for row in connection.execute(_STORED, {"ids": ids}):
        found[row.case_id][row.rule, row.round] = row
    return found


def _in_force(
    connection: Connection,
    deployment: Deployment,
    claimed: Sequence[Row[Any]],
    now: datetime,
    troubles: dict[int, Exception],
) -> dict[int, Regulation]:
    """The content each case was opened under. What a foreign program left out is filled in: gates count by it."""
    pinned = Pinned(connection)
    registered: dict[str, tuple[int, Regulation]] = {}
    found: dict[int, Regulation] = {}
    completed = []
    for case in claimed:
        own = {"regulation": case.regulation, "regulation_id": case.regulation_id, "party": case.party}
        try:
            if case.regulation_id is None:
                name = case.regulation or deployment.regulations.default_name(case.kind)
                if name not in registered:
                    registered[name] = deployment.regulations.register(connection, name, now)
                own["regulation_id"], found[case.id] = registered[name]
                own["regulation"] = found[case.id].regulation
            else:
                found[case.id] = pinned(case.regulation_id)
                if case.trouble and (filled := _filled_in(connection, deployment, found[case.id], now)):
                    own["regulation_id"], found[case.id] = filled
        except DubanError as error:
            troubles[case.id] = error
        own["party"] = case.party or case.fields.get("customer") or case.fields.get("borrower")
        if any(value != getattr(case, column) for column, value in own.items()):
            completed.append({"id": case.id, **own})
    update_many(connection, cases, completed)
    return found


def _filled_in(
    connection: Connection, deployment: Deployment, rules: Regulation, now: datetime
) -> tuple[int, Regulation] | None:
    """The same regulation with figures that were still open when the case came; None while nobody has set any."""
    if not rules.open_settings:
        return None
    key, newer = deployment.regulations.register(connection, rules.regulation, now)
    filled = newer.version == rules.version and newer.open_settings.keys() < rules.open_settings.keys()
    return (key, newer) if filled else None


def _opened(
    connection: Connection, case: Row[Any], rules: Regulation, known: list[Event], now: datetime
) -> list[Event]:
    """The opening event of a case that came without one."""
    if case.kind == DUTY or any(rules.opens(event.name) for event in known):
        return []
    return [_note(connection, case.id, Event(rules.opening_of(case.kind), case.opened_at), now)]


def _flagged(
    connection: Connection,
    case: Row[Any],
    facts: dict[str, Any],
    rules: Regulation,
    known: list[Event],
    fresh: set[int],
    calendar: WorkCalendar,
    now: datetime,
) -> list[Event]:
    """A note for each new fact that a gate forbids: it happened, and somebody should know."""
    guarded = rules.guarded
    if not guarded:
        return []
    found = []
    for event in sorted(known, key=lambda event: (event.at, event.id)):
        if event.name in guarded and event.id in fresh:
            question = Guarded(case.id, facts, known, event)
            for gate in violated(connection, rules, calendar, question):
                note = Event(FLAGGED, event.at, {"gate": gate.id, "event": event.name})
                found.append(_note(connection, case.id, note, now))
    return found


def _note(connection: Connection, case_id: int, event: Event, now: datetime) -> Event:
    """Append an event that Duban itself adds."""
    key = event_key(event.name, event.at, None, event.fields)
    values = {
        "case_id": case_id,
        "name": event.name,
        "at": event.at,
        "fields": dict(event.fields),
        "recorded_at": now,
        "applied_at": now,
        "key": key,
    }
    statement = upsert(connection, events).values(**values).on_conflict_do_nothing(index_elements=["case_id", "key"])
    connection.execute(statement)
    known = connection.scalar(select(events.c.id).where(events.c.case_id == case_id, events.c.key == key))
    return event._replace(id=known or 0)


def _mark_applied(connection: Connection, fresh: dict[int, set[int]], now: datetime) -> int:
    """Only what was read: an event that came in meanwhile waits for the next batch."""
    rows = [{"id": event_id, "applied_at": now} for ids in fresh.values() for event_id in ids]
    update_many(connection, events, rows)
    return len(rows)
