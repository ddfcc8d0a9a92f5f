"""Decide once: claim due deadlines, write what is told to whom, and move each to its next instant, all or nothing.

1. Claim deadlines whose `next_at` has come and whose case has no event waiting (SKIP LOCKED on PostgreSQL).
2. Take from each plan the steps that are due; the rule's catch-up says which old ones are told.
3. Resolve the recipients as the directory stands now.
4. Write escalations, messages, penalties, states and the next instants in the same transaction.

A deadline whose plan says `review` has its case looked at anew first: the plan goes on from there.

The ids of escalations and messages are made from what was decided, so that a second decision has no place to go.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, bindparam, exists, func, select

from models.calendar.instants import from_iso, iso, local
from models.language.durations import Unit, parse_duration
from models.language.limits import SkipOlder
from models.language.rules import SLIP, Rule
from models.store.bulk import update_many
from models.store.chain import insert_sealed
from models.store.database import is_postgresql
from models.store.schema import cases, deadlines, escalations, events, message_items, messages, penalties
from models.timeline.case import Case
from models.timeline.clock import running_state
from models.timeline.story import RESUME, REVIEW, SILENT, State
from models.wording.catalogue import FIRST, SECOND, both, say
from models.wording.phrases import event_words, said
from tasks.engine.penalties import STANDING, at_due
from tasks.mail.post import Post, Postbag, PostItem, decision_id
from tasks.mail.subjects import subject
from tasks.mail.summaries import open_summaries, summary
from tasks.organisation.directory import excluded_fields
from tasks.organisation.registry import Pinned
from tasks.record.restored import restored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection, Row

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Recipient

BATCH = 1000
RUNNING = frozenset({State.OPEN, State.PAUSED, State.BREACHED})


class Fired(NamedTuple):
    """One step that fired: what operations see of it."""

    case: str
    rule: str
    round: int
    step: str
    scheduled_at: datetime
    fired_at: datetime
    recipients: list[dict[str, str | None]]
    reason: str
    title: str = ""
    """Of the rule, in Chinese; its id where it has none any more."""
    title_en: str = ""


class Batch(NamedTuple):
    """What one transaction did: how many deadlines it took on, the steps that fired, whether any was told late."""

    claimed: int
    fired: list[Fired]
    late: bool = False


def fire_batch(
    connection: Connection,
    deployment: Deployment,
    directory: Callable[[], Directory],
    now: datetime,
    limit: int = BATCH,
) -> Batch:
    """Fire every step of up to `limit` deadlines that is due at `now`."""
    rows = _claim(connection, now, limit)
    if not rows:
        return Batch(0, [])
    decisions = _Decisions(connection, deployment, directory(), now)
    for row in rows:
        decisions.take(row)
    decisions.write()
    return Batch(len(rows) - decisions.left, decisions.fired, bool(decisions.late))


def _claim(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    query = _DUE.with_for_update(of=deadlines, skip_locked=True) if is_postgresql(connection) else _DUE
    return connection.execute(query, {"now": now, "limit": limit}).all()


_NOW = bindparam("now", type_=deadlines.c.next_at.type)
_DUE = (
    select(
        *(deadlines.c[name] for name in ("id", "case_id", "rule", "round", "due_at", "state", "ended_by", "plan")),
        *(cases.c[name] for name in ("number", "regulation_id", "level", "department", "handler", "fields")),
    )
    .join(cases, cases.c.id == deadlines.c.case_id)
    .where(
        deadlines.c.next_at <= _NOW,
        cases.c.evaluated_at.is_not(None),
        ~exists().where(events.c.case_id == deadlines.c.case_id, events.c.applied_at.is_(None), events.c.at <= _NOW),
    )
    .order_by(deadlines.c.next_at, deadlines.c.id)
    .limit(bindparam("limit", type_=Integer))
)
"""What is due, of cases whose story is complete. Built once: building it costs more than running it."""
_NEWEST_EVENT = select(func.max(events.c.id))


class _Told(NamedTuple):
    """Who is told of a step, the same as it is kept in the record, and a note for each who stands in."""

    recipients: list[Recipient]
    shown: list[dict[str, str | None]]
    notes: list[str]


_NOBODY = _Told([], [], [])


class _Decisions:
    """What one transaction decides, collected row by row and written table by table."""

    def __init__(self, connection: Connection, deployment: Deployment, directory: Directory, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.directory = directory
        self.now = now
        self.now_text = iso(now) or ""
        self.known_event = connection.scalar(_NEWEST_EVENT) or 0
        self.late_before = now - timedelta(seconds=deployment.settings.catch_up_after)
        self.restored = restored(connection)
        self.fired: list[Fired] = []
        self.escalations: list[dict[str, Any]] = []
        self.postbag = Postbag(deployment)
        self.late: dict[str, tuple[Recipient, list[tuple[PostItem, datetime]]]] = {}
        self.penalties: list[dict[str, Any]] = []
        self.moved: list[dict[str, Any]] = []
        self.reviewed: list[Row[Any]] = []
        self.resumed: set[int] = set()
        """Cases in which a pause has come to its end: whether they still wait is told by the whole case."""
        self.left = 0
        self.pinned = Pinned(connection)
        self._told: dict[Any, _Told] = {}
        self._lines: dict[Any, str] = {}

    def take(self, row: Row[Any]) -> None:
        """Decide what is due of one deadline."""
        regulation = self.pinned(row.regulation_id)
        rule = regulation.rule(row.rule)
        due = [entry for entry in row.plan if entry[0] <= self.now_text]  # ISO texts in UTC sort like instants
        if any(step == REVIEW for _, step in due):
            self.reviewed.append(row)
            return
        left = row.plan[len(due) :]
        state = State(row.state)
        steps = [(from_iso(at), step) for at, step in due if step not in SILENT]
        if rule is not None:
            for at, step in steps:
                skip = _skip_reason(rule, regulation, steps, at, step, self.now)
                self._fire(row, rule, regulation, at, step, skip)
        if state in RUNNING:
            resumed = any(step == RESUME for _, step in due)
            if resumed:
                self.resumed.add(row.case_id)
            state = running_state(row.due_at, self.now, paused=state is State.PAUSED and not resumed)
            if state is State.BREACHED and isinstance(rule, Rule):
                self.penalties += at_due(rule, row, row.round, row.due_at, regulation)
        self.moved.append(
            {"id": row.id, "plan": left, "next_at": from_iso(left[0][0]) if left else None, "state": state.value}
        )

    def _fire(
        self, row: Row[Any], rule: Rule | Gate, regulation: Regulation, at: datetime, step: str, skip: str | None
    ) -> None:
        """One step: the permanent record, and a message to each recipient (kept back when the clock is over)."""
        over = _over(row, rule, regulation, step)
        recipients, shown, notes = _NOBODY if skip else self._recipients(row, rule, regulation, step)
        reason = "; ".join([skip or _step_reason(step.partition("-")[0]), *([over] if over else []), *notes])
        due = iso(row.due_at) or "-"
        again = isinstance(rule, Rule) and rule.again(step) is not None
        told = f"{step}/{iso(at)}" if again else step
        escalation_id = decision_id(row.case_id, row.rule, row.round, told, due)
        self.escalations.append(
            {
                "id": escalation_id,
                "case_id": row.case_id,
                "rule": row.rule,
                "round": row.round,
                "step": step,
                "due_at": row.due_at,
                "scheduled_at": at,
                "fired_at": self.now,
                "recipients": shown,
                "reason": reason,
            }
        )
        titles = (said(rule.title, language) if rule else row.rule for language in (FIRST, SECOND))
        self.fired.append(Fired(row.number, row.rule, row.round, step, at, self.now, shown, reason, *titles))
        item = PostItem(escalation_id, row.case_id)
        form = rule.form(step) if isinstance(rule, Rule) else None
        for recipient in recipients:
            key = f"{row.number}/{row.rule}/{row.round}/{told}/{due}/{recipient.email}"
            if form:
                self._form(form, key, recipient, at, item, over)
                continue
            if self._is_told_late(at) and not over:
                self.late.setdefault(recipient.email, (recipient, []))[1].append((item, at))
                continue
            line = self._line(regulation, row, step, recipient)
            self._post("escalation", key, recipient, line, [item], over, since=at)

    def _is_told_late(self, at: datetime) -> bool:
        """Whether a step goes into the summary: after downtime, or since the record was restored behind it."""
        return at < self.late_before or (self.restored is not None and at <= self.restored.restored_at)

    def _form(self, form: str, key: str, recipient: Recipient, at: datetime, item: PostItem, over: str | None) -> None:
        """A step that is told on a form of its own."""
        month = at.astimezone(self.deployment.zone).strftime("%Y-%m")
        line = subject(f"slip/{form}", recipient.language, {"month": month, "count": 1, "who": ""})
        about = {"form": form, "month": month, "role": recipient.role, "instead_of": recipient.instead_of}
        self._post("slip", key, recipient, line, [item], over, about, since=at)

    def _line(self, regulation: Regulation, row: Row[Any], step: str, recipient: Recipient) -> str:
        """The subject; cases that fall due together differ in their numbers only."""
        question = (row.regulation_id, row.rule, step, row.level, recipient.language, row.due_at)
        if question not in self._lines:
            self._lines[question] = _subject(
                regulation, row, step, recipient.language, self.deployment, self.now, number=NUMBER_HERE
            )
        return self._lines[question].replace(NUMBER_HERE, row.number)

    def _recipients(self, row: Row[Any], rule: Rule | Gate, regulation: Regulation, step: str) -> _Told:
        """Who is told; the same question within one transaction has the same answer."""
        roles = rule.steps()[step][1]
        facts = {**row.fields, "handler": row.handler}
        named = tuple(regulation.person_named(name, facts) for name in roles) + tuple(
            row.fields.get(field) for field in excluded_fields(regulation)
        )
        whose = tuple(row.fields.get(field) for field in ("duty", "responsible", "person"))  # of a recurring duty
        question = (row.regulation_id, roles, row.department, named, whose)
        if question not in self._told:
            found, notes = self.directory.resolve(roles, regulation, Case.of(row, key=row.case_id).facts, self.now)
            self._told[question] = _Told(found, [recipient.shown() for recipient in found], notes)
        return self._told[question]

    def _post(
        self,
        kind: str,
        key: str,
        recipient: Recipient,
        line: str,
        items: list[PostItem],
        over: str | None = None,
        about: dict[str, Any] | None = None,
        *,
        since: datetime | None = None,
    ) -> None:
        self.postbag.add(Post(kind, key, recipient, line, self.now, items, about, self.known_event, over, since))

    def _review(self) -> None:
        """Have the cases looked at anew; those that another sweep is looking at are left as they are."""
        ids = {row.case_id for row in self.reviewed} | self.resumed
        if not ids:
            return
        if is_postgresql(self.connection):
            query = select(cases.c.id).where(cases.c.id.in_(ids)).with_for_update(skip_locked=True, key_share=True)
            ids = set(self.connection.scalars(query))
        self.connection.execute(cases.update().where(cases.c.id.in_(ids)).values(evaluated_at=None))
        for row in self.reviewed:
            if row.case_id not in ids:
                self.left += 1
                continue
            plan = [entry for entry in row.plan if entry[1] != REVIEW or entry[0] > self.now_text]
            self.moved.append(
                {"id": row.id, "plan": plan, "next_at": from_iso(plan[0][0]) if plan else None, "state": row.state}
            )

    def _summaries(self) -> None:
        """After downtime a person gets one message: late steps join the summary that is still open."""
        if not self.late:
            return
        standing = open_summaries(self.connection, self.late)  # two sweeps must not open two for one person
        unsure = self.restored and self.restored.restored_at
        for email, (recipient, late) in self.late.items():
            items = [item for item, _ in late]
            first = min(at for _, at in late)
            if email in standing:
                self.postbag.add_items(standing[email], items)
                if unsure and first <= unsure:
                    self.postbag.mark(standing[email])
            else:
                self.postbag.add(summary(recipient, items, self.now, self.known_event)._replace(since=first))

    def write(self) -> None:
        """Write it all; what was decided before has no place to go twice."""
        self._review()
        self._summaries()
        insert_sealed(self.connection, escalations, self.escalations, unless="(id)")
        self.postbag.write(self.connection)
        insert_sealed(self.connection, penalties, self.penalties, unless=STANDING)
        update_many(self.connection, deadlines, self.moved)


def turn_into_escalations(connection: Connection, deployment: Deployment, ids: Sequence[UUID]) -> None:
    """Summaries with a single step become the escalation message they would have been in time."""
    if not ids:
        return
    query = (
        select(
            *(messages.c.id, messages.c.language, messages.c.created_at, escalations.c.rule, escalations.c.step),
            *(escalations.c.due_at, cases.c.number, cases.c.level, cases.c.regulation_id),
        )
        .join(message_items, message_items.c.message_id == messages.c.id)
        .join(escalations, escalations.c.id == message_items.c.escalation_id)
        .join(cases, cases.c.id == escalations.c.case_id)
        .where(messages.c.id.in_(ids))
    )
    pinned = Pinned(connection)
    changed = [
        {
            "id": row.id,
            "kind": "escalation",
            "subject": _subject(pinned(row.regulation_id), row, row.step, row.language, deployment, row.created_at),
        }
        for row in connection.execute(query)
    ]
    update_many(connection, messages, changed)


def _subject(
    regulation: Regulation,
    row: Any,
    step: str,
    language: str,
    deployment: Deployment,
    now: datetime,
    *,
    number: str | None = None,
) -> str:
    """The subject line of an escalation message, in the recipient's language."""
    rule = regulation.rule(row.rule)
    spoken = _language(language)
    facts = {
        "number": number or row.number,
        "title": getattr(rule.title, spoken) if rule else row.rule,
        "step": step,
        "level": _level(regulation, row.level, spoken),
        "due": local(row.due_at, deployment.zone) if row.due_at else "",
        "late": row.due_at is not None and row.due_at < now,
    }
    return subject("escalation", language, facts)


NUMBER_HERE = "\ue000"
"""Stands for the number while a line is written once for all cases that share it; no text contains it."""


@cache
def _step_reason(name: str) -> str:
    """Why a step is told."""
    return both(f"engine.step.{name}")


def _over(row: Any, rule: Rule | Gate, regulation: Regulation, step: str) -> str | None:
    """Why nobody needs to hear of a step that is written after the clock has ended; None while it runs.

    What tells of the end itself is told: a slip on closing, and the steps of a clock that its own lateness ended.
    """
    own = isinstance(rule, Rule) and any(outcome.event == row.ended_by for outcome in rule.on_late)
    if row.ended_by is None or step == SLIP or own:
        return None
    told = {language: event_words(row.ended_by, regulation, language) for language in (FIRST, SECOND)}
    return f"{say(FIRST, 'engine.over', event=told[FIRST])} ({say(SECOND, 'engine.over', event=told[SECOND])})"


def _skip_reason(
    rule: Rule | Gate, regulation: Regulation, steps: list[tuple[datetime, str]], at: datetime, step: str, now: datetime
) -> str | None:
    """Why a step that is due is not told any more, by the rule's catch-up; None when it is."""
    catch_up = (rule.catch_up if isinstance(rule, Rule) else None) or regulation.catch_up
    if catch_up == "latest" and (at, step) != steps[-1]:
        return both("engine.catch_up.latest", step=steps[-1][1])
    if isinstance(catch_up, SkipOlder):
        oldest = parse_duration(catch_up.skip_older_than)
        seconds = oldest.count * (1 if oldest.unit in (Unit.SECONDS, Unit.WORKING_SECONDS) else 86400)
        if (now - at).total_seconds() > seconds:
            return both("engine.catch_up.older", age=str(oldest))
    return None


def _language(language: str) -> str:
    return "en" if language.startswith("en") else "zh"


def _level(regulation: Regulation, level: str | None, language: str) -> str:
    title = regulation.levels.get(level or "")
    return getattr(title, language) if title else ""
