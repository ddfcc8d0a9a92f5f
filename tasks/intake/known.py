"""A case as a file tells it, and a case as the record holds it or will."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from models.timeline.story import RAISED_FROM

if TYPE_CHECKING:
    from datetime import datetime

    from models.language.regulation import Regulation

COLUMNS = (
    "id", "number", "kind", "regulation", "regulation_id", "opened_at",
    "level", "department", "handler", "party", "fields", "intake_key",
)  # fmt: skip
"""What is read of a stored case, in the order of `Known`."""
OF_CASE = ("level", "department", "handler")
"""Facts that have a column of their own; the others are kept in `fields`."""
_PARTY = frozenset({"customer", "borrower"})


class Opening(NamedTuple):
    """An opening event: its name, its instant, who recorded it, and from where the row came (columns of an event)."""

    name: str
    at: datetime
    by: str | None
    whence: dict[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Incoming:
    """One row that could be read. None = the cell is empty."""

    number: str | None
    kind: str
    opening: Opening
    regulation: str | None
    regulation_id: int
    rules: Regulation
    level: str | None
    department: str | None
    handler: str | None
    party: str | None
    fields: dict[str, str]
    key: str
    is_named: bool
    """Whether the row says that this event happened, and not only what is known of the case."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""
        return self.opening.at

    def from_row(self, whence: dict[str, Any]) -> Self:
        """The same, knowing from where it came."""
        self.opening = self.opening._replace(whence=whence)
        return self


@dataclass(slots=True, eq=False)
class Known:
    """A stored case, or one that this chunk opens (then without id)."""

    id: int | None
    number: str | None
    kind: str
    regulation: str | None
    regulation_id: int | None
    opened_at: datetime
    level: str | None
    department: str | None
    handler: str | None
    party: str | None
    fields: dict[str, Any]
    key: str | None
    pattern: str = ""
    openings: list[Opening] = field(default_factory=list)
    """The opening events that this chunk adds: a new case's own, and the real one of a case that was only asked for."""
    told: frozenset[str] = frozenset()
    """What rows of this file have said of it."""
    changes: list[dict[str, list[Any]]] = field(default_factory=list)

    def differences(self, case: Incoming, level: str | None) -> dict[str, list[Any]]:
        """What the row says otherwise, as old and new value; an empty cell says nothing."""
        given = {**case.fields, "level": level, "department": case.department, "handler": case.handler}
        found = {}
        for name, new in given.items():
            old = getattr(self, name) if name in OF_CASE else self.fields.get(name)
            if name == "level":  # Duban may have raised it since
                old = self.fields.get(RAISED_FROM, old)
            if new is not None and new != old:
                found[name] = [old, new]
        return found

    def change(self, changes: dict[str, list[Any]]) -> None:
        """Take the new values over."""
        self.changes.append(changes)
        self.fields = dict(self.fields)
        if "level" in changes:
            self.fields.pop(RAISED_FROM, None)
        for name, (_old, new) in changes.items():
            if name in OF_CASE:
                setattr(self, name, new)
            else:
                self.fields[name] = new
            if name in _PARTY:
                self.party = new

    def changeable(self) -> dict[str, Any]:
        """The columns that an amendment may have touched."""
        return {
            "level": self.level,
            "department": self.department,
            "handler": self.handler,
            "party": self.party,
            "fields": self.fields,
        }

    def values(self) -> dict[str, Any]:
        """The row of a new case."""
        return {
            "number": self.number,
            "kind": self.kind,
            "regulation": self.regulation,
            "regulation_id": self.regulation_id,
            "opened_at": self.opened_at,
            "intake_key": self.key,
            **self.changeable(),
        }
