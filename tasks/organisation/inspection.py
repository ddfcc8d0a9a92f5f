"""What may be wrong with the directory, seen from the regulations that rely on it; every finding is a warning."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.language.ids import ROLES
from models.packs.findings.names import meant
from models.store.schema import cases
from models.wording.vocabulary import role_ids
from tasks.organisation.directory import OPERATIONS, Directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment

SHOWN = 3
"""So many people are named as examples."""
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


def directory_findings(
    connection: Connection, deployment: Deployment, regulations: Iterable[Regulation], in_force: Iterable[str]
) -> Iterator[str]:
    """Roles that nobody has, managers that a department lacks, deputies and addresses that lead nowhere.

    Only the regulations `in_force` (by name), and those of open cases, are asked for their roles.
    """
    directory = deployment.directory(connection)
    if not directory.people:
        yield "the directory is empty: run `duban import directory FILE`"
        return
    yield from _people(directory)
    names = {*in_force, *connection.scalars(select(cases.c.regulation).where(cases.c.closed_at.is_(None)).distinct())}
    packs = list(regulations)
    yield from _titles(directory, packs, [pack for pack in packs if pack.regulation in names])
    yield from _roles(directory, [pack for pack in packs if pack.regulation in names])
    if not directory.operations_email and not directory.by_role.get(OPERATIONS):
        yield "nobody is told in the last resort: give somebody the role operations, or set DUBAN_OPERATIONS_EMAIL"


def _people(directory: Directory) -> Iterator[str]:
    for person in directory.people.values():
        if not _EMAIL.fullmatch(person.email):
            yield f"{person.name}: {person.email!r} is no usable e-mail address"
        deputy = (person.deputy or "").strip()
        if deputy and deputy.lower() not in directory.by_email:
            yield f"{person.name}: the deputy {deputy} is not in the directory"
        elif deputy.lower() == person.email.lower():
            yield f"{person.name} is named as their own deputy"


def _titles(directory: Directory, known: list[Regulation], in_force: list[Regulation]) -> Iterator[str]:
    """Titles that are no role of any regulation: what they may mean, by the titles of those in force."""
    ids = {OPERATIONS, *ROLES, *(name for pack in known for name in pack.roles)}
    words = {word for pack in in_force for name, role in pack.roles.items() for word in (name, role.zh, role.en)}
    for title, people in directory.by_role.items():
        if title in ids:
            continue
        who = f"{title} ({'、'.join(person.name for person in people[:SHOWN])})"
        roles = role_ids(title, in_force)
        if roles:
            yield f"{who} is the role {' and '.join(sorted(roles))}: import the directory again"
        else:
            yield f"{who} is no role of a regulation{meant(title, words)}"


def _roles(directory: Directory, packs: list[Regulation]) -> Iterator[str]:
    used: dict[str, list[str]] = defaultdict(list)
    by_department: set[str] = set()
    for pack in packs:
        for name, role in pack.roles.items():
            if role.person:
                continue
            used[name].append(pack.regulation)
            if role.of_department:
                by_department.add(name)
    for name, where in used.items():
        if not directory.by_role.get(name):
            yield f"nobody has the role {name} ({', '.join(where)}): the next level up is told instead"
    departments = {person.department for person in directory.people.values() if person.department}
    for name in sorted(by_department):
        served = {person.department for person in directory.by_role.get(name, [])}
        if served:
            for department in sorted(departments - served):
                yield f"{department} has no {name}: the next level up is told instead"
