"""The reference of the rule language, read from the models themselves: every key with its meaning.

The texts are the docstrings beside the fields, so that the reference cannot say anything else than the code.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from models import language
from models.language.calendars import Calendar, Hours
from models.language.conditions import Match, Test
from models.language.limits import ClosedLate, GiveUp, Limit, Outcome, Penalty, Reminder, Repeat, Share, SkipOlder, Step
from models.language.permissions import Approval, Approver, Counter, Gate, Rung
from models.language.regulation import Pause, Regulation, Role, Rounds, Setting
from models.language.rules import Duty, Rule
from models.language.words import Cite, Model, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS: tuple[type[Model], ...] = (
    Regulation,
    Setting,
    Role,
    Rule,
    Match,
    Test,
    Limit,
    Calendar,
    Reminder,
    Step,
    Outcome,
    ClosedLate,
    Repeat,
    GiveUp,
    Penalty,
    Share,
    Rounds,
    Pause,
    Gate,
    Approval,
    Approver,
    Counter,
    Rung,
    Duty,
    Hours,
    Cite,
    Text,
    SkipOlder,
)
"""Every part of the language, in the order in which one reads it."""


class Key(NamedTuple):
    """One key of the language; its name as a file writes it."""

    name: str
    required: bool
    meaning: str


class Section(NamedTuple):
    """One part of the language with its own keys."""

    name: str
    meaning: str
    keys: tuple[Key, ...]


def sections() -> Iterator[Section]:
    """The whole language, part by part."""
    for model in PARTS:
        meaning, notes = _told()[model.__name__]
        fields = {field: info for field, info in model.model_fields.items() if field in notes or field in _own(model)}
        keys = (Key(info.alias or field, info.is_required(), notes.get(field, "")) for field, info in fields.items())
        yield Section(model.__name__, meaning, tuple(keys))


def reference() -> str:
    """The language on two pages; a star marks what has to be written."""
    lines = ["# The rule language", "", "A star marks a key that has to be written.", ""]
    for section in sections():
        lines += [f"## {section.name}", section.meaning]
        lines += [f"- `{key.name}`{'*' if key.required else ''}: {key.meaning}" for key in section.keys]
        lines.append("")
    return "\n".join(lines)


def keys_used(regulation: Regulation) -> set[str]:
    """The keys that a pack writes, as `Rule.within`; defaults do not count."""
    return set(_written(regulation))


def _written(value: object) -> Iterator[str]:
    if isinstance(value, Model):
        for field in value.model_fields_set:
            owner = next(base for base in type(value).__mro__[::-1] if field in getattr(base, "model_fields", {}))
            yield f"{owner.__name__}.{type(value).model_fields[field].alias or field}"
            yield from _written(getattr(value, field))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _written(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _written(item)


def _own(model: type[Model]) -> frozenset[str]:
    """The fields that a model adds to the one it is made of."""
    inherited = {field for base in model.__mro__[1:] for field in getattr(base, "model_fields", {})}
    return frozenset(model.model_fields.keys() - inherited)


@cache
def _told() -> dict[str, tuple[str, dict[str, str]]]:
    """What each class and each of its fields says about itself in the source."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for file in sorted(Path(language.__file__).parent.glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = (_joined(ast.get_docstring(node) or ""), dict(_notes(node)))
    return found


def _notes(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The docstring below each field."""
    for field, note in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(note, ast.Expr)
            and isinstance(note.value, ast.Constant)
        ):
            yield field.target.id, _joined(str(note.value.value))


def _joined(text: str) -> str:
    return " ".join(text.split())
