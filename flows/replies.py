"""The flow `replies`: take in answers by mail as they come, until the next run takes over."""

import asyncio
import time
from collections import Counter
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from sqlalchemy.engine import Engine

from flows.lost_runs import note_process
from flows.pages.opening import opened
from flows.pages.runs import bilingual, holder, is_stale, rename, scheduled_start, utc_now
from models.calendar.instants import local
from models.errors import DeliveryError
from models.settings import load_settings
from tasks.organisation.deployment import Deployment
from tasks.replies import watching
from tasks.replies.taking import Taken

KEY = "replies"
ROWS = 200
NO_SERVER_SECONDS = 15.0
"""How long to wait when the mailbox cannot be had."""


def run_name() -> str:
    """`replies 14:05`, after the time for which the run was planned."""
    return f"replies {scheduled_start().astimezone(load_settings().zone):%H:%M}"


@flow(name="replies", flow_run_name=run_name)
async def replies() -> State[Any]:
    """收取答复 · Take in the answers that come by mail."""
    name = run_name()
    with opened() as (deployment, engine):
        if not deployment.settings.imap_host:
            return Completed(message=bilingual("flow.replies.no_server", joint=" · "))
        await asyncio.to_thread(note_process)
        stale = is_stale(scheduled_start(), utc_now(), deployment)
        seconds = 0.0 if stale else float(deployment.settings.sweep_seconds)
        taken, problem = await asyncio.to_thread(take_in_for, engine, deployment, seconds)
    counts = Counter(one.outcome for one in taken)
    said = ", ".join(f"{bilingual(f'reply.title.{outcome}')} {count}" for outcome, count in counts.items())
    await asyncio.to_thread(rename, f"{name} · {said or bilingual('flow.none')}")
    trouble = f" · {bilingual('flow.replies.trouble')}: {problem}" if problem else ""
    return Completed(message=f"{said or bilingual('flow.none')}{trouble}")


@task(name="take in replies", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
def take_in_for(engine: Engine, deployment: Deployment, seconds: float) -> tuple[list[Taken], str]:
    """Take in for so many seconds (0 = once); a mailbox that cannot be had is tried again until the time is over."""
    taken: list[Taken] = []
    end = time.monotonic() + seconds
    problem = ""

    def on_taken(one: Taken) -> None:
        taken.append(one)
        show(taken, deployment)

    while True:
        try:
            left = max(0.0, end - time.monotonic())
            watching.ahead(engine, deployment, now=utc_now, seconds=left, holder=holder(), on_taken=on_taken)
        except DeliveryError as error:
            problem = str(error)
            get_run_logger().warning("%s", error)
            if time.monotonic() + NO_SERVER_SECONDS >= end:
                break
            time.sleep(NO_SERVER_SECONDS)
        else:
            problem = ""
            break
    return taken, problem


def show(taken: list[Taken], deployment: Deployment) -> None:
    """A table of what this run took in, the newest first: no text, no whole address."""
    rows = [
        {
            bilingual("flow.replies.arrived"): local(one.arrived_at, deployment.zone),
            bilingual("flow.replies.sender"): one.sender,
            bilingual("flow.replies.outcome"): bilingual(f"reply.title.{one.outcome}"),
            bilingual("flow.head.case"): ", ".join(one.cases),
            bilingual("flow.head.reason"): one.reason,
        }
        for one in reversed(taken[-ROWS:])
    ]
    try:
        create_table_artifact(table=rows, key=KEY, description=bilingual("flow.replies.count", count=len(taken)))
    except Exception:  # noqa: BLE001 -- showing is a courtesy, the record is in the database
        get_run_logger().warning("could not be shown in Prefect", exc_info=True)
