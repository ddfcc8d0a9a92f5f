"""Pages of cases in Prefect: earlier versions go, and a page of an open case does not go with the run that wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from tasks.mail.links import case_key

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

PAGE = 200


@task(name="old pages", task_run_name="old pages", cache_policy=NO_CACHE)
def clear_pages(followed_before: datetime, written_before: datetime) -> int:
    """Delete versions of case pages: those before an instant that a later one follows, and all before another.

    How many. Pages go with the run that wrote them: whoever needs one that is about to go writes it anew.
    """
    seen: set[str] = set()
    wanted = ArtifactFilter(key=ArtifactFilterKey(like_=f"{case_key('')}%"))
    going: list[UUID] = []
    with get_client(sync_client=True) as client:
        offset = 0
        while found := client.read_artifacts(
            artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=PAGE, offset=offset
        ):
            for one in found:
                before = followed_before if str(one.key) in seen else written_before
                if one.created is not None and one.created < before:
                    going.append(one.id)
                seen.add(str(one.key))
            offset += len(found)
        for version in going:
            client.delete_artifact(version)
    return len(going)
