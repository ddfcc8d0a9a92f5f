"""Bring what is stored of a case to what the timeline says: deadlines, and what stands or falls with their state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from models.calendar.instants import from_iso, iso
from models.language.rules import SLIP, Rule
from models.store.bulk import insert_many, update_many
from models.store.schema import (
    cases,
    corrections,
    deadlines,
    derived_events,
    escalations,
    message_items,
    messages,
)
from models.timeline.story import NOTED_BY, RAISED_FROM, SILENT, State
from tasks.engine.penalties import CASE_AMENDED, Ledger
from tasks.record.keys import event_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation
    from models.timeline.story import Deadline, Event, Timeline
    from tasks.engine.troubles import Trouble

AMENDED = "amended"
"""What ended a deadline that the case no longer has."""
Fired = dict[tuple[str, int, str], "datetime"]
"""When each step of a case was last due, of those that fired: (rule, round, step) -> scheduled instant."""


def pending(deadline: Deadline, fired: Fired, now: datetime, rule: Any = None) -> list[tuple[str, str]]:
    """What is still to be told: of a running clock its plan, of an ended one the steps that were due before its end.

    So the record is the same whether a sweep ran at every second or only now. A step that fired already fires again
    only when its instant moved on to a coming one: a pause moves reminders and escalations with the due instant, but
    nothing past is told twice. A step that is told again and again has its next instant after the last one.
    """
    left = []
    for at, step in (*deadline.past, *deadline.plan):
        last = fired.get((deadline.rule, deadline.round, step))
        repeats = step == SLIP or (isinstance(rule, Rule) and rule.again(step) is not None)
        if step in SILENT and at <= now:
            continue
        if last is not None and not (at > last and (repeats or at > now)):
            continue
        left.append((iso(at) or "", step))
    return left


class Reconciler:
    """Collects what a batch of cases has to write, and writes it table by table; `known` ones have deadlines stored."""

    def __init__(self, connection: Connection, known: Collection[int], now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.ledger = Ledger(connection, known, now)
        self.cases: list[dict[str, Any]] = []
        self.fresh: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.judged: list[dict[str, Any]] = []
        self.levels: list[dict[str, Any]] = []
        self.corrected: list[tuple[int, str, int]] = []
        self.unwatched: dict[str, str] = {}
        """What is wrong with cases of the batch, by their numbers."""
        self.to_tell: list[str] = []
        """The cases of which operations have not heard yet."""

    def case(self, case: Row[Any], story: Timeline, trouble: Trouble | None) -> None:
        """The case's own columns."""
        if trouble is not None:
            self._note_trouble(case, trouble.text, is_told=trouble.is_told)
        self.cases.append(
            {
                "id": case.id,
                "status": story.status.value,
                "round": story.round,
                "closed_at": story.closed_at,
                "evaluated_at": self.now,
                "trouble": trouble.text if trouble else None,
            }
        )
        given = case.fields.get(RAISED_FROM, case.level)
        if story.level != case.level:
            kept = {name: value for name, value in case.fields.items() if name != RAISED_FROM}
            raised = {} if story.level == given else {RAISED_FROM: given}
            self.levels.append({"id": case.id, "level": story.level, "fields": {**kept, **raised}})

    def noted(self, case: Row[Any], known: Sequence[Row[Any]], story: Timeline) -> None:
        """What lateness gave is on record, and what the facts no longer bear out is retracted there."""
        stored = {
            (row.name, row.at, row.fields[NOTED_BY], row.fields["round"]): row
            for row in known
            if NOTED_BY in row.fields
        }
        for event in story.noted:
            there = stored.pop((event.name, event.at, event.fields[NOTED_BY], event.fields["round"]), None)
            if there is None:
                self.notes.append(self._note(case.id, event))
            elif there.retracted_at is not None:
                self.judged.append({"id": there.id, "fields": dict(event.fields), "retracted_at": None})
        for row in stored.values():
            if row.retracted_at is None:
                self.judged.append({"id": row.id, "fields": row.fields, "retracted_at": self.now})

    def _note(self, case_id: int, event: Event) -> dict[str, Any]:
        return {
            "case_id": case_id,
            "name": event.name,
            "at": event.at,
            "fields": dict(event.fields),
            "key": event_key(event.name, event.at, None, event.fields),
            "derived_at": self.now,
            "applied_at": self.now,
        }

    def trouble(self, case: Row[Any], error: Exception) -> None:
        """A case that is set aside until somebody mends it."""
        why = str(error) or type(error).__name__
        self._note_trouble(case, why, is_told=True)
        self.cases.append(
            {
                "id": case.id,
                "status": case.status,
                "round": case.round,
                "closed_at": case.closed_at,
                "evaluated_at": self.now,
                "trouble": why,
            }
        )

    def _note_trouble(self, case: Row[Any], why: str, *, is_told: bool) -> None:
        self.unwatched[case.number] = why
        if is_told and case.trouble != why:
            self.to_tell.append(case.number)

    def deadline(
        self, case: Row[Any], deadline: Deadline, old: Row[Any] | None, fired: Fired, rules: Regulation
    ) -> None:
        """A deadline and what hangs on its state."""
        plan = pending(deadline, fired, self.now, rules.rule(deadline.rule))
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
        self.ledger.judge(case, deadline, old, rules)
        if old is not None and deadline.state is State.MET and old.state in (State.BREACHED, State.LATE):
            self.corrected.append((case.id, deadline.rule, deadline.round))

    def gone(self, old: Row[Any]) -> None:
        """A deadline that the case no longer has, because its facts changed."""
        if old.ended_by == AMENDED and old.next_at is None:
            return
        self.changed.append(
            {
                **{
                    name: getattr(old, name)
                    for name in ("starts_at", "opens_at", "due_at", "met_at", "limit", "provisional")
                },
                "id": old.id,
                "state": State.VOID.value,
                "ended_by": AMENDED,
                "next_at": None,
                "plan": [],
                "original_due_at": old.original_due_at,
            }
        )
        self.ledger.withdraw_all(old.case_id, old.rule, old.round, CASE_AMENDED)

    def flush(self) -> None:
        """Write it all."""
        update_many(self.connection, cases, self.cases)
        update_many(self.connection, cases, self.levels)
        insert_many(self.connection, derived_events, self.notes, unless="(case_id, key)")
        update_many(self.connection, derived_events, self.judged)
        insert_many(self.connection, deadlines, self.fresh)
        update_many(self.connection, deadlines, self.changed)
        self.ledger.flush()
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
