"""Flows as Prefect runs them, on a temporary server: run names, artifacts, states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from flows.local import automations, groundwork
from flows.pages.case_pages import write_cases
from flows.record_event import record_event
from flows.sweep import sweep
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine, reading, writing
from tasks.mail.links import BOARD, STATUS, Links
from tasks.organisation.deployment import Deployment
from tasks.record.recording import append_event, open_case
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.engine import Engine


NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: None) -> Deployment:  # noqa: ARG001 -- the server must run
    """A home of its own, which the flows find in the environment; sweeps do not wait."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    monkeypatch.setenv("DUBAN_SWEEP_SECONDS", "0")
    monkeypatch.setenv("DUBAN_OPERATIONS_EMAIL", "operations@example.com")
    return Deployment(Settings(home=tmp_path, sweep_seconds=0, operations_email="operations@example.com"))


@pytest.fixture
def database(home: Settings) -> Iterator[Engine]:
    """Its database, with one complaint of five minutes before NOW."""
    engine = open_engine(home.settings.url)
    schema.metadata.create_all(engine)
    yield engine
    engine.dispose()


def complaint(engine: Engine, deployment: Deployment, at: datetime) -> str:
    """A complaint that was received at that instant."""
    with writing(engine) as connection:
        return open_case(
            connection,
            deployment,
            kind="complaint",
            opened_at=at,
            fields={"content": "x"},
            regulation=None,
            by=None,
            now=at,
            provenance=AT_HAND,
        )


def run_of(state: Any) -> Any:
    """The flow run of a state, as the server has it."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(state.state_details.flow_run_id)


def pages() -> dict[str, Any]:
    """What stands under each key now."""
    with get_client(sync_client=True) as client:
        return {str(one.key): one for one in client.read_latest_artifacts()}


def test_pages_stay_where_they_are_and_say_what_is_new(home: Deployment, database: Engine) -> None:
    """The page of a case whose step nobody was told yet is there after its pass; an event changes it in its place."""
    number = complaint(database, home, NOW)
    sweep(as_of=NOW)
    before = pages()[f"case-{number}"]
    with writing(database) as connection:
        told: dict[str, Any] = {"number": number, "name": "first_contact", "at": NOW, "by": None, "fields": {}}
        append_event(connection, home, **told, now=NOW, provenance=AT_HAND)
    sweep(as_of=NOW + timedelta(minutes=1))
    after = pages()[f"case-{number}"]

    assert before.latest_id == after.latest_id
    assert before.data != after.data
    with reading(database) as connection:
        links = Links(connection, "http://ui")
        assert f"http://ui/artifacts/artifact/{after.latest_id}" == links.case(number)
        for key in (STATUS, BOARD):
            assert f"http://ui/artifacts/artifact/{pages()[key].latest_id}" == links.page(key)
        assert "http://ui/artifacts/key/case-nobody" == links.case("nobody")


def test_a_page_that_was_taken_away_is_made_again(home: Deployment, database: Engine) -> None:
    """Whoever cleans up in Prefect breaks no link for long."""
    number = complaint(database, home, NOW)
    sweep(as_of=NOW)
    before = pages()[f"case-{number}"]
    with get_client(sync_client=True) as client:
        client.delete_artifact(before.latest_id)
    sweep(as_of=NOW + timedelta(minutes=1))
    write_cases(database, home, [number], NOW)
    after = pages()[f"case-{number}"]

    assert before.latest_id != after.latest_id
    with reading(database) as connection:
        assert str(after.latest_id) in Links(connection, "http://ui").case(number)


def artifacts_of(flow_run_id: UUID) -> dict[str, Any]:
    """The artifacts of a run by key."""
    with get_client(sync_client=True) as client:
        return {
            artifact.key or "": artifact.data
            for artifact in client.read_artifacts()
            if artifact.flow_run_id == flow_run_id
        }


def test_a_sweep_is_named_after_what_it_did(home: Settings, database: Engine) -> None:
    """The run's name says for which instant and how much fired; the table is its artifact."""
    number = complaint(database, home, NOW)
    state = sweep(as_of=NOW + timedelta(minutes=12), return_state=True)
    run = run_of(state)
    assert "sweep as of 2026-11-20 10:12 · fired 2" == run.name
    shown = artifacts_of(run.id)
    assert number in shown["sweep-escalations"]
    assert number in pages()["overdue-board"].data


def test_a_sweep_that_looks_ahead_ends_with_its_time(home: Settings, database: Engine) -> None:
    """A run by schedule does at least one pass; neither an unchanged board nor an unchanged case is written again."""
    number = complaint(database, home, datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=11))
    first = run_of(sweep(return_state=True))
    assert first.name.endswith("fired 2")
    assert {"sweep-escalations"} == set(artifacts_of(first.id))
    assert {"overdue-board", "status", f"case-{number}"} <= set(pages())
    second = run_of(sweep(return_state=True))
    assert second.name.endswith("fired 0")
    assert {} == artifacts_of(second.id)


@pytest.mark.usefixtures("database")
def test_a_refusal_is_no_failure_and_says_why() -> None:
    """Operations read in the run's state why nothing was recorded; nothing is red, for nothing broke."""
    state = record_event(case="none such", event="closed", return_state=True)
    assert state.is_completed()
    assert "Refused" == state.name
    assert "no case 'none such'" in str(state.message)
    assert run_of(state).name.endswith("refused")


@pytest.mark.usefixtures("server")
def test_the_groundwork_can_be_laid_again() -> None:
    """Pool and automations are there once, however often `duban up` starts."""
    with get_client(sync_client=True) as client:
        groundwork.lay(client, datetime.now(UTC))
        groundwork.lay(client, datetime.now(UTC))
        assert "process" == client.read_work_pool(groundwork.POOL).type
        assert 1 == len(client.read_automations_by_name(automations.successors().name))
