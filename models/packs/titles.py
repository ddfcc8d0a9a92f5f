"""Titles that many packs share: a role, an event or a field without one of its own has the usual one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from models import SHIPPED
from models.packs.places import refuse
from models.packs.text import parsed

if TYPE_CHECKING:
    from models.packs.places import PlacedError

TITLES = SHIPPED / "common" / "titles.yaml"
KEYS = ("roles", "events", "fields")


@cache
def common_titles() -> dict[str, dict[str, dict[str, Any]]]:
    """The usual titles: `roles`, `events` and `fields`, each by id; of a field also what may stand in it."""
    found: dict[str, dict[str, dict[str, Any]]] = parsed(TITLES.read_text(encoding="utf-8"))
    return found


def with_titles(raw: dict[str, Any], wrong: list[PlacedError] | None = None) -> dict[str, Any]:
    """The pack with the usual titles where it gives none.

    What has no usual one is `wrong`; PlacedError where that is not collected.
    """
    return {
        key: {name: _titled(key, name, entry, wrong) for name, entry in value.items()}
        if key in KEYS and isinstance(value, dict)
        else value
        for key, value in raw.items()
    }


def _titled(key: str, name: str, entry: Any, wrong: list[PlacedError] | None) -> Any:
    """The entry with a title; one that is no mapping is left to the check of its form."""
    own = {} if entry is None else entry
    if not isinstance(own, dict) or own.keys() & {"zh", "en"}:
        return entry
    usual = common_titles()[key].get(name)
    if usual is None:
        refuse("has no title: give `zh` and `en`, there is no usual one for this name", (key, name), wrong)
        usual = {"zh": str(name), "en": str(name)}
    return {**usual, **own}
