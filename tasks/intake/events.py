"""Events from files: what happened to cases, each fact once.

1. A row whose number nobody knows is an opening (`delivered`, `assigned` ..), or it names a duty of somebody's.
2. The others are appended to their cases.
3. Last come those that need consent: an answer to a request, and an opening that an approval guards. They are judged as
   `record` judges them, for a file grants nothing.
"""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from models.calendar.instants import iso, local
from models.errors import RefusedError
from models.packs.findings.names import DERIVED
from models.store.chain import insert_sealed
from models.store.in_array import in_array
from models.store.schema import cases, events
from models.timeline.case import Case
from models.timeline.story import Event
from models.wording.catalogue import FIRST, section
from models.wording.vocabulary import event_id
from tasks.intake import values
from tasks.intake.cases import CaseImporter
from tasks.intake.duties import DutyCases
from tasks.intake.lookup import Lookup
from tasks.intake.reasons import BadRowError
from tasks.intake.taken import Taken
from tasks.record import approvals
from tasks.record.authority import Court, Statement, deciding
from tasks.record.cases import history, row_of
from tasks.record.inserts import take_over
from tasks.record.keys import event_key
from tasks.record.refusals import Refusal, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.intake.table import Row
    from tasks.intake.taken import Job
    from tasks.organisation.directory import Directory

_OWN = frozenset({"case", "event", "at", "by", "regulation"})
_SINGLE_LINE = _OWN | {"satisfaction", "outcome", "until"}


class _Read(NamedTuple):
    """A row in the words of every regulation, and its instant."""

    place: int
    row: Row
    said: dict[str, str]
    at: datetime


class _Case(NamedTuple):
    id: int
    number: str
    kind: str
    regulation: str | None
    regulation_id: int | None
    opened_at: datetime
    department: str | None


class EventImporter:
    """Takes events in. An event is known when case, name, instant, person and fields are the same."""

    chunk: int | None = 2_000

    def __init__(self, job: Job) -> None:
        self._job = job
        self._names: dict[tuple[str, int], str] = {}
        self._directory: Directory | None = None
        self._openings = CaseImporter(job, "cases")

    def take(self, connection: Connection, rows: Sequence[Row]) -> Taken:
        """One chunk: read every row, leave out what is known, append the rest."""
        taken = Taken()
        self._directory = None
        lookup = Lookup(connection, self._job.deployment, self._job.now)
        found: list[_Read] = []
        for place, row in enumerate(rows):
            try:
                found.append(self._read(place, row))
            except BadRowError as error:
                taken.refused[place] = error
        known_cases = _cases(connection, {read.said["case"] for read in found})
        duties: dict[int, _Case] = {}
        if strange := [read for read in found if read.said["case"] not in known_cases]:
            duties = self._of_duties(connection, strange, lookup, taken)
            opened = self._open(connection, [read for read in strange if read.place not in duties], lookup, taken)
            found = [read for read in found if read.place not in opened and read.place not in taken.refused]
            known_cases = _cases(connection, {read.said["case"] for read in found})
        told: dict[tuple[int, str], tuple[int, dict[str, Any]]] = {}
        judged: list[tuple[_Read, _Case, Regulation, dict[str, Any]]] = []
        for read in found:
            try:
                case, rules = self._case(read, duties.get(read.place) or known_cases.get(read.said["case"]), lookup)
                event = self._event(connection, read, case, rules, lookup)
            except BadRowError as error:
                taken.refused[read.place] = error
                continue
            if event is None or (event["case_id"], event["key"]) in told:
                taken.unchanged += 1
            elif event["name"] in demanding(rules):
                judged.append((read, case, rules, event))
            else:
                told[event["case_id"], event["key"]] = (read.place, event)
        stored = _stored(connection, told.keys())
        new = [event for identity, (_place, event) in told.items() if identity not in stored]
        insert_sealed(connection, events, new, unless="(case_id, key)")
        taken.accepted += len(new)
        taken.unchanged += len(told) - len(new)
        self._judge(connection, judged, taken)
        return taken

    def committed(self) -> None:
        """Nothing to keep in mind: the record itself knows every event."""
        self._openings.committed()

    def _read(self, place: int, row: Row) -> _Read:
        found = self._job.columns.values(row)
        values.check_texts(found, _SINGLE_LINE)
        values.needed(found, "case", "event", "at")
        return _Read(place, row, found, values.instant(found, "at", self._job.deployment.zone))

    def _said(self, read: _Read, rules: Regulation) -> dict[str, str]:
        """The row in the words of one regulation."""
        return self._job.columns.values(read.row, rules) if rules.fields else read.said

    # -- rows whose number nobody knows ------------------------------------------------------------------------

    def _of_duties(
        self, connection: Connection, strange: Sequence[_Read], lookup: Lookup, taken: Taken
    ) -> dict[int, _Case]:
        """The cases of the rows that name a duty instead of a number, by the row's place."""
        instants = [read.at for read in strange]
        duties = DutyCases(connection, min(instants), max(instants))
        found = {}
        for read in strange:
            said = read.said

            def knows(row: Any, read: _Read = read) -> bool:
                case = _Case(*(getattr(row, name) for name in _Case._fields))
                event = self._event(connection, read, case, lookup.pinned(case.regulation_id or 0), lookup)
                return event is None or bool(_stored(connection, [(case.id, event["key"])]))

            try:
                row = duties.find(said["case"], by=said.get("by"), at=read.at, period=said.get("period"), knows=knows)
            except BadRowError as error:
                taken.refused[read.place] = error
                continue
            if row is not None:
                found[read.place] = _Case(*(getattr(row, name) for name in _Case._fields))
        return found

    def _open(self, connection: Connection, strange: Sequence[_Read], lookup: Lookup, taken: Taken) -> set[int]:
        """Open the cases of the rows that tell of an opening; which rows those are."""
        incoming = []
        for read in strange:
            if read.place in taken.refused:
                continue
            try:
                how = lookup.opening(read.said.get("regulation") or self._job.regulation, None, read.said["event"])
            except BadRowError:
                continue  # it is no opening: the number is unknown, which is told later
            try:
                said = self._said(read, how.rules)
                own = {"number": said["case"], "opened_at": said["at"], "event": said["event"]}
                rest = {name: text for name, text in said.items() if name not in _OWN}
                case = self._openings.read({**rest, **own}, how, lookup, said.get("by"))
                incoming.append((read.place, case.from_row(self._job.at_row(read.row))))
            except BadRowError as error:
                taken.refused[read.place] = error
        self._openings.settle(connection, incoming, lookup, taken)
        return {place for place, _case in incoming}

    def _case(self, read: _Read, case: _Case | None, lookup: Lookup) -> tuple[_Case, Regulation]:
        if case is None:
            raise BadRowError("case", text=read.said["case"])
        if case.regulation_id is not None:
            return case, lookup.pinned(case.regulation_id)
        return case, lookup.regulation(case.regulation, case.kind)[1]

    # -- one event ---------------------------------------------------------------------------------------------

    def _event(
        self, connection: Connection, read: _Read, case: _Case, rules: Regulation, lookup: Lookup
    ) -> dict[str, Any] | None:
        """The event to append; None for an opening that the case itself has told."""
        name, at = self._name(read.said["event"], rules), read.at
        if not rules.happens(name, case.kind):
            raise BadRowError("event_of_kind", text=read.said["event"], regulation=rules.regulation)
        if at < case.opened_at:
            raise BadRowError("before_case", opened=local(case.opened_at, self._job.deployment.zone))
        if rules.opens(name) == case.kind and _opened_with(connection, case, rules, name, at):
            return None
        said = self._said(read, rules)
        by = said.get("by")
        fields = {key: text for key, text in said.items() if key not in _OWN}
        self._check_until(name, at, fields)
        fields = lookup.kept(rules, fields)
        return {
            "case_id": case.id,
            "name": name,
            "at": at,
            "by": self._by(connection, name, by, case, rules),
            "fields": fields,
            "recorded_at": self._job.now,
            "key": event_key(name, at, by, fields),
            **self._job.at_row(read.row),
        }

    def _by(self, connection: Connection, name: str, by: str | None, case: _Case, rules: Regulation) -> str | None:
        """Whom the row names, as the record keeps them; who may decide is judged later."""
        if not by or name in demanding(rules):
            return by
        self._directory = self._directory or self._job.deployment.directory(connection)
        try:
            return Court(connection, self._job.deployment, rules, self._directory).named(by, case.department)
        except RefusedError as error:
            raise BadRowError("unknown_person", why=error) from error

    def _judge(
        self, connection: Connection, judged: list[tuple[_Read, _Case, Regulation, dict[str, Any]]], taken: Taken
    ) -> None:
        """What needs consent, in the order in which it happened, each judged by what is on record by then."""
        refused: list[Refusal] = []
        for read, case, rules, event in sorted(judged, key=lambda one: (one[0].at, one[0].place)):
            if _stored(connection, [(case.id, event["key"])]):
                taken.unchanged += 1
                continue
            row = row_of(connection, case.number)
            court = Court(connection, self._job.deployment, rules, self._directory)
            take_over(connection, court, row, self._job.now)
            known = Case.of(row, history(connection, case.id))
            happened = Event(event["name"], event["at"], event["fields"], 2**62)
            try:
                if rules.opens(happened.name):
                    approvals.demanded(rules, known, happened, self._job.deployment.calendar)
                by = court.admit(known, Statement(happened, event["by"], verified=False))
            except RefusedError as error:
                taken.refused[read.place] = BadRowError("unapproved", why=error)
                if happened.name in deciding(rules):
                    whence = self._job.provenance._replace(place=event["place"])
                    refused.append(Refusal(case.id, happened.name, happened.at, event["by"], whence, str(error)))
                continue
            insert_sealed(connection, events, [{**event, "by": by}], unless="(case_id, key)")
            taken.accepted += 1
        note(connection, refused, self._job.now)

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
    columns = (cases.c[name] for name in _Case._fields)
    found = connection.execute(select(*columns).where(in_array(connection, cases.c.number, numbers)))
    return {row.number: _Case(*row) for row in found}


def demanding(rules: Regulation) -> frozenset[str]:
    """The events that need consent, or give it: those that decide, and openings that an approval guards."""
    guarded = {one.guards for one in rules.approvals if one.guards and rules.opens(one.guards)}
    return deciding(rules) | guarded


def _opened_with(connection: Connection, case: _Case, rules: Regulation, name: str, at: datetime) -> bool:
    """Whether the case was opened with that event at that instant."""
    others = [event for event in rules.openings if event != name and rules.opens(event) == case.kind]
    if at == case.opened_at and not others:
        return True
    query = select(events.c.id).where(events.c.case_id == case.id, events.c.name == name, events.c.at == at)
    return connection.scalar(query.limit(1)) is not None


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
