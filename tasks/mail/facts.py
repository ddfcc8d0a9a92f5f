"""Gathers what a few messages have to say, as the database stands at that moment: one query a question, not a message.

A message is checked again here: what has been settled since it was decided is not told any more, and why is said.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal_column, select

from models.store.schema import cases, corrections, deadlines, escalations, events, message_items, messages
from models.wording.phrases import said
from tasks.mail.about import letter_of
from tasks.mail.items import View, item_of
from tasks.mail.letters import Correction, Letter
from tasks.mail.links import Links, case_key, record_form
from tasks.mail.settled import settled
from tasks.mail.tokens import reply_address
from tasks.mail.words import reason
from tasks.organisation.masking import masked_log
from tasks.organisation.registry import pinned
from tasks.record.recheck import RecheckedCase, newest_events, recheck_cases

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.mail.about import Writers
    from tasks.mail.letters import AnyRow
    from tasks.organisation.deployment import Deployment

log = masked_log("duban.deliver")

SHOWN_ITEMS = 100
"""A summary shows the worst so many; the rest it counts."""


@dataclass(slots=True)
class Gathered:
    """The letters to send, the messages that are not to be sent with the reason of each, and those that failed."""

    letters: list[Letter] = field(default_factory=list)
    settled: dict[UUID, str] = field(default_factory=dict)
    failed: list[tuple[Letter, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Around:
    """What a chunk's letters share: who was told before, what people said, threads, corrections that are owed."""

    told: dict[tuple[int, str, int], list[AnyRow]]
    happened: dict[int, list[AnyRow]]
    threads: dict[tuple[int, str], tuple[Any, str]]
    owed: dict[str, list[AnyRow]]
    links: Links


class Facts:
    """Reads for the chunks of one delivery; regulations are parsed once."""

    def __init__(self, deployment: Deployment, writers: Writers) -> None:
        self.deployment = deployment
        self.writers = writers
        self._telling: dict[tuple[UUID, str], UUID] = {}
        """Corrections that are in a mail on its way, and not yet recorded as told."""
        self._regulations: dict[int, Regulation] = {}
        self._form = ""
        """The address of the form in which operations record what happened."""

    def gather(self, connection: Connection, rows: Sequence[AnyRow], now: datetime) -> Gathered:
        """What these rows of `messages` say; a summary without what has been settled meanwhile."""
        found = Gathered()
        for row in rows:
            if row.about is not None:
                self._write(connection, row, now, found)
        rows = [row for row in rows if row.about is None]
        if not rows:
            return found
        self._form = self._form or record_form(connection, self.deployment.settings.ui_address)
        steps = self.steps(connection, [row.id for row in rows])
        standing: list[tuple[AnyRow, list[AnyRow]]] = []
        for row in rows:
            reasons = {step.escalation_id: settled(step, self.deployment.zone) for step in steps[row.id]}
            live = [step for step in steps[row.id] if reasons[step.escalation_id] is None]
            if live:
                standing.append((row, live))
            else:
                found.settled[row.id] = next((why for why in reasons.values() if why), reason("mail.settled.nothing"))
        around = _Around(
            told=_earlier(connection, {step.case_id for _, live in standing for step in live}),
            happened=_happened(connection, {step.case_id for _, live in standing for step in live}),
            threads=_threads(connection, standing),
            owed=self._owed(connection, {row.email for row, _ in standing}),
            links=Links(connection, self.deployment.settings.ui_address),
        )
        around.links.look_up(case_key(step.number) for _, live in standing for step in live)
        for row, live in standing:
            letter = self._letter(connection, row, live, around)
            gone = len(steps[row.id]) - len(live)
            note = reason("mail.settled.left_out", count=gone) if gone else None
            found.letters.append(replace(letter, note=note))
        return found

    def _write(self, connection: Connection, row: AnyRow, now: datetime, found: Gathered) -> None:
        """Ask the writer of the kind; that one cannot be written must not stop the others."""
        writer = self.writers.get(row.kind)
        if writer is None:
            found.failed.append((letter_of(row), f"cannot be written: nobody writes messages of the kind {row.kind!r}"))
            return
        try:
            with connection.begin_nested():
                answer = writer.write(connection, self.deployment, row, now)
        except Exception as error:
            log.exception("message %s cannot be written", row.message_id)
            found.failed.append((letter_of(row), f"cannot be written: {type(error).__name__}: {error}"))
            return
        if isinstance(answer, str):
            found.settled[row.id] = answer
        else:
            found.letters.append(self._addressed(answer))

    def _addressed(self, letter: Letter) -> Letter:
        """With the address to which it is answered, where it asks for something."""
        if not letter.asks:
            return letter
        address = reply_address(self.deployment.settings, letter)
        by_reply = address is not None and self.deployment.settings.takes_replies
        return replace(letter, reply_to=address, by_reply=by_reply)

    def steps(self, connection: Connection, ids: Collection[UUID]) -> dict[UUID, list[Any]]:
        """Per message its escalations, each with its case and its deadline as they are now.

        What was recorded since the message was decided, and not yet taken in by a sweep, counts as well.
        """
        query = (
            select(
                message_items.c.message_id,
                escalations.c.id.label("escalation_id"),
                *(escalations.c[name] for name in ("case_id", "rule", "round", "step", "scheduled_at", "fired_at")),
                *(escalations.c.recipients, escalations.c.due_at.label("told_due_at")),
                *(cases.c[name] for name in ("number", "kind", "regulation_id", "status", "level", "department")),
                *(cases.c[name] for name in ("handler", "party", "opened_at", "closed_at", "fields")),
                *(deadlines.c[name] for name in ("state", "starts_at", "opens_at", "due_at", "met_at", "ended_by")),
                *(deadlines.c.provisional, deadlines.c.plan, messages.c.known_event),
            )
            .join(messages, messages.c.id == message_items.c.message_id)
            .join(escalations, escalations.c.id == message_items.c.escalation_id)
            .join(cases, cases.c.id == escalations.c.case_id)
            .outerjoin(
                deadlines,
                and_(
                    deadlines.c.case_id == escalations.c.case_id,
                    deadlines.c.rule == escalations.c.rule,
                    deadlines.c.round == escalations.c.round,
                ),
            )
            .where(message_items.c.message_id.in_(list(ids)))
        )
        rows = connection.execute(query).all()
        newest = newest_events(connection, {row.case_id for row in rows})
        known: dict[int, int] = {}
        for row in rows:
            if newest.get(row.case_id, 0) > (row.known_event or 0):
                known[row.case_id] = min(row.known_event or 0, known.get(row.case_id, row.known_event or 0))
        standing = recheck_cases(connection, self.deployment, known) if known else {}
        found: dict[UUID, list[Any]] = defaultdict(list)
        for row in rows:
            step = SimpleNamespace(**row._mapping)  # noqa: SLF001 -- a row's fields as a mapping
            if row.case_id in standing:
                _overrule(step, standing[row.case_id])
            found[row.message_id].append(step)
        return found

    def settled(self, connection: Connection, rows: Sequence[AnyRow], now: datetime) -> dict[UUID, str]:
        """Which of these messages have nothing left to tell, and why."""
        gone: dict[UUID, str] = {}
        for row in rows:
            if row.about is None:
                continue
            if reason := self.writers[row.kind].check(connection, self.deployment, row, now):
                gone[row.id] = reason
        for key, steps in self.steps(connection, [row.id for row in rows if row.about is None]).items():
            reasons = [settled(step, self.deployment.zone) for step in steps]
            if all(reasons):
                gone[key] = next(why for why in reasons if why)
        return gone

    def told_by(self, message_id: UUID, *, sent: bool) -> list[tuple[UUID, str, UUID]]:
        """The corrections (escalation, address, message) that this message told; they are owed again when not sent."""
        mine = [key for key, carrier in self._telling.items() if carrier == message_id]
        for key in mine:
            del self._telling[key]
        return [(escalation_id, email, message_id) for escalation_id, email in mine] if sent else []

    def _letter(self, connection: Connection, row: AnyRow, live: list[AnyRow], around: _Around) -> Letter:
        zone = self.deployment.zone
        view = View(row.name, row.email, row.language, zone, row.created_at, around.links, self._form)
        newest: dict[tuple[int, str, int], AnyRow] = {}
        for step in sorted(live, key=lambda step: step.scheduled_at):
            newest[step.case_id, step.rule, step.round] = step
        items = [
            item_of(
                view,
                step,
                self._regulation(connection, step.regulation_id),
                around.told[key],
                around.happened[step.case_id],
            )
            for key, step in newest.items()
        ]
        items.sort(key=lambda item: (-item.seconds_late, item.due_at, item.case))
        thread = around.threads.get((live[0].case_id, row.email)) if row.kind != "summary" else None
        said_now = tuple(
            self._correction(connection, view, correction) for correction in around.owed.pop(row.email, ())
        )
        self._telling |= {(correction.escalation_id, row.email): row.id for correction in said_now}
        letter = Letter(
            id=row.id,
            key=row.key,
            message_id=row.message_id,
            kind=row.kind,
            name=row.name,
            email=row.email,
            language=view.language,
            subject=row.subject,
            attempts=row.attempts + 1,
            possible_repeat=row.possible_repeat,
            thread=thread[1] if thread and thread[1] != row.message_id else None,
            items=tuple(items[:SHOWN_ITEMS]),
            corrections=said_now,
            more=max(0, len(items) - SHOWN_ITEMS),
            asks=any(item.answer for item in items),
        )
        return self._addressed(letter)

    def _owed(self, connection: Connection, emails: set[str]) -> dict[str, list[AnyRow]]:
        """Per recipient, what we told them of that was no lateness after all."""
        query = (
            select(
                *(corrections.c.email, corrections.c.escalation_id, escalations.c.fired_at, escalations.c.rule),
                *(cases.c.number, cases.c.regulation_id, deadlines.c.met_at),
            )
            .join(escalations, escalations.c.id == corrections.c.escalation_id)
            .join(cases, cases.c.id == escalations.c.case_id)
            .outerjoin(
                deadlines,
                and_(
                    deadlines.c.case_id == escalations.c.case_id,
                    deadlines.c.rule == escalations.c.rule,
                    deadlines.c.round == escalations.c.round,
                ),
            )
            .where(corrections.c.told_in.is_(None), corrections.c.email.in_(list(emails)))
            .order_by(escalations.c.fired_at)
        )
        found: dict[str, list[AnyRow]] = defaultdict(list)
        for row in connection.execute(query):
            if (row.escalation_id, row.email) not in self._telling:
                found[row.email].append(row)
        return found

    def _correction(self, connection: Connection, view: View, row: AnyRow) -> Correction:
        rule = self._regulation(connection, row.regulation_id).rule(row.rule)
        return Correction(
            escalation_id=row.escalation_id,
            told_at=view.local(row.fired_at),
            case=row.number,
            title=said(rule.title, view.language) if rule else row.rule,
            met_at=view.local(row.met_at),
        )

    def _regulation(self, connection: Connection, regulation_id: int) -> Regulation:
        found = self._regulations.get(regulation_id)
        if found is None:
            found = self._regulations[regulation_id] = pinned(connection, regulation_id)
        return found


def _overrule(step: SimpleNamespace, standing: RecheckedCase) -> None:
    """Put what everything recorded says in the place of what the last sweep stored."""
    step.status, step.closed_at = standing.story.status, standing.story.closed_at
    deadline = standing.deadline(step.rule, step.round)
    step.state = deadline.state if deadline else None
    if deadline:
        step.due_at, step.met_at, step.ended_by = deadline.due_at, deadline.met_at, deadline.ended_by


def _earlier(connection: Connection, case_ids: set[int]) -> dict[tuple[int, str, int], list[AnyRow]]:
    """Per deadline of these cases, whom its escalations told, in order."""
    table = escalations.c
    query = (
        select(
            *(table.id, table.case_id, table.rule, table.round, table.step),
            *(table.scheduled_at, table.fired_at, table.recipients),
        )
        .where(table.case_id.in_(list(case_ids)))
        .order_by(table.fired_at, table.scheduled_at)
    )
    found: dict[tuple[int, str, int], list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.case_id, row.rule, row.round].append(row)
    return found


def _happened(connection: Connection, case_ids: set[int]) -> dict[int, list[AnyRow]]:
    """Per case what people said of it, in order; what counts for nothing is left out."""
    query = (
        select(*(events.c[name] for name in ("case_id", "name", "at", "by", "channel", "verified")))
        .where(events.c.case_id.in_(list(case_ids)), events.c.by.is_not(None), events.c.unauthorised.is_(None))
        .order_by(events.c.at, events.c.id)
    )
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.case_id].append(row)
    return found


def _threads(
    connection: Connection, standing: list[tuple[AnyRow, list[AnyRow]]]
) -> dict[tuple[int, str], tuple[Any, str]]:
    """Per case and recipient the first mail that went out, or is on its way: what later ones answer to."""
    single = [(row, live) for row, live in standing if row.kind != "summary"]
    query = (
        select(message_items.c.case_id, messages.c.email, messages.c.created_at, messages.c.id, messages.c.message_id)
        .join(messages, messages.c.id == message_items.c.message_id)
        .where(
            message_items.c.case_id.in_([live[0].case_id for _, live in single]),
            messages.c.email.in_([row.email for row, _ in single]),
            messages.c.kind != literal_column("'summary'"),
            messages.c.state.in_(["sent", "sending"]),
        )
    )
    first: dict[tuple[int, str], tuple[Any, str]] = {}
    for row in connection.execute(query):
        place, key = (row.created_at, row.id), (row.case_id, row.email)
        if key not in first or place < first[key][0]:
            first[key] = place, row.message_id
    return first
