"""What `duban record` does: a person's words become ids, checked as a file's row is, then the record is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from models.errors import RefusedError, UsageError
from models.language.words import Text
from models.language.written import folded
from models.store.schema import cases
from models.wording.vocabulary import event_id
from tasks.intake import values
from tasks.intake.columns import KNOWN, name_of, names_of
from tasks.intake.duties import DutyCases
from tasks.intake.lookup import Lookup
from tasks.intake.reasons import BadRowError
from tasks.record.keys import intake_key
from tasks.record.recording import OPENINGS, append_event, open_case

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment
    from tasks.record.provenance import Provenance


class Recorded(NamedTuple):
    """The case, the event by its id, its instant (UTC), and whether it was new.

    `still_open` are the clocks that ran on when the event closed the case, with what they are called.
    """

    number: str
    name: str
    at: datetime
    fresh: bool
    still_open: tuple[OpenClock, ...] = ()


class OpenClock(NamedTuple):
    """A clock that a closing left undone: the rule with its title, and when it was due (UTC)."""

    rule: str
    title: Text
    due_at: datetime | None


LOAN = "loan"
_REGULATION = frozenset(folded(word) for word in ("regulation", *KNOWN["complaints"]["regulation"]))
_OPENED = ("received_at", "lent_at", "opened_at")


def open_by_hand(
    connection: Connection,
    deployment: Deployment,
    event: str,
    *,
    at: datetime | None,
    by: str | None,
    fields: Mapping[str, str],
    now: datetime,
    provenance: Provenance,
) -> Recorded:
    """Open a case with `registered`, `lent`, or what a regulation opens with: the one named, else one in force.

    Without `at` the field `received_at` or `lent_at` tells the instant, else it is `now`. RefusedError names the
    article that forbids it, or the field that cannot be; UsageError when the event opens nothing.
    """
    named = {told: value for told, value in fields.items() if folded(told) in _REGULATION}
    lookup = Lookup(connection, deployment, now)
    rules, name = _opened_by(lookup, deployment, event, next(iter(named.values()), ""))
    kind = (rules.opens(name) if rules else OPENINGS.get(name)) or "complaint"
    loan = kind == LOAN
    try:
        rules = rules or lookup.regulation(None, kind)[1]
        given = _named(fields, "loans" if loan else "complaints", rules, lookup)
        told = {name: given.pop(name, "") for name in _OPENED}
        opened_at = at or next((values.instant(told, name, deployment.zone) for name in _OPENED if told[name]), now)
        given.pop("regulation", None)
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
    opening: dict[str, Any] = {"kind": kind, "opened_at": opened_at, "fields": given, "regulation": None}
    if rules.opens(name) == kind:
        opening |= {"event": name, "regulation": rules.regulation}
    number = open_case(
        connection, deployment, **opening, by=by or given.get("recorded_by"), now=now, provenance=provenance
    )
    fresh = connection.scalar(select(cases.c.id > newest).where(cases.c.number == number))
    return Recorded(number, name, opened_at, bool(fresh))


def _opened_by(lookup: Lookup, deployment: Deployment, event: str, regulation: str) -> tuple[Regulation | None, str]:
    """The regulation whose case the event opens, and the event's id; None for the two kinds that need no search."""
    usual = event_id(event) or event
    try:
        if regulation:
            rules = lookup.regulation(regulation, OPENINGS.get(usual, ""))[1]
            name = event_id(event, rules) or event
            if rules.opens(name):
                return rules, name
            known = ", ".join([rules.opening, *rules.openings])
            raise UsageError(f"{event!r} opens no case of {rules.regulation}: use {known}")
        if usual in OPENINGS:
            return None, usual
        found = {}
        for default in deployment.regulations.default_names():
            rules = lookup.regulation(default, "")[1]
            name = event_id(event, rules) or event
            if rules.opens(name):
                found[rules.regulation] = (rules, name)
    except BadRowError as error:
        raise RefusedError(error.sentence("en")) from error
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageError(f"{event!r} opens a case of {' or '.join(found)}: say which with --field regulation=NAME")
    known = " or ".join(OPENINGS)
    advice = f"use {known}, name the --field regulation=, or give the number of the case instead of NEW"
    raise UsageError(f"{event!r} opens no case: {advice}")


def append_by_hand(
    connection: Connection,
    deployment: Deployment,
    number: str,
    event: str,
    *,
    at: datetime,
    by: str | None,
    fields: Mapping[str, str],
    now: datetime,
    provenance: Provenance,
) -> Recorded:
    """Append an event to a case; RefusedError names the article that forbids it, UnknownError when there is no case.

    In the place of the number may stand a duty's id or title: it is the case that is open for `by`.
    """
    lookup = Lookup(connection, deployment, now)
    try:
        number, rules = _meant(connection, lookup, number, at, by, fields.get("period"))
        name = event_id(event, rules) or event
        given = _named(fields, "events", rules, lookup)
        for option in ("case", "event", "at", "by"):
            if option in given:
                advice = f"write --{option} instead" if option in ("at", "by") else "it is told by the first two words"
                raise UsageError(f"{option} is no field of an event: {advice}")
        if given.get("until"):
            values.instant(given, "until", deployment.zone)
    except BadRowError as error:
        raise RefusedError(error.sentence("en")) from error
    told: dict[str, Any] = {"name": name, "at": at, "by": by, "fields": given, "now": now}
    done = append_event(connection, deployment, number=number, **told, provenance=provenance)
    clocks = (OpenClock(one.rule, _title(one.rule, rules), one.due_at) for one in done.still_open)
    return Recorded(number, name, at, done.fresh, tuple(clocks))


def _title(rule_id: str, rules: Regulation | None) -> Text:
    rule = rules.rule(rule_id) if rules else None
    return rule.title if rule else Text(zh=rule_id, en=rule_id)


def _meant(
    connection: Connection, lookup: Lookup, number: str, at: datetime, by: str | None, period: str | None
) -> tuple[str, Regulation | None]:
    """The number of the case that is meant, and its regulation; None where there is no such case."""
    columns = (cases.c.number, cases.c.kind, cases.c.regulation, cases.c.regulation_id)
    row = connection.execute(select(*columns).where(cases.c.number == number)).one_or_none()
    row = row or DutyCases(connection, at, at).find(number, by=by, at=at, period=period)
    if row is None:
        return number, None
    if row.regulation_id is not None:
        return row.number, lookup.pinned(row.regulation_id)
    return row.number, lookup.regulation(row.regulation, "" if row.regulation else row.kind)[1]


def _named(fields: Mapping[str, str], what: str, rules: Regulation | None, lookup: Lookup) -> dict[str, str]:
    """The fields by the names of the import's columns and of the regulation, with values as the record keeps them."""
    columns = names_of(what)
    found: dict[str, str] = {}
    for told, value in fields.items():
        name = name_of(told, columns, rules)
        if name in found:
            raise UsageError(f"--field {name} is given twice: leave one out")
        if value != "":
            found[name] = value
    values.check_texts(found, frozenset(columns.values()) - values.FREE_TEXT)
    return lookup.kept(rules, found)
