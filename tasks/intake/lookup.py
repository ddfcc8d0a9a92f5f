"""What the rows of a chunk are held against: regulations, their levels and dates, departments, who works where."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.calendar.instants import parse_instant
from models.errors import RegulationError, UnknownError, UsageError
from models.language.written import folded
from models.store.schema import people
from models.wording.vocabulary import level_id
from tasks.intake.reasons import BadRowError
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment


class Lookup:
    """Reads once a chunk what the rows need, in the chunk's own transaction."""

    def __init__(self, connection: Connection, deployment: Deployment, now: datetime) -> None:
        self._connection = connection
        self._deployment = deployment
        self._now = now
        self._regulations: dict[tuple[str | None, str], tuple[int, Regulation]] = {}
        self._pinned: dict[int, Regulation] = {}
        self._departments: dict[str, str] = {}
        self._department_of: dict[str, set[str | None]] = {}
        for name, email, department in connection.execute(select(people.c.name, people.c.email, people.c.department)):
            if department:
                self._departments[folded(department)] = department
            for key in (name, email.lower()):
                self._department_of.setdefault(key, set()).add(department)

    def department(self, text: str) -> str:
        """The department as the directory writes it; a directory without departments cannot judge."""
        found = self._departments.get(folded(text))
        if found is None and self._departments:
            raise BadRowError("department", text=text)
        return found or text

    def department_of(self, person: str | None) -> str | None:
        """Where a person works, by name or address; None when nobody, or more than one answer, is known."""
        found = self._department_of.get(person or "") or self._department_of.get((person or "").lower()) or set()
        return next(iter(found)) if len(found) == 1 else None

    def regulation(self, text: str | None, kind: str) -> tuple[int, Regulation]:
        """The regulation of that name or title, else the default of the kind, with its id.

        Complaints are no loans; without a kind any regulation will do.
        """
        wanted = (text, kind)
        found = self._regulations.get(wanted)
        if found is None:
            found = self._regulations[wanted] = self._register(text, kind)
        rules = found[1]
        if kind and (kind == "loan") != (rules.kind == "loan"):
            raise BadRowError("regulation_kind", text=rules.regulation, kind=rules.kind)
        return found

    def _register(self, text: str | None, kind: str) -> tuple[int, Regulation]:
        if text is None:
            return self._deployment.regulations.register(
                self._connection, self._deployment.regulations.default_name(kind), self._now
            )
        try:
            return self._deployment.regulations.register(self._connection, text, self._now)
        except UnknownError:
            titles = _titles(tuple(self._deployment.regulations.folders))
        if folded(text) not in titles:
            raise BadRowError("regulation", text=text, known=", ".join(sorted(set(titles.values()))))
        return self._deployment.regulations.register(self._connection, titles[folded(text)], self._now)

    def pinned(self, regulation_id: int) -> Regulation:
        """The content under which a case was opened."""
        if regulation_id not in self._pinned:
            self._pinned[regulation_id] = pinned(self._connection, regulation_id)
        return self._pinned[regulation_id]

    def level(self, text: str | None, rules: Regulation) -> str | None:
        """The level's id; where the regulation knows no levels it is kept as it is written."""
        if text is None or not rules.levels:
            return text
        found = level_id(text, rules)
        if found is None:
            known = ", ".join(f"{name} {words.zh}" for name, words in rules.levels.items())
            raise BadRowError("level", text=text, regulation=rules.regulation, known=known)
        return found

    def check_dates(self, rules: Regulation, fields: Mapping[str, str]) -> None:
        """Refuse what is no date in a field from which a limit of the regulation counts."""
        for name in _date_fields(rules):
            if fields.get(name):
                try:
                    parse_instant(fields[name], self._deployment.zone)
                except UsageError:
                    raise BadRowError("date", column=name, text=fields[name]) from None


_dates: dict[int, tuple[Regulation, frozenset[str]]] = {}


def _date_fields(rules: Regulation) -> frozenset[str]:
    """The fields that limits of the regulation take as dates."""
    held = _dates.get(id(rules))
    if held is None or held[0] is not rules:
        names = frozenset(limit.date for rule in rules.rules for limit in rule.within if limit.date)
        held = _dates[id(rules)] = (rules, names)
    return held[1]


@lru_cache(maxsize=4)
def _titles(places: tuple[Path, ...]) -> dict[str, str]:
    """Titles and names of every pack that can be read, folded, with its name."""
    from models.packs.load import catalogue, load_regulation  # noqa: PLC0415 -- as the packs: seldom needed

    found: dict[str, str] = {}
    for name, file in catalogue(list(places)).items():
        try:
            title = load_regulation(file).title
        except RegulationError:
            continue  # `duban check` tells what is wrong with it
        found |= dict.fromkeys((folded(name), folded(title.zh), folded(title.en)), name)
    return found
