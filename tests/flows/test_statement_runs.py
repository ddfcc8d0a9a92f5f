"""Statements as Prefect runs them, on a temporary server: what is shown, the run that waits, and how it ends."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import select

from flows import review_runs
from flows.review_statement import review_statement
from flows.statements import statements as statements_flow
from models.calendar.periods import StatementCadence
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine, reading
from models.store.schema import statements
from tasks.organisation.deployment import Deployment
from tasks.statements.review import answer
from tasks.statements.titles import number_of
from tests.support.hand import AT_HAND
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: None) -> Deployment:  # noqa: ARG001 -- the server must run
    """A home of its own, which the flows find in the environment; weeks only."""
    given = {"home": str(tmp_path), "operations_email": "operations@example.com", "statement_regulations": "all"}
    given |= {f"statement_{name}": "off" for name in ("monthly", "quarterly", "half_year", "annual", "loans")}
    for name, value in given.items():
        monkeypatch.setenv(f"DUBAN_{name.upper()}", value)
    return Deployment(Settings.model_validate(given))


@pytest.fixture
def engine(home: Settings) -> Iterator[Engine]:
    """Its database, with people and a complaint of ten days ago."""
    made = open_engine(home.settings.url)
    schema.metadata.create_all(made)
    story = Story(made, home)
    story.house()
    at = f"{datetime.now(UTC) - timedelta(days=10):%Y-%m-%d 09:00}"
    story.complaint(at)
    story.sweep(at)
    yield made
    made.dispose()


@pytest.fixture
def deployed(server: None) -> UUID:  # noqa: ARG001 -- the server must run
    """The deployment that is started for each statement."""
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(review_statement)
        return client.create_deployment(
            flow_id, name="review-statement", entrypoint="flows/review_statement.py:review_statement"
        )


def row_of(engine: Engine) -> Any:
    """The only statement."""
    with reading(engine) as connection:
        return connection.execute(select(statements)).one()


def run_with(run_id: str | UUID) -> Any:
    """A flow run as the server has it."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(str(run_id)))


def work(run_id: str) -> Any:
    """What a worker does with a run that is due; its state afterwards."""
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(UUID(run_id))
    with suppress(Pause):  # as the engine of a worker does
        run_flow(review_statement, flow_run=run, parameters=run.parameters, return_type="state")
    return run_with(run_id)


def artifacts() -> dict[str, Any]:
    """Every artifact by key."""
    with get_client(sync_client=True) as client:
        return {artifact.key or "": artifact.data for artifact in client.read_artifacts()}


def test_a_statement_is_made_shown_and_answered_in_its_run(home: Settings, engine: Engine, deployed: UUID) -> None:
    """The flow makes it and starts the run; that shows it and is suspended; the form's answer sends it out."""
    state = statements_flow(return_state=True)
    assert state.is_completed(), state.message
    row = row_of(engine)
    number = number_of(row)
    assert number in run_with(state.state_details.flow_run_id).name
    assert deployed == run_with(row.run_id).deployment_id
    assert f"statement-{number.lower()}-figures" in artifacts()

    waiting = work(row.run_id)
    assert waiting.state.is_paused()
    assert number in artifacts()[f"statement-{number.lower()}"]

    resume_flow_run(UUID(row.run_id), run_input={"decision": "return", "name": "总经理", "remark": ""})
    asked_again = work(row.run_id)
    assert asked_again.state.is_paused()
    assert "in_review" == row_of(engine).state

    resume_flow_run(UUID(row.run_id), run_input={"decision": "approve", "name": "总经理", "remark": ""})
    done = work(row.run_id)
    assert done.state.is_completed()
    assert "approved" in done.name
    assert ("approved", "总经理") == (row_of(engine).state, row_of(engine).answered_by)
    kinds = [kind for kind, _ in Story(engine, home).mails()]
    assert kinds.count("statement") >= 4  # review, list, department


def test_a_second_flow_starts_no_second_run(engine: Engine, deployed: UUID) -> None:
    """One run waits for each statement, however often the flow runs."""
    statements_flow()
    first = row_of(engine).run_id
    statements_flow()
    assert first == row_of(engine).run_id
    assert deployed == run_with(first).deployment_id


@pytest.mark.usefixtures("deployed")
def test_an_answer_from_the_command_line_ends_the_waiting_run(home: Settings, engine: Engine) -> None:
    """No run stays behind in the list of those that wait."""
    statements_flow()
    row = row_of(engine)
    assert work(row.run_id).state.is_paused()
    now = datetime.now(UTC).replace(microsecond=0)
    answer(engine, home, number_of(row), "approve", by="总经理", remark="", now=now, provenance=AT_HAND)

    statements_flow()

    assert run_with(row.run_id).state.is_cancelled()
    assert row_of(engine).run_id is None


def test_a_run_that_was_lost_is_started_again(engine: Engine, deployed: UUID) -> None:
    """When the waiting run is gone, the statement still waits, and gets another."""
    statements_flow()
    first = row_of(engine).run_id
    with get_client(sync_client=True) as client:
        client.delete_flow_run(UUID(first))

    statements_flow()

    second = row_of(engine).run_id
    assert second != first
    assert deployed == run_with(second).deployment_id


@pytest.mark.usefixtures("deployed")
def test_a_run_whose_statement_was_answered_ends_by_itself(home: Settings, engine: Engine) -> None:
    """The answer came before the run began."""
    statements_flow()
    row = row_of(engine)
    now = datetime.now(UTC).replace(microsecond=0)
    answer(engine, home, number_of(row), "return", by="总经理", remark="x", now=now, provenance=AT_HAND)

    done = work(row.run_id)

    assert done.state.is_completed()
    assert "returned" in done.name
    assert 0 == review_runs.end_answered(engine)
    assert row_of(engine).run_id is None


@pytest.mark.usefixtures("deployed")
def test_the_form_makes_one_statement(engine: Engine) -> None:
    """A cadence and a period: that one, whatever the schedule says; wrong words fail the run with the advice."""
    period = f"{datetime.now(UTC) - timedelta(days=40):%Y-%m}"
    state = statements_flow(cadence=StatementCadence.MONTHLY, period=period, return_state=True)
    assert state.is_completed()
    assert (f"FX-{period}", "in_review") == (number_of(row_of(engine)), row_of(engine).state)

    wrong = statements_flow(cadence=StatementCadence.MONTHLY, period="2026-W47", return_state=True)
    assert wrong.is_failed()
    assert "write it like 2026-11" in str(wrong.message)


@pytest.mark.usefixtures("deployed")
def test_what_was_recorded_and_not_yet_swept_counts(home: Settings, engine: Engine) -> None:
    """The flow takes in what waits before it computes."""
    story = Story(engine, home)
    at = f"{datetime.now(UTC) - timedelta(days=9):%Y-%m-%d 09:00}"
    story.complaint(at)

    statements_flow()

    with reading(engine) as connection:
        parts = connection.execute(select(statements.c.parts)).scalar_one()
    figures = {one["id"]: one["value"] for one in parts[""]["headlines"]}
    assert (2, 2) == (figures["closing"], figures["overdue_end"])
