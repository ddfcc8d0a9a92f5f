"""Rule packs from YAML files: read, filled with their settings, validated; errors name file, line and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from models.errors import RegulationError, UnknownError
from models.language.regulation import Regulation
from models.packs.check import problems

if TYPE_CHECKING:
    from pathlib import Path

DEEPEST = 30
LISTED = ("rules", "gates", "approvals", "counters", "duties")
"""Keys whose entries have an id by which an error names them."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Overrides = dict[str, dict[str, Any]]
"""What a deployment sets: regulation -> setting -> value."""


def load_regulation(file: Path, overrides: Overrides | None = None) -> Regulation:
    """Read and check one pack. RegulationError names the file, the line and the rule."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=_Loader)
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a safe loader, the C one where there is one
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or an impossible date
        raise RegulationError(f"cannot be read: {error}", file=str(file)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "no YAML"
        raise RegulationError(str(problem), file=str(file), line=mark.line + 1 if mark else None) from error
    if not isinstance(raw, dict):
        raise RegulationError("a regulation is a mapping with keys like `regulation`, `kind`, `rules`", file=str(file))
    place = _Places(str(file), node, raw)
    place.refuse_duplicates()
    filled = _fill(raw, place, (overrides or {}).get(str(raw.get("regulation")), {}))
    try:
        regulation = Regulation.model_validate(filled)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise place.error(_spoken(first), first["loc"]) from error
    for path, problem in problems(regulation):
        raise place.error(problem, path)
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
        raw = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_Loader) or {}  # noqa: S506 -- see above
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RegulationError(f"cannot be read: {error}", file=str(file)) from error
    if not isinstance(raw, dict) or not all(isinstance(value, dict) for value in raw.values()):
        raise RegulationError("write `regulation: {setting: value}`", file=str(file))
    return raw


def _fill(raw: dict[str, Any], place: _Places, given: dict[str, Any]) -> dict[str, Any]:
    """Put the settings where the rules say `$name`; an unknown name on either side is an error."""
    settings = raw.get("settings") or {}
    if not isinstance(settings, dict):
        raise place.error("settings is a mapping of name to value, note and clauses", ("settings",))
    for name in given:
        if name not in settings:
            raise place.error(f"the deployment sets {name!r}, which is no setting of this regulation", ("settings",))
    values = {
        name: given.get(name, entry.get("value") if isinstance(entry, dict) else None)
        for name, entry in settings.items()
    }

    def walk(value: Any, path: tuple[str | int, ...]) -> Any:
        if len(path) > DEEPEST:
            raise place.error("is nested too deep: an alias that contains itself?", path[:1])
        if isinstance(value, dict):
            return {key: walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in values:
                raise place.error(f"{value} names no setting: there are {', '.join(sorted(values)) or 'none'}", path)
            return value if values[value[1:]] is None else values[value[1:]]  # a hole keeps its name
        return value

    filled = {key: value if key == "settings" else walk(value, (key,)) for key, value in raw.items()}
    if settings:
        filled["settings"] = {
            name: {**entry, "value": values[name]} if isinstance(entry, dict) else entry
            for name, entry in settings.items()
        }
    return filled


class _Places:
    """Where in the file a key stands, and in which rule."""

    def __init__(self, file: str, node: Any, raw: dict[str, Any]) -> None:
        self.file = file
        self.node = node
        self.raw = raw

    def error(self, problem: str, path: tuple[str | int, ...]) -> RegulationError:
        """The problem with its line and rule."""
        if name := self._setting(path):
            problem = f"{problem} (the value comes from the setting {name})"
        rule = None
        if len(path) > 1 and path[0] in LISTED and isinstance(path[1], int):
            entry = self.raw[path[0]][path[1]]
            rule = str(entry.get("id")) if isinstance(entry, dict) else None
        return RegulationError(problem, file=self.file, line=self._line(path), rule=rule)

    def refuse_duplicates(self) -> None:
        """A key written twice: YAML would silently take the last."""
        nodes, looked_at = [self.node], set()
        while nodes:
            node = nodes.pop()
            if id(node) in looked_at:
                continue
            looked_at.add(id(node))
            if isinstance(node, yaml.SequenceNode):
                nodes += node.value
            if not isinstance(node, yaml.MappingNode):
                continue
            seen: set[str] = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    problem = f"the key {key.value!r} is written twice"
                    raise RegulationError(problem, file=self.file, line=key.start_mark.line + 1)
                seen.add(str(key.value))
                nodes.append(value)

    def _setting(self, path: tuple[str | int, ...]) -> str | None:
        """The setting whose value stands at the path."""
        value: Any = self.raw
        for part in path:
            try:
                value = value[part]
            except (TypeError, KeyError, IndexError):
                continue  # a name of an alternative, or one thing written without the brackets of a list
        return value[1:] if isinstance(value, str) and value.startswith("$") else None

    def _line(self, path: tuple[str | int, ...]) -> int:
        node = self.node
        line: int = node.start_mark.line + 1
        for part in path:
            child = None
            if isinstance(node, yaml.MappingNode):
                child = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                child = (node.value[part], node.value[part])
            if child is None:
                continue  # pydantic also puts names of alternatives into its paths
            line = child[0].start_mark.line + 1
            node = child[1]
        return line


def _spoken(error: Any) -> str:
    """A validation error as one line that names the key."""
    where = ".".join(str(part) for part in error["loc"] if not isinstance(part, int))
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    if error["type"] == "missing":
        return f"{where}: is missing"
    return f"{where}: {str(error['msg']).removeprefix('Value error, ')}"
