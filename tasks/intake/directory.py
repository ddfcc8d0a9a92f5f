"""The directory from a file: adds and changes people, roles, deputies and absences; it removes none."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.language.written import folded
from models.settings import urls_in
from models.store.bulk import insert_many, update_many
from models.store.database import upsert
from models.store.schema import absences, people, person_roles
from models.wording.vocabulary import language_id, role_ids
from tasks.channels.telling import is_known
from tasks.intake import values
from tasks.intake.columns import KNOWN
from tasks.intake.reasons import BadRowError
from tasks.intake.taken import Taken
from tasks.organisation.in_force import regulations_in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.intake.table import Row
    from tasks.intake.taken import Job

_SINGLE_LINE = frozenset(KNOWN["directory"])
_SEPARATORS = re.compile(r"[;；,，、/|]+")
_ROLE_LONGEST = 80


@dataclass(slots=True)
class _Entry:
    """One row: what it says of a person. None = nothing."""

    place: int
    name: str
    email: str
    department: str | None
    language: str | None
    deputy: str | None
    notify: str | None = field(repr=False)
    roles: frozenset[str]
    absence: tuple[datetime, datetime] | None

    @property
    def key(self) -> str:
        return self.email.lower()


@dataclass(slots=True)
class _Person:
    """A person as the record holds them, and what rows have said."""

    name: str
    email: str
    department: str | None = None
    language: str = "zh"
    deputy: str | None = None
    notify: str | None = field(default=None, repr=False)
    id: int | None = None
    roles: set[str] = field(default_factory=set)
    absences: dict[datetime, datetime] = field(default_factory=dict)
    new_roles: set[str] = field(default_factory=set)
    new_absences: dict[datetime, datetime] = field(default_factory=dict)
    changed: bool = False

    def columns(self) -> dict[str, str | None]:
        """The row of `people`."""
        return {
            "name": self.name,
            "email": self.email,
            "department": self.department,
            "language": self.language,
            "deputy": self.deputy,
            "notify": self.notify,
        }


class DirectoryImporter:
    """Takes a directory in as a whole, since a deputy may stand further down. A person is an e-mail address."""

    chunk: int | None = None

    def __init__(self, job: Job) -> None:
        self._job = job
        self._regulations = list(regulations_in_force(job.deployment))
        """Their titles are roles: 客服主管 is whatever they call so."""

    def take(self, connection: Connection, rows: Sequence[Row]) -> Taken:
        """Read all rows, refuse those that cannot be, and write what is new of the others."""
        taken = Taken()
        entries: list[_Entry] = []
        for place, row in enumerate(rows):
            try:
                entries.append(self._read(place, row))
            except BadRowError as error:
                taken.refused[place] = error
        stored = _stored(connection)
        entries = self._without_contradictions(entries, taken)
        entries = _with_known_deputies(entries, stored, taken)
        for entry in entries:
            if _apply(entry, stored):
                taken.accepted += 1
            else:
                taken.unchanged += 1
        _write(connection, stored.values())
        return taken

    def committed(self) -> None:
        """Nothing to keep in mind: all rows were taken at once."""

    def _read(self, place: int, row: Row) -> _Entry:
        found = self._job.columns.values(row)
        values.check_texts(found, _SINGLE_LINE)
        values.needed(found, "name", "email")
        language = language_id(found["language"]) if "language" in found else None
        if "language" in found and language is None:
            raise BadRowError("language", text=found["language"])
        return _Entry(
            place=place,
            name=found["name"],
            email=values.email_address(found["email"]),
            department=found.get("department"),
            language=language,
            deputy=found.get("deputy"),
            notify=_notify(found["notify"]) if "notify" in found else None,
            roles=_roles(found.get("role", ""), self._regulations),
            absence=self._absence(found),
        )

    def _absence(self, found: dict[str, str]) -> tuple[datetime, datetime] | None:
        if "absent_from" not in found and "absent_until" not in found:
            return None
        if "absent_from" not in found or "absent_until" not in found:
            raise BadRowError("absence_half")
        zone = self._job.deployment.zone
        since = values.instant(found, "absent_from", zone)
        until = values.last_instant(found, "absent_until", zone)
        if until < since:
            raise BadRowError("absence_order")
        return since, until

    def _without_contradictions(self, entries: Iterable[_Entry], taken: Taken) -> list[_Entry]:
        """The first row of a person counts; a later one may add to it, not say otherwise."""
        said: dict[tuple[str, object], object] = {}
        kept = []
        for entry in entries:
            given: dict[str, object] = {
                "name": entry.name,
                "department": entry.department,
                "language": entry.language,
                "deputy": entry.deputy and entry.deputy.lower(),
                "notify": entry.notify,
            }
            other = [name for name, text in given.items() if text and said.get((entry.key, name), text) != text]
            until_said = entry.absence and said.get((entry.key, entry.absence[0]), entry.absence[1])
            if entry.absence and until_said != entry.absence[1]:
                other.append("absent_until")
            if other:
                taken.refused[entry.place] = BadRowError("person_contradicts", email=entry.email, column=other[0])
                continue
            said |= {(entry.key, name): text for name, text in given.items() if text}
            if entry.absence:
                said[entry.key, entry.absence[0]] = entry.absence[1]
            kept.append(entry)
        return kept


def _roles(text: str, regulations: Iterable[Regulation]) -> frozenset[str]:
    """Role ids; a job title that no regulation knows is kept as it is."""
    parts = (part.strip() for part in _SEPARATORS.split(text))
    found = {role for part in parts if part for role in role_ids(part, regulations) or {part}}
    if any(len(role) > _ROLE_LONGEST for role in found):
        raise BadRowError("long", column="role", limit=_ROLE_LONGEST)
    return frozenset(found)


def _notify(text: str) -> str:
    """The addresses beside mail, each on a line; what the refusal quotes of them is nothing: they are secrets."""
    try:
        urls = urls_in(text)
    except ValueError:
        urls = ()
    if not urls or not all(is_known(url) for url in urls):
        raise BadRowError("notify")
    return "\n".join(urls)


def _with_known_deputies(entries: list[_Entry], stored: dict[str, _Person], taken: Taken) -> list[_Entry]:
    """Put addresses for the deputies' names. A refused row may have been another's deputy: so until all are known.

    After the first time only those are asked again whose deputy's row was refused.
    """
    rows = Counter(entry.key for entry in entries)
    names = {key: person.name for key, person in stored.items()} | {entry.key: entry.name for entry in entries}
    addresses = {entry.key: entry.email for entry in reversed(entries)}
    addresses |= {key: person.email for key, person in stored.items()}
    named: dict[str, set[str]] = defaultdict(set)
    for key, name in names.items():
        named[folded(name)].add(key)
    askers: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        if entry.deputy is not None:
            askers[entry.deputy.lower() if "@" in entry.deputy else folded(entry.deputy)].append(entry)
    found: dict[int, str | None] = {}
    asked = entries
    while asked:
        refused = []
        for entry in asked:
            try:
                found[entry.place] = _deputy(entry, named, addresses)
            except BadRowError as error:
                taken.refused[entry.place] = error
                refused.append(entry)
        changed: dict[str, None] = {}
        for entry in refused:
            rows[entry.key] -= 1
            if rows[entry.key]:
                continue
            named[folded(entry.name)].discard(entry.key)
            changed |= {entry.key: None, folded(entry.name): None}
            if entry.key in stored:
                named[folded(stored[entry.key].name)].add(entry.key)
                changed[folded(stored[entry.key].name)] = None
            else:
                del addresses[entry.key]
        asked = [entry for name in changed for entry in askers[name] if entry.place not in taken.refused]
    kept = [entry for entry in entries if entry.place not in taken.refused]
    for entry in kept:
        entry.deputy = found[entry.place]
    return kept


def _deputy(entry: _Entry, named: dict[str, set[str]], addresses: dict[str, str]) -> str | None:
    """The deputy's address."""
    if entry.deputy is None:
        return None
    found = {entry.deputy.lower()} & addresses.keys() if "@" in entry.deputy else named.get(folded(entry.deputy), set())
    if not found:
        raise BadRowError("deputy", text=entry.deputy)
    if len(found) > 1:
        raise BadRowError("deputy_ambiguous", text=entry.deputy)
    key = next(iter(found))
    if key == entry.key:
        raise BadRowError("deputy_self")
    return addresses[key]


def _stored(connection: Connection) -> dict[str, _Person]:
    """Everybody in the record, by address."""
    by_id: dict[int, _Person] = {}
    for row in connection.execute(select(people)):
        by_id[row.id] = _Person(row.name, row.email, row.department, row.language, row.deputy, row.notify, row.id)
    for person_id, role in connection.execute(select(person_roles.c.person_id, person_roles.c.role)):
        by_id[person_id].roles.add(role)
    for person_id, since, until in connection.execute(select(absences)):
        by_id[person_id].absences[since] = until
    return {person.email.lower(): person for person in by_id.values()}


def _apply(entry: _Entry, stored: dict[str, _Person]) -> bool:
    """Take over what the row says; False when all of it was known."""
    person = stored.get(entry.key)
    fresh = person is None
    if person is None:
        person = stored[entry.key] = _Person(entry.name, entry.email)
    changed = False
    for name in ("name", "department", "language", "deputy", "notify"):
        said = getattr(entry, name)
        if said is not None and said != getattr(person, name):
            setattr(person, name, said)
            changed = True
    person.changed = person.changed or changed
    roles = entry.roles - person.roles - person.new_roles
    person.new_roles |= roles
    if entry.absence:
        since, until = entry.absence
        known_until = person.new_absences.get(since, person.absences.get(since))
        if known_until != until:
            person.new_absences[since] = until
            changed = True
    return fresh or changed or bool(roles)


def _write(connection: Connection, everybody: Iterable[_Person]) -> None:
    """Insert and update people, then what hangs on them."""
    everybody = list(everybody)
    new = [person for person in everybody if person.id is None]
    insert_many(connection, people, [person.columns() for person in new])
    if new:
        stored = connection.execute(select(people.c.email, people.c.id))
        ids = {email: person_id for email, person_id in stored}  # noqa: C416 -- rows are not quite pairs
        for person in new:
            person.id = ids[person.email]
    fresh = {person.email for person in new}
    changed = [person for person in everybody if person.changed and person.email not in fresh]
    update_many(connection, people, [{"id": person.id, **person.columns()} for person in changed])
    roles = [{"person_id": person.id, "role": role} for person in everybody for role in sorted(person.new_roles)]
    insert_many(connection, person_roles, roles)
    away = [
        {"person_id": person.id, "since": since, "until": until}
        for person in everybody
        for since, until in person.new_absences.items()
    ]
    if away:
        wanted = upsert(connection, absences)
        keys = [absences.c.person_id, absences.c.since]
        connection.execute(
            wanted.on_conflict_do_update(index_elements=keys, set_={"until": wanted.excluded.until}), away
        )
