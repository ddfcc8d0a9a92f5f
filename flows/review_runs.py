"""The runs in which statements wait for their answer: one for each, and none that nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled

from flows.pages.runs import bilingual
from models.store.database import reading, writing
from tasks.statements import review

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from sqlalchemy.engine import Engine

DEPLOYMENT = "review-statement/review-statement"


def start_missing(engine: Engine) -> int:
    """A run for each statement in review that has none, or whose run has ended without an answer; how many.

    The idempotency key lets two flows that start the same one have one run.
    """
    with reading(engine) as connection:
        waiting = review.waiting(connection)
    if not waiting:
        return 0
    started = 0
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound:
            get_run_logger().warning("%s is not deployed: statements are answered by `duban review`", DEPLOYMENT)
            return 0
        for one in waiting:
            run = _run(client, one.run_id)
            if run is not None and run.state is not None and not run.state.is_final():
                continue
            made = client.create_flow_run_from_deployment(
                deployment.id,
                parameters={"number": one.number},
                name=f"review {one.number}",
                tags=["review"],
                idempotency_key=f"review/{one.id}/{one.created_at:%Y%m%d%H%M%S}/{one.run_id or ''}",
            )
            with writing(engine) as connection:
                review.note_run(connection, one.id, str(made.id))
            started += 1
    return started


def end_answered(engine: Engine) -> int:
    """Cancel the runs that wait for an answer that came another way; how many. One that works ends by itself."""
    with reading(engine) as connection:
        answered = review.answered_runs(connection)
    if not answered:
        return 0
    ended = 0
    with get_client(sync_client=True) as client:
        for statement_id, run_id, state in answered:
            run = _run(client, run_id)
            waits = run is not None and run.state is not None and (run.state.is_paused() or run.state.is_scheduled())
            if run is not None and waits:
                client.set_flow_run_state(
                    run.id, Cancelled(message=f"{bilingual('flow.review.answered')}: {state}"), force=True
                )
                ended += 1
            elif run is not None and run.state is not None and not run.state.is_final():
                continue  # it is at work, and will see for itself
            with writing(engine) as connection:
                review.note_run(connection, statement_id, None)
    return ended


def _run(client: SyncPrefectClient, run_id: str | None) -> FlowRun | None:
    """The run of that id, None when the server knows it no more."""
    if run_id is None:
        return None
    try:
        return client.read_flow_run(UUID(run_id))
    except ObjectNotFound:
        return None
