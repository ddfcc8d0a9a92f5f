"""A request for postponement as Prefect runs it: suspended until it is answered, gone when that came another way."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run
from prefect.testing.utilities import prefect_test_harness

from flows import postponement_runs
from flows.request_postponement import request_postponement
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine
from tasks.organisation.deployment import Deployment
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: None) -> Iterator[Story]:  # noqa: ARG001 -- the server must run
    """A home of its own, which the flow finds in the environment, with people and their database."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    deployment = Deployment(Settings(home=tmp_path))
    engine = open_engine(deployment.settings.url)
    schema.metadata.create_all(engine)
    story = Story(engine, deployment)
    story.house()
    yield story
    engine.dispose()


def asked(number: str) -> UUID:
    """A run in which the handler asks for a postponement; it is suspended."""
    given = {"case": number, "until": "2099-01-02", "reason": "客户外出", "by": "经办"}
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(request_postponement)
        deployment = client.create_deployment(
            flow_id, name="request-postponement", entrypoint="flows/request_postponement.py:request_postponement"
        )
        run = client.create_flow_run_from_deployment(deployment, parameters=given)
    work(run.id)
    return run.id


def work(run_id: UUID) -> Any:
    """What a worker does with a run that is due; its state afterwards."""
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
    with suppress(Pause):  # as the engine of a worker does
        run_flow(request_postponement, flow_run=run, parameters=run.parameters, return_type="state")
    return state(run_id)


def state(run_id: UUID) -> Any:
    """How the run stands."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id).state


def complaint(house: Story) -> str:
    """A complaint of an hour ago."""
    return house.complaint(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")


def test_the_general_manager_answers_in_the_run(house: Story) -> None:
    """Nobody else can be chosen; the answer is on record, and the run says what became of it."""
    run_id = asked(complaint(house))
    assert state(run_id).is_paused()
    with pytest.raises(RuntimeError, match="经办"):
        resume_flow_run(run_id, run_input={"decision": "approve", "approver": "经办"})
    resume_flow_run(run_id, run_input={"decision": "approve", "approver": "总经理"})
    done = work(run_id)
    assert done.is_completed()
    assert "2099-01-02" in str(done.message)


def test_a_run_whose_request_was_answered_otherwise_waits_no_more(house: Story) -> None:
    """Answered by reply or at the command line, it leaves the list of those that wait; the other one stays there."""
    number, other = complaint(house), house.complaint(f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}")
    answered, waiting = asked(number), asked(other)
    house.event(number, "postponement_refused", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", by="总经理")

    assert 1 == postponement_runs.end_answered(house.engine, house.deployment)
    assert state(answered).is_cancelled()
    assert state(waiting).is_paused()
