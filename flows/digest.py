"""The flow `digest`: the morning mail of every manager, and a page for each case it links to.

It runs every half hour and does its work once a working day, with the first run from DUBAN_DIGEST_AT on: also after
downtime, and for a manager who is back at noon. What was queued before stays as it is.
"""

from datetime import datetime
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from sqlalchemy.engine import Engine

from flows.pages.case_pages import publish_cases
from flows.pages.opening import opened
from flows.pages.publish import Publisher
from flows.pages.runs import bilingual, rename, scheduled_start, utc_now
from flows.sweep import one_pass
from models.calendar.instants import parse_instant
from models.settings import load_settings
from tasks.digest import gather, readers
from tasks.organisation.deployment import Deployment


def run_name() -> str:
    """`digest 2026-11-25 08:30`, after the time for which the run was planned."""
    as_of = flow_run.parameters.get("as_of")
    deployment = Deployment(load_settings())
    at = parse_instant(as_of, deployment.zone) if as_of else scheduled_start()
    return f"digest {at.astimezone(deployment.zone):%Y-%m-%d %H:%M}"


@flow(name="digest", flow_run_name=run_name, validate_parameters=True)
def digest(as_of: datetime | None = None) -> State[Any]:
    """晨报 · Queue the day's digest of every manager, once; nothing before its hour and on a day that is not worked.

    Args:
        as_of: 以此时刻为“现在” · this instant as now, whatever the hour; empty: now

    """
    with opened() as (deployment, engine):
        now = utc_now() if as_of is None else parse_instant(as_of, deployment.zone)
        name = run_name()
        if as_of is None and not readers.is_time(deployment, now):
            rename(f"{name} · {bilingual('flow.digest.not_yet')}")
            return Completed(message=bilingual("flow.digest.before_its_hour"))
        if as_of is None:  # at the first start of all no sweep may have taken in what is to be told
            with Publisher(engine, deployment, name) as publisher:
                publisher.hand_over(one_pass(engine, deployment, now))
        queued = queue(engine, deployment, now)
        if queued.free:
            rename(f"{name} · {bilingual('flow.digest.day_off')}")
            return Completed(message=bilingual("flow.digest.not_worked", day=str(queued.day)))
        for person in queued.unreached:
            get_run_logger().warning("%s %s", person.name, bilingual("flow.digest.unread"))
        if queued.fresh:
            publish_cases(engine, deployment, cases_of(engine, deployment, queued.fresh, now), now)
    fresh = f"{len(queued.fresh)} {bilingual('flow.digest.queued')}"
    rename(f"{name} · {fresh}")
    return Completed(message=f"{fresh}, {len(queued.known)} {bilingual('flow.digest.known')}")


@task(name="queue digests", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
def queue(engine: Engine, deployment: Deployment, now: datetime) -> readers.Queued:
    """Put the day's digests into the outbox; they are gathered when they are sent."""
    return readers.queue(engine, deployment, now)


@task(name="cases of the digests", cache_policy=NO_CACHE)
def cases_of(
    engine: Engine, deployment: Deployment, found: tuple[readers.DigestReader, ...], now: datetime
) -> frozenset[str]:
    """The numbers of the cases to which these digests link."""
    return gather.cases_of(engine, deployment, found, now)
