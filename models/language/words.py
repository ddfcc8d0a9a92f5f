"""The smallest parts of the rule language: names, durations, texts, citations, and figures that are still open.

A setting without a value is a hole (`$name` stays where the value would stand): the pack loads, `duban check` lists
it, and what needs the figure waits for the deployment.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from models.language.durations import parse_duration

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Value = str | int | float | bool
HOLE = "$"
SHORTEST_DISTANCE = 3600
"""Seconds between two of what comes again and again."""


def is_hole(value: object) -> bool:
    """Whether the value is a setting that nobody has given a figure."""
    return isinstance(value, str) and value.startswith(HOLE)


def _iso_duration(value: str) -> str:
    if not is_hole(value):
        parse_duration(value)
    return value


def _distance(value: str) -> str:
    """Not so short that a case of last year has a million of them; what is none at all, the findings say."""
    if not is_hole(value):
        duration = parse_duration(value)
        if not duration.in_days and 0 < duration.count < SHORTEST_DISTANCE:
            msg = f"{value} comes again too soon: write PT1H or longer"
            raise ValueError(msg)
    return value


def as_tuple(value: Any) -> Any:
    """One thing may be written without the brackets of a list."""
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str | int | dict) else value


def short_for(key: str) -> BeforeValidator:
    """One thing or a list of them, and a bare text is short for `{key: text}`."""

    def spelt_out(value: Any) -> Any:
        items = as_tuple(value)
        if not isinstance(items, tuple):
            return items
        return tuple({key: item} if isinstance(item, str) else item for item in items)

    return BeforeValidator(spelt_out)


def as_texts(value: Any) -> Any:
    """YAML reads `08-15` as text but `2026-08-15` as a date and `3` as a number: all are meant as written."""
    items = as_tuple(value)
    return tuple(str(item) for item in items) if isinstance(items, tuple) else (str(items),)


IsoDuration = Annotated[str, AfterValidator(_iso_duration)]
Distance = Annotated[IsoDuration, AfterValidator(_distance)]
Hole = Annotated[str, StringConstraints(pattern=r"^\$[a-z][a-z0-9_-]*$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]
Roles = Annotated[tuple[Name, ...], BeforeValidator(as_tuple), Field(min_length=1)]


class Model(BaseModel):
    """Unknown keys are errors; a loaded regulation does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Text(Model):
    """The same words in Chinese and English."""

    zh: str
    """Chinese."""
    en: str
    """English."""


class Cite(Model):
    """Where a rule is written."""

    article: str
    """The article as people quote it."""
    source: str | None = None
    """The file of the text."""
    lines: str | None = None
    """The lines in that file."""
    clauses: tuple[str, ...] = ()
    """The clause ids that this part of the pack carries out."""
