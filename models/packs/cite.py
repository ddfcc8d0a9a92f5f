"""Which part of a regulation carries out which clause of the text, and which figures it takes from settings.

Read from the file as it is written: in a loaded regulation the settings have become figures.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from models import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LISTED = ("rules", "gates", "approvals", "counters", "duties")
OTHERS = ("pauses", "hours")
ROUNDS = "rounds"
ROLES = "roles"


class Part(NamedTuple):
    """One part of a pack: its kind (the key it stands under), its name, the clauses it carries out.

    `own` are those it cites itself, `clauses` also those of the settings it uses; `waits` are the settings it uses
    that are still open.
    """

    kind: str
    name: str
    own: frozenset[str]
    clauses: frozenset[str]
    waits: frozenset[str]


class Clause(NamedTuple):
    """A clause of a regulation that speaks of time or of telling somebody."""

    id: str
    regulation: str
    trigger: str
    limit: str
    action: str


@cache
def clauses(file: Path = SHIPPED / "clauses.csv") -> tuple[Clause, ...]:
    """Every clause of every regulation."""
    with file.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Clause(row["clause_id"], row["system_id"], row["trigger"], row["limit"], row["action"])
            for row in csv.DictReader(rows)
        )


@cache
def waived(file: Path = SHIPPED / "waived.csv") -> dict[str, str]:
    """Clauses that no pack carries out, with the reason: they are no matter of time or of telling."""
    with file.open(encoding="utf-8", newline="") as rows:
        return {row["clause_id"]: row["reason"] for row in csv.DictReader(rows)}


def parts(file: Path) -> tuple[Part, ...]:
    """Every part of the pack in that file."""
    raw = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- safe
    return tuple(_parts(raw))


def _parts(raw: dict[str, Any]) -> Iterator[Part]:
    settings = raw.get("settings") or {}
    for kind in LISTED:
        for entry in raw.get(kind) or ():
            yield _part(kind, str(entry["id"]), entry, settings)
    for kind in OTHERS:
        for number, entry in enumerate(raw.get(kind) or (), 1):
            yield _part(kind, str(number), entry, settings)
    for name, role in (raw.get(ROLES) or {}).items():
        yield _part(ROLES, str(name), role, settings)
    if raw.get(ROUNDS):
        yield _part(ROUNDS, ROUNDS, raw[ROUNDS], settings)


def _part(kind: str, name: str, entry: Any, settings: dict[str, Any]) -> Part:
    used = [settings[setting] for setting in _used(entry) if setting in settings]
    own = frozenset((entry.get("cite") or {}).get("clauses") or ())
    lent = {clause for setting in used for clause in setting.get("clauses") or ()}
    waits = frozenset(setting for setting in _used(entry) if settings.get(setting, {}).get("value", 0) is None)
    return Part(kind, name, own, own | lent, waits)


def _used(value: Any) -> set[str]:
    """The settings that are named anywhere in a part."""
    if isinstance(value, dict):
        return {name for item in value.values() for name in _used(item)}
    if isinstance(value, list):
        return {name for item in value for name in _used(item)}
    return {value[1:]} if isinstance(value, str) and value.startswith("$") else set()
