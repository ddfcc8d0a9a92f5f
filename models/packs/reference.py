"""The reference of the rule language, read from the models themselves: every key with its meaning.

The texts are the docstrings beside the fields, so that the reference cannot say anything else than the code.
`python -m models.packs.reference > models/language/README.md` writes it anew (or `make reference`).
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from models import SHIPPED, language
from models.language import permissions
from models.language.calendars import Calendar, Hours
from models.language.conditions import Match, Requirement
from models.language.fields import CaseField, FieldValue
from models.language.limits import ClosedLate, GiveUp, Limit, Outcome, Penalty, Reminder, Repeat, Share, SkipOlder, Step
from models.language.permissions import Approval, Approver, Authority, Gate, Rung
from models.language.regulation import Pause, Reading, Regulation, Role, Rounds, Setting
from models.language.rules import Duty, Rule
from models.language.words import Cite, Model, Text
from models.packs.load import catalogue, load_regulation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER = Path(language.__file__).parent
EXAMPLE = FOLDER / "example.yaml"
CORE = ("id", "title", "cite", "start", "stop", "opens", "within", "responsible", "remind", "escalate", "penalty")
"""The keys of a rule that one learns first."""
CHAPTERS: dict[str, tuple[type[Model], ...]] = {
    "What stands in these keys": (Limit, Reminder, Step, Penalty, Share, Match, Requirement, Cite, Text),
    "The regulation around the rules": (
        Regulation,
        Role,
        CaseField,
        FieldValue,
        Setting,
        Reading,
        Rounds,
        Pause,
        Hours,
    ),
    "More keys of a rule": (Rule, Outcome, ClosedLate, Repeat, GiveUp, SkipOlder),
    "What the calendar opens": (Duty, Calendar),
    "What is forbidden, approved and counted": (Gate, Approval, Approver, Authority, permissions.Counter, Rung),
}
"""Every construct of the language, in the order in which one needs it."""

TAIL = "In brackets: how many of the shipped regulations use the key; within each part the most used come first."
STAR = " \\*"
PREFACE = """\
# The rule language

A regulation is one YAML file. Its rules are clocks: an event starts one, an event stops it, and Duban tells people
before, at and after the instant at which it is due. How to write your first one: `models/regulations/README.md`.
This page is made from the docstrings of the models by `make reference`. A whole regulation:
"""


class Key(NamedTuple):
    """One key of the language; its name as a file writes it, and the constructs that stand in it."""

    name: str
    required: bool
    meaning: str
    holds: tuple[str, ...]


class Construct(NamedTuple):
    """One construct of the language (a rule, a limit, a step) with its own keys."""

    name: str
    meaning: str
    keys: tuple[Key, ...]


def constructs() -> Iterator[Construct]:
    """The whole language, one construct after the other."""
    for models in CHAPTERS.values():
        yield from map(_construct, models)


def reference() -> str:
    """The language in Markdown: the core on one page, then the rest, what most regulations need first."""
    rule, need = _construct(Rule), needed()
    core = sorted((key for key in rule.keys if key.name in CORE), key=lambda key: CORE.index(key.name))
    lines = [PREFACE, "```yaml", EXAMPLE.read_text(encoding="utf-8").rstrip(), "```", ""]
    lines += ["## The core of a rule", "", rule.meaning, "A star marks a key that has to be written.", ""]
    lines += [*_listed(core), "", "## Durations", "", *_durations(), "", "## The rest", "", TAIL]
    for title, models in CHAPTERS.items():
        lines += ["", f"### {title}"]
        for name, meaning, keys in map(_construct, models):
            rest = [key for key in keys if name != rule.name or key.name not in CORE]
            rest.sort(key=lambda key: (not key.required, -need[f"{name}.{key.name}"]))
            head = [] if name == rule.name else ["", f"#### {name}", "", meaning]
            lines += [*head, "", *_listed(rest, {key.name: need[f"{name}.{key.name}"] for key in rest})]
    return "\n".join(lines) + "\n"


def needed() -> Counter[str]:
    """How many of the shipped regulations use each key, as `Rule.within`."""
    return Counter(key for file in catalogue([SHIPPED]).values() for key in keys_used(load_regulation(file)))


def keys_used(regulation: Regulation) -> set[str]:
    """The keys that a pack writes, as `Rule.within`; defaults do not count."""
    return set(_written(regulation))


def _listed(keys: Iterable[Key], need: Mapping[str, int] | None = None) -> list[str]:
    return [
        f"- `{key.name}`{STAR if key.required else ''}{f' ({need[key.name]})' if need else ''}:"
        f" {key.meaning}{_links(key)}"
        for key in keys
    ]


def _links(key: Key) -> str:
    return "".join(f" → [{name}](#{name.lower()})" for name in key.holds)


def _durations() -> list[str]:
    """What the module about durations says of their forms."""
    told = ast.get_docstring(ast.parse((FOLDER / "durations.py").read_text(encoding="utf-8"))) or ""
    return told.splitlines()


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


def _construct(model: type[Model]) -> Construct:
    meaning, notes = _told()[model.__name__]
    own = {field: info for field, info in model.model_fields.items() if field in notes or field in _own(model)}
    keys = (
        Key(info.alias or field, info.is_required(), notes.get(field, ""), tuple(dict.fromkeys(_held(info.annotation))))
        for field, info in own.items()
    )
    return Construct(model.__name__, meaning, tuple(keys))


def _held(annotation: object) -> Iterator[str]:
    """The constructs in the type of a key; titles are left out, they are everywhere."""
    if isinstance(annotation, type) and issubclass(annotation, Model) and annotation not in (Rule, Text):
        yield annotation.__name__
    for part in get_args(annotation):
        yield from _held(part)


def _own(model: type[Model]) -> frozenset[str]:
    """The fields that a model adds to the one it is made of."""
    inherited = {field for base in model.__mro__[1:] for field in getattr(base, "model_fields", {})}
    return frozenset(model.model_fields.keys() - inherited)


@cache
def _told() -> dict[str, tuple[str, dict[str, str]]]:
    """What each class and each of its fields says about itself in the source."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for file in sorted(FOLDER.glob("*.py")):
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


if __name__ == "__main__":
    sys.stdout.write(reference())
