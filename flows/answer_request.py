"""The flow `answer-request`: the form in the UI through which whoever may decide answers what a case waits for.

With a case alone the run's page shows what waits and who may decide; with decision and name it is recorded at once.

(No `from __future__ import annotations` in modules of flows: Prefect makes its forms from the annotations as they are.)
"""

from enum import StrEnum
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.input import RunInput
from pydantic import create_model
from sqlalchemy.engine import Engine

from flows.pages.forms import asked, blank, choice, chosen, done, lines_of, named, refused, who
from flows.pages.opening import opened
from flows.pages.runs import at_this_run, bilingual, cell, utc_now
from models.calendar.instants import local
from models.errors import DubanError, RefusedError
from models.store.database import reading, writing
from tasks.intake.answers import Answered, Question, answer, questions
from tasks.intake.undone import left_open
from tasks.organisation.deployment import Deployment
from tasks.organisation.masking import masked_text
from tasks.record.provenance import Channel


class RequestDecision(StrEnum):
    """What is decided."""

    APPROVE = "approve"
    REFUSE = "refuse"


@flow(name="answer-request", flow_run_name="answer · {case}", validate_parameters=True)
def answer_request(
    *,
    case: str,
    decision: RequestDecision | None = None,
    by: str = "",
    remark: str = "",
    approval: str = "",
    more_fields: dict[str, str] | None = None,
) -> State[Any]:
    """审批申请 · Approve or refuse what a case waits for; without a decision this run's page asks for it (Resume).

    Args:
        case: 案件编号 · the number of the case
        decision: 批准 approve / 不批准 refuse；留空则在运行页面选择 · empty = choose on the run's page
        by: 审批人，姓名或邮箱 · who decides: name or e-mail address
        remark: 意见 · remark
        approval: 待审批事项不止一项时写明哪一项 · which one, where several decisions wait
        more_fields: 其他字段，如 until · further fields, such as until

    """
    case, which = case.strip(), approval.strip() or None
    with opened() as (deployment, engine):
        try:
            if decision is not None:
                said = {"approve": decision is RequestDecision.APPROVE, "by": by.strip() or None, "remark": remark}
                answered: Answered | State[Any] = record(engine, deployment, case, which, more_fields or {}, **said)
            else:
                answered = asked(
                    lambda: form_of(waiting(engine, deployment, case)),
                    lambda: listed(case, waiting(engine, deployment, case), deployment),
                    lambda filled: record_form(engine, deployment, case, filled),
                )
        except DubanError as error:
            return refused(f"answer · {case}", error)
        if isinstance(answered, State):
            return answered
        approved = answered.is_approval
        words = bilingual("flow.answer.approved" if approved else "flow.answer.not_approved")
        name = f"{'approve' if approved else 'refuse'} · {case} · {answered.question}"
        return done(name, words, left_open(answered.still_open, deployment.zone))


def waiting(engine: Engine, deployment: Deployment, number: str) -> list[Question]:
    """What the case waits for; RefusedError when that is nothing."""
    with reading(engine) as connection:
        found = questions(connection, deployment, number, utc_now())
    if not found:
        raise RefusedError(f"案件 {number} 没有待审批的申请 / nothing waits for a decision in case {number}")
    return found


def form_of(found: list[Question]) -> type[RunInput]:
    """The form of one case: its questions, who may answer one of them, and what may go with the answer."""
    people = list(dict.fromkeys(one for question in found for one in question.deciders))
    usual = {
        "question": choice((f"{one.title} · {one.name}" for one in found), "审批事项", "what is decided"),
        "decision": choice(("批准 approve", "不批准 refuse"), "决定", "the decision"),
        "by": choice(named(people), "审批人", "who decides"),
        "remark": blank("意见", "remark"),
        "until": blank("至（日期），留空按申请", "until; empty = as requested"),
        "more_fields": blank("其他，每行一项：名称=值", "further fields, one NAME=VALUE a line"),
    }
    made: dict[str, Any] = {name: (str, field) for name, field in usual.items()}
    return create_model("AnswerForm", __base__=RunInput, **made)


def listed(number: str, found: list[Question], deployment: Deployment) -> str:
    """What the page says above the form: each request with its reason, and who may answer it."""
    lines = [f"### {bilingual('flow.answer.of', joint=' · ', number=cell(number))}", ""]
    for one in found:
        names = "、".join(cell(person.name) for person in one.deciders) or bilingual("flow.none")
        asked_for = [f"{name} {cell(masked_text(value))}" for name, value in one.request.fields.items()]
        told = " · ".join([local(one.request.at, deployment.zone), *asked_for])
        lines.append(f"- **{cell(one.title)}** {told}: {bilingual('flow.record.only', names=names)}")
    return "\n".join(lines) + "\n"


def record_form(engine: Engine, deployment: Deployment, number: str, filled: Any) -> Answered:
    """Record what was chosen on the page."""
    fields = lines_of(filled.more_fields)
    if filled.until.strip():
        fields["until"] = filled.until.strip()
    approve = filled.decision.split()[-1] == RequestDecision.APPROVE
    said = {"approve": approve, "by": who(filled.by), "remark": filled.remark}
    return record(engine, deployment, number, chosen(filled.question), fields, **said)


def record(
    engine: Engine, deployment: Deployment, number: str, which: str | None, fields: dict[str, str], **said: Any
) -> Answered:
    """Record the answer in one transaction; RefusedError with the article."""
    told: dict[str, Any] = {"which": which, "fields": fields, "now": utc_now(), "provenance": at_this_run(Channel.FORM)}
    with writing(engine) as connection:
        return answer(connection, deployment, number, **said, **told)
