"""What a listing is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Row


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing: its rows in order, what a row shows, the column that names the case, and how `--state` filters."""

    query: Select[Any]
    shape: Callable[[Row[Any]], dict[str, Any]]
    of_case: Callable[[int], ColumnElement[bool]]
    states: Mapping[str, ColumnElement[bool]]


def fields(row: Row[Any], names: Iterable[str]) -> dict[str, Any]:
    """The columns of these names."""
    return {name: getattr(row, name) for name in names}
