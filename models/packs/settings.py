"""Figures that a text leaves open: each is written where it belongs, or under `settings` where it is used twice.

In place it is `{value: P15D, open: no figure in the text}`; used twice, it has an entry under `settings` and stands as
`$name`. Both are the same to whoever reads the regulation: a setting by name, which a deployment may set otherwise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.words import HOLE
from models.packs.findings.names import meant
from models.packs.places import BY_ID, PlacedError, refuse

if TYPE_CHECKING:
    from models.packs.findings.names import Path

DEEPEST = 30
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_NEEDED = {"value", "open"}
_ALLOWED = _NEEDED | {"name", "clauses"}


class Lifted(NamedTuple):
    """A pack with every figure under `settings` and `$name` in its place, and where those stood that stood in place."""

    raw: dict[str, Any]
    in_place: dict[str, Path]


def lift(raw: dict[str, Any], wrong: list[PlacedError] | None = None) -> Lifted:
    """Bring the figures that are written in place under `settings`.

    A name that is not free is `wrong`; PlacedError where that is not collected.
    """
    block = raw.get("settings") or {}
    if not isinstance(block, dict):
        raise PlacedError("settings is a mapping of name to value, note and clauses", ("settings",))
    settings, in_place = dict(block), dict[str, "Path"]()

    def walk(value: Any, path: Path) -> Any:
        if len(path) > DEEPEST:
            raise PlacedError("is nested too deep: an alias that contains itself?", path[:1])
        if _is_figure(value):
            name = _named(raw, value, path)
            if not _NAME.fullmatch(name):
                refuse("give this setting a `name` of small letters, digits and hyphens", path, wrong)
                return value["value"]
            if name in settings:
                how = f"say {HOLE}{name} where its value belongs, or give this one another `name`"
                refuse(f"there is a setting {name} already: {how}", path, wrong)
                return value["value"]
            clauses = value["clauses"] if "clauses" in value else _cited(raw, path)
            settings[name] = {"value": value["value"], "note": value["open"], "clauses": clauses}
            in_place[name] = path
            return HOLE + name
        if isinstance(value, dict):
            return {key: walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index)) for index, item in enumerate(value)]
        return value

    lifted = {key: value if key == "settings" else walk(value, (key,)) for key, value in raw.items()}
    return Lifted({**lifted, "settings": settings} if settings else lifted, in_place)


def fill(raw: dict[str, Any], given: dict[str, Any], wrong: list[PlacedError] | None = None) -> dict[str, Any]:
    """Put the settings where the rules say `$name`, those that the deployment has `given` before the pack's own.

    A setting that is still open keeps its `$name`. An unknown name on either side is `wrong`; PlacedError where that is
    not collected.
    """
    settings = raw.get("settings") or {}
    for name in given:
        if name not in settings:
            problem = f"the deployment sets {name!r}{meant(name, settings)}, which is no setting of this regulation"
            refuse(problem, ("settings",), wrong)
    values = {
        name: given.get(name, entry.get("value") if isinstance(entry, dict) else None)
        for name, entry in settings.items()
    }

    def walk(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and value.startswith(HOLE):
            if value[1:] not in values:
                there = ", ".join(sorted(values)) or "none"
                refuse(f"{value} names no setting{meant(value[1:], values)}: there are {there}", path, wrong)
                return value
            return value if values[value[1:]] is None else values[value[1:]]
        return value

    filled = {key: value if key == "settings" else walk(value, (key,)) for key, value in raw.items()}
    if settings:
        filled["settings"] = {
            name: {**entry, "value": values[name]} if isinstance(entry, dict) else entry
            for name, entry in settings.items()
        }
    return filled


def _is_figure(value: Any) -> bool:
    """Whether a figure that the text leaves open is written here."""
    return isinstance(value, dict) and _NEEDED <= set(value) <= _ALLOWED and isinstance(value["open"], str)


def _named(raw: dict[str, Any], value: dict[str, Any], path: Path) -> str:
    """The name that is given, else the way to the place: `answer-within`, `answer-escalate-2-after`."""
    entry = _entry(raw, path)
    begin = [entry["id"], *path[2:]] if path[0] in BY_ID and isinstance(entry, dict) and "id" in entry else path
    way = "-".join(str(part + 1 if isinstance(part, int) else part) for part in begin).lower().replace("_", "-")
    return str(value.get("name", way))


def _cited(raw: dict[str, Any], path: Path) -> Any:
    """The clauses that the part cites in which the path lies."""
    entry = _entry(raw, path)
    cite = entry.get("cite") if isinstance(entry, dict) else None
    return (cite.get("clauses") if isinstance(cite, dict) else None) or ()


def _entry(raw: dict[str, Any], path: Path) -> Any:
    """The part of the pack in which the path lies: a rule, a role, the rounds."""
    top = raw[str(path[0])]
    if len(path) > 1 and (isinstance(top, list) or path[0] == "roles"):
        return top[path[1]]
    return top
