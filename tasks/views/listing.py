"""What is there: the rows of `duban list`, one query a listing, streamed, with personal data masked.

A row is a mapping with the fields of the JSON contract; instants are aware UTC datetimes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.errors import UnknownError, UsageError
from models.store.schema import cases
from tasks.views.listings.cases import CASES
from tasks.views.listings.deadlines import DEADLINES
from tasks.views.listings.escalations import ESCALATIONS
from tasks.views.listings.events import EVENTS
from tasks.views.listings.loans import loans
from tasks.views.listings.messages import MESSAGES
from tasks.views.listings.penalties import PENALTIES
from tasks.views.listings.statements import STATEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment
    from tasks.views.listings.shape import Listing

BATCH = 1000
"""How many rows are fetched at a time."""

LISTINGS: Mapping[str, Listing] = {
    "cases": CASES,
    "deadlines": DEADLINES,
    "escalations": ESCALATIONS,
    "events": EVENTS,
    "messages": MESSAGES,
    "penalties": PENALTIES,
    "statements": STATEMENTS,
}
"""All but the loans: what they show depends on their regulations and on the instant."""


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
    listing = loans(connection, deployment, now) if what == "loans" else LISTINGS[what]
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
