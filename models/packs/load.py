"""Rule packs from YAML files: read, given their titles and settings, checked; errors name file, line and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from models.errors import RegulationError, UnknownError
from models.language.regulation import Regulation
from models.packs.check import problems
from models.packs.places import PlacedError, Places
from models.packs.settings import fill, lift
from models.packs.text import nodes, parsed
from models.packs.titles import with_titles

if TYPE_CHECKING:
    from pathlib import Path

Overrides = dict[str, dict[str, Any]]
"""What a deployment sets: regulation -> setting -> value."""


def load_regulation(file: Path, overrides: Overrides | None = None) -> Regulation:
    """Read and check one pack. RegulationError names the file, the line and the rule."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        node, raw = nodes(text), parsed(text)
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or an impossible date
        raise RegulationError(f"cannot be read: {error}", file=str(file)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "no YAML"
        raise RegulationError(str(problem), file=str(file), line=mark.line + 1 if mark else None) from error
    if not isinstance(raw, dict):
        raise RegulationError("a regulation is a mapping with keys like `regulation`, `kind`, `rules`", file=str(file))
    places = Places(str(file), node, raw)
    places.refuse_duplicates()
    try:
        places.raw, places.in_place = lift(with_titles(raw))
        filled = fill(places.raw, (overrides or {}).get(str(raw.get("regulation")), {}))
        regulation = Regulation.model_validate(filled)
    except PlacedError as error:
        raise places.error(error.problem, error.path) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise places.error(_spoken(first), first["loc"]) from error
    for path, problem in problems(regulation):
        raise places.error(problem, path)
    return regulation


def catalogue(folders: list[Path]) -> dict[str, Path]:
    """Every pack by its name (the file's stem); a later folder goes before an earlier one."""
    return {file.stem: file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))}


def find_regulation(name: str, folders: list[Path]) -> Path:
    """The file of a pack; UnknownError lists what there is."""
    known = catalogue(folders)
    if name not in known:
        msg = f"no regulation {name!r}: there are {', '.join(sorted(known))}"
        raise UnknownError(msg)
    return known[name]


def load_overrides(file: Path | None) -> Overrides:
    """The deployment's own figures: a YAML file `regulation: {setting: value}`."""
    if file is None:
        return {}
    try:
        raw = parsed(file.read_text(encoding="utf-8-sig")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RegulationError(f"cannot be read: {error}", file=str(file)) from error
    if not isinstance(raw, dict) or not all(isinstance(value, dict) for value in raw.values()):
        raise RegulationError("write `regulation: {setting: value}`", file=str(file))
    return raw


def _spoken(error: Any) -> str:
    """A validation error as one line that names the key."""
    where = ".".join(str(part) for part in error["loc"] if not isinstance(part, int))
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    if error["type"] == "missing":
        return f"{where}: is missing"
    return f"{where}: {str(error['msg']).removeprefix('Value error, ')}"
