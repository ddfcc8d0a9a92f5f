"""The flow `record-event`: the form in the UI through which operations record what happened to a case.

With a case alone the run's page lists what can be recorded of it now, in the words of its regulation; with an event it
is recorded at once.

(No `from __future__ import annotations` in modules of flows: Prefect makes its forms from the annotations as they are.)
"""

from datetime import date, datetime
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
from models.calendar.instants import parse_instant
from models.errors import DubanError, RefusedError
from models.store.database import reading, writing
from tasks.intake.by_hand import Recorded, append_by_hand
from tasks.intake.undone import left_open
from tasks.organisation.deployment import Deployment
from tasks.record.possible import Possible, PossibleEvent, possible
from tasks.record.provenance import Channel


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
    event: str = "",
    at: datetime | None = None,
    by: str = "",
    satisfaction: Satisfaction | None = None,
    outcome: EventOutcome | None = None,
    until: date | None = None,
    note: str = "",
    more_fields: dict[str, str] | None = None,
) -> State[Any]:
    """登记案件事项 · Record what happened to a case; without an event this run's page lists what is possible (Resume).

    Args:
        case: 案件编号 · the number of the case, such as 2611001
        event: 事项名称，留空则在运行页面选择 · what happened, by its name; empty = choose on the run's page
        at: 发生时间，留空为现在 · when it happened; empty means now
        by: 经办人，姓名或邮箱 · who did it, name or e-mail address
        satisfaction: 客户满意度 · how the customer judges the result
        outcome: 处理结果 · whether the matter is solved
        until: 至 · until when, for a pause or an approved postponement
        note: 备注 · a remark
        more_fields: 其他字段 · further fields that the regulation asks for

    """
    case = case.strip()
    with opened() as (deployment, engine):
        try:
            if event.strip():
                given = {"satisfaction": satisfaction, "outcome": outcome, "until": until, "note": note}
                fields = as_fields({**given, **(more_fields or {})})
                told: dict[str, Any] = {"name": event.strip(), "at": at, "by": by.strip() or None, "fields": fields}
                recorded: Recorded | State[Any] = record(engine, deployment, number=case, **told)
            else:
                recorded = asked(
                    lambda: form_of(known(engine, deployment, case)),
                    lambda: listed(case, known(engine, deployment, case)),
                    lambda filled: record_form(engine, deployment, case, filled),
                )
        except DubanError as error:
            return refused(f"record {event} · {case}", error)
        if isinstance(recorded, State):
            return recorded
        words = bilingual("flow.record.recorded" if recorded.fresh else "flow.record.known")
        return done(f"record {recorded.name} · {case}", words, left_open(recorded.still_open, deployment.zone))


def known(engine: Engine, deployment: Deployment, number: str) -> Possible:
    """What can be recorded of the case now; RefusedError when that is nothing."""
    with reading(engine) as connection:
        found = possible(connection, deployment, number, utc_now())
    if not found.events:
        raise RefusedError(f"{number}：目前没有可登记的事项 / nothing can be recorded of this case now")
    return found


def form_of(found: Possible) -> type[RunInput]:
    """The form of one case: its events with their titles, the people who act in it, and what may go with an event."""
    people = list(dict.fromkeys([*found.people, *(one for event in found.events for one in event.who)]))
    usual = {
        "event": choice((label(one) for one in found.events), "事项", "what happened"),
        "by": choice(named(people), "经办人，决定须由有权者作出", "who did it, or who decides", default=""),
        "at": blank("发生时间，如 2026-03-05 14:30，留空为现在", "when it happened; empty means now"),
        "note": blank("备注", "a remark"),
        "more_fields": blank(
            "其他，每行一项，如 满意度=满意、until=2026-03-05", "further fields, one NAME=VALUE a line"
        ),
    }
    made: dict[str, Any] = {name: (str, field) for name, field in usual.items()}
    return create_model("EventForm", __base__=RunInput, **made)


def label(one: PossibleEvent) -> str:
    """An event as the list shows it; its id comes last."""
    return f"{one.zh} {one.en} · {one.name}"


def listed(number: str, found: Possible) -> str:
    """What the page says above the form: what clocks wait for, and who may decide what."""
    lines = [f"### {bilingual('flow.record.of', joint=' · ', number=cell(number))}", ""]
    for one in found.events:
        if one.urgent:
            lines.append(f"- **{cell(one.zh)}** {cell(one.en)}: {bilingual('flow.record.waited_for')}")
        if one.who:
            names = "、".join(cell(person.name) for person in one.who)
            lines.append(f"- {cell(one.zh)} {cell(one.en)}: {bilingual('flow.record.only', names=names)}")
    return "\n".join(lines) + "\n"


def record_form(engine: Engine, deployment: Deployment, number: str, filled: Any) -> Recorded:
    """Record what was chosen on the page."""
    fields = as_fields({"note": filled.note.strip(), **lines_of(filled.more_fields)})
    told: dict[str, Any] = {"name": chosen(filled.event), "by": who(filled.by)}
    told["at"] = parse_instant(filled.at, deployment.zone) if filled.at.strip() else None
    return record(engine, deployment, number=number, **told, fields=fields)


def as_fields(given: dict[str, Any]) -> dict[str, str]:
    """What was filled in, as text."""
    return {name: str(value) for name, value in given.items() if value not in (None, "")}


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
) -> Recorded:
    """Append the event in one transaction; RefusedError with the article."""
    now = utc_now()
    told: dict[str, Any] = {"by": by or None, "fields": fields, "now": now, "provenance": at_this_run(channel)}
    instant = parse_instant(at, deployment.zone) if at else now
    with writing(engine) as connection:
        return append_by_hand(connection, deployment, number, name, at=instant, **told)
