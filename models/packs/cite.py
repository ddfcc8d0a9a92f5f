"""Which provision of a regulation carries out which clause of the text, and which figures it takes from settings.

Read from the file as it is written: in a loaded regulation the settings have become figures.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from models import SHIPPED
from models.language.words import HOLE
from models.packs.places import BY_ID
from models.packs.settings import lift
from models.packs.text import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AUTHORITIES = "authorities"
PAUSES = "pauses"
HOURS = "hours"
ROUNDS = "rounds"
ROLES = "roles"


class Provision(NamedTuple):
    """A rule, gate, duty, pause .. of a pack: its kind (the key it stands under), its name, the clauses it carries out.

    A pause and office hours are named by their number. `own` are the clauses that it cites itself, `clauses` also those
    of the settings it uses.
    """

    kind: str
    name: str
    own: frozenset[str]
    clauses: frozenset[str]


class Clause(NamedTuple):
    """A clause of a regulation that speaks of time or of telling somebody."""

    id: str
    regulation: str
    trigger: str
    limit: str
    action: str
    note: str = ""
    """What is open in the text, and which reading is the default."""


@cache
def clauses(file: Path = SHIPPED / "clauses.csv") -> tuple[Clause, ...]:
    """Every clause of every regulation."""
    with file.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Clause(row["clause_id"], row["system_id"], row["trigger"], row["limit"], row["action"], row["note"])
            for row in csv.DictReader(rows)
        )


@cache
def waived(file: Path = SHIPPED / "waived.csv") -> dict[str, str]:
    """Clauses that no pack carries out, with the reason: they are no matter of time or of telling."""
    with file.open(encoding="utf-8", newline="") as rows:
        return {row["clause_id"]: row["reason"] for row in csv.DictReader(rows)}


def provisions(file: Path) -> tuple[Provision, ...]:
    """Every provision of the pack in that file."""
    return tuple(_provisions(lift(parsed(file.read_text(encoding="utf-8-sig"))).raw))


def _provisions(raw: dict[str, Any]) -> Iterator[Provision]:
    settings = raw.get("settings") or {}
    for kind in BY_ID:
        for entry in raw.get(kind) or ():
            yield _provision(kind, str(entry["id"]), entry, settings)
    for kind in (PAUSES, HOURS):
        for number, entry in enumerate(raw.get(kind) or (), 1):
            yield _provision(kind, str(number), entry, settings)
    for name, role in (raw.get(ROLES) or {}).items():
        yield _provision(ROLES, str(name), role, settings)
    if raw.get(ROUNDS):
        yield _provision(ROUNDS, ROUNDS, raw[ROUNDS], settings)


def _provision(kind: str, name: str, entry: Any, settings: dict[str, Any]) -> Provision:
    own = frozenset((entry.get("cite") or {}).get("clauses") or ())
    used = [settings[setting] for setting in _used(entry) if setting in settings]
    lent = {clause for setting in used for clause in setting.get("clauses") or ()}
    return Provision(kind, name, own, own | lent)


def _used(value: Any) -> set[str]:
    """The settings that are named anywhere in a provision."""
    if isinstance(value, dict):
        return {name for item in value.values() for name in _used(item)}
    if isinstance(value, list):
        return {name for item in value for name in _used(item)}
    return {value[1:]} if isinstance(value, str) and value.startswith(HOLE) else set()
