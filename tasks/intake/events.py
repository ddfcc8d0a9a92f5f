"""Events from files: what happened to cases that are known, each fact once."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from models.calendar.instants import iso, local
from models.store.bulk import insert_many
from models.store.in_array import in_array
from models.store.schema import cases, events
from models.wording.catalogue import FIRST, section
from models.wording.vocabulary import event_id, outcome_id, satisfaction_id
from tasks.intake import values
from tasks.intake.lookup import Lookup
from tasks.intake.reasons import BadRowError
from tasks.intake.taken import Taken
from tasks.record.keys import event_key
from tasks.record.recording import DERIVED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.intake.table import Row
    from tasks.intake.taken import Job

_OWN = frozenset({"case", "event", "at", "by"})
_SINGLE_LINE = _OWN | {"satisfaction", "outcome", "until"}


class _Case(NamedTuple):
    id: int
    kind: str
    regulation: str | None
    regulation_id: int | None
    opened_at: datetime


class EventImporter:
    """Takes events in. An event is known when case, name, instant, person and fields are the same."""

    chunk: int | None = 2_000

    def __init__(self, job: Job) -> None:
        self._job = job
        self._names: dict[tuple[str, int], str] = {}

    def take(self, connection: Connection, rows: Sequence[Row]) -> Taken:
        """One chunk: read every row, leave out what is known, append the rest."""
        taken = Taken()
        lookup = Lookup(connection, self._job.deployment, self._job.now)
        found: list[tuple[int, dict[str, str]]] = []
        for place, row in enumerate(rows):
            try:
                found.append((place, self._read(row)))
            except BadRowError as error:
                taken.refused[place] = error
        known_cases = _cases(connection, {read["case"] for _place, read in found})
        told: dict[tuple[int, str], tuple[int, dict[str, Any]]] = {}
        for place, read in found:
            try:
                event = self._event(read, known_cases, lookup)
            except BadRowError as error:
                taken.refused[place] = error
                continue
            if event is None or (event["case_id"], event["key"]) in told:
                taken.unchanged += 1
            else:
                told[event["case_id"], event["key"]] = (place, event)
        stored = _stored(connection, told.keys())
        new = [event for identity, (_place, event) in told.items() if identity not in stored]
        insert_many(connection, events, new, unless="(case_id, key)")
        taken.accepted += len(new)
        taken.unchanged += len(told) - len(new)
        return taken

    def committed(self) -> None:
        """Nothing to keep in mind: the record itself knows every event."""

    def _read(self, row: Row) -> dict[str, str]:
        found = self._job.columns.values(row)
        values.check_texts(found, _SINGLE_LINE)
        values.needed(found, "case", "event", "at")
        return found

    def _event(self, read: dict[str, str], known: dict[str, _Case], lookup: Lookup) -> dict[str, Any] | None:
        """The event to append; None for the opening, which the case itself has told."""
        case = known.get(read["case"])
        if case is None:
            raise BadRowError("case", text=read["case"])
        rules = (
            lookup.pinned(case.regulation_id)
            if case.regulation_id is not None
            else lookup.regulation(case.regulation, case.kind)[1]
        )
        name = self._name(read["event"], rules)
        at = values.instant(read, "at", self._job.deployment.zone)
        if at < case.opened_at:
            raise BadRowError("before_case", opened=local(case.opened_at, self._job.deployment.zone))
        if name == rules.opening and at == case.opened_at:
            return None
        fields = {key: text for key, text in read.items() if key not in _OWN}
        self._check_until(name, at, fields)
        lookup.check_dates(rules, fields)
        if "satisfaction" in fields:
            fields["satisfaction"] = satisfaction_id(fields["satisfaction"]) or fields["satisfaction"]
        if "outcome" in fields:
            fields["outcome"] = outcome_id(fields["outcome"]) or fields["outcome"]
        by = read.get("by")
        return {
            "case_id": case.id,
            "name": name,
            "at": at,
            "by": by,
            "fields": fields,
            "recorded_at": self._job.now,
            "key": event_key(name, at, by, fields),
        }

    def _name(self, text: str, rules: Regulation) -> str:
        name = self._names.get((text, id(rules)))
        if name is None:
            name = event_id(text, rules)
            if name is None:
                choices = [*rules.events, *(words.zh for words in rules.events.values())]
                usual = section(FIRST, "vocabulary.events")
                choices += [*usual, *usual.values()]
                near = difflib.get_close_matches(text, choices, n=2, cutoff=0.4) or ["first_contact"]
                raise BadRowError("event", text=text, nearest=", ".join(near))
            if name in DERIVED:
                raise BadRowError("derived_event", text=name)
            self._names[text, id(rules)] = name
        return name

    def _check_until(self, name: str, at: datetime, fields: dict[str, str]) -> None:
        """A postponement says until when; a bare date means the notice hour of that day, as the clocks read it."""
        if "until" not in fields:
            if name == "postponement_approved":
                raise BadRowError("until_missing")
            return
        deployment = self._job.deployment
        until = values.instant(fields, "until", deployment.zone)
        if values.is_bare_date(fields["until"]):
            day = until.astimezone(deployment.zone).date()
            fields["until"] = day.isoformat()
            until = datetime.combine(day, deployment.settings.notice_hour, deployment.zone).astimezone(UTC)
        else:
            fields["until"] = iso(until) or ""
        if until <= at:
            raise BadRowError("until_before")


def _cases(connection: Connection, numbers: set[str]) -> dict[str, _Case]:
    columns = (cases.c.number, *(cases.c[name] for name in _Case._fields))
    found = connection.execute(select(*columns).where(in_array(connection, cases.c.number, numbers)))
    return {row[0]: _Case(*row[1:]) for row in found}


def _stored(connection: Connection, identities: Any) -> set[tuple[int, str]]:
    """Which of these events the record has; those that another program wrote without key are told by their content."""
    ids = {case_id for case_id, _key in identities}
    if not ids:
        return set()
    keys = {key for _case_id, key in identities}
    of_cases = in_array(connection, events.c.case_id, ids)
    has_key = in_array(
        connection, func.coalesce(events.c.key, ""), keys
    )  # as an expression: else each case is looked up with each key
    found = {
        (row.case_id, row.key)
        for row in connection.execute(select(events.c.case_id, events.c.key).where(of_cases, has_key))
    }
    keyless = select(events.c.case_id, events.c.name, events.c.at, events.c.by, events.c.fields)
    for case_id, name, at, by, fields in connection.execute(keyless.where(of_cases, events.c.key.is_(None))):
        found.add((case_id, event_key(name, at, by, fields)))
    return found
