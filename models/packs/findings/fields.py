"""Whether the fields of a regulation can be told apart, and whether conditions ask for values that they can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.language.asked import CONDITIONS, TABLE, asked
from models.language.conditions import Requirement, text_of
from models.language.words import is_hole
from models.language.written import folded
from models.packs.findings.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.language.fields import CaseField, FieldValue
    from models.language.regulation import Regulation
    from models.packs.findings.names import Finding, Path

RESERVED = frozenset(
    {"case", "event", "at", "by", "number", "regulation", "round", "term", "time", "weekday", "in_hours"}
)
"""Names that mean something else in files and conditions."""


def field_findings(regulation: Regulation) -> Iterator[Finding]:
    """What is wrong with the fields themselves, then with what asks for them."""
    if not regulation.fields:
        return
    for name, field in regulation.fields.items():
        place = ("fields", name)
        if name in RESERVED:
            yield place, f"{name!r} is no field of a case: it means something else in files and conditions"
        if name == "level" and (field.values or field.is_ != "text"):
            yield place, "the values of `level` are written under `levels`"
        if field.values and field.is_ != "text":
            yield (*place, "values"), f"a field that is {field.is_} has no values: leave `is` or `values` out"
        if field.others and not field.values:
            yield (*place, "others"), "without `values` anything may stand in it anyway: leave `others` out"
        yield from _told_apart(field.values, (*place, "values"))
    yield from _told_apart(regulation.fields, ("fields",))
    for path, key, value in asked(regulation):
        if key in CONDITIONS:
            yield from _conditions(value, regulation, path)
        elif key == TABLE:
            yield from _conditions({value.by: tuple(value.table)}, regulation, path)
        elif key == "date" and value in regulation.fields and regulation.fields[value].is_ not in ("date", "text"):
            yield path, f"{value!r} is {regulation.fields[value].is_}: a limit counts from a date"
        elif key == "quantity" and value in regulation.fields and regulation.fields[value].is_ in _NO_NUMBERS:
            yield path, f"{value!r} is {regulation.fields[value].is_}: only an amount or a count can be summed"
        elif key == "person" and value in regulation.fields and regulation.fields[value].is_ not in ("person", "text"):
            yield path, f"{value!r} is {regulation.fields[value].is_}: a role needs a field that names a person"


_NO_NUMBERS = frozenset({"date", "person", "yes_no"})


def _told_apart(named: Mapping[str, CaseField] | Mapping[str, FieldValue], place: Path) -> Iterator[Finding]:
    """No word means two of them."""
    taken: dict[str, str] = {}
    for name, words in named.items():
        for word in (name, words.zh, words.en, *words.aliases):
            other = taken.setdefault(folded(word), name)
            if other != name:
                yield (*place, name), f"{word!r} means both {other!r} and {name!r}: call one of them otherwise"


def _conditions(conditions: Mapping[str, Any], regulation: Regulation, path: Path) -> Iterator[Finding]:
    """The values that a condition asks for are some that the field can have."""
    for name, condition in conditions.items():
        field = regulation.fields.get(name)
        if field is None or name == "level":
            continue
        wanted: tuple[Any, ...] = condition if isinstance(condition, tuple) else (condition,)
        if isinstance(condition, Requirement):
            wanted = condition.not_
            if (condition.at_least, condition.at_most) != (None, None) and field.is_ in ("person", "yes_no"):
                yield (*path, name), f"{name!r} is {field.is_}: it has no least and no most"
            if condition.given and field.is_ == "yes_no":
                yield (*path, name), f'{name!r} is yes_no, and "no" is given as well: ask for "yes"'
        for value in wanted:
            if not is_hole(value) and (problem := _unfit(field, text_of(value))):
                yield (*path, name), f"{name}: {problem}"


def _unfit(field: CaseField, value: str) -> str | None:
    """Why the field never has that value as it is kept."""
    if field.values and not field.others and value not in field.values:
        meant = field.read(value) or nearest(value, field.values)
        return f"{value!r} is none of its values: write {meant}"
    if field.is_ == "yes_no" and value not in ("yes", "no"):
        return f'{value!r} is neither "yes" nor "no": write one of them, in quotation marks'
    if field.is_ in ("amount", "count") and field.read(value) != value:
        return f"{value!r} is no plain number: write it in digits"
    return None
