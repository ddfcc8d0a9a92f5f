"""Whether what a file says has the form of a regulation: every fault of form at once, with what may have been meant."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import ValidationError

from models.language.regulation import Regulation
from models.language.words import Model
from models.packs.findings.names import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.packs.findings.names import Finding, Path

_QUOTED = re.compile(r"'([^']*)'")
_OWN = ("missing", "extra_forbidden")
"""Faults of a mapping's keys: two of them in one place are two faults."""


class Formed(NamedTuple):
    """The regulation, without what was wrong in it where it has a form without that; and what was wrong."""

    regulation: Regulation | None
    wrong: list[Finding]


def formed(raw: dict[str, Any], written: Callable[[Path], Path]) -> Formed:
    """Read what a file says; `written` tells which part of a path stands in the file."""
    try:
        return Formed(Regulation.model_validate(raw), [])
    except ValidationError as error:
        found = _apart(error.errors(include_url=False), written)
        wrong = [(tuple(one["loc"]), _spoken(one)) for one in found]
    try:
        return Formed(Regulation.model_validate(_without(raw, [written(path) for path, _ in wrong])), wrong)
    except ValidationError:
        return Formed(None, wrong)


def _apart(errors: Sequence[Any], written: Callable[[Path], Path]) -> list[Any]:
    """One of the faults that the alternatives of one place give: the one that goes deepest, of those the first."""
    own = [error for error in errors if error["type"] in _OWN]
    deeper = {tuple(error["loc"])[:size] for error in own for size in range(len(error["loc"]))}
    inside = {written(path) for path in deeper}
    kept: dict[Path, Any] = {}
    found = []
    for error in errors:
        place = written(tuple(error["loc"]))
        if error["type"] not in _OWN and (place in kept or place in inside):
            continue
        kept[place] = error
        found.append(error)
    return found


def _spoken(error: Any) -> str:
    """A fault as one line that names the key."""
    where = ".".join(str(part) for part in error["loc"] if not isinstance(part, int))
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key{meant(error['loc'][-1], _keys_beside(error['loc']))}"
    if error["type"] == "missing":
        return f"{where}: is missing"
    said = f"{where}: {str(error['msg']).removeprefix('Value error, ')}"
    if error["type"] == "literal_error":
        return said + meant(error["input"], _QUOTED.findall(str(error["ctx"]["expected"])))
    return said


def _keys_beside(loc: Path) -> set[str]:
    """What may be written where the last part of the path stands."""
    models: set[type[Model]] = {Regulation}
    for part in loc[:-1]:
        inner = {
            model
            for outer in models
            for name, info in outer.model_fields.items()
            if part in (name, info.alias)
            for model in _models_in(info.annotation)
        }
        models = inner or models  # a number, a name of the pack's own, or of an alternative
    return {info.alias or name for model in models for name, info in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[Model]]:
    """The models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _without(raw: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    """The same without what stands at these places; entries of a list keep theirs."""
    rest = deepcopy(raw)
    for path in paths:
        holder: Any = rest
        for part in path[:-1]:
            holder = _inside(holder, part)
        if path and isinstance(holder, dict):
            holder.pop(path[-1], None)
    return rest


def _inside(holder: Any, part: str | int) -> Any:
    """What stands there, if anything."""
    try:
        return holder[part]
    except (TypeError, KeyError, IndexError):
        return None
