"""The flow `alarm`, and the watch beside the flows that run all the time.

The flow looks once. It runs by the clock, and at once when an automation hears that a message is dead, or hears nothing
of an audit: an automation only has somebody look, so that one that fires for nothing raises no false alarm.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.states import Completed

from flows.lost_runs import LostRuns
from flows.pages.opening import opened
from flows.pages.runs import bilingual, rename, scheduled_start, utc_now
from models.settings import load_settings
from models.store.database import reading, writing
from tasks.alarms.state import announce, standing
from tasks.alarms.watch import Watch
from tasks.mail.post import decision_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.schemas.objects import State
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

EVENT = "duban.alarm"


def run_name() -> str:
    """`alarm 14:05`, after the time for which the run was planned."""
    return f"alarm {scheduled_start().astimezone(load_settings().zone):%H:%M}"


@flow(name="alarm", flow_run_name=run_name)
def alarm() -> State[Any]:
    """告警 · Look once for what is wrong, and tell operations of it on the channels that are set."""
    name = run_name()
    with opened() as (deployment, engine):
        Watch(engine, deployment, utc_now).turn()
        tell_automations(engine)
        with reading(engine) as connection:
            told = " · ".join(row.what["what"]["zh"] for row in standing(connection))
        if not deployment.settings.alarm_list:
            get_run_logger().warning("%s", bilingual("alarm.no_channel", joint=" · "))
    rename(f"{name} · {told or bilingual('alarm.none')}"[:200])
    return Completed(message=told or bilingual("alarm.none", joint=" · "))


@contextmanager
def watching(engine: Engine, deployment: Deployment) -> Iterator[None]:
    """Watch beside a run: alarms, events of them for automations, and runs whose process is gone."""
    lost = LostRuns()

    def also() -> None:
        tell_automations(engine)
        with get_client(sync_client=True) as client:
            lost.look(client)

    with Watch(engine, deployment, utc_now, also):
        yield


def tell_automations(engine: Engine) -> None:
    """An event for each alarm that was raised or resolved, by whom ever; each is told once."""
    with writing(engine) as connection:
        rows = announce(connection)
    for says, row in rows:
        name = row.what["what"]["zh"]
        emit_event(
            f"{EVENT}.{says}",
            resource={"prefect.resource.id": f"duban.problem.{row.id}", "prefect.resource.name": name},
            payload={"what": row.what["what"]["en"], "count": row.what["count"]},
            id=decision_id(EVENT, row.id, row.raised_at, says),
        )
