"""The flow `request-postponement`: records the request, waits in the UI for the approval, records the answer.

While it waits it is suspended and costs no process; on the answer it starts again from the top. Everything before the
wait is therefore made to be done twice: the request carries the instant at which the run was meant to start, so the
second time it is known already.
"""

from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field, create_model
from sqlalchemy import select
from sqlalchemy.engine import Engine

from flows.pages.board import overdue_of
from flows.pages.forms import choice, done, named, refused
from flows.pages.opening import opened
from flows.pages.runs import bilingual, cell, markdown_table, refusal_of, rename, scheduled_start, utc_now
from flows.record_event import record
from models.calendar.instants import local
from models.errors import DubanError, RefusedError, UnknownError
from models.store.database import reading
from models.store.schema import cases
from models.timeline.story import POSTPONEMENT_REQUESTED
from tasks.intake.answers import Question, questions
from tasks.organisation.deployment import Deployment
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
    """The answer to a request: the form that the UI shows, where the approver is chosen from those who may decide."""

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
            told: dict[str, Any] = {"name": "postponement_requested", "at": asked_at, "by": by.strip() or None}
            fresh = record(engine, deployment, number=case, **told, fields=request).fresh
            shown = describe(engine, deployment, case=case, until=until, reason=reason, by=by)
        except DubanError as error:
            return refused(f"postpone {case}", error)
        if fresh:
            requests.decide(engine, deployment, utc_now())
            create_markdown_artifact(shown, key="postponement-request", description=f"{case} → {until}")
            rename(f"postpone {case} → {until} · {bilingual('flow.postponement.waiting')}")
        refusal = ""
        for attempt in count(1):
            form = form_of(engine, deployment, case).with_initial_data(description=f"{refusal}{shown}", until=until)
            answer = suspend_flow_run(wait_for_input=form, timeout=int(WAIT.total_seconds()), key=f"approval-{attempt}")
            try:
                said = answer_request(engine, deployment, case, answer, until)
                break
            except DubanError as error:
                words = refusal_of(error)
                get_run_logger().warning("%s", words)
                refusal = f"**{cell(words)}**\n\n"
                if not waits(engine, deployment, case):
                    said = bilingual("flow.review.answered")
                    break
    return done(f"postpone {case} → {until}", said)


def form_of(engine: Engine, deployment: Deployment, case: str) -> type[PostponementForm]:
    """The form, with those who may decide as the approvers to choose from."""
    people = [person for question in waits(engine, deployment, case) for person in question.deciders]
    approver = choice(named(people), "批准人", "who decides")
    return create_model("PostponementForm", __base__=PostponementForm, approver=(str, approver))


def waits(engine: Engine, deployment: Deployment, case: str) -> list[Question]:
    """The requests for postponement of the case that nobody has answered."""
    with reading(engine) as connection:
        found = questions(connection, deployment, case, utc_now())
    return [one for one in found if one.request.name == POSTPONEMENT_REQUESTED]


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
        late = overdue_of(connection, deployment, found.id, utc_now())
    overdue = [f"{' '.join(line.title)} ({local(line.due_at, deployment.zone)})" for line in late]
    facts = [
        ("case", found.number),
        ("regulation", found.regulation),
        ("level", found.level),
        ("department", found.department),
        ("handler", found.handler),
        ("received", local(found.opened_at, deployment.zone)),
        ("asked_by", by),
        ("until", until.isoformat()),
        ("overdue", "；".join(overdue) or "—"),
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
