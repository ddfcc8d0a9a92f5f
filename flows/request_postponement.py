"""The flow `request-postponement`: records the request, waits in the UI for the approval, records the answer.

While it waits it is suspended and costs no process; on the answer it starts again from the top. Everything before the
wait is therefore made to be done twice: the request carries the instant at which the run was meant to start, so the
second time it is known already.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed, Failed
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.engine import Engine

from flows.pages.board import overdue_of
from flows.pages.runs import bilingual, cell, markdown_table, rename, scheduled_start, utc_now
from flows.record_event import record
from models.calendar.instants import local
from models.errors import RefusedError, UnknownError
from models.store.database import reading
from models.store.schema import cases
from tasks.organisation.deployment import Deployment, opened
from tasks.organisation.masking import masked_text
from tasks.record.provenance import Channel
from tasks.slips import requests

WAIT = timedelta(days=14)
"""After this long without an answer the run fails, and the request stands unanswered in the record."""


class PostponementDecision(StrEnum):
    """What the general manager says."""

    APPROVE = "approve"
    REFUSE = "refuse"


class PostponementForm(RunInput):
    """The answer to a request: the form that the UI shows."""

    decision: PostponementDecision = Field(description="批准 approve / 驳回 refuse")
    until: date | None = Field(
        default=None, description="批准延期至，留空按申请 · postponed until; empty = as requested"
    )
    approver: str = Field(description="批准人 · who decides", min_length=1)
    remark: str = Field(default="", description="意见 · remark")


@flow(name="request-postponement", flow_run_name="postpone {case} → {until}", validate_parameters=True)
def request_postponement(case: str, until: date, reason: str, by: str) -> State[Any]:
    """申请延期，由总经理在此页面批准 · Ask for a postponement; the general manager answers in this run's page.

    Args:
        case: 案件编号 · the number of the case
        until: 申请延期至 · postponed until
        reason: 理由 · why
        by: 申请人 · who asks

    """
    case = case.strip()
    asked_at = scheduled_start().replace(microsecond=0)
    with opened() as (deployment, engine):
        try:
            check_date(until, asked_at.astimezone(deployment.zone).date())
            request = {"until": until.isoformat(), "note": reason}
            fresh = record(
                engine, deployment, number=case, name="postponement_requested", at=asked_at, by=by, fields=request
            )
            shown = describe(engine, deployment, case=case, until=until, reason=reason, by=by)
        except RefusedError as refusal:
            return _refused(case, refusal)
        if fresh:
            requests.decide(engine, deployment, utc_now())
            create_markdown_artifact(shown, key="postponement-request", description=f"{case} → {until}")
            rename(f"postpone {case} → {until} · {bilingual('flow.postponement.waiting')}")
        form = PostponementForm.with_initial_data(description=shown, until=until)
        answer = suspend_flow_run(wait_for_input=form, timeout=int(WAIT.total_seconds()), key="approval")
        try:
            said = answer_request(engine, deployment, case, answer, until)
        except RefusedError as refusal:
            return _refused(case, refusal)
    rename(f"postpone {case} → {said}")
    return Completed(message=said)


def check_date(until: date, today: date) -> None:
    """RefusedError when there would be nothing to postpone."""
    if until <= today:
        raise RefusedError(f"{until} is not later than today: ask for a later date")


def describe(engine: Engine, deployment: Deployment, *, case: str, until: date, reason: str, by: str) -> str:
    """The request as the approver reads it: the case, its overdue deadlines, the reason. No customer, no phone."""
    with reading(engine) as connection:
        found = connection.execute(select(cases).where(cases.c.number == case)).one_or_none()
        if found is None:
            raise UnknownError(f"no case {case!r}: `duban list cases` shows their numbers")
        late = overdue_of(connection, found.id)
    facts = [
        ("case", found.number),
        ("regulation", found.regulation),
        ("level", found.level),
        ("department", found.department),
        ("handler", found.handler),
        ("received", local(found.opened_at, deployment.zone)),
        ("asked_by", by),
        ("until", until.isoformat()),
        ("overdue", "；".join(f"{line.title} ({local(line.due_at, deployment.zone)})" for line in late) or "—"),
    ]
    table = markdown_table(("", ""), [(bilingual(f"flow.head.{name}"), value) for name, value in facts])
    title = bilingual("flow.postponement.title", joint=" · ")
    return f"### {title}\n\n{table}\n\n**{bilingual('flow.postponement.reason')}:** {cell(masked_text(reason))}\n"


def answer_request(engine: Engine, deployment: Deployment, case: str, answer: PostponementForm, requested: date) -> str:
    """Record the answer and say it in a few words; RefusedError with the article."""
    approved = answer.decision is PostponementDecision.APPROVE
    until = answer.until or requested
    fields = {"note": answer.remark} if answer.remark else {}
    if approved:
        fields["until"] = until.isoformat()
    name = "postponement_approved" if approved else "postponement_refused"
    record(
        engine, deployment, number=case, name=name, at=None, by=answer.approver, fields=fields, channel=Channel.RESUME
    )
    return (
        f"{until} · {bilingual('flow.postponement.approved')}" if approved else bilingual("flow.postponement.refused")
    )


def _refused(case: str, refusal: RefusedError) -> State[Any]:
    get_run_logger().error("%s", refusal)
    rename(f"postpone {case} · {bilingual('flow.refused')}")
    return Failed(message=f"{bilingual('flow.refused')}: {refusal}")
