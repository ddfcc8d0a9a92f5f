"""The directory of the sample chain: 60 people in 8 departments, their deputies, and who is away when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from words import ARCHIVE, BODY_SHOP, GIVEN, HEAD_OFFICE, SERVICE_CENTRE, SHOPS, SURNAMES

if TYPE_CHECKING:
    from draw import Draw

DOMAIN = "chengyun.example"

_SHOP = ("department_manager", *("handler",) * 8)
PLACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SHOPS, _SHOP),
    BODY_SHOP: ("department_manager", *("handler",) * 5),
    SERVICE_CENTRE: (
        "service_manager;department_manager",
        *("revisit_specialist",) * 3,
        *("desk",) * 3,
        "shift_leader",
        "service_director",
    ),
    ARCHIVE: ("archive_manager;department_manager", "librarian", "librarian", "handler"),
    HEAD_OFFICE: ("general_manager", "handler", "operations", "operations", "handler"),
}
"""The roles of each department, in the order of its people: 9 in a shop, 60 in all."""


@dataclass(frozen=True)
class Person:
    """One row of directory.csv; times as they are written there, in the organisation's zone."""

    name: str
    email: str
    department: str
    role: str
    deputy: str = ""
    absent_from: str = ""
    absent_until: str = ""
    language: str = "zh"


# Who stands in for whom: (department, place) -> the place of the deputy in the same department.
_DEPUTIES = {
    **{(shop, 0): 1 for shop in SHOPS},
    **{(shop, 2): 3 for shop in SHOPS},
    (SHOPS[3], 1): 0,  # manager and deputy of 城北店 stand in for each other, and both leave
    (BODY_SHOP, 0): 1,
    (SERVICE_CENTRE, 0): 8,
    (SERVICE_CENTRE, 1): 2,
    (SERVICE_CENTRE, 7): 4,
    (ARCHIVE, 0): 1,
    (HEAD_OFFICE, 0): 1,
}

# Away, both ends included; a bare day ends with its last second.
_ABSENCES = {
    (SHOPS[0], 0): ("2026-02-09", "2026-02-24"),  # the deputy is there
    (SHOPS[0], 4): ("2026-02-02", "2026-02-06"),  # a handler without deputy: the manager is told
    (SHOPS[0], 2): ("2026-02-10 12:00", "2026-02-12 18:00"),  # a handler with one
    (SHOPS[1], 0): ("2026-02-14", "2026-02-23"),  # on the make-up Saturday too
    (SHOPS[1], 1): ("2026-02-16", "2026-02-20"),  # manager and deputy gone: the service manager
    (SHOPS[2], 0): ("2026-02-04 09:30", "2026-02-04 17:30:15"),
    (SHOPS[3], 0): ("2026-02-15", "2026-02-23"),
    (SHOPS[3], 1): ("2026-02-17", "2026-02-19"),
    (BODY_SHOP, 0): ("2026-02-11", "2026-02-26"),
    (BODY_SHOP, 1): ("2026-02-17", "2026-02-18"),
    (SERVICE_CENTRE, 0): ("2026-02-17", "2026-02-19"),  # two levels at once
    (SERVICE_CENTRE, 8): ("2026-02-18", "2026-02-18"),
    (SERVICE_CENTRE, 1): ("2026-02-17", "2026-02-20"),
    (SERVICE_CENTRE, 2): ("2026-02-17", "2026-02-17"),  # no revisit specialist at all on New Year's Day
    (SERVICE_CENTRE, 3): ("2026-02-16", "2026-02-18"),
    (HEAD_OFFICE, 0): ("2026-02-17", "2026-02-18"),
    (HEAD_OFFICE, 1): ("2026-02-18", "2026-02-18"),  # nobody up to the top: operations, with the reason
    (HEAD_OFFICE, 2): ("2026-02-18", "2026-02-22"),
    (ARCHIVE, 0): ("2026-02-05", "2026-02-08"),
    (ARCHIVE, 2): ("2026-02-02", "2026-02-13"),
}

_ENGLISH = {(SHOPS[2], 5), (SERVICE_CENTRE, 8), (HEAD_OFFICE, 0), (HEAD_OFFICE, 3)}


def directory(draw: Draw) -> list[Person]:
    """60 people; no two share a name or an address."""
    names: dict[str, str] = {}
    while len(names) < sum(map(len, PLACES.values())):
        surname, given = draw.pick(list(SURNAMES)), draw.pick(list(GIVEN))
        email = f"{SURNAMES[surname]}.{GIVEN[given]}@{DOMAIN}"
        if email not in names.values():
            names.setdefault(surname + given, email)
    waiting = iter(names.items())
    people: dict[tuple[str, int], Person] = {}
    for department, roles in PLACES.items():
        for place, role in enumerate(roles):
            name, email = next(waiting)
            since, until = _ABSENCES.get((department, place), ("", ""))
            language = "en" if (department, place) in _ENGLISH else "zh"
            people[department, place] = Person(name, email, department, role, "", since, until, language)
    for (department, place), deputy in _DEPUTIES.items():
        person = people[department, place]
        people[department, place] = replace(person, deputy=people[department, deputy].name)
    return list(people.values())


def handlers(people: list[Person], department: str) -> list[str]:
    """The names of a department's case handlers."""
    return [person.name for person in people if person.department == department and person.role == "handler"]
