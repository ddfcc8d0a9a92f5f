"""The general manager's answer to a statement: approved it goes out, returned its remark goes to those who made it.

Event, state and mails are one transaction. An answer that was recorded as an ordinary event of the case is picked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.errors import RefusedError
from models.store.database import reading, writing
from models.store.schema import cases, events, statements
from tasks.engine.duties import fulfil
from tasks.mail.words import reason
from tasks.record.approvals import holding, is_among
from tasks.record.authority import unknown
from tasks.record.recording import append_event
from tasks.statements.distribute import GENERAL_MANAGER, Distribution, StatementMail
from tasks.statements.store import APPROVED, IN_REVIEW, RETURNED, REVIEW, SUPERSEDED, id_of, light
from tasks.statements.titles import number_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection, Engine, Row

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment
    from tasks.record.approvals import Decider
    from tasks.record.provenance import Provenance

DECISIONS = {"approve": APPROVED, "return": RETURNED}
"""What can be decided, and the event and state that come of it."""


class StatementAnswer(NamedTuple):
    """What became of a statement: its state, who answered, who was sent what; not `fresh` when it was known already."""

    number: str
    state: str
    by: str | None
    told: list[StatementMail]
    fresh: bool


class Waiting(NamedTuple):
    """A statement without an answer, and the Prefect run that waits for it."""

    id: UUID
    number: str
    run_id: str | None
    created_at: datetime


def answer(
    engine: Engine,
    deployment: Deployment,
    number: str,
    decision: str,
    *,
    by: str | None,
    remark: str,
    now: datetime,
    provenance: Provenance,
) -> StatementAnswer:
    """Approve or return a statement; the same answer again changes nothing.

    RefusedError when `by` may not decide, when a return has no remark, or when it was answered otherwise before.
    """
    state = DECISIONS[decision]
    remark = remark.strip()
    if state == RETURNED and not remark:
        raise RefusedError("a return needs a remark: say with --remark what is to be corrected")
    with writing(engine) as connection:
        row = light(connection, id_of(connection, number), lock=True)
        if row.state == SUPERSEDED:
            raise RefusedError(f"{number} was superseded by a newer revision: `duban list statements` shows it")
        if row.state != IN_REVIEW:
            if row.state == state:
                return StatementAnswer(number, row.state, row.answered_by, [], fresh=False)
            raise RefusedError(f"{number} was {row.state} by {row.answered_by or '-'} already")
        who = _decides(connection, deployment, by, now)
        fields = {"remark": remark} if remark else {}
        told: dict[str, Any] = {"name": state, "at": now, "by": who, "fields": fields, "now": now}
        append_event(connection, deployment, number=number, **told, provenance=provenance)
        by_name = deployment.directory(connection).meant(who)[0].name
        return _settle(connection, deployment, row, state, by_name, remark, now)


def pick_up(engine: Engine, deployment: Deployment, now: datetime) -> list[StatementAnswer]:
    """Settle the statements whose answer was recorded on their case, by `duban record` or by another program."""
    answers = (
        select(statements.c.id, events.c.name, events.c.by, events.c.fields, events.c.at)
        .join(events, events.c.case_id == statements.c.case_id)
        .where(statements.c.state == IN_REVIEW, events.c.name.in_((APPROVED, RETURNED)), events.c.at <= now)
        .where(events.c.unauthorised.is_(None), events.c.link.is_not(None))
        .order_by(events.c.at.desc(), events.c.id.desc())
    )
    with reading(engine) as connection:
        found = {row.id: row for row in connection.execute(answers)}  # the first answer counts
    done = []
    for said in found.values():
        with writing(engine) as connection:
            row = light(connection, said.id, lock=True)
            if row.state == IN_REVIEW:
                remark = str(said.fields.get("remark") or said.fields.get("note") or "")
                done.append(_settle(connection, deployment, row, said.name, said.by, remark, now, at=said.at))
    return done


def _settle(
    connection: Connection,
    deployment: Deployment,
    row: Row[tuple[UUID, str]],
    state: str,
    by: str | None,
    remark: str,
    now: datetime,
    *,
    at: datetime | None = None,
) -> StatementAnswer:
    """The state, and the mails that follow from it."""
    values = {"state": state, "answered_at": at or now, "answered_by": by, "remark": remark or None}
    connection.execute(statements.update().where(statements.c.id == row.id).values(**values))
    if state == APPROVED:
        fulfil(connection, row, number_of(row), at or now, now)
    mails = Distribution(connection, deployment, row, now)
    told = mails.approved() if state == APPROVED else mails.returned()
    return StatementAnswer(number_of(row), state, by, told, fresh=True)


# -- who may -----------------------------------------------------------------------------------------------------


def deciders(connection: Connection, deployment: Deployment, now: datetime) -> list[Decider]:
    """Who may answer a statement: the general manager, or whoever stands in."""
    rules = deployment.regulations.register(connection, REVIEW, now)[1]
    return holding(deployment.directory(connection), rules, (GENERAL_MANAGER,), {}, now)


def _decides(connection: Connection, deployment: Deployment, by: str | None, now: datetime) -> str:
    """Who decides; RefusedError with the article for anybody but the general manager or who stands in."""
    rules = deployment.regulations.register(connection, REVIEW, now)[1]
    directory = deployment.directory(connection)
    allowed = deciders(connection, deployment, now)
    names = "、".join(one.name for one in allowed) or "-"
    if not by:
        raise RefusedError(f"请写明谁决定 / say with --by who decides: {names} ({_article(rules)})")
    meant = directory.meant(by)
    if len(meant) > 1:
        raise RefusedError(unknown(directory, by, meant))
    if not meant or not is_among(meant[0], allowed):
        raise RefusedError(
            f"{by} {reason('statement.record.may_not')}: {names} may, by {_article(rules)} ({REVIEW}, review)"
        )
    return by


def _article(rules: Regulation) -> str:
    return f"{rules.title.zh} {rules.cite.article if rules.cite else ''}"


def waiting(connection: Connection) -> list[Waiting]:
    """Statements that wait for their answer, the oldest first."""
    query = (
        select(statements.c.id, cases.c.number, statements.c.run_id, statements.c.created_at)
        .join(cases, cases.c.id == statements.c.case_id)
        .where(statements.c.state == IN_REVIEW)
        .order_by(statements.c.created_at, cases.c.number)
    )
    return [Waiting(*row) for row in connection.execute(query)]


def note_run(connection: Connection, statement_id: UUID, run_id: str | None) -> None:
    """Which run waits for the answer; None when none does any more."""
    connection.execute(statements.update().where(statements.c.id == statement_id).values(run_id=run_id))


def answered_runs(connection: Connection) -> list[Row[tuple[UUID, str, str]]]:
    """Statements that wait no longer, with the run that did: id, run, state."""
    query = select(statements.c.id, statements.c.run_id, statements.c.state)
    return list(connection.execute(query.where(statements.c.state != IN_REVIEW, statements.c.run_id.is_not(None))))
