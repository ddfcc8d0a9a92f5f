"""Figures that regulations in force wait for, told from what is on record; only where some are open are files read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from models.errors import DubanError
from models.packs.needed import needed
from models.store.schema import regulations
from tasks.organisation.in_force import names_in_force

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment


class OpenFigure(NamedTuple):
    """A setting of a regulation in force that nobody has set."""

    regulation: str
    setting: str


def open_figures(connection: Connection, deployment: Deployment) -> list[OpenFigure]:
    """Every figure that has to be set; where the record knows of some, the files are asked whether they still are."""
    newest = (
        select(func.max(regulations.c.id))
        .where(regulations.c.name.in_(names_in_force(deployment)))
        .group_by(regulations.c.name)
    )
    query = select(regulations.c.name, regulations.c.body).where(regulations.c.id.in_(newest))
    found = []
    for row in connection.execute(query.order_by(regulations.c.name)):
        if '"value":null' in row.body and (names := _open(json.loads(row.body))):
            found += [OpenFigure(row.name, name) for name in names if name in _still_open(deployment, row.name, names)]
    return found


def _open(raw: dict[str, object]) -> list[str]:
    settings = raw.get("settings")
    waiting = [name for name, one in settings.items() if one.get("value") is None] if isinstance(settings, dict) else []
    return [name for name, _ in needed(raw, waiting)]


def _still_open(deployment: Deployment, name: str, names: list[str]) -> list[str]:
    """What of it the files, which may have been set since, leave open."""
    try:
        return list(deployment.regulations.read(name).open_settings)
    except DubanError:
        return names
