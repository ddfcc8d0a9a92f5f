"""What `duban up` asks of the Prefect server around a deployment: a work pool, a clean slate, the first runs.

Run as `python -m flows.local.groundwork lay|begin` with the environment that names the server.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed
from prefect.workers.process import ProcessWorker

from flows.local import automations
from flows.pages import boards
from models.store.database import reading
from tasks.health.status import status
from tasks.organisation.deployment import opened

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

POOL = "duban"
AT_ONCE = (
    "intake/intake",
    "sweep/sweep",
    "deliver/deliver",
    "replies/replies",
    "statements/statements",
    "digest/digest",
)
"""What runs as soon as there is a worker, rather than at the next time of its schedule."""
ALARM = "alarm/alarm"
PAGE = 200


def ensure_pool(client: SyncPrefectClient) -> None:
    """The process work pool that prefect.yaml names."""
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))


def crash_stranded(client: SyncPrefectClient) -> int:
    """Runs that nobody can be running any more: there is no worker yet. Those that wait for an answer stay."""
    stranded = FlowRunFilter(
        state=FlowRunFilterState(
            type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.CANCELLING])
        )
    )
    count = 0
    while runs := client.read_flow_runs(flow_run_filter=stranded, limit=PAGE):
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message="Duban was stopped while this ran."), force=True)
        count += len(runs)
    return count


def drop_missed(client: SyncPrefectClient, now: datetime) -> int:
    """Scheduled runs whose time passed while nothing ran: one sweep catches up on all of it, not one run for each."""
    missed = FlowRunFilter(
        state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        next_scheduled_start_time=FlowRunFilterNextScheduledStartTime(before_=now),
    )
    count = 0
    while runs := [run for run in client.read_flow_runs(flow_run_filter=missed, limit=PAGE) if run.auto_scheduled]:
        for run in runs:
            client.delete_flow_run(run.id)
        count += len(runs)
    return count


def lay(client: SyncPrefectClient, now: datetime) -> None:
    """Before deployments and worker."""
    ensure_pool(client)
    automations.ensure(client, [automations.successors()])
    crash_stranded(client)
    drop_missed(client, now)


def begin(client: SyncPrefectClient) -> None:
    """After deployments and worker: catch up now."""
    automations.ensure(client, automations.looks(client.read_deployment_by_name(ALARM).id))
    for name in AT_ONCE:
        client.create_flow_run_from_deployment(client.read_deployment_by_name(name).id, tags=["start"])


def show(now: datetime) -> None:
    """Status and board as they are, so that there is a page to look at from the first minute on."""
    with opened() as (deployment, engine):
        with reading(engine) as connection:
            found = status(connection, deployment, now)
        boards.write(engine, deployment, found, now)


def main() -> None:
    """`lay` before the deployments, `begin` after the worker."""
    with get_client(sync_client=True) as client:
        if sys.argv[1:] == ["lay"]:
            lay(client, datetime.now(UTC))
        else:
            begin(client)
            show(datetime.now(UTC).replace(microsecond=0))


if __name__ == "__main__":
    main()
