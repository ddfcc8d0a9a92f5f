"""Which regulations are in force: those of cases that name none, and those the deployment adds for their duties."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from models.errors import DubanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment

EVERY = "all"
SUFFIX = ".yaml"


def names_in_force(deployment: Deployment) -> list[str]:
    """The defaults of each kind, and `DUBAN_REGULATIONS_IN_FORCE`; `all` are the shipped and the deployment's own."""
    added = [name for name in deployment.settings.in_force if name != EVERY]
    if EVERY in deployment.settings.in_force:
        added += [name for place in _places(deployment) for name in _packs(place)]
    return list(dict.fromkeys([*deployment.regulations.default_names(), *added]))


def regulations_in_force(deployment: Deployment) -> Iterator[Regulation]:
    """The same, read; one that cannot be is left out: `duban check` and the sweep say so."""
    for name in names_in_force(deployment):
        try:
            yield deployment.regulations.read(name)
        except DubanError:
            continue


def files_in_force(deployment: Deployment) -> dict[str, str]:
    """For each regulation in force what its file looks like now, and the file of settings: it changes when they do."""
    overrides = _looks(str(deployment.settings.regulation_settings)) if deployment.settings.regulation_settings else ""
    places = _places(deployment)[::-1]
    found = {}
    for name in names_in_force(deployment):
        seen = next((look for place in places if (look := _looks(f"{place}/{name}{SUFFIX}"))), "")
        found[name] = f"{seen}|{overrides}"
    return found


def _places(deployment: Deployment) -> list[str]:
    """The folders as text: every sweep looks into them, and paths as objects would cost it five times as much."""
    return [str(folder) for folder in deployment.regulations.folders]


def _packs(place: str) -> list[str]:
    """The names of the packs in a folder; none when there is no such folder."""
    try:
        return sorted(file.removesuffix(SUFFIX) for file in os.listdir(place) if file.endswith(SUFFIX))  # noqa: PTH208
    except OSError:
        return []


def _looks(file: str) -> str:
    """When the file was written, and its size; empty when there is none."""
    try:
        seen = os.stat(file)  # noqa: PTH116 -- see _places
    except OSError:
        return ""
    return f"{file} {seen.st_mtime_ns} {seen.st_size}"
