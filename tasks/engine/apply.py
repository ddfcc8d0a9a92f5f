"""Take in what happened: new events become deadlines, in one transaction for each batch of cases.

1. Claim cases that have unapplied events, or were never looked at.
2. Give a case that a foreign program inserted its regulation and its opening event.
3. Judge what it wrote besides: a decision of somebody who may not decide counts for nothing (`inserts.py`).
4. Flag facts that a gate forbids.
5. Ask the pure timeline; keep of its plan what has not been told yet.
6. Write the deadlines, the penalties that stand or fall with them, and the corrections owed.
7. Count anew what the events belong to (`counters.py`).
8. Tell whoever is responsible for a clock that ran when its case was closed (`closings.py`), and operations of cases
   that nothing watches (`troubles.py`).

A case that makes no sense (its regulation does not exist, say) is set aside with the reason; the others go on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, bindparam, func, or_, select, union

from models.errors import DubanError
from models.store.bulk import insert_many, update_many
from models.store.chain import insert_sealed
from models.store.database import is_postgresql
from models.store.schema import cases, deadlines, derived_events, escalations, events
from models.timeline.case import Case
from models.timeline.duties import KIND as DUTY
from models.timeline.reading import timeline
from models.timeline.story import DERIVED_ID, FLAGGED, Event
from tasks.engine import refused
from tasks.engine.closings import Closings
from tasks.engine.penalties import LATE
from tasks.engine.reconcile import Fired, Reconciler
from tasks.engine.troubles import tell, trouble_of
from tasks.organisation.masking import masked_log
from tasks.organisation.registry import Pinned
from tasks.record import inserts
from tasks.record.authority import Court
from tasks.record.cases import derived
from tasks.record.counters import Touched
from tasks.record.gates import too_late, violated
from tasks.record.keys import event_key
from tasks.record.recorders import with_recorders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory

log = masked_log("duban.apply")

BATCH = 500


class Applied(NamedTuple):
    """How many cases and events a batch took in, and how many cases it could not make sense of.

    `unwatched` says of each case that is not (wholly) watched why; `numbers` are those of all of them.
    """

    cases: int
    events: int
    troubles: int = 0
    unwatched: dict[str, str] = {}  # noqa: RUF012 -- nobody changes it
    numbers: tuple[str, ...] = ()


def apply_batch(connection: Connection, deployment: Deployment, now: datetime, limit: int = BATCH) -> Applied:
    """Take in the events of up to `limit` cases whose `at` has come; (0, 0) when nothing is waiting."""
    claimed = _claim(connection, now, limit)
    if not claimed:
        return Applied(0, 0)
    ids, calendar = [case.id for case in claimed], deployment.calendar
    troubles: dict[int, Exception] = {}
    rules_of = _in_force(connection, deployment, claimed, now, troubles)
    taking_over = _TakingOver(connection, deployment, now)
    closings = Closings(connection, deployment, now)
    deriving = [key for key, rules in rules_of.items() if rules.derives]
    people = with_recorders(connection, claimed, rules_of, now)
    known = _Known.read(connection, ids, deriving, now)
    fired = _fired(connection, ids)
    stored = _stored(connection, ids)
    writer = Reconciler(connection, _owing(stored), now)
    touched = Touched(calendar)
    for row in claimed:
        try:
            if row.id in troubles:
                raise troubles[row.id]
            rules = rules_of[row.id]
            opened = _opened(connection, row, rules, known.events[row.id], now)
            fresh = known.fresh[row.id] | {event.id for event in opened}
            case = Case.of(row, [*known.events[row.id], *opened])
            if row.id in known.foreign:
                case = taking_over.case(case, rules, known.foreign[row.id])
            case = replace(case, fields=people.get(row.id, case.fields))
            if flags := _flagged(connection, case, rules, fresh, calendar, now):
                case = case.with_events([*case.events, *flags])
            story = timeline(case, rules, calendar, now)
        except (DubanError, ValueError, TypeError, ArithmeticError) as error:
            log.error("case %s cannot be watched: %s", row.number, error)  # noqa: TRY400 -- one line for operations
            troubles[row.id] = error
            writer.trouble(row, error)
            continue
        trouble = trouble_of(case, rules, calendar, story)
        writer.case(row, story, trouble)
        writer.noted(row, known.derived[row.id], story)
        for deadline in story.deadlines:
            old = stored[row.id].pop((deadline.rule, deadline.round), None)
            writer.deadline(row, deadline, old, fired[row.id], rules)
        for old in stored[row.id].values():
            writer.gone(old)
        touched.case(case, rules, fresh, story)
        closings.case(row.number, case, rules, fresh, story)
    writer.flush()
    taking_over.write()
    applied = known.mark_applied(connection, now)
    touched.settle(connection, now)
    closings.write()
    if taking_over.done.refused:
        refused.tell(connection, deployment, now)
    tell(connection, deployment, writer.to_tell, now)
    numbers = tuple(case.number for case in claimed)
    return Applied(len(claimed), applied, len(troubles), writer.unwatched, numbers)


_NOW = bindparam("now", type_=events.c.at.type)
_IDS: Any = bindparam("ids", expanding=True)
_WAITING = union(
    select(events.c.case_id).where(events.c.applied_at.is_(None), events.c.at <= _NOW),
    select(cases.c.id).where(cases.c.evaluated_at.is_(None), cases.c.opened_at <= _NOW),
).limit(bindparam("limit", type_=Integer))
_CASES = select(cases).where(cases.c.id.in_(_IDS)).order_by(cases.c.id)
_RECORDED = select(*(events.c[name] for name in (*inserts.COLUMNS, "applied_at", "link"))).where(
    events.c.case_id.in_(_IDS),
    events.c.unauthorised.is_(None),
    or_(events.c.at <= _NOW, events.c.applied_at.is_not(None)),
)
_DERIVED = select(derived_events).where(derived_events.c.case_id.in_(_IDS))
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


class _Known(NamedTuple):
    """What is known of each case of a batch, by its id.

    `events` has everything that was taken in before, what has happened by now, and what Duban derived from it; `fresh`
    has the ids of what is new among them; `derived` the rows of `derived_events`, also those that were retracted;
    `foreign` those of another program that are not taken over yet.
    """

    events: dict[int, list[Event]]
    fresh: dict[int, set[int]]
    derived: dict[int, list[Row[Any]]]
    foreign: dict[int, list[Mapping[str, Any]]]

    @classmethod
    def read(cls, connection: Connection, ids: list[int], deriving: list[int], now: datetime) -> _Known:
        """Two statements for the whole batch; one where no regulation has anything to conclude (`deriving`)."""
        known = cls(defaultdict(list), defaultdict(set), defaultdict(list), defaultdict(list))
        for row in connection.execute(_RECORDED, {"ids": ids, "now": now}):
            known.events[row.case_id].append(Event(row.name, row.at, row.fields, row.id))
            if row.applied_at is None:
                known.fresh[row.case_id].add(row.id)
            if row.link is None:
                known.foreign[row.case_id].append(row._asdict())
        for row in connection.execute(_DERIVED, {"ids": deriving}) if deriving else ():
            known.derived[row.case_id].append(row)
            event = derived(row)
            if row.retracted_at is None:
                known.events[row.case_id].append(event)
            if row.applied_at is None:
                known.fresh[row.case_id].add(event.id)
        return known

    def mark_applied(self, connection: Connection, now: datetime) -> int:
        """Only what was read: an event that came in meanwhile waits for the next batch. How many events that were."""
        ids = sorted(event_id for of_case in self.fresh.values() for event_id in of_case)
        recorded = [{"id": one, "applied_at": now} for one in ids if one < DERIVED_ID]
        concluded = [{"id": one - DERIVED_ID, "applied_at": now} for one in ids if one >= DERIVED_ID]
        update_many(connection, events, recorded)
        update_many(connection, derived_events, concluded)
        return len(ids)


class _TakingOver:
    """What other programs wrote on the cases of a batch, judged under each case's own regulation."""

    def __init__(self, connection: Connection, deployment: Deployment, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.now = now
        self.directory: Directory | None = None
        self.done = inserts.TakenOver([], [])

    def case(self, case: Case, rules: Regulation, rows: Sequence[Mapping[str, Any]]) -> Case:
        """The case without the decisions of whoever may not decide."""
        self.directory = self.directory or self.deployment.directory(self.connection)
        court = Court(self.connection, self.deployment, rules, self.directory)
        foreign = {row["id"] for row in rows}
        rest = case.with_events(event for event in case.events if event.id not in foreign)
        found = inserts.judge(self.connection, court, rest, rows)
        self.done.changed.extend(found.changed)
        self.done.refused.extend(found.refused)
        return case.with_events(event for event in case.events if event.id not in found.void) if found.void else case

    def write(self) -> None:
        """Once for the batch, before the events are noted as taken in."""
        self.done.write(self.connection, self.now)


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


def _owing(stored: dict[int, dict[tuple[str, int], Row[Any]]]) -> list[int]:
    """The cases on which a penalty may stand: something was late, or a notice was given, which is never due."""
    return [
        case_id
        for case_id, clocks in stored.items()
        if any(row.state in LATE or row.due_at is None for row in clocks.values())
    ]


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
    connection: Connection, case: Case, rules: Regulation, fresh: set[int], calendar: WorkCalendar, now: datetime
) -> list[Event]:
    """A note for each new fact that a gate forbids: it happened, and somebody should know."""
    guarded = rules.guarded
    if not guarded:
        return []
    found = []
    for event in sorted(case.events, key=lambda event: (event.at, event.id)):
        if event.name in guarded and event.id in fresh:
            found += [
                _derive(connection, case, FLAGGED, event.at, {"gate": gate.id, "event": event.name}, now)
                for gate in (
                    *violated(connection, rules, calendar, case, event),
                    *too_late(rules, calendar, case, event),
                )
            ]
    return found


def _derive(
    connection: Connection, case: Case, name: str, at: datetime, fields: dict[str, Any], now: datetime
) -> Event:
    """Put down an event that Duban itself concludes; the same conclusion is put down once."""
    key = event_key(name, at, None, fields)
    own = {"case_id": case.id, "name": name, "at": at, "fields": fields, "key": key}
    insert_many(connection, derived_events, [{**own, "derived_at": now, "applied_at": now}], unless="(case_id, key)")
    table = derived_events.c
    row = connection.execute(select(derived_events).where(table.case_id == case.id, table.key == key)).one()
    return derived(row)


def _note(connection: Connection, case_id: int, event: Event, now: datetime) -> Event:
    """Append the opening event for whoever left it out."""
    key = event_key(event.name, event.at, None, event.fields)
    values = {
        "case_id": case_id,
        "name": event.name,
        "at": event.at,
        "by": None,
        "fields": dict(event.fields),
        "recorded_at": now,
        "applied_at": now,
        "key": key,
        **inserts.BY_INSERT.columns(),
    }
    insert_sealed(connection, events, [values], unless="(case_id, key)")
    known = connection.scalar(select(events.c.id).where(events.c.case_id == case_id, events.c.key == key))
    return event._replace(id=known or 0)
