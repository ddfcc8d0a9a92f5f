"""A case's story as data: each clock, why it started, what counted, what fired, to whom, under which article.

The clocks are computed anew with the pure timeline from the events that were taken in; what the record says stands
beside them. Instants are aware UTC datetimes, personal data is masked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.calendar.instants import from_iso
from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.rules import Rule
from models.store.schema import cases, corrections, deadlines, escalations, message_items, messages, penalties
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import RAISED_FROM, RESUME, Deadline, Event
from tasks.organisation.masking import is_secret, masked_fields, masked_item, masked_phone
from tasks.organisation.registry import pinned
from tasks.record.cases import Entry, entries
from tasks.views.elapsed import counted_seconds, spans
from tasks.views.listing import case_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.limits import Limit
    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from models.language.words import Text
    from tasks.organisation.deployment import Deployment

Key = tuple[str, int]
"""A deadline of the case: rule and round."""


def story(
    connection: Connection, deployment: Deployment, number: str, *, now: datetime, at_least_known: bool = True
) -> dict[str, Any]:
    """Everything there is to tell about the case as it stands at `now`; UnknownError when there is none.

    With `at_least_known`, `now` moves on to the last instant that the record knows: a replay may have carried the
    case past the clock on the wall.
    """
    case = connection.execute(select(cases).where(cases.c.id == case_id(connection, number))).one()
    record = _Record.read(connection, case.id)
    if at_least_known:
        now = max([now, *([case.evaluated_at] if case.evaluated_at else []), *record.instants()])
    rules = pinned(connection, case.regulation_id) if case.regulation_id is not None else None
    told = _Telling(case, record, rules, deployment.calendar, now) if rules else None
    found = told.computed() if told else None
    return {
        "now": now,
        "timezone": deployment.settings.timezone,
        "case": _case(case, rules),
        "computed": found and {"status": str(found.status), "round": found.round, "closed_at": found.closed_at},
        "regulation": _regulation(rules),
        "events": [_event(row, rules, secret=is_secret(case.fields)) for row in record.events],
        "waiting": sum(row.applied_at is None for row in record.events),
        "clocks": told.clocks(found.deadlines) if told and found else [],
    }


def _case(case: Row[Any], rules: Regulation | None) -> dict[str, Any]:
    level = rules.levels.get(case.level) if rules else None
    own = {
        RAISED_FROM,
        "item",
        "phone",
        "number",
        "level",
        "department",
        "handler",
        "regulation",
        "customer",
        "borrower",
    }
    return {
        "number": case.number,
        "kind": case.kind,
        "regulation": case.regulation,
        "status": case.status,
        "round": case.round,
        "level": case.level,
        "level_title": _both(level),
        "department": case.department,
        "handler": case.handler,
        "party": case.party,
        "phone": masked_phone(case.fields.get("phone")),
        "item": masked_item(case.fields),
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "evaluated_at": case.evaluated_at,
        "fields": {name: value for name, value in masked_fields(case.fields).items() if name not in own},
    }


def _regulation(rules: Regulation | None) -> dict[str, Any] | None:
    if rules is None:
        return None
    return {
        "name": rules.regulation,
        "version": rules.version,
        "content_hash": rules.content_hash,
        "title": _both(rules.title),
        "article": rules.cite.article if rules.cite else None,
    }


def _event(row: Entry, rules: Regulation | None, *, secret: bool) -> dict[str, Any]:
    own = rules.events.get(row.name) if rules else None
    return {
        "name": row.name,
        "title": _both(own),
        "at": row.at,
        "recorded_at": row.recorded_at,
        "retracted_at": row.retracted_at,
        "applied_at": row.applied_at,
        "by": row.by,
        "fields": masked_fields(row.fields, secret=secret),
    }


def _both(text: Text | None) -> dict[str, str] | None:
    return {"zh": text.zh, "en": text.en} if text else None


# -- what the record holds -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Record:
    """The rows of one case, in order."""

    events: Sequence[Entry]
    deadlines: dict[Key, Row[Any]]
    escalations: dict[Key, list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))
    messages: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    penalties: dict[Key, list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))
    corrections: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, connection: Connection, key: int) -> _Record:
        """Six short queries."""
        run = connection.execute
        happened = entries(connection, key)
        stored = run(select(deadlines).where(deadlines.c.case_id == key)).all()
        record = cls(happened, {(row.rule, row.round): row for row in stored})
        table = escalations.c
        for row in run(select(escalations).where(table.case_id == key).order_by(table.fired_at, table.scheduled_at)):
            record.escalations[row.rule, row.round].append(row)
        mailed = (
            select(message_items.c.escalation_id, messages)
            .join(messages, messages.c.id == message_items.c.message_id)
            .where(message_items.c.case_id == key)
            .order_by(messages.c.created_at, messages.c.key)
        )
        names = ("name", "kind", "state", "reason", "attempts", "possible_repeat", "created_at", "sent_at")
        for row in run(mailed):
            shown = {name: row._mapping[name] for name in names}  # noqa: SLF001 -- SQLAlchemy's public name
            record.messages[row.escalation_id].append({"to": row.email, **shown})
        for row in run(select(penalties).where(penalties.c.case_id == key).order_by(penalties.c.at, penalties.c.id)):
            record.penalties[row.rule, row.round].append(row)
        owed = (
            select(corrections)
            .join(escalations, escalations.c.id == corrections.c.escalation_id)
            .where(escalations.c.case_id == key)
        )
        for row in run(owed):
            told = {"to": row.email, "noted_at": row.noted_at, "told": row.told_in is not None}
            record.corrections[row.escalation_id].append(told)
        return record

    def instants(self) -> Iterable[datetime]:
        """When the engine last did something about the case."""
        return (row.fired_at for rows in self.escalations.values() for row in rows)


# -- the clocks ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Telling:
    """One case under its regulation at one instant."""

    case: Row[Any]
    record: _Record
    rules: Regulation
    calendar: WorkCalendar
    now: datetime

    def _facts(self) -> dict[str, Any]:
        case = self.case
        return Case.of(case).facts

    def _taken_in(self) -> list[Event]:
        return [entry.event for entry in self.record.events if entry.counts]

    def computed(self) -> Any:
        """The pure timeline over the events that were taken in."""
        return timeline(Case.of(self.case, self._taken_in()), self.rules, self.calendar, self.now)

    def clocks(self, computed: Sequence[Deadline]) -> list[dict[str, Any]]:
        """Every clock by its start; then what the record holds of clocks that the case no longer has."""
        by_key = {(deadline.rule, deadline.round): deadline for deadline in computed}
        ordered = sorted(computed, key=lambda deadline: deadline.starts_at)
        found = [self._clock(deadline, by_key) for deadline in ordered]
        left = [*self.record.deadlines, *self.record.escalations, *self.record.penalties]
        found += [self._gone(key) for key in dict.fromkeys(left) if key not in by_key]
        return found

    def _clock(self, deadline: Deadline, others: dict[Key, Deadline]) -> dict[str, Any]:
        key = (deadline.rule, deadline.round)
        rule = self.rules.rule(deadline.rule)
        limits = self._limits(rule, deadline) if isinstance(rule, Rule) else []
        chosen = next((limit for limit in limits if limit["tightest"]), None)
        base = deadline.starts_at
        previous = others.get((deadline.rule, deadline.round - 1))
        if isinstance(rule, Rule) and rule.counts_from == "previous_due" and previous and previous.due_at:
            base = previous.due_at
        until = deadline.due_at or max(self.now, base)
        if deadline.ended_at is not None and deadline.ended_at < until:
            until = max(deadline.ended_at, base)
        duration = parse_duration(chosen["limit"]) if chosen and not chosen["date"] else None
        counted = spans(base, until, duration, deadline.pauses, self.calendar) if chosen else []
        return {
            **self._head(key),
            "started": self._started(rule, deadline),
            "counts_from": base,
            "limits": limits,
            "spans": [{**span._asdict(), "counted": span.counted} for span in counted],
            "counted_seconds": counted_seconds(counted),
            "starts_at": deadline.starts_at,
            "opens_at": deadline.opens_at,
            "due_at": deadline.due_at,
            "provisional": deadline.provisional,
            "state": str(deadline.state),
            "met_at": deadline.met_at,
            "ended_at": deadline.ended_at,
            "ended_by": deadline.ended_by,
            "ended": self._ended(deadline),
            "attempts": deadline.attempts,
            **self._recorded(key, deadline),
        }

    def _gone(self, key: Key) -> dict[str, Any]:
        """A clock of the record that the case no longer has: its facts changed."""
        stored = self.record.deadlines.get(key)
        nothing = dict.fromkeys(("started", "met_at", "ended_at", "ended", "opens_at", "due_at", "counts_from"))
        return {
            **self._head(key),
            **nothing,
            "starts_at": stored.starts_at if stored else None,
            "limits": [],
            "spans": [],
            "counted_seconds": 0,
            "provisional": False,
            "state": "void",
            "ended_by": stored.ended_by if stored else None,
            "attempts": 0,
            **self._recorded(key, None),
        }

    def _head(self, key: Key) -> dict[str, Any]:
        """Which rule, by which article, in whose hands."""
        rule = self.rules.rule(key[0])
        responsible = rule.responsible if isinstance(rule, Rule) else rule.flag[0] if rule else None
        return {
            "rule": key[0],
            "round": key[1],
            "title": _both(rule.title) if rule else None,
            "cite": rule.cite.model_dump() if rule else None,
            "responsible": responsible,
            "responsible_title": self._role(responsible),
        }

    def _role(self, name: str | None) -> dict[str, str] | None:
        role = self.rules.roles.get(name or "")
        return {"zh": role.zh, "en": role.en} if role else None

    def _started(self, rule: Rule | Gate | None, deadline: Deadline) -> dict[str, Any] | None:
        """The event that started the clock."""
        at_start = [row for row in self.record.events if row.applied_at is not None and row.at == deadline.starts_at]
        named: list[Entry] = []
        if isinstance(rule, Rule):
            starts = (*rule.start, *self._asked_by(rule.id))
            named = [row for row in at_start if any(match.matches(row.name, row.fields) for match in starts)]
        elif rule is not None:
            named = [row for row in at_start if row.fields.get("gate") == rule.id]
        if not at_start:
            return None
        found = (named or at_start)[0]
        why = "event" if named else "round"  # a round that another event opened starts the opening's clocks as well
        return {"event": found.name, "at": found.at, "by": found.by, "why": why}

    def _asked_by(self, rule_id: str) -> tuple[Match, ...]:
        """What starts the clock of an approver: the request, or the approval of the one before."""
        origin = self.rules.origin(rule_id)
        approval = next((one for one in self.rules.approvals if one.id == origin), None)
        return (*approval.request, Match(event=approval.approve)) if approval else ()

    def _ended(self, deadline: Deadline) -> dict[str, Any] | None:
        """The event that ended the clock, and how."""
        if deadline.ended_at is None:
            return None
        at_end = [row for row in self.record.events if row.at == deadline.ended_at]
        row = next((row for row in at_end if row.name == deadline.ended_by), at_end[0] if at_end else None)
        how = "met" if deadline.met_at else "next_round" if deadline.ended_by == "round" else "ended"
        return {"how": how, "event": row.name if row else None, "at": deadline.ended_at, "by": row.by if row else None}

    def _limits(self, rule: Rule, deadline: Deadline) -> list[dict[str, Any]]:
        """Every limit of the rule with the instant it would set alone; the tightest is the one that counts."""
        facts = {**self._facts(), "round": deadline.round, "term": deadline.round}
        found = []
        for limit in rule.within:
            due_at = self._due_of(limit, rule, deadline)
            duration = None if limit.label else limit.duration(facts)
            found.append(
                {
                    "limit": limit.label or (duration.text if duration else None),
                    "date": bool(limit.label),
                    "by": limit.by,
                    "value": facts.get(limit.by) if limit.by else None,
                    "table": dict(limit.table),
                    "due_at": due_at,
                    "applies": due_at is not None or duration is not None,
                    "tightest": False,
                }
            )
        for entry in found:
            if entry["applies"] and entry["limit"] == deadline.limit and entry["due_at"] == deadline.due_at:
                entry["tightest"] = True
                break
        return found

    def _due_of(self, limit: Limit, rule: Rule, deadline: Deadline) -> datetime | None:
        """The due instant if the rule had this limit alone (an earlier round may matter, so all are asked)."""
        if len(rule.within) == 1:
            return deadline.due_at
        alone = rule.model_copy(update={"within": (limit,)})
        others = tuple(
            alone if other.id == rule.id else other for other in self.rules.rules if limit.due_of or other is rule
        )
        rules = self.rules.model_copy(update={"rules": others or (alone,), "gates": ()})
        again = timeline(Case.of(self.case, self._taken_in()), rules, self.calendar, self.now)
        key = (deadline.rule, deadline.round)
        return next((other.due_at for other in again.deadlines if (other.rule, other.round) == key), None)

    # -- what the record says of it ----------------------------------------------------------------------------

    def _recorded(self, key: Key, deadline: Deadline | None) -> dict[str, Any]:
        stored = self.record.deadlines.get(key)
        names = ("state", "starts_at", "opens_at", "due_at", "original_due_at", "met_at", "next_at", "provisional")
        kept = {name: getattr(stored, name) for name in names} if stored else None
        differs = []
        if deadline is not None and stored is not None:
            same = ("state", "starts_at", "opens_at", "due_at", "met_at", "provisional")
            differs = [name for name in same if getattr(deadline, name) != getattr(stored, name)]
        return {
            "recorded": kept,
            "differs": differs,
            "fired": [self._fired(row) for row in self.record.escalations.get(key, [])],
            "next": self._next(key[0], deadline, stored),
            "penalties": [_penalty(row) for row in self.record.penalties.get(key, [])],
        }

    def _fired(self, row: Row[Any]) -> dict[str, Any]:
        recipients = [{**who, "role_title": self._role(who.get("role"))} for who in row.recipients]
        return {
            "step": row.step,
            "due_at": row.due_at,
            "scheduled_at": row.scheduled_at,
            "fired_at": row.fired_at,
            "reason": row.reason,
            "recipients": recipients,
            "messages": self.record.messages.get(row.id, []),
            "corrections": self.record.corrections.get(row.id, []),
        }

    def _next(self, name: str, deadline: Deadline | None, stored: Row[Any] | None) -> list[dict[str, Any]]:
        """What is still to happen: by the record where there is one, else by the computed plan."""
        plan: Iterable[tuple[datetime, str]] = deadline.plan if deadline else ()
        if stored is not None:
            plan = [(from_iso(at), step) for at, step in stored.plan]
        rule = self.rules.rule(name)
        steps = rule.steps() if isinstance(rule, Rule) else {"opens": (None, rule.flag)} if rule else {}
        return [
            {
                "at": at,
                "step": step,
                "to": [] if step == RESUME else list(steps[step][1]) if step in steps else [],
                "overdue": at <= self.now,
            }
            for at, step in plan
        ]


def _penalty(row: Row[Any]) -> dict[str, Any]:
    names = ("who", "amount", "points", "seq", "share", "of", "measure", "at", "withdrawn_at", "note")
    return {name: getattr(row, name) for name in names}
