"""What `duban record` does: a person's words become ids, checked as a file's row is, then the record is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from models.errors import RefusedError, UsageError
from models.schema import cases
from models.vocabulary import channel_id, event_id, folded, outcome_id, satisfaction_id, secrecy_id
from tasks.intake import values
from tasks.intake.columns import names_of
from tasks.intake.lookup import Lookup
from tasks.intake.reasons import BadRowError
from tasks.keys import intake_key
from tasks.record import OPENINGS, append_event, open_case
from tasks.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.settings import Settings


class Recorded(NamedTuple):
    """The case, the event by its id, its instant (UTC), and whether it was new."""

    number: str
    name: str
    at: datetime
    fresh: bool


LOAN = "loan"
_OPENED = ("received_at", "lent_at")
_FIXED = {
    "channel": channel_id,
    "secrecy": secrecy_id,
    "satisfaction": satisfaction_id,
    "outcome": outcome_id,
}
"""Fields whose usual values have ids; other values are kept as they are, for a regulation may know them."""


def open_by_hand(
    connection: Connection,
    settings: Settings,
    event: str,
    *,
    at: datetime | None,
    by: str | None,
    fields: Mapping[str, str],
    now: datetime,
) -> Recorded:
    """Open a case with `registered`, `lent`, or what the regulation that is named opens with.

    Without `at` the field `received_at` or `lent_at` tells the instant, else it is `now`. RefusedError names the
    article that forbids it, or the field that cannot be; UsageError when the event opens nothing.
    """
    kind = OPENINGS.get(event_id(event) or event)
    loan = kind == LOAN
    given = _named(fields, "loans" if loan else "complaints")
    try:
        told = {name: given.pop(name, "") for name in _OPENED}
        opened_at = at or next((values.instant(told, name, settings.zone) for name in _OPENED if told[name]), now)
        lookup = Lookup(connection, settings, now)
        regulation = None
        name = event_id(event) or event
        if given.get("regulation"):
            rules = lookup.regulation(given.pop("regulation"), kind or "complaint")[1]
            regulation, name = rules.regulation, event_id(event, rules) or event
            kind = rules.kind if name == rules.opening else None
            lookup.check_dates(rules, given)
        if kind is None:
            known = " or ".join(OPENINGS)
            raise UsageError(f"{event!r} opens no case: use {known}, or give the number of the case instead of NEW")
        if loan:
            values.needed(given, "item", "borrower")
        if given.get("number"):
            given["number"] = values.case_number(given["number"])
        if given.get("quantity"):
            given["quantity"] = values.quantity(given["quantity"])
        if given.get("department"):
            given["department"] = lookup.department(given["department"])
    except BadRowError as error:
        raise RefusedError(error.sentence("en")) from error
    number = given.get("number", "")
    same = connection.scalar(select(cases.c.intake_key).where(cases.c.number == number)) if number else None
    if same is not None and same == intake_key(kind, opened_at, given):
        return Recorded(number, name, opened_at, fresh=False)
    newest = connection.scalar(select(func.max(cases.c.id))) or 0
    number = open_case(
        connection, settings, kind=kind, opened_at=opened_at, fields=given, regulation=regulation, by=by, now=now
    )
    fresh = connection.scalar(select(cases.c.id > newest).where(cases.c.number == number))
    return Recorded(number, name, opened_at, bool(fresh))


def append_by_hand(
    connection: Connection,
    settings: Settings,
    number: str,
    event: str,
    *,
    at: datetime,
    by: str | None,
    fields: Mapping[str, str],
    now: datetime,
) -> Recorded:
    """Append an event to a case; RefusedError names the article that forbids it, UnknownError when there is no case."""
    regulation_id = connection.scalar(select(cases.c.regulation_id).where(cases.c.number == number))
    rules = pinned(connection, regulation_id) if regulation_id is not None else None
    name = event_id(event, rules) or event
    given = _named(fields, "events")
    for option in ("case", "event", "at", "by"):
        if option in given:
            advice = f"write --{option} instead" if option in ("at", "by") else "it is told by the first two words"
            raise UsageError(f"{option} is no field of an event: {advice}")
    try:
        if rules:
            Lookup(connection, settings, now).check_dates(rules, given)
        if given.get("until"):
            values.instant(given, "until", settings.zone)
    except BadRowError as error:
        raise RefusedError(error.sentence("en")) from error
    fresh = append_event(connection, settings, number=number, name=name, at=at, by=by, fields=given, now=now)
    return Recorded(number, name, at, fresh)


def _named(fields: Mapping[str, str], what: str) -> dict[str, str]:
    """The fields by the names of the import's columns, in either language, with the ids of values that have one."""
    columns = names_of(what)
    found: dict[str, str] = {}
    for told, value in fields.items():
        name = columns.get(folded(told), told)
        if name in found:
            raise UsageError(f"--field {name} is given twice: leave one out")
        if value != "":
            found[name] = (_FIXED[name](value) or value) if name in _FIXED else value
    try:
        values.check_texts(found, frozenset(columns.values()) - values.FREE_TEXT)
    except BadRowError as error:
        raise RefusedError(error.sentence("en")) from error
    return found
