"""Whether a regulation's file says something else than what is on record as the same version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.errors import RegulationError
from models.language.regulation import Regulation
from models.packs.load import load_regulation
from models.store.schema import regulations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from models.packs.load import Overrides


def edition_findings(
    connection: Connection, packs: Iterable[tuple[Path, Regulation]], overrides: Overrides
) -> Iterator[str]:
    """The packs that changed without a new version; figures that the deployment sets are no change of the text."""
    for file, pack in packs:
        known = _on_record(connection, pack)
        if known is not None and not _same(file, pack, known, overrides.get(pack.regulation, {})):
            yield (
                f"{file.name} says something else than what is on record as version {pack.version} of"
                f" {pack.regulation}: raise `version` to {pack.version + 1}"
            )


def _on_record(connection: Connection, pack: Regulation) -> Regulation | None:
    """What was put on record last under that name and version."""
    same = (regulations.c.name == pack.regulation, regulations.c.version == pack.version)
    body = connection.scalar(select(regulations.c.body).where(*same).order_by(regulations.c.id.desc()).limit(1))
    return Regulation.model_validate_json(body) if body else None


def _same(file: Path, pack: Regulation, known: Regulation, given: dict[str, Any]) -> bool:
    """Whether the file, with the figures that the deployment had set then, still says what is on record."""
    if pack.content_hash == known.content_hash:
        return True
    figures = {name: known.settings[name].value for name in given if name in known.settings}
    try:
        return load_regulation(file, {pack.regulation: figures}).content_hash == known.content_hash
    except RegulationError:
        return False  # a figure of then is none that the file allows now
