"""The directory at an instant: who is to be told for a role, deputies and the next level up included."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.language.written import folded
from models.store.schema import absences, people, person_roles
from models.wording.catalogue import both
from models.wording.vocabulary import role_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation, Role

OPERATIONS = "operations"


class Person(NamedTuple):
    """One entry of the directory; `deputy` is an e-mail address."""

    id: int
    name: str
    email: str
    department: str | None
    language: str
    deputy: str | None


class Recipient(NamedTuple):
    """Who is told, under which role, and in whose stead (a name, or a role that nobody fills)."""

    name: str
    role: str
    email: str
    instead_of: str | None
    language: str
    person_id: int | None

    def shown(self) -> dict[str, str | None]:
        """The part that is kept in the record."""
        return {"name": self.name, "role": self.role, "email": self.email, "instead_of": self.instead_of}


class Directory:
    """People, roles, deputies and absences as they stand in the database now."""

    def __init__(self, connection: Connection, operations_email: str = "") -> None:
        """Read it whole: an organisation's directory is small, and a sweep that fires asks it many times."""
        self.operations_email = operations_email
        self.people: dict[int, Person] = {}
        self.by_email: dict[str, Person] = {}
        self.by_name: dict[str, list[Person]] = defaultdict(list)
        self.by_role: dict[str, list[Person]] = defaultdict(list)
        self.away: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        columns = (people.c.id, people.c.name, people.c.email, people.c.department, people.c.language, people.c.deputy)
        for row in connection.execute(select(*columns).order_by(people.c.id)):
            person = Person(*row)
            self.people[person.id] = person
            self.by_email[person.email.lower()] = person
            self.by_name[person.name].append(person)
        for person_id, role in connection.execute(
            select(person_roles.c.person_id, person_roles.c.role).order_by(person_roles.c.person_id)
        ):
            self.by_role[role].append(self.people[person_id])
        for person_id, since, until in connection.execute(
            select(absences.c.person_id, absences.c.since, absences.c.until)
        ):
            self.away[person_id].append((since, until))

    def is_absent(self, person: Person, at: datetime) -> bool:
        """Whether the person is away at that instant."""
        return any(since <= at <= until for since, until in self.away.get(person.id, ()))

    def named(self, text: str, department: str | None = None) -> list[Person]:
        """The people of that name or address; of several with one name, those of the department when there are any."""
        if not text:
            return []
        if "@" in text:
            found = self.by_email.get(text.strip().lower())
            return [found] if found else []
        same = self.by_name.get(text.strip(), [])
        return [person for person in same if person.department == department] or list(same)

    def meant(self, text: str, department: str | None = None) -> list[Person]:
        """The people that a name or an address may mean, whatever its case and its blanks; as `named` otherwise.

        What registers write instead of a name, the title of a post (`总经理`), means whoever holds it.
        """
        found = self.named(text, department)
        if found:
            return found
        wanted = folded(text)
        same = [one for one in self.people.values() if wanted in (folded(one.name), folded(one.email))]
        same = same or self.by_role.get(role_id(text) or text.strip(), [])
        return [person for person in same if person.department == department] or same

    def holders(self, name: str, role: Role | None, facts: Mapping[str, Any]) -> list[Person]:
        """Everybody who fills the role for a case with these facts, absent or not, and may act in it.

        In the case of a recurring duty that names nobody a role means all who hold it, wherever they are.
        """
        department = facts.get("department")
        by_calendar = facts.get("duty") is not None
        person = role.named(name, facts) if role else ""
        if by_calendar and name == facts.get("responsible") and facts.get("person"):
            found = self.named(str(facts["person"]), department)
        elif role and role.person and (person or not by_calendar):
            found = self.named(person, department)
        else:
            found = self.by_role.get(name, [])
            if role and role.of_department and (department or not by_calendar):
                found = [person for person in found if person.department == department]
        return [person for person in found if not is_excluded(person, role, facts)]

    def resolve(
        self, roles: Iterable[str], regulation: Regulation, facts: Mapping[str, Any], at: datetime
    ) -> tuple[list[Recipient], list[str]]:
        """Who is told at that instant for these roles, each person once, and a note for each who is not the holder."""
        found: dict[str, Recipient] = {}
        notes: list[str] = []
        for role in roles:
            for recipient in self._climb(role, regulation, facts, at, notes):
                found.setdefault(recipient.email.lower(), recipient)
        return list(found.values()), notes

    def operations(self, at: datetime) -> list[Recipient]:
        """Who is told what concerns Duban itself: who holds the role and is there, else the address of last resort."""
        holders = self.by_role.get(OPERATIONS, [])
        notes: list[str] = []
        present = self._present(OPERATIONS, None, holders, {}, at, notes)
        return present or self._operations([person.name for person in holders] or [OPERATIONS], notes)

    def _climb(
        self, name: str, regulation: Regulation, facts: Mapping[str, Any], at: datetime, notes: list[str]
    ) -> list[Recipient]:
        """The role's people who are there, else their deputies, else the next level up, in the end operations."""
        current = name
        missing: list[str] = []
        while True:
            role = regulation.roles.get(current)
            holders = self.holders(current, role, facts)
            present = self._present(current, role, holders, facts, at, notes)
            if present:
                if current != name:
                    stead = "、".join(missing) or name
                    present = [recipient._replace(instead_of=recipient.instead_of or stead) for recipient in present]
                return present
            missing += [person.name for person in holders if person.name not in missing]
            absent = "、".join(person.name for person in holders)
            notes.append(
                both("engine.recipient.absent", role=current, name=absent)
                if absent
                else both("engine.recipient.nobody", role=current)
            )
            if current == OPERATIONS:
                return self._operations(missing or [name], notes)
            current = (role.above if role else None) or OPERATIONS

    def _present(
        self,
        name: str,
        role: Role | None,
        holders: list[Person],
        facts: Mapping[str, Any],
        at: datetime,
        notes: list[str],
    ) -> list[Recipient]:
        found = []
        for person in holders:
            if not self.is_absent(person, at):
                found.append(Recipient(person.name, name, person.email, None, person.language, person.id))
                continue
            deputy = self.by_email.get((person.deputy or "").lower())
            if deputy and not self.is_absent(deputy, at) and not is_excluded(deputy, role, facts):
                found.append(Recipient(deputy.name, name, deputy.email, person.name, deputy.language, deputy.id))
                notes.append(both("engine.recipient.deputy", role=name, name=person.name, deputy=deputy.name))
        return found

    def _operations(self, missing: list[str], notes: list[str]) -> list[Recipient]:
        """The address of last resort."""
        if not self.operations_email:
            notes.append(both("engine.recipient.none"))
            return []
        return [Recipient(OPERATIONS, OPERATIONS, self.operations_email, "、".join(missing), "zh", None)]


def is_excluded(person: Person, role: Role | None, facts: Mapping[str, Any]) -> bool:
    """Whether the case names the person, or their department, as one who may not act in that role."""
    if role is None or not role.excludes:
        return False
    named = {str(facts[field]).strip().lower() for field in role.excludes if facts.get(field)}
    return not named.isdisjoint({person.name.lower(), person.email.lower(), (person.department or "").lower()} - {""})


def excluded_fields(regulation: Regulation) -> list[str]:
    """The fields of a case that say who may not act in it."""
    return [field for role in regulation.roles.values() for field in role.excludes]
