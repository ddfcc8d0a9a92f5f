"""The flow `audit`: recompute from facts what should have been decided by now, and compare it with the record.

Every quarter of an hour what may have changed since, once a night everything. Only full agreement sends the event
`duban.audit.agreed`: an alarm is raised when it stops. A run that found something ends as `Differs`, a failed state.
"""

from datetime import datetime
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from sqlalchemy.engine import Engine

from flows.pages.runs import bilingual, markdown_table, rename, scheduled_start
from models.calendar.instants import iso, local, parse_instant
from models.settings import load_settings
from tasks.audit.finding import Finding
from tasks.audit.run import Audit
from tasks.audit.run import audit as compare
from tasks.organisation.deployment import Deployment, opened
from tasks.organisation.masking import masked_words

AGREED_EVENT = "duban.audit.agreed"
RESOURCE = "duban.audit"
KEY = "audit"
DIFFERS = "Differs"
"""The name of the state of a run that found something."""
SHOWN = 200
"""So many findings are in the artifact."""


def run_name() -> str:
    """`audit 14:04`, or `audit whole 02:10`, after the time for which the run was planned."""
    zone = load_settings().zone
    whole = " whole" if flow_run.parameters.get("whole") else ""
    as_of = flow_run.parameters.get("as_of")
    if as_of:
        return f"audit{whole} as of {parse_instant(as_of, zone).astimezone(zone):%Y-%m-%d %H:%M}"
    return f"audit{whole} {scheduled_start().astimezone(zone):%H:%M}"


@flow(name="audit", flow_run_name=run_name, validate_parameters=True)
def audit(whole: bool = False, as_of: datetime | None = None) -> State[Any]:  # noqa: FBT001, FBT002 -- a box of the form
    """核对 · Recompute what should have been decided, and compare it with the record.

    Args:
        whole: 全部案件，而不仅是有变化的 · every case, not only what may have changed
        as_of: 以此时刻为“现在” · this instant as now; empty: now

    """
    with opened() as (deployment, engine):
        done = look(engine, deployment, parse_instant(as_of, deployment.zone) if as_of else None, whole=whole)
        show(done, deployment)
    said = verdict(done)
    rename(f"{run_name()} · {said}")
    message = f"{said}; {bilingual('audit.looked', count=done.cases)}; {bilingual('audit.waiting', count=done.waiting)}"
    if not done.agrees:
        return Failed(name=DIFFERS, message=message)
    tell(done)
    return Completed(message=message)


@task(name="compare", cache_policy=NO_CACHE, retries=12, retry_delay_seconds=5)  # the database may be away
def look(engine: Engine, deployment: Deployment, now: datetime | None, *, whole: bool) -> Audit:
    """One audit."""
    return compare(engine, deployment, now, whole=whole)


def verdict(done: Audit) -> str:
    """In a sentence."""
    if done.agrees:
        return bilingual("audit.agrees")
    if not done.findings:
        return bilingual("audit.unsettled")
    return bilingual("audit.differs", count=len(done.findings))


def tell(done: Audit) -> None:
    """The heartbeat: everything agrees."""
    emit_event(
        AGREED_EVENT,
        resource={"prefect.resource.id": RESOURCE, "prefect.resource.name": KEY},
        payload={"at": iso(done.at), "whole": done.whole, "cases": done.cases},
    )


def show(done: Audit, deployment: Deployment) -> None:
    """What was found, for whoever looks."""
    create_markdown_artifact(key=KEY, markdown=page(done, deployment), description=verdict(done))


def page(done: Audit, deployment: Deployment) -> str:
    """The artifact: the verdict, and a line for each finding; no address of anybody."""
    zone = deployment.zone
    since = local(done.agreed_at, zone) if done.agreed_at else bilingual("audit.never")
    lines = [f"**{verdict(done)}**", f"{local(done.at, zone)}; {bilingual('audit.since', instant=since)}"]
    lines.append(f"{bilingual('audit.looked', count=done.cases)}; {bilingual('audit.waiting', count=done.waiting)}")
    if done.findings:
        names = ("flow.audit.head_kind", "flow.head.case", "flow.head.deadline", "flow.head.step")
        head = [bilingual(name) for name in (*names, "flow.audit.expected", "flow.audit.found")]
        lines.append(markdown_table(head, [_row(one) for one in done.findings[:SHOWN]]))
    if len(done.findings) > SHOWN:
        lines.append(bilingual("audit.more", count=len(done.findings) - SHOWN))
    return "\n\n".join(lines)


def _row(one: Finding) -> list[object]:
    clock = f"{one.rule} ({one.round})" if one.round is not None else one.rule
    kind = bilingual(f"audit.kind.{one.kind}")
    return [kind, one.case, clock, one.step, masked_words(one.expected or ""), masked_words(one.found or "")]
