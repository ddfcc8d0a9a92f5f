"""Decides the slips of a month, each case exactly once, and puts one form for each recipient into the outbox.

1. Urge (催办单): what is overdue and open; told to the responsible and to the department's manager.
2. Inquiry (洽办单): what was late in cases closed that month; told to the manager of the station.
3. Notice (奖罚通知单): the month's penalties; to each department or person, and all of them to whoever approves.

An urge and an inquiry are escalations with the step `slip`, whose ids are made from case, rule, round, month and due
instant: a second run has no place to write them. A run that finds new ones later makes a further form of those alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, text

from models.calendar.instants import iso
from models.store.chain import insert_sealed
from models.store.database import is_postgresql, writing
from models.store.schema import escalations, facts
from models.timeline.case import Case
from models.wording.catalogue import both
from tasks.mail.post import Post, PostItem, decision_id, post, post_new
from tasks.mail.subjects import subject
from tasks.organisation.registry import Pinned
from tasks.slips import choose, penalty_notices
from tasks.slips.contents import Form

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection, Engine

    from models.calendar.periods import Period
    from models.language.regulation import Regulation
    from models.language.rules import Rule
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Recipient

KIND = "slip"
DONE = "slips"
"""The fact that names the last month whose slips were made on schedule."""


class QueuedSlip(NamedTuple):
    """One form that was queued: whom it goes to, and the numbers of its cases."""

    form: Form
    name: str
    email: str
    cases: tuple[str, ...]


class LateDeadline(NamedTuple):
    """A deadline that comes on a slip, with whom it is told."""

    row: Any
    rule: Rule
    recipients: list[Recipient]
    notes: list[str]


@dataclass(slots=True)
class _RecipientSlip:
    """What one recipient gets of one form."""

    recipient: Recipient
    cases: list[str] = field(default_factory=list)
    items: list[PostItem] = field(default_factory=list)


def decide(
    engine: Engine, deployment: Deployment, month: Period, now: datetime, *, scheduled: bool = False
) -> list[QueuedSlip]:
    """Decide all slips of the month in one transaction; what was decided before is left alone."""
    with writing(engine) as connection:
        if is_postgresql(connection):  # two runs must not make two forms of the same cases
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('duban slips'))"))
        run = _MonthOfSlips(connection, deployment, month, now)
        made = [*run.sheets(Form.URGE), *run.sheets(Form.INQUIRY), *run.notices()]
        if scheduled:
            _remember(connection, month)
    return made


def is_done(connection: Connection, month: Period) -> bool:
    """Whether that month's slips, or later ones, were made on schedule."""
    last = connection.scalar(select(facts.c.value).where(facts.c.name == DONE))
    return last is not None and last >= month.label


def _remember(connection: Connection, month: Period) -> None:
    known = connection.scalar(select(facts.c.value).where(facts.c.name == DONE))
    if known is None:
        connection.execute(facts.insert().values(name=DONE, value=month.label))
    elif known < month.label:
        connection.execute(facts.update().where(facts.c.name == DONE).values(value=month.label))


def found(
    connection: Connection,
    deployment: Deployment,
    directory: Directory,
    form: Form,
    month: Period,
    now: datetime,
    case_id: int | None = None,
) -> Iterator[LateDeadline]:
    """What comes on the forms of that kind as things stand now. With `case_id` only of that case, in whatever month."""
    until = min(month.until, now)
    pinned = Pinned(connection)
    if form is Form.URGE:
        rows = choose.overdue(connection, now if case_id else until, case_id)
    else:
        rows = choose.closed_late(connection, None if case_id else month.since, now if case_id else until, case_id)
    for row in rows:
        regulation: Regulation | None = pinned(row.regulation_id) if row.regulation_id is not None else None
        rule = choose.rule_of(row, regulation) if regulation else None
        if regulation is None or rule is None:
            continue
        if form is Form.URGE:
            roles = choose.urged_roles(rule, regulation)
        else:
            roles = choose.station_roles(rule, regulation, deployment.settings.manager_roles)
        recipients, notes = directory.resolve(roles, regulation, Case.of(row, key=row.case_id).facts, now)
        yield LateDeadline(row, rule, recipients, notes)


class _MonthOfSlips:
    """One transaction's decisions."""

    def __init__(self, connection: Connection, deployment: Deployment, month: Period, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.month = month
        self.now = now
        self.directory = deployment.directory(connection)

    def sheets(self, form: Form) -> list[QueuedSlip]:
        """Write the escalations that are new, and a form for each recipient of them."""
        sheets: dict[str, _RecipientSlip] = {}
        page: list[LateDeadline] = []
        for one in found(self.connection, self.deployment, self.directory, form, self.month, self.now):
            page.append(one)
            if len(page) == choose.PAGE:
                self._write(form, page, sheets)
                page = []
        self._write(form, page, sheets)
        post(self.connection, self.deployment, [self._post(form, sheet) for sheet in sheets.values()])
        return [
            QueuedSlip(form, sheet.recipient.name, sheet.recipient.email, tuple(dict.fromkeys(sheet.cases)))
            for sheet in sheets.values()
        ]

    def _write(self, form: Form, page: list[LateDeadline], sheets: dict[str, _RecipientSlip]) -> None:
        """The escalations of a page that are not on record yet, each with its recipients' sheets."""
        rows = {self._id(form, one): one for one in page}
        table = escalations.c.id
        known = set(self.connection.scalars(select(table).where(table.in_(list(rows))))) if rows else set()
        fresh = {key: one for key, one in rows.items() if key not in known}
        insert_sealed(self.connection, escalations, [self._escalation(form, key, one) for key, one in fresh.items()])
        for key, one in fresh.items():
            for recipient in one.recipients:
                sheet = sheets.setdefault(recipient.email.lower(), _RecipientSlip(recipient))
                sheet.items.append(PostItem(key, one.row.case_id))
                sheet.cases.append(one.row.number)

    def _id(self, form: Form, one: LateDeadline) -> UUID:
        step = f"slip-{self.month.label}" + ("" if form is Form.URGE else f"-{form}")
        return decision_id(one.row.case_id, one.row.rule, one.row.round, step, iso(one.row.due_at) or "-")

    def _escalation(self, form: Form, key: UUID, one: LateDeadline) -> dict[str, Any]:
        reason = both(f"slip.{form}.reason", month=self.month.label)
        return {
            "id": key,
            "case_id": one.row.case_id,
            "rule": one.row.rule,
            "round": one.row.round,
            "step": "slip",
            "due_at": one.row.due_at,
            "scheduled_at": self.now,
            "fired_at": self.now,
            "recipients": [recipient.shown() for recipient in one.recipients],
            "reason": "; ".join([reason, *one.notes]),
        }

    def _post(self, form: Form, sheet: _RecipientSlip) -> Post:
        key = f"slip/{form}/{self.month.label}/{sheet.recipient.email}/{sheet.items[0].escalation_id.hex[:8]}"
        about = {"form": str(form), "month": self.month.label}
        counted = {"month": self.month.label, "count": len(set(sheet.cases)), "who": ""}
        return slip_post(key, sheet.recipient, about, counted, self.now)._replace(items=sheet.items)

    def notices(self) -> list[QueuedSlip]:
        """A notice for each department and person with penalties that month, and one of all for whoever approves."""
        numbers = penalty_notices.numbers(self.connection, self.deployment, self.month)
        if not numbers:
            return []
        wanted: list[tuple[str, Recipient]] = []
        for who in numbers:
            wanted += [(who, recipient) for recipient in penalty_notices.recipients(self.directory, who, self.now)]
        wanted += [("", recipient) for recipient in penalty_notices.copies(self.directory, self.deployment, self.now)]
        notices: dict[str, tuple[Post, QueuedSlip]] = {}
        for who, recipient in wanted:
            about = {"form": str(Form.NOTICE), "month": self.month.label, "who": who}
            cases = tuple(sorted(numbers[who] if who else {case for some in numbers.values() for case in some}))
            counted = {"month": self.month.label, "count": len(cases), "who": who}
            key = f"slip/{Form.NOTICE}/{self.month.label}/{who}/{recipient.email}"
            notice = slip_post(key, recipient, about, counted, self.now)
            notices.setdefault(key, (notice, QueuedSlip(Form.NOTICE, recipient.name, recipient.email, cases)))
        return put(self.connection, self.deployment, notices.values())


def slip_post(key: str, recipient: Recipient, about: dict[str, Any], counted: dict[str, Any], now: datetime) -> Post:
    """The message that carries a slip."""
    return Post(
        kind=KIND,
        key=key,
        recipient=recipient,
        subject=subject(f"slip/{about['form']}", recipient.language, counted),
        created_at=now,
        about={**about, "role": recipient.role, "instead_of": recipient.instead_of},
    )


def put(connection: Connection, deployment: Deployment, slips: Collection[tuple[Post, QueuedSlip]]) -> list[QueuedSlip]:
    """Put these forms into the outbox, those that are there already left alone; what is new."""
    new = post_new(connection, deployment, [one for one, _ in slips])
    return [made for one, made in slips if one.key in new]


def grouped(some: Iterable[LateDeadline]) -> dict[str, tuple[Recipient, list[LateDeadline]]]:
    """Per recipient's address what comes on their form."""
    sheets: dict[str, tuple[Recipient, list[LateDeadline]]] = {}
    for one in some:
        for recipient in one.recipients:
            sheets.setdefault(recipient.email.lower(), (recipient, []))[1].append(one)
    return sheets
