"""Regulations in force: from their files into the database, where each case keeps the content it was opened under."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import SHIPPED
from models.errors import RefusedError, RegulationError
from models.language.regulation import Regulation
from models.store.schema import regulations

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from models.settings import Settings


KINDS = ("complaint", "loan", "petition", "service", "revisit", "contact", "staff", "advance")
"""The kinds of case that may have a default regulation: `DUBAN_REGULATION_<KIND>`."""


class Regulations:
    """The packs of a deployment: the shipped ones and its own, with the figures that it sets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def folders(self) -> list[Path]:
        """Where packs lie: the shipped ones, then the deployment's own, which go before them."""
        return [SHIPPED, self.settings.regulations_dir or self.settings.home / "regulations"]

    def default_name(self, kind: str) -> str:
        """The regulation of cases that name none."""
        given = getattr(self.settings, f"regulation_{kind}", None) if kind in KINDS else None
        if not given:
            how = f" or set DUBAN_REGULATION_{kind.upper()}" if kind in KINDS else ""
            raise RefusedError(f"no default regulation for cases of kind {kind!r}: name one with the case{how}")
        return str(given)

    def default_names(self) -> list[str]:
        """The regulations of cases that name none, one for each kind that has one."""
        named = (getattr(self.settings, f"regulation_{kind}", "") for kind in KINDS)
        return list(dict.fromkeys(name for name in named if name))

    def register(self, connection: Connection, name: str, now: datetime) -> tuple[int, Regulation]:
        """The pack as its file says it now, and its row; a content seen for the first time becomes a new row."""
        regulation = self.read(name)
        known = connection.scalar(select(regulations.c.id).where(regulations.c.content_hash == regulation.content_hash))
        if known is None:
            known = connection.scalar(
                regulations.insert()
                .values(
                    name=regulation.regulation,
                    version=regulation.version,
                    content_hash=regulation.content_hash,
                    kind=regulation.kind,
                    body=regulation.model_dump_json(by_alias=True),
                    loaded_at=now,
                )
                .returning(regulations.c.id)
            )
        return int(known or 0), regulation

    def read(self, name: str) -> Regulation:
        """The pack as its file says it now, with the deployment's figures."""
        from models.packs.load import find_regulation  # noqa: PLC0415 -- YAML, which an idle sweep does not load

        file = find_regulation(name, self.folders)
        changed = file.stat().st_mtime_ns
        figures = self.settings.regulation_settings
        found = _load(file, changed, figures, figures.stat().st_mtime_ns if figures and figures.is_file() else 0)
        if isinstance(found, RegulationError):
            raise found.with_traceback(None)  # it is raised again and again, and would collect a frame each time
        return found


@lru_cache(maxsize=256)
def _load(file: Path, _changed: int, overrides: Path | None, _overrides_changed: int) -> Regulation | RegulationError:
    """Read a pack, or learn what is wrong with it; a file that changed is read again, one that cannot be, each time."""
    from models.packs.load import load_overrides, load_regulation  # noqa: PLC0415 -- see read

    try:
        return load_regulation(file, load_overrides(overrides))
    except RegulationError as error:
        if isinstance(error.__cause__, OSError):
            raise  # of the disk, not of what is written there
        return error


_contents: dict[str, Regulation] = {}
"""Contents by their hash; given up together when there are more than any deployment has in use."""
MOST_CONTENTS = 64


class Pinned:
    """`pinned` for many cases of one transaction: each regulation is asked for once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.found: dict[int, Regulation] = {}

    def __call__(self, regulation_id: int) -> Regulation:
        """The content with that id."""
        if regulation_id not in self.found:
            self.found[regulation_id] = pinned(self.connection, regulation_id)
        return self.found[regulation_id]


def pinned(connection: Connection, regulation_id: int) -> Regulation:
    """The content under which a case was opened."""
    row = connection.execute(
        select(regulations.c.content_hash, regulations.c.body).where(regulations.c.id == regulation_id)
    ).one()
    found = _contents.get(row.content_hash)
    if found is None:
        if len(_contents) >= MOST_CONTENTS:
            _contents.clear()
        found = _contents[row.content_hash] = Regulation.model_validate_json(row.body)
    return found
