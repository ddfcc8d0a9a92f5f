"""Which open figures a regulation really waits for: told from the file as it was read, without the checks of a pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.language.words import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Path = tuple[str | int, ...]
NOT_NEEDED = "rotation"
"""Without a roster everybody who holds the role takes turns."""


def needed(raw: dict[str, Any], names: Iterable[str]) -> Iterator[tuple[str, list[Path]]]:
    """Of these settings those that something waits for, each with the places where it stands."""
    for name in names:
        found = [path for path in places(raw, HOLE + name) if path[0] != "settings"]
        if not (found and all(NOT_NEEDED in path for path in found)):
            yield name, found


def places(value: Any, wanted: str, path: Path = ()) -> Iterator[Path]:
    """Where it stands."""
    if value == wanted:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, wanted, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, wanted, (*path, index))
