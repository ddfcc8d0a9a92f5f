"""Who had to be told: the people of a role, their deputies, the next level up, operations when nobody is left."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from tests.oracle.files import Row, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMPLAINTS = {
    "recorder": "revisit_specialist",
    "handler": "department_manager",
    "department_manager": "service_manager",
    "revisit_specialist": "service_manager",
    "service_manager": "general_manager",
    "general_manager": "operations",
}
ABOVE = {
    "standard-complaints": _COMPLAINTS,
    "workshop-complaints": _COMPLAINTS,
    "telecom-call-centre": {
        "desk": "shift_leader",
        "revisit_desk": "shift_leader",
        "shift_leader": "service_director",
        "duty_manager": "service_director",
        "service_director": "centre_director",
        "centre_director": "general_manager",
        "general_manager": "operations",
    },
    "standard-loans": {
        "borrower": "department_manager",
        "department_manager": "archive_manager",
        "librarian": "archive_manager",
        "archive_manager": "operations",
    },
    "utility-library": {"borrower": "librarian", "librarian": "operations"},
}
NAMED_IN_THE_CASE = ("recorder", "handler", "borrower")
LAST_RESORT = "operations@example.com"


class Directory:
    """The people of directory.csv."""

    def __init__(self, rows: list[Row]) -> None:
        self.people = rows
        self.by_name = {row["name"]: row for row in rows}

    def away(self, person: Row, at: datetime) -> bool:
        """Both ends of an absence belong to it; a bare day ends with its last second."""
        if not person["absent_from"]:
            return False
        last = person["absent_until"]
        until = moment(last) if ":" in last else datetime.combine(moment(last).date(), time(23, 59, 59))
        return moment(person["absent_from"]) <= at <= until

    def holders(self, role: str, case: Row) -> list[Row]:
        """Everybody who fills the role for this case, there or not."""
        if role in NAMED_IN_THE_CASE:
            named = self.by_name.get(case.get(role, ""))
            return [named] if named else []
        found = [person for person in self.people if role in person["role"].split(";")]
        if role == "department_manager":
            found = [person for person in found if person["department"] == case["department"]]
        return found

    def there(self, role: str, case: Row, at: datetime) -> set[str]:
        """The addresses of those who are there, a deputy in the place of who is not."""
        found = set()
        for person in self.holders(role, case):
            deputy = self.by_name.get(person["deputy"])
            if not self.away(person, at):
                found.add(person["email"])
            elif deputy and not self.away(deputy, at):
                found.add(deputy["email"])
        return found

    def told(self, roles: Iterable[str], above: dict[str, str], case: Row, at: datetime) -> frozenset[str]:
        """The addresses that a step with these roles reaches at that moment."""
        found: set[str] = set()
        for role in roles:
            level = role
            reached = self.there(level, case, at)
            while not reached and level != "operations":
                level = above[level]
                reached = self.there(level, case, at)
            found |= reached or {LAST_RESORT}
        return frozenset(found)
