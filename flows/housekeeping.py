"""The flow `housekeeping`: what has been kept long enough goes, once a night."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed
from sqlalchemy import select

from flows.pages.case_pages import publish_cases
from flows.pages.old_pages import clear_pages
from flows.pages.runs import bilingual, rename, utc_now
from models.store.database import reading
from models.store.schema import cases, escalations
from tasks.organisation.deployment import opened
from tasks.record.provenance import BY_DUBAN
from tasks.retention.database import tidy
from tasks.retention.erase import Erased, closed_before, erase
from tasks.retention.files import Cleared, clear

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

VERSIONS_STAY = timedelta(hours=24)
"""How long earlier versions of a case's page stay."""
AHEAD = timedelta(days=1, hours=12)
"""So long before its run is deleted, and the page with it, a page is written anew."""


@flow(name="housekeeping")
def housekeeping() -> State[Any]:
    """清理 · Delete what has been kept long enough, and erase what is to be forgotten."""
    with opened() as (deployment, engine):
        now = utc_now()
        cleared = clear_files(deployment, now)
        forgotten = forget(engine, deployment, now)
        tidy(engine)
        versions = clear_pages(now - VERSIONS_STAY, now - timedelta(days=deployment.settings.keep_runs_days) + AHEAD)
        publish_cases(engine, deployment, watched(engine), now)
    counts = {name: one.files for name, one in cleared.items()}
    counts |= {"cases": forgotten.cases, "pages": versions}
    told = ", ".join(f"{bilingual(f'flow.housekeeping.{name}')} {count}" for name, count in counts.items())
    rename(f"housekeeping · {sum(counts.values())}")
    get_run_logger().info("%s", told)
    return Completed(message=told)


@task(name="clear files", cache_policy=NO_CACHE)
def clear_files(deployment: Deployment, now: datetime) -> dict[str, Cleared]:
    """Mails of the local mailbox and files of the inbox."""
    return clear(deployment.settings, now)


@task(name="forget", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
def forget(engine: Engine, deployment: Deployment, now: datetime) -> Erased:
    """Erase what cases say of their customers that were closed long enough ago, where that is set."""
    days = deployment.settings.erase_after_days
    if not days:
        return Erased()
    with reading(engine) as connection:
        ids = closed_before(connection, now - timedelta(days=days))
    return erase(engine, ids, now=now, provenance=BY_DUBAN)


def watched(engine: Engine) -> list[str]:
    """The numbers of open cases of which somebody was told: mails link to their pages."""
    told = select(escalations.c.case_id)
    query = select(cases.c.number).where(cases.c.status.in_(("open", "waiting")), cases.c.id.in_(told))
    with reading(engine) as connection:
        return list(connection.scalars(query))
