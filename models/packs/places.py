"""Where in the file of a pack something stands: an error names the line and the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from models.errors import RegulationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.packs.findings.names import Path

BY_ID = ("rules", "gates", "approvals", "authorities", "counters", "duties")
"""Keys whose entries have an id."""


class PlacedError(Exception):
    """What is wrong, and the path to it in the pack."""

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path


def refuse(problem: str, path: Path, wrong: list[PlacedError] | None) -> None:
    """Note the problem among those that are collected; raise it where nobody collects."""
    error = PlacedError(problem, path)
    if wrong is None:
        raise error
    wrong.append(error)


class Places:
    """The file of a pack, its YAML nodes (which know their lines) and what they say."""

    def __init__(self, file: str, node: Any, raw: dict[str, Any]) -> None:
        self.file = file
        self.node = node
        self.raw = raw
        self.in_place: dict[str, Path] = {}
        """Where the settings stand that are not written under `settings`."""

    def error(self, problem: str, path: Path) -> RegulationError:
        """The problem with its line and rule."""
        path = self._written(path)
        if name := self._setting(path):
            problem = f"{problem} (the value comes from the setting {name})"
        rule = None
        if len(path) > 1 and path[0] in BY_ID and isinstance(path[1], int):
            entries = self.raw.get(path[0])
            entry = entries[path[1]] if isinstance(entries, list) and path[1] < len(entries) else None
            rule = str(entry.get("id")) if isinstance(entry, dict) else None
        return RegulationError(problem, file=self.file, line=self._line(path), rule=rule)

    def duplicates(self) -> Iterator[RegulationError]:
        """Each key that is written twice: YAML would silently take the last."""
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
                    yield RegulationError(problem, file=self.file, line=key.start_mark.line + 1)
                seen.add(str(key.value))
                nodes.append(value)

    def in_file(self, path: Path) -> Path:
        """The part of the path that is written in the file: pydantic puts names of alternatives into its paths."""
        value: Any = self.raw
        found: list[str | int] = []
        for part in path:
            try:
                value = value[part]
            except (TypeError, KeyError, IndexError):
                continue
            found.append(part)
        return tuple(found)

    def _written(self, path: Path) -> Path:
        """The path as the file has it: a setting may stand where its value belongs."""
        if len(path) > 1 and path[0] == "settings" and path[1] in self.in_place:
            return (*self.in_place[str(path[1])], *("open" if part == "note" else part for part in path[2:]))
        return path

    def _setting(self, path: Path) -> str | None:
        """The setting whose value stands at the path."""
        value: Any = self.raw
        for part in path:
            try:
                value = value[part]
            except (TypeError, KeyError, IndexError):
                continue  # a name of an alternative, or one thing written without the brackets of a list
        return value[1:] if isinstance(value, str) and value.startswith("$") else None

    def _line(self, path: Path) -> int:
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
