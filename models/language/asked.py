"""What a regulation asks of the fields of its cases: every condition, with the path to it in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.language.conditions import Requirement, text_of
from models.language.limits import Limit
from models.language.words import Model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.regulation import Regulation

CONDITIONS = frozenset({"when", "where", "unless", "at_once"})
"""Keys that hold conditions."""
TABLE = "table"
_FIELDS = frozenset({"quantity", "person"})


def asked(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    """Every key below a part of the regulation that asks for a field: the path to it, the key, and what stands there.

    Of a limit by a table it is the limit, of `date`, `quantity` and `person` the field's name.
    """
    if isinstance(value, Model):
        if isinstance(value, Limit) and value.by:
            yield (*path, TABLE), TABLE, value
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            inner = getattr(value, name)
            if key in CONDITIONS and isinstance(inner, dict):
                if inner:
                    yield (*path, key), key, inner
            elif isinstance(inner, str) and (key in _FIELDS or (key == "date" and isinstance(value, Limit))):
                yield (*path, key), key, inner
            else:
                yield from asked(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from asked(item, (*path, index))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from asked(item, (*path, str(name)))


def values_asked(regulation: Regulation, field: str) -> tuple[str, ...]:
    """The values of a field that any condition or table of the regulation speaks of, in their order."""
    found: dict[str, None] = {}
    for _, key, what in asked(regulation):
        if key == TABLE and what.by == field:
            found |= dict.fromkeys(what.table)
        elif key in CONDITIONS and field in what:
            found |= dict.fromkeys(values_of(what[field]))
    return tuple(found)


def values_of(condition: Any) -> tuple[str, ...]:
    """The values that one condition speaks of."""
    if isinstance(condition, Requirement):
        return tuple(text_of(value) for value in condition.not_)
    return tuple(text_of(value) for value in (condition if isinstance(condition, tuple) else (condition,)))
