"""What the rows of a chunk are held against: regulations, their levels and fields, departments, people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from models.calendar.instants import local, parse_instant
from models.errors import RefusedError, RegulationError, UnknownError, UsageError
from models.language.written import folded
from models.store.schema import people
from models.wording.phrases import event_words
from models.wording.vocabulary import (
    channel_id,
    event_id,
    kind_id,
    level_id,
    outcome_id,
    satisfaction_id,
    secrecy_id,
)
from tasks.intake.reasons import BadRowError
from tasks.intake.values import is_bare_date
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment


class Opened(NamedTuple):
    """How a case is opened: the regulation with its id, and the event."""

    regulation_id: int
    rules: Regulation
    event: str


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
        self._people: dict[str, str] = {}
        for name, email, department in connection.execute(select(people.c.name, people.c.email, people.c.department)):
            if department:
                self._departments[folded(department)] = department
            for key in (name, email.lower()):
                self._department_of.setdefault(key, set()).add(department)
            self._people[folded(name)] = name
            self._people[folded(email)] = email

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
        if kind and "loan" in (kind, rules.kind) and not rules.has_kind(kind):
            raise BadRowError("regulation_kind", text=rules.regulation, kind=rules.kind)
        return found

    def opening(self, regulation: str | None, kind: str | None, event: str | None) -> Opened:
        """The regulation under which a row opens a case, and with which event: what is named decides.

        Without a regulation it is the default of the kind; without a kind, the one default that the event opens.
        """
        if regulation is None and kind is None and event is not None:
            return self._opened_by(event)
        try:
            if regulation is not None:
                regulation_id, rules = self.regulation(regulation, "")
            elif kind is not None:
                regulation_id, rules = self.regulation(None, kind_id(kind) or kind)
            else:
                raise BadRowError("regulation_missing")
        except RefusedError as error:
            raise BadRowError("regulation_default", text=kind, why=error) from None
        return self.opened(Opened(regulation_id, rules, ""), kind, event)

    def opened(self, under: Opened, kind: str | None, event: str | None) -> Opened:
        """With which event a row opens a case of that regulation; BadRowError when it opens none."""
        rules = under.rules
        wanted = kind_id(kind) or kind if kind else None
        name = event_id(event, rules) or event if event else rules.opening_of(wanted or rules.kind)
        if rules.opens(name) is None or (wanted and rules.opens(name) != wanted):
            known = ", ".join(f"{one} {event_words(one, rules, 'zh')}" for one in (rules.opening, *rules.openings))
            raise BadRowError("opens_nothing", text=event or kind, regulation=rules.regulation, known=known)
        return under._replace(event=name)

    def _opened_by(self, event: str) -> Opened:
        """Among the defaults."""
        found = {}
        for default in self._deployment.regulations.default_names():
            regulation_id, rules = self.regulation(default, "")
            name = event_id(event, rules) or event
            if rules.opens(name):
                found[rules.regulation] = Opened(regulation_id, rules, name)
        if len(found) != 1:
            raise BadRowError("opens_several" if found else "opens_none", text=event, known=", ".join(found))
        return next(iter(found.values()))

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

    def kept(self, rules: Regulation | None, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields as the record keeps them: values by their ids, figures plain; BadRowError for what cannot be.

        What the regulation says nothing of is kept as it is written; `until` has rules of its own.
        """
        dates, watched = _watched(rules) if rules else (frozenset[str](), frozenset(USUAL))
        found = dict(fields)
        for name in found.keys() & watched:
            text, field = found[name], rules.fields.get(name) if rules else None
            usual = USUAL[name](text) if name in USUAL else None
            kind = field.is_ if field else "text"
            if kind == "date" or name in dates:
                found[name] = self._date(name, text, tidy=kind == "date")
            elif kind == "person":
                found[name] = self.person(text)
            elif field is None or (usual and not field.values):
                found[name] = usual or text
            elif (read := field.read(text) or usual) is not None:
                found[name] = read
            elif field.values:
                known = ", ".join(f"{value} {words.zh}" for value, words in field.values.items())
                raise BadRowError("value", column=name, text=text, known=known)
            else:
                raise BadRowError(kind, column=name, text=text)
        return found

    def _date(self, name: str, text: str, *, tidy: bool) -> str:
        """A date or instant; a tidy one in the one form that sorts."""
        try:
            instant = parse_instant(text, self._deployment.zone)
        except UsageError:
            raise BadRowError("date", column=name, text=text) from None
        if not tidy:
            return text
        if is_bare_date(text):
            return instant.astimezone(self._deployment.zone).date().isoformat()
        return local(instant, self._deployment.zone)

    def person(self, text: str) -> str:
        """Somebody of the directory by name or address, as it writes them; an empty directory cannot judge."""
        found = self._people.get(folded(text))
        if found is None and self._people:
            raise BadRowError("person", text=text)
        return found or text


USUAL = {
    "channel": channel_id,
    "secrecy": secrecy_id,
    "satisfaction": satisfaction_id,
    "outcome": outcome_id,
}
"""Fields whose usual values have ids everywhere."""
_known: dict[int, tuple[Regulation, frozenset[str], frozenset[str]]] = {}


def _watched(rules: Regulation) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that limits of the regulation take as dates, and all whose values are looked at."""
    held = _known.get(id(rules))
    if held is None or held[0] is not rules:
        dates = frozenset(limit.date for rule in rules.rules for limit in rule.within if limit.date)
        held = _known[id(rules)] = (rules, dates, (dates | rules.fields.keys() | USUAL.keys()) - {"until"})
    return held[1:]


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
