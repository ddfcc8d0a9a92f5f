"""Rule packs from YAML files: read, given their titles and settings, checked; errors name file, line and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from models.errors import RegulationError, UnknownError
from models.language.files import written_text
from models.packs.check import problems
from models.packs.findings.doubts import notices
from models.packs.forms import formed
from models.packs.places import PlacedError, Places
from models.packs.settings import fill, lift
from models.packs.text import nodes, parsed
from models.packs.titles import with_titles
from models.packs.unset import literals

if TYPE_CHECKING:
    from pathlib import Path

    from models.language.regulation import Regulation

Overrides = dict[str, dict[str, Any]]
"""What a deployment sets: regulation -> setting -> value."""


class Checked(NamedTuple):
    """A file that was read: the regulation, unless its form is wrong, and all that is wrong or doubtful."""

    regulation: Regulation | None
    raw: dict[str, Any]
    """What the file says, with every figure under `settings`."""
    errors: tuple[RegulationError, ...]
    notices: tuple[RegulationError, ...] = ()


def load_regulation(file: Path, overrides: Overrides | None = None) -> Regulation:
    """Read and check one pack. RegulationError names the file, the line and the rule of the first thing wrong."""
    places = _parsed(file)
    found = _checked(places, overrides)
    if found.errors:
        raise found.errors[0]
    assert found.regulation is not None  # noqa: S101 -- for the type checker: there is one where there is no error
    return found.regulation


def check_regulation(file: Path, overrides: Overrides | None = None) -> Checked:
    """Read one pack, and collect everything that is wrong with it or doubtful."""
    try:
        places = _parsed(file)
    except RegulationError as error:
        return Checked(None, {}, (error,))
    found = _checked(places, overrides)
    if found.errors or found.regulation is None:
        return found
    doubtful = (*notices(found.regulation), *literals(found.raw))
    return found._replace(notices=tuple(places.error(text, path) for path, text in doubtful))


def _parsed(file: Path) -> Places:
    """The file as YAML; RegulationError when it is none."""
    try:
        text = written_text(file)
        raw = parsed(text)
        node = nodes(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable(error, file) from error
    if not isinstance(raw, dict):
        raise RegulationError("a regulation is a mapping with keys like `regulation`, `kind`, `rules`", file=str(file))
    return Places(str(file), node, raw)


def _unreadable(error: Exception, file: Path) -> RegulationError:
    """Why the file is no YAML, with the line where there is one; ValueError: no UTF-8, or an impossible date."""
    if not isinstance(error, yaml.YAMLError):
        return RegulationError(f"cannot be read: {error}", file=str(file))
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0] or "no YAML"
    return RegulationError(str(problem), file=str(file), line=mark.line + 1 if mark else None)


def _checked(places: Places, overrides: Overrides | None) -> Checked:
    """Titles, settings, form and meaning, each as far as the one before allows."""
    found = list(places.duplicates())
    wrong: list[PlacedError] = []
    try:
        places.raw, places.in_place = lift(with_titles(places.raw, wrong), wrong)
        filled = fill(places.raw, (overrides or {}).get(str(places.raw.get("regulation")), {}), wrong)
    except PlacedError as error:
        wrong.append(error)
        return Checked(None, places.raw, _each_once(found + [places.error(one.problem, one.path) for one in wrong]))
    found += [places.error(one.problem, one.path) for one in wrong]
    regulation, misformed = formed(filled, places.in_file)
    found += [places.error(problem, path) for path, problem in misformed]
    if regulation is not None:
        parts = {path[:2] for path, _ in misformed}  # a part without what was wrong in it means something else
        said = (one for one in problems(regulation) if one[0][:2] not in parts)
        found += [places.error(problem, path) for path, problem in said]
    return Checked(regulation, places.raw, _each_once(found))


def _each_once(errors: list[RegulationError]) -> tuple[RegulationError, ...]:
    return tuple({str(error): error for error in errors}.values())


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
        raw = parsed(written_text(file)) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable(error, file) from error
    if not isinstance(raw, dict) or not all(isinstance(value, dict) for value in raw.values()):
        raise RegulationError("write `regulation: {setting: value}`", file=str(file))
    return raw
