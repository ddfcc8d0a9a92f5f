"""The flow `sweep`: take in what happened, fire what is due, and look ahead until the next run takes over.

Two sweeps at once are harmless: what fires is decided in Duban's own database. So this deployment has no concurrency
limit, and a run that Prefect starts twice, late or never costs nothing but its turn.
"""

import time
from datetime import UTC, datetime
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Completed
from sqlalchemy.engine import Engine

from flows.alarm import watching
from flows.lost_runs import note_process
from flows.pages.opening import opened
from flows.pages.publish import Publisher
from flows.pages.runs import bilingual, holder, is_stale, rename, scheduled_start, utc_now
from models.calendar.instants import parse_instant
from models.settings import load_settings
from tasks.engine import last_pass
from tasks.engine import sweep as sweeping
from tasks.organisation import clocks
from tasks.organisation.deployment import Deployment


def run_name() -> str:
    """`sweep 14:05`, after the time for which the run was planned."""
    as_of = flow_run.parameters.get("as_of")
    deployment = Deployment(load_settings())
    if as_of:
        return f"sweep as of {parse_instant(as_of, deployment.zone).astimezone(deployment.zone):%Y-%m-%d %H:%M}"
    return f"sweep {scheduled_start().astimezone(deployment.zone):%H:%M}"


@flow(name="sweep", flow_run_name=run_name, validate_parameters=True)
def sweep(as_of: datetime | None = None) -> State[Any]:
    """催办巡检 · Apply new events and fire every step that is due.

    Args:
        as_of: 以此时刻为“现在”只巡检一次 · one pass with this instant as now; empty: from now on, looking ahead

    """
    with opened() as (deployment, engine):
        name = run_name()
        note_process()
        with Publisher(engine, deployment, name) as publisher, watching(engine, deployment):
            if as_of is not None:
                report = one_pass(engine, deployment, parse_instant(as_of, deployment.zone))
                publisher.hand_over(report, changed=True)
            elif is_stale(scheduled_start(), utc_now(), deployment):
                get_run_logger().info("planned too long ago: one pass, then the newer run looks ahead")
                report = one_pass(engine, deployment, utc_now())
                last_pass.note(engine, utc_now())
                publisher.hand_over(report, changed=True)
            else:
                report = look_ahead(engine, deployment, publisher)
    rename(f"{name} · fired {max(publisher.total, len(report.fired))}")
    applied = f"{report.applied} {bilingual('flow.sweep.applied')}"
    return Completed(message=f"{applied}, {len(report.fired)} {bilingual('flow.sweep.fired')}")


@task(name="sweep once", cache_policy=NO_CACHE)
def one_pass(engine: Engine, deployment: Deployment, now: datetime) -> sweeping.SweepReport:
    """One pass, no waiting."""
    return sweeping.sweep_once(engine, deployment, now)


@task(name="look ahead", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
def look_ahead(engine: Engine, deployment: Deployment, publisher: Publisher) -> sweeping.SweepReport:
    """Fire each step at its instant until a newer run has taken the lease."""
    return sweeping.look_ahead(
        engine,
        deployment,
        holder=holder(),
        seconds=deployment.settings.sweep_seconds,
        now=lambda: datetime.now(UTC),
        wait=time.sleep,
        on_pass=lambda report, _free: publisher.hand_over(report),
        elapsed=time.monotonic,
        on_jump=lambda seconds: say_jump(engine, seconds),
    )


def say_jump(engine: Engine, seconds: float) -> None:
    """The clock was set while we looked ahead: say so where operations look."""
    clocks.note(engine, seconds, utc_now())
    key = "flow.sweep.clock_forward" if seconds > 0 else "flow.sweep.clock_back"
    get_run_logger().warning("%s", bilingual(key, joint=" / ", seconds=f"{abs(seconds):.0f}"))
    emit_event(
        "duban.clock.jumped",
        resource={"prefect.resource.id": "duban.clock", "prefect.resource.name": "clock"},
        payload={"seconds": round(seconds)},
    )
