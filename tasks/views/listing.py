"""What is there: the rows of `duban list`, one query a listing, streamed, with personal data masked.

A row is a mapping with the fields of the JSON contract; instants are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select

from models.errors import UnknownError, UsageError
from models.store.schema import (
    cases,
    deadlines,
    escalations,
    events,
    message_items,
    messages,
    penalties,
    regulations,
    statements,
)
from models.timeline.story import State, Status
from models.wording.phrases import share_words
from tasks.organisation.masking import masked_item, masked_phone
from tasks.organisation.registry import pinned
from tasks.statements.titles import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection, Row

    from tasks.organisation.deployment import Deployment

BATCH = 1000
"""How many rows are fetched at a time."""

LOAN = "loan"

Shape = "Callable[[Row[Any]], dict[str, Any]]"


@dataclass(frozen=True, slots=True)
class _Listing:
    """One listing: its rows in order, the column that names the case, and how `--state` filters."""

    query: Select[Any]
    shape: Callable[[Row[Any]], dict[str, Any]]
    of_case: Callable[[int], ColumnElement[bool]]
    states: Mapping[str, ColumnElement[bool]]


def rows(
    connection: Connection,
    deployment: Deployment,
    what: str,
    *,
    now: datetime,
    case: str | None = None,
    state: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of the listing `what`, one by one while they are read; `now` tells how late an open loan is.

    UnknownError when there is no such case; UsageError names the states when there is no such state.
    """
    listing = _LISTINGS[what](connection, deployment, now)
    query = listing.query
    if case is not None:
        query = query.where(listing.of_case(case_id(connection, case)))
    if state is not None:
        if state not in listing.states:
            known = ", ".join(listing.states)
            advice = f"the states of {what} are {known}" if known else f"{what} have no state: leave out --state"
            raise UsageError(f"unknown state {state!r}: {advice}")
        query = query.where(listing.states[state])
    streamed = connection.execution_options(yield_per=BATCH).execute(query)
    return (listing.shape(row) for row in streamed)


def case_id(connection: Connection, number: str) -> int:
    """The row of the case with that number; UnknownError when there is none."""
    found = connection.scalar(select(cases.c.id).where(cases.c.number == number))
    if found is None:
        raise UnknownError(f"there is no case {number!r}: `duban list cases` shows the numbers")
    return int(found)


# -- the listings ----------------------------------------------------------------------------------------------


def _cases(_connection: Connection, _deployment: Deployment, _now: datetime) -> _Listing:
    def shape(row: Row[Any]) -> dict[str, Any]:
        return {
            "number": row.number,
            "kind": row.kind,
            "regulation": row.regulation,
            "status": row.status,
            "round": row.round,
            "level": row.level,
            "department": row.department,
            "handler": row.handler,
            "party": row.party,
            "phone": masked_phone(row.fields.get("phone")),
            "channel": row.fields.get("channel"),
            "category": row.fields.get("category"),
            "item": masked_item(row.fields),
            "opened_at": row.opened_at,
            "closed_at": row.closed_at,
            "trouble": row.trouble,
        }

    return _Listing(
        query=select(cases).order_by(cases.c.opened_at, cases.c.id),
        shape=shape,
        of_case=lambda key: cases.c.id == key,
        states={str(status): cases.c.status == status for status in Status},
    )


def _deadlines(_connection: Connection, _deployment: Deployment, _now: datetime) -> _Listing:
    names = (
        "rule", "round", "starts_at", "opens_at", "due_at", "original_due_at", "state", "met_at", "ended_by", "limit",
        "next_at", "provisional",
    )  # fmt: skip
    return _Listing(
        query=select(cases.c.number, *(deadlines.c[name] for name in names))
        .join(cases, cases.c.id == deadlines.c.case_id)
        .order_by(deadlines.c.due_at.nulls_last(), deadlines.c.starts_at, deadlines.c.id),
        shape=lambda row: {"case": row.number, **{name: row._mapping[name] for name in names}},  # noqa: SLF001 -- SQLAlchemy's public name
        of_case=lambda key: deadlines.c.case_id == key,
        states={str(state): deadlines.c.state == state for state in State},
    )


def _escalations(_connection: Connection, _deployment: Deployment, _now: datetime) -> _Listing:
    names = ("rule", "round", "step", "due_at", "scheduled_at", "fired_at", "recipients", "reason")
    return _Listing(
        query=select(cases.c.number, *(escalations.c[name] for name in names))
        .join(cases, cases.c.id == escalations.c.case_id)
        .order_by(escalations.c.fired_at, escalations.c.scheduled_at, cases.c.number, escalations.c.rule),
        shape=lambda row: {"case": row.number, **{name: row._mapping[name] for name in names}},  # noqa: SLF001 -- see above
        of_case=lambda key: escalations.c.case_id == key,
        states={},
    )


_MESSAGE_STATES = ("queued", "sending", "sent", "in_doubt", "dead", "dropped")


def _messages(_connection: Connection, _deployment: Deployment, _now: datetime) -> _Listing:
    numbers = (
        select(func.aggregate_strings(cases.c.number, "\n"))
        .join(message_items, message_items.c.case_id == cases.c.id)
        .where(message_items.c.message_id == messages.c.id)
        .correlate(messages)
        .scalar_subquery()
    )

    def shape(row: Row[Any]) -> dict[str, Any]:
        return {
            "key": row.key,
            "message_id": row.message_id,
            "kind": row.kind,
            "cases": sorted(set(row.numbers.split("\n"))) if row.numbers else [],
            "to": row.email,
            "name": row.name,
            "subject": row.subject,
            "state": row.state,
            "reason": row.reason,
            "attempts": row.attempts,
            "possible_repeat": row.possible_repeat,
            "created_at": row.created_at,
            "send_after": row.send_after,
            "sent_at": row.sent_at,
        }

    def of_case(key: int) -> ColumnElement[bool]:
        return exists().where(message_items.c.message_id == messages.c.id, message_items.c.case_id == key)

    return _Listing(
        query=select(messages, numbers.label("numbers")).order_by(messages.c.created_at, messages.c.key),
        shape=shape,
        of_case=of_case,
        states={state: messages.c.state == state for state in _MESSAGE_STATES},
    )


def _penalties(_connection: Connection, _deployment: Deployment, _now: datetime) -> _Listing:
    names = ("rule", "round", "seq", "who", "amount", "points", "share", "of", "measure", "at", "withdrawn_at", "note")
    standing = penalties.c.withdrawn_at.is_(None)

    def shape(row: Row[Any]) -> dict[str, Any]:
        state = "standing" if row.withdrawn_at is None else "withdrawn"
        shares = [share_words(row.share, row.of or "", language) for language in ("zh", "en")] if row.share else []
        return {
            "case": row.number,
            **{name: row._mapping[name] for name in names},  # noqa: SLF001 -- see above
            "share_of": " ".join(shares) or None,
            "state": state,
        }

    return _Listing(
        query=select(cases.c.number, *(penalties.c[name] for name in names))
        .join(cases, cases.c.id == penalties.c.case_id)
        .order_by(penalties.c.at, penalties.c.id),
        shape=shape,
        of_case=lambda key: penalties.c.case_id == key,
        states={"standing": standing, "withdrawn": ~standing},
    )


_STATEMENT_STATES = ("in_review", "approved", "returned", "superseded")


def _statements(_connection: Connection, _deployment: Deployment, _now: datetime) -> _Listing:
    names = (
        "cadence", "period", "regulation", "revision", "state", "since", "until", "data_at", "data_hash", "created_at",
        "answered_at", "answered_by", "remark",
    )  # fmt: skip

    def shape(row: Row[Any]) -> dict[str, Any]:
        return {"number": number_of(row), **{name: row._mapping[name] for name in names}}  # noqa: SLF001 -- see above

    return _Listing(
        query=select(*(statements.c[name] for name in names)).order_by(
            statements.c.created_at, statements.c.until, statements.c.regulation, statements.c.revision
        ),
        shape=shape,
        of_case=lambda key: statements.c.case_id == key,
        states={state: statements.c.state == state for state in _STATEMENT_STATES},
    )


def _loans(connection: Connection, deployment: Deployment, now: datetime) -> _Listing:
    """Loans with the due date of their newest clock that a return stops."""
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
        .where(events.c.case_id == cases.c.id, events.c.name == "renewed")
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

    return _Listing(
        query=select(cases, due_at.label("due_at"), renewals.label("renewals"))
        .where(cases.c.kind == LOAN)
        .order_by(cases.c.opened_at, cases.c.id),
        shape=shape,
        of_case=lambda key: cases.c.id == key,
        states={str(status): cases.c.status == status for status in Status},
    )


def _return_rules(connection: Connection) -> Iterator[tuple[int, list[str]]]:
    """Per loan regulation, the rules whose clock a return stops."""
    for (regulation_id,) in connection.execute(select(regulations.c.id).where(regulations.c.kind == LOAN)).all():
        pack = pinned(connection, regulation_id)
        rules = [rule.id for rule in pack.rules if any(match.event == "returned" for match in rule.stops)]
        if rules:
            yield regulation_id, rules


_LISTINGS: Mapping[str, Callable[[Connection, Deployment, datetime], _Listing]] = {
    "cases": _cases,
    "deadlines": _deadlines,
    "escalations": _escalations,
    "messages": _messages,
    "penalties": _penalties,
    "loans": _loans,
    "statements": _statements,
}
