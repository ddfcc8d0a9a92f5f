"""Bring what is stored of a case to what the timeline says: deadlines, and what stands or falls with their state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from models.calendar.instants import from_iso, iso
from models.language.rules import SLIP, Rule
from models.store.bulk import insert_many, update_many
from models.store.schema import cases, corrections, deadlines, escalations, events, message_items, messages, penalties
from models.timeline.story import NOTED_BY, RAISED_FROM, RETRACTED, SILENT, State
from tasks.engine.penalties import STANDING, rows_of
from tasks.record.keys import event_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation
    from models.timeline.story import Deadline, Event, Timeline

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
    """Collects what a batch of cases has to write, and writes it table by table."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.cases: list[dict[str, Any]] = []
        self.fresh: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.penalties: list[dict[str, Any]] = []
        self.pardoned: list[dict[str, Any]] = []
        self.fewer: list[tuple[dict[str, Any], list[int]]] = []
        self.notes: list[dict[str, Any]] = []
        self.renamed: list[dict[str, Any]] = []
        self.levels: list[dict[str, Any]] = []
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
                "trouble": story.trouble,
            }
        )
        given = case.fields.get(RAISED_FROM, case.level)
        if story.level != case.level:
            kept = {name: value for name, value in case.fields.items() if name != RAISED_FROM}
            raised = {} if story.level == given else {RAISED_FROM: given}
            self.levels.append({"id": case.id, "level": story.level, "fields": {**kept, **raised}})

    def noted(self, case: Row[Any], known: Sequence[Event], story: Timeline) -> None:
        """The record keeps what Duban itself noted; what proves to be none is kept under another name."""
        stored = {}
        for event in known:
            if NOTED_BY in event.fields:
                name = event.fields.get("event", event.name)
                stored[name, event.at, event.fields[NOTED_BY], event.fields["round"]] = event
        for event in story.noted:
            there = stored.pop((event.name, event.at, event.fields[NOTED_BY], event.fields["round"]), None)
            if there is not None and there.name == RETRACTED:
                self.renamed.append({"id": there.id, "name": event.name, "fields": dict(event.fields)})
            elif there is None:
                self.notes.append(self._note(case.id, event))
        for (name, *_), event in stored.items():
            if event.name != RETRACTED:
                self.renamed.append({"id": event.id, "name": RETRACTED, "fields": {**event.fields, "event": name}})

    def _note(self, case_id: int, event: Event) -> dict[str, Any]:
        return {
            "case_id": case_id,
            "name": event.name,
            "at": event.at,
            "fields": dict(event.fields),
            "recorded_at": self.now,
            "applied_at": self.now,
            "key": event_key(event.name, event.at, None, event.fields),
        }

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
        self._penalty(case, deadline, old, rules)
        if old is not None and deadline.state is State.MET and old.state in (State.BREACHED, State.LATE):
            self.corrected.append((case.id, deadline.rule, deadline.round))

    def _penalty(self, case: Row[Any], deadline: Deadline, old: Row[Any] | None, rules: Regulation) -> None:
        rule = rules.rule(deadline.rule)
        if not isinstance(rule, Rule) or rule.penalty is None:
            return
        owed = rows_of(deadline.charges, rule, case, deadline.round, rules)
        self.penalties += owed
        if old is None or old.state not in (State.BREACHED, State.LATE):
            return
        # what is owed for another due instant is owed anew: in its own month
        late = deadline.state in (State.BREACHED, State.LATE) and deadline.due_at == old.due_at
        if late and rule.penalty.is_plain:
            return
        note = (
            "事后查明按时完成，撤销 (met in time as recorded later)"
            if deadline.state is State.MET
            else ("时限变更，撤销 (the deadline changed)")
        )
        found = {"_case": case.id, "_rule": deadline.rule, "_round": deadline.round, "note": note}
        if late:
            self.fewer.append(
                ({**found, "note": "逾期较短，撤销 (less late than it seemed)"}, [row["seq"] for row in owed])
            )
        else:
            self.pardoned.append(found)

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
        note = "案件信息变更，撤销 (the case was amended)"
        self.pardoned.append({"_case": old.case_id, "_rule": old.rule, "_round": old.round, "note": note})

    def flush(self) -> None:
        """Write it all."""
        update_many(self.connection, cases, self.cases)
        update_many(self.connection, cases, self.levels)
        insert_many(self.connection, events, self.notes, unless="(case_id, key)")
        update_many(self.connection, events, self.renamed)
        insert_many(self.connection, deadlines, self.fresh)
        update_many(self.connection, deadlines, self.changed)
        table = penalties.c
        withdrawn = penalties.update().where(
            table.case_id == bindparam("_case"),
            table.rule == bindparam("_rule"),
            table.round == bindparam("_round"),
            table.withdrawn_at.is_(None),
        )
        if self.pardoned:
            self.connection.execute(withdrawn, [{**row, "withdrawn_at": self.now} for row in self.pardoned])
        for row, kept in self.fewer:
            self.connection.execute(withdrawn.where(table.seq.not_in(kept)), {**row, "withdrawn_at": self.now})
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
