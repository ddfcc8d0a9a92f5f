"""Take in what happened: new events become deadlines, in one transaction for each batch of cases.

1. Claim cases that have unapplied events, or were never looked at.
2. Give a case that a foreign program inserted its regulation and its opening event.
3. Flag facts that a gate forbids.
4. Ask the pure timeline; keep of its plan what has not been told yet.
5. Write the deadlines, the penalties that stand or fall with them, and the corrections owed.

A case that makes no sense (its regulation does not exist, say) is set aside with the reason; the others go on.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, bindparam, func, or_, select, union

from models.bulk import insert_many, update_many
from models.database import is_postgresql, upsert
from models.errors import DubanError
from models.instants import from_iso, iso
from models.regulation import Rule
from models.schema import (
    cases,
    corrections,
    deadlines,
    escalations,
    events,
    message_items,
    messages,
    penalties,
)
from models.timeline import FLAGGED, SILENT, Event, State, timeline
from tasks.gates import Guarded, violated
from tasks.keys import event_key
from tasks.registry import Pinned, default_name, register

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar import WorkCalendar
    from models.regulation import Regulation
    from models.settings import Settings
    from models.timeline import Deadline, Timeline

log = logging.getLogger("duban.apply")

BATCH = 500

Fired = dict[tuple[str, int, str], "datetime"]
"""When each step of a case was last due, of those that fired: (rule, round, step) -> scheduled instant."""


class Applied(NamedTuple):
    """How many cases and events a batch took in, and how many cases it could not make sense of."""

    cases: int
    events: int
    troubles: int = 0


def apply_batch(
    connection: Connection, settings: Settings, calendar: WorkCalendar, now: datetime, limit: int = BATCH
) -> Applied:
    """Take in the events of up to `limit` cases whose `at` has come; (0, 0) when nothing is waiting."""
    claimed = _claim(connection, now, limit)
    if not claimed:
        return Applied(0, 0)
    _name_regulations(connection, settings, claimed)
    ids = [case.id for case in claimed]
    history, fresh = _events(connection, ids, now)
    fired = _fired(connection, ids)
    stored = _stored(connection, ids)
    writer = _Writer(connection, now)
    troubles = 0
    for case in claimed:
        try:
            rules = _regulation(connection, settings, case, now, writer)
            known = history[case.id]
            known += _opened(connection, case, rules, known, now)
            facts = {**case.fields, "level": case.level, "department": case.department, "handler": case.handler}
            known += _flagged(connection, case, facts, rules, known, fresh[case.id], calendar, now)
            story = timeline(facts, known, rules, calendar, now)
        except (DubanError, ValueError, TypeError, ArithmeticError) as error:
            log.error("case %s cannot be watched: %s", case.number, error)  # noqa: TRY400 -- one line for operations
            writer.trouble(case, error)
            troubles += 1
            continue
        writer.case(case, story)
        for deadline in story.deadlines:
            old = stored[case.id].pop((deadline.rule, deadline.round), None)
            writer.deadline(case, deadline, old, fired[case.id], rules)
        for old in stored[case.id].values():
            writer.gone(old)
    writer.flush()
    return Applied(len(claimed), _mark_applied(connection, fresh, now), troubles)


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
    query = _CASES.with_for_update(skip_locked=True) if is_postgresql(connection) else _CASES
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


def _regulation(
    connection: Connection, settings: Settings, case: Row[Any], now: datetime, writer: _Writer
) -> Regulation:
    """The content the case was opened under; a case without one gets what is in force now."""
    if case.regulation_id is not None:
        return writer.pinned(case.regulation_id)
    name = case.regulation or default_name(settings, case.kind)
    regulation_id, rules = register(connection, settings, name, now)
    writer.pins.append({"id": case.id, "regulation": rules.regulation, "regulation_id": regulation_id})
    return rules


def _name_regulations(connection: Connection, settings: Settings, claimed: Sequence[Row[Any]]) -> None:
    """Rows of other programs get the default's name before gates count a person's cases, those of later batches too."""
    for kind in {case.kind for case in claimed if case.regulation is None}:
        nameless = (cases.c.kind == kind, cases.c.regulation.is_(None), cases.c.evaluated_at.is_(None))
        connection.execute(cases.update().where(*nameless).values(regulation=default_name(settings, kind)))


def _opened(
    connection: Connection, case: Row[Any], rules: Regulation, known: list[Event], now: datetime
) -> list[Event]:
    """The opening event of a case that came without one."""
    if any(event.name == rules.opening for event in known):
        return []
    return [_note(connection, case.id, Event(rules.opening, case.opened_at), now)]


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
    guarded = {gate.guards for gate in rules.gates}
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


def pending(deadline: Deadline, fired: Fired, now: datetime) -> list[tuple[str, str]]:
    """What is still to be told: of a running clock its plan, of an ended one the steps that were due before its end.

    So the record is the same whether a sweep ran at every second or only now. A step that fired already fires again
    only when its instant moved on to a coming one: a pause moves reminders and escalations with the due instant, but
    nothing past is told twice.
    """
    left = []
    for at, step in (*deadline.past, *deadline.plan):
        last = fired.get((deadline.rule, deadline.round, step))
        if (step in SILENT and at <= now) or (last is not None and not (at > last and at > now)):
            continue
        left.append((iso(at) or "", step))
    return left


STANDING = "(case_id, rule, round) WHERE withdrawn_at IS NULL"
"""Each deadline has at most one standing penalty, whoever notices the overrun first."""


class _Writer:
    """Collects what a batch has to write, and writes it table by table."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.pinned = Pinned(connection)
        self.pins: list[dict[str, Any]] = []
        self.cases: list[dict[str, Any]] = []
        self.fresh: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.penalties: list[dict[str, Any]] = []
        self.pardoned: list[dict[str, Any]] = []
        self.corrected: list[tuple[int, str, int]] = []

    def case(self, case: Row[Any], story: Timeline) -> None:
        """The case's own columns."""
        self.cases.append(
            {
                "id": case.id,
                "status": story.status.value,
                "round": story.round,
                "closed_at": story.closed_at,
                "evaluated_at": self.now,
                "trouble": None,
            }
        )

    def trouble(self, case: Row[Any], error: Exception) -> None:
        """A case that is set aside until somebody mends it."""
        self.cases.append(
            {
                "id": case.id,
                "status": case.status,
                "round": case.round,
                "closed_at": case.closed_at,
                "evaluated_at": self.now,
                "trouble": str(error) or type(error).__name__,
            }
        )

    def deadline(
        self, case: Row[Any], deadline: Deadline, old: Row[Any] | None, fired: Fired, rules: Regulation
    ) -> None:
        """A deadline and what hangs on its state."""
        plan = pending(deadline, fired, self.now)
        values = {
            "starts_at": deadline.starts_at,
            "opens_at": deadline.opens_at,
            "due_at": deadline.due_at,
            "state": deadline.state.value,
            "met_at": deadline.met_at,
            "ended_by": deadline.ended_by,
            "limit": deadline.limit,
            "provisional": deadline.provisional,
            "next_at": from_iso(plan[0][0]) if plan else None,
            "plan": [list(entry) for entry in plan],
        }
        if old is None:
            own = {
                "case_id": case.id,
                "rule": deadline.rule,
                "round": deadline.round,
                "original_due_at": deadline.due_at,
            }
            self.fresh.append(own | values)
        elif any(getattr(old, name) != value for name, value in values.items()):
            original = old.original_due_at or deadline.due_at
            self.changed.append({"id": old.id, **values, "original_due_at": original})
        self._penalty(case, deadline, old, rules)
        if old is not None and deadline.state is State.MET and old.state in (State.BREACHED, State.LATE):
            self.corrected.append((case.id, deadline.rule, deadline.round))

    def _penalty(self, case: Row[Any], deadline: Deadline, old: Row[Any] | None, rules: Regulation) -> None:
        rule = rules.rule(deadline.rule)
        if not isinstance(rule, Rule) or rule.penalty is None:
            return
        if deadline.state in (State.BREACHED, State.LATE) and deadline.due_at is not None:
            row = penalty_row(rule, case, deadline.round, deadline.due_at)
            if row:
                self.penalties.append(row)
        elif old is not None and old.state in (State.BREACHED, State.LATE):
            note = (
                "事后查明按时完成，撤销 (met in time as recorded later)"
                if deadline.state is State.MET
                else ("时限变更，撤销 (the deadline changed)")
            )
            self.pardoned.append({"_case": case.id, "_rule": deadline.rule, "_round": deadline.round, "note": note})

    def gone(self, old: Row[Any]) -> None:
        """A deadline that the case no longer has, because its facts changed."""
        if old.state == State.VOID.value and old.next_at is None:
            return
        self.changed.append(
            {
                **{
                    name: getattr(old, name)
                    for name in ("starts_at", "opens_at", "due_at", "met_at", "limit", "provisional")
                },
                "id": old.id,
                "state": State.VOID.value,
                "ended_by": "amended",
                "next_at": None,
                "plan": [],
                "original_due_at": old.original_due_at,
            }
        )
        note = "案件信息变更，撤销 (the case was amended)"
        self.pardoned.append({"_case": old.case_id, "_rule": old.rule, "_round": old.round, "note": note})

    def flush(self) -> None:
        """Write it all."""
        update_many(self.connection, cases, self.pins)
        update_many(self.connection, cases, self.cases)
        insert_many(self.connection, deadlines, self.fresh)
        update_many(self.connection, deadlines, self.changed)
        if self.pardoned:
            table = penalties.c
            self.connection.execute(
                penalties.update().where(
                    table.case_id == bindparam("_case"),
                    table.rule == bindparam("_rule"),
                    table.round == bindparam("_round"),
                    table.withdrawn_at.is_(None),
                ),
                [{**row, "withdrawn_at": self.now} for row in self.pardoned],
            )
        insert_many(self.connection, penalties, self.penalties, unless=STANDING)
        for case_id, rule, number in self.corrected:
            self._owe_corrections(case_id, rule, number)

    def _owe_corrections(self, case_id: int, rule: str, number: int) -> None:
        """Whoever was mailed that the deadline was missed is owed a word in their next mail."""
        told = (
            select(message_items.c.escalation_id, messages.c.email)
            .join(messages, messages.c.id == message_items.c.message_id)
            .join(escalations, escalations.c.id == message_items.c.escalation_id)
            .where(
                escalations.c.case_id == case_id,
                escalations.c.rule == rule,
                escalations.c.round == number,
                or_(escalations.c.step == "due", escalations.c.step.like("escalate-%")),
                messages.c.state.in_(["sent", "sending", "in_doubt"]),
            )
        )
        owed = [
            {"escalation_id": row[0], "email": row[1], "noted_at": self.now} for row in self.connection.execute(told)
        ]
        insert_many(self.connection, corrections, owed, unless="(escalation_id, email)")


def penalty_row(rule: Rule, case: Any, number: int, due_at: datetime) -> dict[str, Any] | None:
    """What the overrun costs; None when the rule's table says nothing for the case's level."""
    if rule.penalty is None:
        return None
    amount, points = rule.penalty.of(case.level)
    if not amount and not points:
        return None
    charged = rule.penalty.charged_to
    who = case.department if charged == "department" else case.handler if charged == "handler" else charged
    return {
        "case_id": getattr(case, "case_id", None) or case.id,
        "rule": rule.id,
        "round": number,
        "who": who or charged,
        "amount": amount,
        "points": points,
        "at": due_at,
    }
