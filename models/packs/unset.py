"""Figures that a regulation waits for, each with a value of the right kind; and figures that should be settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from models.language.regulation import Regulation
from models.language.words import HOLE
from models.packs.check import problems
from models.packs.cite import clauses
from models.packs.needed import needed
from models.packs.places import BY_ID, PlacedError
from models.packs.settings import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.packs.findings.names import Finding, Path

_EXAMPLES: dict[str, Any] = {
    "at": "17:00",
    "weekday": "mon",
    "every": "month",
    "day": 5,
    "working_day": 5,
    "dates": "06-30",
    "times": 3,
    "at_most": 3,
    "amount": 100,
    "points": 1,
    "charged_to": "department",
}
"""What a figure in such a place looks like."""
_OTHERS: tuple[Any, ...] = ("P3D", 3, 100, "17:00", "month", "mon", "06-30", 0.5, "yes")
_CONFIGURED = "must be configured"
"""How the list of clauses says that a figure is not in the text."""


class Unset(NamedTuple):
    """A setting without a value: what is open, the clauses it is about, and what a value looks like."""

    regulation: str
    setting: str
    example: Any
    note: str
    clauses: tuple[str, ...]

    @property
    def line(self) -> str:
        """What to write into the file of figures."""
        return f"{self.regulation}: {{{self.setting}: {_written(self.example)}}}"


def unset(regulation: Regulation, raw: dict[str, Any]) -> Iterator[Unset]:
    """Every figure that the regulation, read from `raw`, waits for."""
    for name, places in needed(raw, regulation.open_settings):
        setting = regulation.settings[name]
        given = {other: one.value for other, one in regulation.settings.items() if one.value is not None}
        example = _example(raw, {**given}, name, places)
        yield Unset(regulation.regulation, name, example, setting.note, setting.clauses)


def _example(raw: dict[str, Any], given: dict[str, Any], name: str, places: list[Path]) -> Any:
    """A value with which the regulation could be put in force."""
    keys = [key for path in places for key in reversed(path) if key in _EXAMPLES]
    for value in (*(_EXAMPLES[str(key)] for key in keys[:1]), *_OTHERS):
        try:
            tried = Regulation.model_validate(fill(raw, {**given, name: value}))
        except (PlacedError, ValidationError):
            continue
        if next(problems(tried), None) is None:
            return value
    return "..."


def _written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) and (":" in value or value[:1].isdecimal()) else str(value)


def literals(raw: dict[str, Any]) -> Iterator[Finding]:
    """Clocks without a setting although the figure has to be configured, by the list of clauses, and is nowhere."""
    notes = {clause.id: clause.note for clause in clauses() if _CONFIGURED in clause.note}
    parts = [(kind, index, entry) for kind in BY_ID for index, entry in enumerate(raw.get(kind) or ())]
    settled = {clause for _, _, entry in parts if _has_setting(entry) for clause in _cited(entry)}
    for kind, index, entry in parts:
        cited = _cited(entry) if kind == "duties" or entry.get("within") else []
        if cited and all(clause in notes and clause not in settled for clause in cited):
            said = f"{cited[0]} says {notes[cited[0]]!r} in the list of clauses"
            yield (kind, index), f"{said}: write the figure with `value` and `open`"


def _cited(entry: Any) -> list[str]:
    return list((entry.get("cite") or {}).get("clauses") or ())


def _has_setting(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_setting(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_setting(item) for item in value)
    return isinstance(value, str) and value.startswith(HOLE)
