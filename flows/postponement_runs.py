"""The runs in which requests for postponement wait for their answer: none that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Cancelled

from flows.pages.runs import bilingual, utc_now
from models.errors import UnknownError
from models.store.database import reading
from models.timeline.story import POSTPONEMENT_REQUESTED
from tasks.intake.answers import questions

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.intake.answers import Question
    from tasks.organisation.deployment import Deployment

FLOW = "request-postponement"


def waits(engine: Engine, deployment: Deployment, case: str) -> list[Question]:
    """The requests for postponement of the case that nobody has answered."""
    with reading(engine) as connection:
        found = questions(connection, deployment, case, utc_now())
    return [one for one in found if one.request.name == POSTPONEMENT_REQUESTED]


def end_answered(engine: Engine, deployment: Deployment) -> int:
    """Cancel the runs that wait for an answer which came another way, by reply say; how many."""
    suspended = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])))
    ended = 0
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW])), flow_run_filter=suspended
        ):
            try:
                waiting = waits(engine, deployment, str(run.parameters.get("case", "")).strip())
            except UnknownError:
                waiting = []
            if not waiting:
                client.set_flow_run_state(run.id, Cancelled(message=bilingual("flow.review.answered")), force=True)
                ended += 1
    return ended
