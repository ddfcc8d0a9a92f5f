"""What `duban up` asks of the Prefect server around a deployment: a work pool, a clean slate, the first runs.

Run as `python -m flows.local.groundwork lay|begin|follow JOB` with the environment that names the server.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import prefect
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import VariableCreate, VariableUpdate, WorkPoolCreate
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
from flows.local.environment import ROOT
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
HEALTHY_SECONDS = 120.0
MARK = "duban_deployed"
"""The variable in which a server keeps what it was told to deploy."""


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
    """Before the deployments and the worker: a pool, and a clean slate."""
    ensure_pool(client)
    automations.ensure(client, [automations.successors()])
    crash_stranded(client)
    drop_missed(client, now)


def deploy(client: SyncPrefectClient) -> None:
    """Deploy what prefect.yaml names, unless this server was told so already: it takes as long as all the rest."""
    mark = fingerprint()
    known = client.read_variable_by_name(MARK)
    if known is not None and known.value == mark:
        return
    subprocess.run([sys.executable, "-m", "prefect", "deploy", "--all", "--no-prompt"], cwd=ROOT, check=True)
    if known is None:
        client.create_variable(VariableCreate(name=MARK, value=mark))
    else:
        client.update_variable(VariableUpdate(name=MARK, value=mark))


def fingerprint() -> str:
    """Changes with whatever a deployment is made of: prefect.yaml, the flows' forms, the place, Prefect itself."""
    found = hashlib.sha256(f"{ROOT} {prefect.__version__}".encode())
    for file in (ROOT / "prefect.yaml", *sorted((ROOT / "flows").glob("*.py"))):
        found.update(file.read_bytes())
    return found.hexdigest()


def begin(client: SyncPrefectClient) -> None:
    """After the deployments: catch up now."""
    automations.ensure(client, automations.looks(client.read_deployment_by_name(ALARM).id))
    for name in AT_ONCE:
        client.create_flow_run_from_deployment(client.read_deployment_by_name(name).id, tags=["start"])


def show(now: datetime) -> None:
    """Status and board as they are, so that there is a page to look at from the first minute on."""
    with opened() as (deployment, engine):
        with reading(engine) as connection:
            found = status(connection, deployment, now)
        boards.write(engine, deployment, found, now)


def await_server() -> None:
    """Wait until the server answers that our environment names; it is starting beside us."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    limit = time.monotonic() + HEALTHY_SECONDS
    while True:
        try:
            with opener.open(f"{os.environ['PREFECT_API_URL']}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > limit:
                raise SystemExit(f"the Prefect server does not answer: {error}") from error
            time.sleep(0.1)


def follow(client: SyncPrefectClient, job: str) -> None:
    """A new run of a job whose last one was killed."""
    deployment = client.read_deployment_by_name(f"{job}/{job}")
    client.create_flow_run_from_deployment(deployment.id, tags=["follows-a-killed-run"])


def main() -> None:
    """`lay` while the server starts, `begin` when the worker had to be started again, `follow JOB`."""
    await_server()
    with get_client(sync_client=True) as client:
        if sys.argv[1:] == ["lay"]:
            lay(client, datetime.now(UTC))
            deploy(client)
            begin(client)
        elif sys.argv[1] == "follow":
            follow(client, sys.argv[2])
        else:
            begin(client)
            show(datetime.now(UTC).replace(microsecond=0))


if __name__ == "__main__":
    main()
