"""The flow `answer-request`: the form in the UI through which whoever may decide answers what a case waits for.

(No `from __future__ import annotations` in modules of flows: Prefect makes its forms from the annotations as they are.)
"""

from enum import StrEnum
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.pages.runs import at_this_run, bilingual, rename, utc_now
from models.errors import RefusedError, UnknownError, UsageError
from models.store.database import writing
from tasks.intake.answers import answer
from tasks.organisation.deployment import opened
from tasks.record.provenance import Channel


class RequestDecision(StrEnum):
    """What is decided."""

    APPROVE = "approve"
    REFUSE = "refuse"


@flow(name="answer-request", flow_run_name="{decision} · {case}", validate_parameters=True)
def answer_request(
    *,
    case: str,
    decision: RequestDecision,
    by: str,
    remark: str = "",
    approval: str = "",
    more_fields: dict[str, str] | None = None,
) -> State[Any]:
    """审批申请 · Approve or refuse what a case waits for, as the regulation allows it.

    Args:
        case: 案件编号 · the number of the case
        decision: 批准 approve / 不批准 refuse
        by: 审批人，姓名或邮箱 · who decides: name or e-mail address
        remark: 意见 · remark
        approval: 待审批事项不止一项时写明哪一项 · which one, where several decisions wait
        more_fields: 其他字段，如 until · further fields, such as until

    """
    approve = decision is RequestDecision.APPROVE
    said: dict[str, Any] = {"approve": approve, "by": by.strip(), "remark": remark, "fields": more_fields}
    said["provenance"] = at_this_run(Channel.FORM)
    with opened() as (deployment, engine):
        try:
            with writing(engine) as connection:
                done = answer(
                    connection, deployment, case.strip(), **said, which=approval.strip() or None, now=utc_now()
                )
        except (RefusedError, UnknownError, UsageError) as refusal:
            rename(f"{decision} · {case} · {bilingual('flow.refused')}")
            get_run_logger().error("%s", refusal)
            return Failed(message=f"{bilingual('flow.refused')}: {refusal}")
    words = bilingual("flow.answer.approved" if approve else "flow.answer.not_approved")
    rename(f"{decision} · {case} · {done.question} · {words}")
    return Completed(message=f"{done.question} {words}")
