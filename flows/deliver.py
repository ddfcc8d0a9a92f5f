"""The flow `deliver`: hand the outbox to the mail server as it fills, until the next run takes over."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.states import Completed, Failed

from flows.alarm import watching
from flows.letters import WRITERS
from flows.lost_runs import note_process
from flows.pages import links
from flows.pages.opening import opened
from flows.pages.runs import bilingual, holder, is_stale, rename, scheduled_start, utc_now
from models.errors import DeliveryError
from models.settings import load_settings
from tasks.delivery import deliver as delivery
from tasks.delivery.report import DeliveryReport
from tasks.organisation.masking import masked_words

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

DEAD_EVENT = "duban.message.dead"
KEY = "dead-messages"
NOTHING_LEAVES = "Nothing leaves"
"""The state of a run at whose end the mail server took nothing (more)."""
NO_SERVER_SECONDS = 5.0
"""How long to wait when not even a connection to the mail server can be made."""


def run_name() -> str:
    """`deliver 14:05`, after the time for which the run was planned."""
    return f"deliver {scheduled_start().astimezone(load_settings().zone):%H:%M}"


@flow(name="deliver", flow_run_name=run_name)
async def deliver() -> State[Any]:
    """发送通知 · Send what is in the outbox, and what comes into it."""
    name = run_name()
    with opened() as (deployment, engine):
        await asyncio.to_thread(note_process)
        await asyncio.to_thread(links.note, engine)
        stale = is_stale(scheduled_start(), utc_now(), deployment)
        seconds = 0.0 if stale else float(deployment.settings.sweep_seconds)
        with watching(engine, deployment):
            report = await deliver_for(engine, deployment, seconds)
    said = f"sent {report.sent}"
    said += f" · {bilingual('flow.deliver.dead')} {report.dead}" if report.dead else ""
    said += f" · {bilingual('flow.deliver.in_doubt')} {report.in_doubt}" if report.in_doubt else ""
    await asyncio.to_thread(rename, f"{name} · {said}")
    counts = {"sent": report.sent, "later": report.deferred, "dead": report.dead, "dropped": report.dropped}
    told = ", ".join(f"{count} {bilingual(f'flow.deliver.{name}')}" for name, count in counts.items())
    if not report.problem:
        return Completed(message=told)
    trouble = f"{told} · {bilingual('flow.deliver.trouble')}: {masked_words(report.problem)}"
    return Failed(name=NOTHING_LEAVES, message=trouble)


@task(name="deliver", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
async def deliver_for(engine: Engine, deployment: Deployment, seconds: float) -> DeliveryReport:
    """Deliver for so many seconds (0 = once); a mail server that is not there is asked again until the time is over."""
    total = DeliveryReport()
    end = time.monotonic() + seconds
    while True:
        try:
            await delivery.deliver_ahead(
                engine,
                deployment,
                WRITERS,
                now=lambda: datetime.now(UTC).replace(microsecond=0),
                seconds=max(0.0, end - time.monotonic()),
                holder=holder(),
                on_batch=lambda report: add(total, report),
            )
        except DeliveryError as error:
            total.problem = masked_words(str(error))
            get_run_logger().warning("%s", total.problem)
            if time.monotonic() + NO_SERVER_SECONDS >= end:
                break
            await asyncio.sleep(NO_SERVER_SECONDS)
        else:
            break
    if total.deaths:
        await show_deaths(total)
    return total


def add(total: DeliveryReport, batch: DeliveryReport) -> None:
    """Count a batch in, and tell automations of every message that was given up."""
    for field in fields(total):
        if field.name in ("problem", "held", "unreachable", "refused"):
            setattr(total, field.name, getattr(batch, field.name))
        else:
            setattr(total, field.name, getattr(total, field.name) + getattr(batch, field.name))
    for death in batch.deaths:
        emit_event(
            DEAD_EVENT,
            resource={"prefect.resource.id": f"duban.message.{death.id}", "prefect.resource.name": death.key},
            payload={"to": death.recipient, "reason": death.reason},
        )


async def show_deaths(report: DeliveryReport) -> None:
    """A table of the messages that were given up in this run."""
    await acreate_table_artifact(
        table=[
            {
                bilingual("flow.head.message"): death.key,
                bilingual("flow.head.to"): death.recipient,
                bilingual("flow.head.reason"): death.reason,
            }
            for death in report.deaths
        ],
        key=KEY,
        description=bilingual("flow.deliver.given_up", joint=" · ", count=report.dead),
    )
