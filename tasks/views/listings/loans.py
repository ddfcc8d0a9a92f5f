"""Every loan, the oldest first: what is lent to whom, until when, and how late it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from models.store.schema import cases, deadlines, events, regulations
from models.timeline.story import Status
from tasks.organisation.masking import masked_item
from tasks.organisation.registry import pinned
from tasks.views.listings.shape import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from tasks.organisation.deployment import Deployment

LOAN = "loan"


def loans(connection: Connection, deployment: Deployment, now: datetime) -> Listing:
    """Loans with the due date of their newest clock that a return stops; `now` tells how late an open one is."""
    zone = deployment.zone
    clocks = [
        and_(cases.c.regulation_id == regulation_id, deadlines.c.rule.in_(rules))
        for regulation_id, rules in _return_rules(connection)
    ]
    due_at = (
        select(deadlines.c.due_at)
        .where(deadlines.c.case_id == cases.c.id, or_(False, *clocks))  # noqa: FBT003 -- SQLAlchemy's empty `or`
        .order_by(deadlines.c.starts_at.desc(), deadlines.c.round.desc(), deadlines.c.due_at)
        .limit(1)
        .correlate(cases)
        .scalar_subquery()
    )
    renewals = (
        select(func.count())
        .where(events.c.case_id == cases.c.id, events.c.name == "renewed", events.c.unauthorised.is_(None))
        .correlate(cases)
        .scalar_subquery()
    )

    def shape(row: Row[Any]) -> dict[str, Any]:
        until = row.closed_at or now
        late = (until.astimezone(zone).date() - row.due_at.astimezone(zone).date()).days if row.due_at else 0
        return {
            "number": row.number,
            "item": masked_item(row.fields),
            "secrecy": row.fields.get("secrecy"),
            "quantity": row.fields.get("quantity"),
            "borrower": row.party or row.fields.get("borrower"),
            "department": row.department,
            "regulation": row.regulation,
            "lent_at": row.opened_at,
            "due_at": row.due_at,
            "returned_at": row.closed_at,
            "renewals": row.renewals,
            "status": row.status,
            "late_days": max(late, 0),
        }

    return Listing(
        query=select(cases, due_at.label("due_at"), renewals.label("renewals"))
        .where(cases.c.kind == LOAN)
        .order_by(cases.c.opened_at, cases.c.id),
        shape=shape,
        of_case=lambda key: cases.c.id == key,
        states={status: cases.c.status == status for status in Status},
    )


def _return_rules(connection: Connection) -> Iterator[tuple[int, list[str]]]:
    """Per loan regulation, the rules whose clock a return stops."""
    for (regulation_id,) in connection.execute(select(regulations.c.id).where(regulations.c.kind == LOAN)).all():
        pack = pinned(connection, regulation_id)
        rules = [rule.id for rule in pack.rules if any(match.event == "returned" for match in rule.stops)]
        if rules:
            yield regulation_id, rules
