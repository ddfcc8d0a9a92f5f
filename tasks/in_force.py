"""Which regulations are in force: those of cases that name none, and those the deployment adds for their duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.registry import default_names, folders

if TYPE_CHECKING:
    from pathlib import Path

    from models.settings import Settings

EVERY = "all"


def names_in_force(settings: Settings) -> list[str]:
    """The defaults of each kind, and `DUBAN_REGULATIONS_IN_FORCE`; `all` are the shipped and the deployment's own."""
    added = [name for name in settings.in_force if name != EVERY]
    if EVERY in settings.in_force:
        added += sorted(file.stem for folder in folders(settings) if folder.is_dir() for file in folder.glob("*.yaml"))
    return list(dict.fromkeys([*default_names(settings), *added]))


def files_in_force(settings: Settings) -> dict[str, str]:
    """For each regulation in force what its file looks like now, and the file of settings: it changes when they do."""
    overrides = _looks(settings.regulation_settings) if settings.regulation_settings else ""
    places = folders(settings)[::-1]
    found = {}
    for name in names_in_force(settings):
        seen = next((look for folder in places if (look := _looks(folder / f"{name}.yaml"))), "")
        found[name] = f"{seen}|{overrides}"
    return found


def _looks(file: Path) -> str:
    """When the file was written, and its size; empty when there is none."""
    try:
        seen = file.stat()
    except OSError:
        return ""
    return f"{file} {seen.st_mtime_ns} {seen.st_size}"
