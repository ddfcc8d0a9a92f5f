"""The flow `slips`: the form slips of the month before, on their day, and the form of each request for postponement.

It runs every half hour. What it made before it does not make again; with `month` it makes that month's slips now.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from sqlalchemy.engine import Engine

from flows.pages.opening import opened
from flows.pages.runs import bilingual, rename, scheduled_start, utc_now
from models.calendar.periods import parse_period
from models.settings import load_settings
from models.wording.catalogue import FIRST, say
from tasks.organisation.deployment import Deployment
from tasks.slips import decide, planned

KEY = "slips"
ROWS = 500


def run_name() -> str:
    """`slips 2026-10`, or after the time for which the run was planned."""
    month = flow_run.parameters.get("month")
    return f"slips {month}" if month else f"slips {scheduled_start().astimezone(load_settings().zone):%m-%d %H:%M}"


@flow(name="slips", flow_run_name=run_name, validate_parameters=True)
def slips(month: str = "") -> State[Any]:
    """催办单、洽办单、延期申请、奖罚通知单 · Make the slips that have come due, or those of one month.

    Args:
        month: 月份，如 2026-10；留空为到期的月份 · the month, like 2026-10; empty: whatever has come due

    """
    with opened() as (deployment, engine):
        made = make(engine, deployment, month, utc_now())
        name = run_name()
        if made:
            show(made)
    counts = Counter(str(one.form) for one in made)
    said = "，".join(f"{bilingual(f'flow.slips.form.{form}')} {count}" for form, count in counts.items())
    said = said or bilingual("flow.slips.none")
    rename(f"{name} · {said}")
    return Completed(message=said)


@task(name="make slips", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
def make(engine: Engine, deployment: Deployment, month: str, now: datetime) -> list[decide.QueuedSlip]:
    """Decide them and put them into the outbox, each once."""
    if month:
        return decide.decide(engine, deployment, parse_period("monthly", month, deployment.zone), now)
    return planned.make(engine, deployment, now)


def show(made: Sequence[decide.QueuedSlip]) -> None:
    """A table of the forms: staff by name, no customer, no address."""
    rows = [
        {
            bilingual("flow.head.form"): say(FIRST, f"flow.slips.form.{one.form}"),
            bilingual("flow.head.addressee"): one.name,
            bilingual("flow.head.cases"): len(one.cases),
            say(FIRST, "flow.head.case"): ", ".join(one.cases[:20]),
        }
        for one in made[:ROWS]
    ]
    create_table_artifact(table=rows, key=KEY, description=f"{len(made)} {bilingual('flow.slips.made')}")
