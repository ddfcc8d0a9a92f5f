"""Pages in the Prefect UI that stay where they are: one artifact a key, changed in place, its id noted in our database.

The UI opens a key on the list of its versions and an id on the content. So a page has one version for ever, and whoever
links to it (`tasks/mail/links.py`) knows its id. It belongs to no run: with the run Prefect would throw it away after a
while. What reads as it stands already is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.exceptions import ObjectNotFound
from sqlalchemy import select

from models.store.database import reading, upsert, writing
from models.store.in_array import in_array
from models.store.schema import pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import ArtifactCollection
    from sqlalchemy.engine import Engine

AT_ONCE = 100
"""So many artifacts are asked for at a time."""


class Page(NamedTuple):
    """A page: its key (small letters, digits, hyphens), markdown, and a line that stands above it."""

    key: str
    text: str
    description: str


def put(engine: Engine, found: Sequence[Page]) -> int:
    """Write the pages that say something new, and note where all of them stand; how many were written."""
    written = 0
    with get_client(sync_client=True) as client:
        for some in (found[first : first + AT_ONCE] for first in range(0, len(found), AT_ONCE)):
            standing = _standing(client, [page.key for page in some])
            ids: dict[str, str] = {}
            for page in some:
                there = standing.get(page.key)
                if there is not None and (there.data, there.description) == (page.text, page.description):
                    ids[page.key] = str(there.latest_id)
                else:
                    ids[page.key] = str(_write(client, page, there))
                    written += 1
            _note(engine, ids)
    return written


def _standing(client: SyncPrefectClient, keys: list[str]) -> dict[str, ArtifactCollection]:
    """The pages as they stand, by their keys."""
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=keys))
    return {str(one.key): one for one in client.read_latest_artifacts(artifact_filter=wanted, limit=len(keys))}


def _write(client: SyncPrefectClient, page: Page, there: ArtifactCollection | None) -> UUID:
    """Change the artifact where it stands, or make one; its id."""
    if there is not None:
        try:
            client.update_artifact(there.latest_id, ArtifactUpdate(data=page.text, description=page.description))
        except ObjectNotFound:  # taken away since
            pass
        else:
            return there.latest_id
    given = {"key": page.key, "type": "markdown", "data": page.text, "description": page.description}
    return client.create_artifact(ArtifactCreate(**given)).id


def _note(engine: Engine, ids: dict[str, str]) -> None:
    """Where pages stand, for who links to them."""
    with reading(engine) as connection:
        query = select(pages.c.key, pages.c.artifact_id).where(in_array(connection, pages.c.key, list(ids)))
        known = {row.key: row.artifact_id for row in connection.execute(query)}
    fresh = [{"key": key, "artifact_id": one} for key, one in ids.items() if known.get(key) != one]
    if fresh:
        with writing(engine) as connection:
            row = upsert(connection, pages)
            changed = {"artifact_id": row.excluded.artifact_id}
            connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=changed), fresh)
