"""The mails about a statement: drawn from the stored figures when they leave, once for all who read the same."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import select

from models.calendar.instants import local
from models.store.schema import person_roles
from models.wording.catalogue import say, spoken
from tasks.mail.about import Later, letter_of
from tasks.mail.rendering import fill
from tasks.mail.words import reason
from tasks.statements.changes import of_part
from tasks.statements.distribute import FOR_REVIEW, RETURNED
from tasks.statements.store import IN_REVIEW, SUPERSEDED, is_approved_anew, light, whole
from tasks.statements.titles import number_of, title

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment
    from tasks.statements.forms import Rendered
    from tasks.statements.store import StoredStatement

KEPT = 4
"""So many drawn statements are kept: those who read the same one follow each other in the outbox."""


class _Form(NamedTuple):
    """What makes two readers read the same."""

    statement: UUID
    purpose: Literal["review", "general", "department"]
    part: str
    language: str
    cleared: bool
    by_reply: bool


@dataclass(frozen=True, slots=True)
class _Returned:
    """What the mail about a returned statement says."""

    number: str
    title: str
    by: str | None
    at: str
    remark: str
    command: str


_drawn: OrderedDict[_Form, Rendered] = OrderedDict()


def letter(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Letter | str:
    """The mail of that message, or why nobody needs it any more."""
    gone = check(connection, deployment, row, now)
    if gone:
        return gone
    statement_id, purpose, part = UUID(row.about["statement"]), row.about["purpose"], row.about.get("part", "")
    if purpose == RETURNED:
        return _returned(connection, deployment, row, statement_id)
    asks = purpose == FOR_REVIEW
    by_reply = asks and deployment.settings.takes_replies
    cleared = is_cleared(connection, deployment, row.person_id)
    form = _Form(statement_id, purpose, part, spoken(row.language), cleared, by_reply)
    return letter_of(row, content=Later(_drawing(connection, form)), asks=asks)


def check(connection: Connection, deployment: Deployment, row: AnyRow, _now: datetime) -> str | None:
    """Why the message is not to be sent any more; None when it is."""
    statement = light(connection, UUID(row.about["statement"]))
    purpose = row.about["purpose"]
    if statement.state == SUPERSEDED:
        return reason("statement.record.superseded")
    if purpose == FOR_REVIEW and statement.state != IN_REVIEW:
        when = local(statement.answered_at, deployment.zone) if statement.answered_at else ""
        return reason("statement.record.answered", at=when, state=statement.state)
    if purpose != FOR_REVIEW and is_approved_anew(connection, statement):
        return reason("statement.record.approved_anew")
    return None


def is_cleared(connection: Connection, deployment: Deployment, person_id: int | None) -> bool:
    """Whether this person may read the names of secret items, by a role of their own."""
    query = select(person_roles.c.role).where(person_roles.c.person_id == person_id)
    return person_id is not None and not set(deployment.settings.cleared).isdisjoint(connection.scalars(query))


def answer_hint(number: str, language: str, *, by_reply: bool) -> str:
    """How a review is answered: by reply where answers reach us, else in the UI or by a command."""
    if by_reply:
        return say(language, "statement.answer.by_reply")
    return say(language, "statement.answer.how", number=number)


def _drawing(connection: Connection, form: _Form) -> Callable[[Letter], Letter]:
    """Reads now what is drawn later, unless it is drawn already."""
    known = _drawn.get(form)
    stored = whole(connection, form.statement) if known is None else None

    def draw(letter: Letter) -> Letter:
        rendered = known or _drawn.get(form)
        if rendered is None:
            assert stored is not None  # noqa: S101 -- read when it was not drawn
            rendered = _drawn[form] = _render(stored, form)
            while len(_drawn) > KEPT:
                _drawn.popitem(last=False)
        return replace(letter, content=rendered, attachments=rendered.attachments)

    return draw


def _render(stored: StoredStatement, form: _Form) -> Rendered:
    from tasks.statements.forms import render  # noqa: PLC0415 -- charts and workbooks, only where one is drawn

    return render(
        stored.figures(form.part),
        stored.cases(form.part),
        language=form.language,
        cleared=form.cleared,
        purpose=form.purpose,
        revision=stored.row.revision,
        changes=of_part(stored.row.changes, form.part),
        answer_hint=_hint(stored.number, form),
    )


def _hint(number: str, form: _Form) -> str:
    return answer_hint(number, form.language, by_reply=form.by_reply) if form.purpose == FOR_REVIEW else ""


def _returned(connection: Connection, deployment: Deployment, row: AnyRow, statement_id: UUID) -> Letter:
    """The remark, for those who made the statement."""
    statement = light(connection, statement_id)
    language = spoken(row.language)
    regulation = f" --regulation {statement.regulation}" if statement.regulation else ""
    content = _Returned(
        number=number_of(statement),
        title=title(statement, language),
        by=statement.answered_by,
        at=local(statement.answered_at, deployment.zone) if statement.answered_at else "",
        remark=statement.remark or "-",
        command=f"duban statement {statement.cadence} --period {statement.period}{regulation} --submit",
    )
    plain = letter_of(row)
    return replace(plain, content=fill("returned", plain, content=content))
