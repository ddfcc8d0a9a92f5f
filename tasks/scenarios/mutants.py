"""Packs that say something else than the text: one for each figure, condition, role and date of a cited part.

A pack is read as it is written, short forms are spelt out by the models of the language, and its parts are walked by
the types of their fields: a new key of the language is altered without new code. Figures that are settings are declared
defaults and stay, as do titles and other words.
"""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from models.language.durations import parse_duration
from models.language.regulation import Regulation
from models.language.words import HOLE, Model, Text, is_hole
from models.packs.check import problems
from models.packs.cite import HOURS, PAUSES, ROLES, ROUNDS
from models.packs.places import BY_ID, PlacedError
from models.packs.settings import fill, lift
from models.packs.text import parsed
from models.packs.titles import with_titles
from tasks.scenarios.alter import DELETED, Alterer, literals_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.packs.cite import Provision
    from models.packs.findings.names import Path as Place

WORDS = frozenset({"id", "cite", "title", "do", "zh", "en"})
"""Keys that say how something is called or where it is written."""
UNSEEN = frozenset({"catch_up", "fulfilled_by"})
"""Keys about Duban's own running: downtime, and who sends a statement."""


@dataclass(frozen=True)
class Mutant:
    """A pack with one alteration: where it stands, what it was and what it is now."""

    place: str
    old: str
    new: str
    raw: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.place}: {self.old} -> {self.new}"


def spelt_out(file: Path) -> dict[str, Any]:
    """The pack in that file with its figures under `settings` and without short forms."""
    raw: dict[str, Any] = lift(with_titles(parsed(file.read_text(encoding="utf-8-sig")))).raw
    return {**raw, **_spelt_model(Regulation, {key: raw[key] for key in (*BY_ID, PAUSES, HOURS, ROUNDS) if key in raw})}


def built(raw: dict[str, Any], given: dict[str, Any]) -> Regulation | None:
    """The pack with the figures of a deployment; None when it is no sound one."""
    try:
        pack = Regulation.model_validate(fill(raw, given))
    except (PlacedError, ValidationError):
        return None
    return None if any(True for _ in problems(pack)) else pack


def mutants(raw: dict[str, Any], part: Provision) -> Iterator[Mutant]:
    """Every sound pack that differs from this one in one thing that the part says; none that is the same after all."""
    place = _place(raw, part)
    alterer = Alterer(raw)
    original = built(raw, {})
    seen = {_meaning(original)} if original else set()
    for where, alteration in ((place, [DELETED]), *_altered(alterer, _hint(part.kind), _at(raw, place), place)):
        for new in alteration:
            other = _replaced(raw, where, new)
            pack = built(other, {})
            if pack is None:
                continue
            if (meaning := _meaning(pack)) not in seen:
                seen.add(meaning)
                yield Mutant(_named(raw, where), _said(_at(raw, where)), _said(new), other)
            break


def _meaning(pack: Regulation) -> str:
    """All that a pack says, also where nothing is written: what stops a clock, and whom its due instant is told."""
    body = pack.model_dump(mode="json", by_alias=True)
    for rule, clock in zip(pack.rules, body["rules"], strict=True):
        clock["stop"] = [match.model_dump(mode="json", by_alias=True) for match in rule.stops]
    for clock in (*body["rules"], *body["duties"]):
        first = clock["escalate"][0]["after"] if clock["escalate"] else HOLE
        if is_hole(first) or parse_duration(first).count:
            clock["escalate"].insert(0, {"after": "PT0S", "to": [clock["responsible"]], "every": None, "slip": None})
    for gate, said in zip(pack.gates, body["gates"], strict=True):
        if gate.at_most == 0 and gate.counts == "open_cases" and pack.opens(gate.guards) and gate.kind is None:
            said["counts"] = "events"  # at most none: the case in hand is one too many, whatever is counted
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _is_open(value: Any) -> bool:
    """Whether nothing but figures stands there that are settings: a declared default, none of the text."""
    if isinstance(value, dict | list):
        inner = list(value.values() if isinstance(value, dict) else value)
        return bool(inner) and all(map(_is_open, inner))
    return is_hole(value)


# -- the walk


def _altered(alterer: Alterer, hint: Any, value: Any, place: Place) -> Iterator[tuple[Place, list[Any]]]:
    """Each place in a construct, a list or a table, with what could stand there instead."""
    model = _inner(hint)
    if isinstance(value, list):
        for index, one in enumerate(value):
            if len(value) == 1:
                yield from _below(alterer, hint, one, (*place, index))
            elif not _is_open(one):
                yield (*place, index), [DELETED]
                if isinstance(one, dict) and one.keys() != {"event"}:  # another event is none of these
                    yield from _altered(alterer, hint, one, (*place, index))
    elif model is not None:
        for name, one in value.items():
            if name not in WORDS and name not in UNSEEN and not _is_open(one):
                yield from _key(alterer, _hints(model)[name], one, (*place, name), alone=len(value) == 1)
    else:  # a table, by level or by the value of a field
        for name, one in value.items():
            if not _is_open(one):
                yield (*place, name), [DELETED]
                yield from _below(alterer, hint, one, (*place, name))


def _key(alterer: Alterer, hint: Any, value: Any, place: Place, *, alone: bool) -> Iterator[tuple[Place, list[Any]]]:
    """One key of a construct: taken away, unless it is all there is, and altered."""
    if _is_conditions(hint):
        for name, condition in value.items():
            yield (*place, name), [DELETED]
            yield from (((*place, name), one) for one in alterer.condition(condition))
        return
    if not (alone or isinstance(value, bool) or (isinstance(value, str) and value in literals_of(hint))):
        yield place, [DELETED]
    if _inner(hint) is not Text:
        yield from _below(alterer, hint, value, place)


def _below(alterer: Alterer, hint: Any, value: Any, place: Place) -> Iterator[tuple[Place, list[Any]]]:
    if isinstance(value, dict | list):
        yield from _altered(alterer, hint, value, place)
    else:
        yield from ((place, one) for one in alterer.of(value, place, literals_of(hint)))


# -- types


@cache
def _hints(model: type[Model]) -> dict[str, Any]:
    """The types of a construct's keys, by the names that a file uses."""
    found = get_type_hints(model, include_extras=True)
    return {field.alias or name: found[name] for name, field in model.model_fields.items()}


def _hint(kind: str) -> Any:
    return _hints(Regulation)[kind]


def _inner(hint: Any) -> type[Model] | None:
    """The construct that stands under a key, alone or in a list; of several the one that is a mapping."""
    if isinstance(hint, type) and issubclass(hint, Model):
        return hint
    if get_origin(hint) in (Annotated, Union, types.UnionType, tuple, dict):
        return next((found for part in get_args(hint) if (found := _inner(part)) is not None), None)
    return None


def _is_conditions(hint: Any) -> bool:
    return "Requirement" in repr(hint) and get_origin(hint) is dict


def _spelt(hint: Any, value: Any) -> Any:
    """The value without short forms."""
    model, several = _inner(hint), _is_tuple(hint)
    if several and not isinstance(value, list) and not is_hole(value):
        value = [value]
    if model is None or _is_conditions(hint) or model is Text:
        return value
    if isinstance(value, list):
        return [_spelt_model(model, _mapping(hint, model, one)) for one in value]
    if get_origin(hint) is dict and isinstance(value, dict):
        return {name: _spelt_model(model, one) for name, one in value.items()}
    return _spelt_model(model, _mapping(hint, model, value))


def _spelt_model(model: type[Model], value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    hints = _hints(model)
    return {name: _spelt(hints[name], one) if name in hints else one for name, one in value.items()}


def _mapping(hint: Any, model: type[Model], value: Any) -> Any:
    """A construct that is written by its main value alone, as a mapping."""
    if isinstance(value, dict) and value.keys() <= _hints(model).keys():
        return value
    try:
        found = TypeAdapter(hint).validate_python(value)
    except ValidationError:
        return value
    one = found[0] if isinstance(found, tuple) else found
    return one.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(one, Model) else value


def _is_tuple(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Annotated, Union, types.UnionType):
        return any(_is_tuple(part) for part in get_args(hint)) and not any(
            get_origin(part) is Literal for part in get_args(hint)
        )
    return origin is tuple


# -- places


def _place(raw: dict[str, Any], part: Provision) -> Place:
    """Where a part stands."""
    if part.kind == ROUNDS:
        return (ROUNDS,)
    if part.kind == ROLES:
        return (ROLES, part.name)
    if part.kind in BY_ID:
        return (part.kind, next(n for n, entry in enumerate(raw[part.kind]) if str(entry["id"]) == part.name))
    return (part.kind, int(part.name) - 1)


def _at(raw: Any, place: Place) -> Any:
    for part in place:
        raw = raw[part]
    return raw


def _replaced(value: Any, place: Place, new: Any) -> Any:
    """The same with something else at one place."""
    if not place:
        return new
    head, rest = place[0], place[1:]
    inner = DELETED if not rest and new is DELETED else _replaced(value[head], rest, new)
    if isinstance(value, dict):
        return {key: inner if key == head else one for key, one in value.items() if key != head or inner is not DELETED}
    return [inner if n == head else one for n, one in enumerate(value) if n != head or inner is not DELETED]


def _named(raw: dict[str, Any], place: Place) -> str:
    """A place in words: `hand-over within 1 of`, counted from one."""
    entry = _at(raw, place[:2]) if len(place) > 1 else None
    by_id = place[0] in BY_ID and isinstance(entry, dict)
    begin: Place = (str(entry["id"]), *place[2:]) if by_id and entry else place
    return " ".join(str(part + 1 if isinstance(part, int) else part) for part in begin)


def _said(value: Any) -> str:
    """A value in one line; a whole part is not told again."""
    if value is DELETED:
        return "nothing"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key}: {_said(one)}" for key, one in value.items())
        return "all of it" if "cite" in value else f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
