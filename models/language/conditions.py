"""Conditions on the facts of a case, and events that are meant by name and conditions."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- pydantic reads the annotations
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool

from models.language.words import Model, Name, Value, as_tuple, short_for


class Requirement(Model):
    """A condition on one value that is more than equality; all given parts must hold."""

    not_: Annotated[tuple[Value, ...], BeforeValidator(as_tuple), Field(alias="not")] = ()
    """None of these values."""
    at_least: float | str | None = None
    """A number; or a text that sorts like time (`"08:10"`, `"2026-03-01"`)."""
    at_most: float | str | None = None
    """The same, from above."""
    given: bool | None = None
    """Whether there is a value at all."""

    def holds(self, value: Any) -> bool:
        """Whether the value (None = not given) passes."""
        present = value not in (None, "")
        if self.given is not None and present != self.given:
            return False
        if self.not_ and text_of(value) in {text_of(other) for other in self.not_}:
            return False
        if self.at_least is None and self.at_most is None:
            return True
        return present and _reaches(value, self.at_least) and _reaches(value, self.at_most, below=True)


def _reaches(value: Any, bound: float | str | None, *, below: bool = False) -> bool:
    """Whether the value lies on the wanted side of the bound (the bound included)."""
    if bound is None:
        return True
    if isinstance(bound, str):
        return text_of(value) <= bound if below else text_of(value) >= bound
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return number <= bound if below else number >= bound


Condition = Annotated[Requirement | StrictBool | Value | tuple[Value, ...], Field(union_mode="left_to_right")]
Conditions = dict[str, Condition]


def text_of(value: Any) -> str:
    """A value as it stands in a file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def holds(conditions: Conditions, fields: Mapping[str, Any]) -> bool:
    """Whether every condition holds on these fields."""
    for name, condition in conditions.items():
        value = fields.get(name)
        if isinstance(condition, Requirement):
            if not condition.holds(value):
                return False
        elif isinstance(condition, tuple):
            if value is None or text_of(value) not in {text_of(other) for other in condition}:
                return False
        elif value is None or text_of(value) != text_of(condition):
            return False
    return True


class Match(Model):
    """An event by name, and by conditions on its fields; written `name` or `{event: name, where: {..}}`."""

    event: Name
    """The event's name."""
    where: Conditions = {}
    """Conditions on the fields of the event."""

    def matches(self, name: str, fields: Mapping[str, Any]) -> bool:
        """Whether an event of this name with these fields is meant."""
        return name == self.event and (not self.where or holds(self.where, fields))


Matches = Annotated[tuple[Match, ...], short_for("event")]
