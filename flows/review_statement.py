"""The flow `review-statement`: shows a statement and waits in the UI for the general manager's answer.

While it waits it is suspended and costs no process; on the answer it starts again from the top. Everything before the
wait is therefore made to be done twice. An answer that is refused is asked for again, with the reason.
"""

from datetime import timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import Field, create_model
from sqlalchemy.engine import Engine

from flows.pages.forms import choice, named, refused, who
from flows.pages.opening import opened
from flows.pages.runs import at_this_run, bilingual, cell, refusal_of, rename, utc_now
from flows.pages.statement_pages import key_of, page, summary
from models.errors import RefusedError, UnknownError
from models.store.database import reading, writing
from tasks.organisation.deployment import Deployment
from tasks.record.provenance import Channel
from tasks.statements import review, store

WAIT = timedelta(days=60)
"""After this long without an answer the run fails, and `statements` starts another while the statement waits."""


class ReviewDecision(StrEnum):
    """What the general manager says."""

    APPROVE = "approve"
    RETURN = "return"


class ReviewForm(RunInput):
    """The answer to a statement: the form that the UI shows."""

    decision: ReviewDecision = Field(description="批准 approve / 退回 return")
    name: str = Field(description="审阅人，姓名或邮箱 · who decides: name or e-mail address", min_length=1)
    remark: str = Field(default="", description="意见，退回必填 · remark, needed for a return")


@flow(name="review-statement", flow_run_name="review {number}", validate_parameters=True)
def review_statement(number: str) -> State[Any]:
    """审阅分析报告 · Show a statement; the general manager approves or returns it in this run's page.

    Args:
        number: 报告编号 · the number of the statement

    """
    number = number.strip()
    with opened() as (deployment, engine):
        try:
            with reading(engine) as connection:
                stored = store.whole(connection, store.id_of(connection, number))
        except UnknownError as error:
            return refused(f"review {number}", error)
        if stored.row.state != store.IN_REVIEW:
            return _done(number, stored.row.state)
        shown = summary(stored, deployment.zone)
        if flow_run.run_count <= 1:
            create_markdown_artifact(page(stored, deployment.zone), key=key_of(number), description=number)
            rename(f"review {number} · {bilingual('flow.review.waiting')}")
        refusal = ""
        for attempt in count(1):
            form = form_of(engine, deployment).with_initial_data(description=f"{refusal}{shown}")
            said = suspend_flow_run(wait_for_input=form, timeout=int(WAIT.total_seconds()), key=f"answer-{attempt}")
            told: dict[str, Any] = {
                "by": who(said.name),
                "remark": said.remark,
                "provenance": at_this_run(Channel.RESUME),
            }
            try:
                done = review.answer(engine, deployment, number, said.decision.value, **told, now=utc_now())
            except RefusedError as error:
                words = refusal_of(error)
                get_run_logger().warning("%s", words)
                refusal = f"**{cell(words)}**\n\n"
                with reading(engine) as connection:
                    state = store.light(connection, stored.row.id).state
                if state != store.IN_REVIEW:
                    return _done(number, state)
            else:
                break
    return _done(number, done.state)


def form_of(engine: Engine, deployment: Deployment) -> type[ReviewForm]:
    """The form, with those who may decide to choose from."""
    with writing(engine) as connection:
        people = review.deciders(connection, deployment, utc_now())
    return create_model("ReviewForm", __base__=ReviewForm, name=(str, choice(named(people), "审阅人", "who decides")))


def _done(number: str, state: str) -> State[Any]:
    words = bilingual(f"flow.review.state.{state}")
    rename(f"review {number} · {words}")
    return Completed(message=f"{number} {words}")
