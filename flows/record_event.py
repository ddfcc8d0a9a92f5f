"""The flow `record-event`: the form in the UI through which operations record what happened to a case.

(No `from __future__ import annotations` in modules of flows: Prefect makes its forms from the annotations as they are.)
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy.engine import Engine

from flows.pages.runs import at_this_run, bilingual, rename, utc_now
from models.calendar.instants import parse_instant
from models.errors import RefusedError
from models.store.database import writing
from tasks.intake.by_hand import append_by_hand
from tasks.organisation.deployment import Deployment, opened
from tasks.record.provenance import Channel


class EventName(StrEnum):
    """What can happen to a complaint or a loan after it was opened."""

    HANDED_OVER = "handed_over"
    FIRST_CONTACT = "first_contact"
    AGREEMENT = "agreement"
    FOLLOW_UP = "follow_up"
    RESULT_RETURNED = "result_returned"
    SECOND_CONTACT = "second_contact"
    REVISITED = "revisited"
    UNREACHABLE = "unreachable"
    POSTPONEMENT_REQUESTED = "postponement_requested"
    POSTPONEMENT_APPROVED = "postponement_approved"
    POSTPONEMENT_REFUSED = "postponement_refused"
    PAUSED = "paused"
    RESUMED = "resumed"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    RENEWED = "renewed"
    RETURNED = "returned"
    LOST = "lost"
    RECALLED = "recalled"


class Satisfaction(StrEnum):
    """How the customer judges the result."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"


class EventOutcome(StrEnum):
    """Whether the matter is solved."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"


@flow(name="record-event", flow_run_name="record {event} · {case}", validate_parameters=True)
def record_event(
    *,
    case: str,
    event: EventName,
    at: datetime | None = None,
    by: str = "",
    satisfaction: Satisfaction | None = None,
    outcome: EventOutcome | None = None,
    until: date | None = None,
    note: str = "",
    more_fields: dict[str, str] | None = None,
) -> State[Any]:
    """登记案件事项 · Record what happened to a case.

    Args:
        case: 案件编号 · the number of the case, such as 2611001
        event: 事项 · handed_over 移交, first_contact 首次联系, agreement 达成一致, follow_up 跟踪电话,
            result_returned 结果交回, second_contact 第二次联系, revisited 回访, unreachable 联系不上,
            postponement_* 延期申请/批准/驳回, paused 暂停, resumed 恢复, closed 结案, reopened 重新受理,
            withdrawn 撤诉; loans: renewed 续借, returned 归还, lost 遗失, recalled 催还
        at: 发生时间，留空为现在 · when it happened; empty means now
        by: 经办人 · who did it
        satisfaction: 客户满意度 · how the customer judges the result
        outcome: 处理结果 · whether the matter is solved
        until: 延期至 · for postponement_approved: until when
        note: 备注 · a remark
        more_fields: 其他字段 · further fields that the regulation asks for

    """
    given = {"satisfaction": satisfaction, "outcome": outcome, "until": until, "note": note, **(more_fields or {})}
    fields = {name: str(value) for name, value in given.items() if value not in (None, "")}
    with opened() as (deployment, engine):
        try:
            fresh = record(
                engine, deployment, number=case.strip(), name=event, at=at, by=by.strip() or None, fields=fields
            )
        except RefusedError as refusal:
            rename(f"record {event} · {case} · {bilingual('flow.refused')}")
            get_run_logger().error("%s", refusal)
            return Failed(message=f"{bilingual('flow.refused')}: {refusal}")
    said = bilingual("flow.record.recorded" if fresh else "flow.record.known")
    rename(f"record {event} · {case} · {said}")
    return Completed(message=said)


def record(
    engine: Engine,
    deployment: Deployment,
    *,
    number: str,
    name: str,
    at: datetime | None,
    by: str | None,
    fields: dict[str, str],
    channel: Channel = Channel.FORM,
) -> bool:
    """Append the event in one transaction; False when it is known already, RefusedError with the article."""
    now = utc_now()
    with writing(engine) as connection:
        done = append_by_hand(
            connection,
            deployment,
            number,
            str(name),
            at=parse_instant(at, deployment.zone) if at else now,
            by=by or None,
            fields=fields,
            now=now,
            provenance=at_this_run(channel),
        )
    return done.fresh
