"""The flow and the command `audit`: names, states, the artifact, the heartbeat, exit codes, both languages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from flows import audit as flow
from flows.commands.app import main
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine
from tasks.organisation.deployment import Deployment
from tests.support.story import Story
from tests.tasks.audit.faults import call
from tests.tasks.audit.workshop import NOW, record, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = datetime(2026, 11, 5, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """The record, in a home that flows and commands find in the environment."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    monkeypatch.setenv("DUBAN_OPERATIONS_EMAIL", "operations@example.com")
    monkeypatch.setenv("DUBAN_REGULATION_COMPLAINT", "trial")
    monkeypatch.setenv("DUBAN_REGULATIONS_IN_FORCE", "trial")
    engine = open_engine(f"sqlite:///{tmp_path / 'duban.db'}")
    schema.metadata.create_all(engine)
    yield record(Story(engine, Deployment(Settings(home=tmp_path, operations_email="operations@example.com"))))
    engine.dispose()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The events that the flow emits."""
    found: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        flow, "emit_event", lambda name, resource, payload: found.append((name, {**resource, **payload}))
    )
    return found


def run_of(state: Any) -> tuple[str, str]:
    """The name of the run, and its artifact `audit`."""
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(state.state_details.flow_run_id)
        (page,) = [one.data for one in client.read_artifacts() if one.flow_run_id == run.id and one.key == "audit"]
    return run.name, str(page)


@pytest.mark.usefixtures("server", "workshop")
def test_only_full_agreement_sends_the_heartbeat(heard: list[tuple[str, dict[str, Any]]]) -> None:
    """The run is green and says how many cases it looked at."""
    state = flow.audit(as_of=AS_OF, return_state=True)
    name, page = run_of(state)

    assert state.is_completed()
    assert "audit as of 2026-11-05 12:00 · 记录与事实一致 the record agrees with the facts" == name
    assert "核对案件 7 件 7 cases looked at" in page
    assert [("duban.audit.agreed", "2026-11-05T04:00:00Z", 7)] == [
        (what, one["at"], one["cases"]) for what, one in heard
    ]


@pytest.mark.usefixtures("server")
def test_a_run_that_found_something_is_not_green(workshop: Story, heard: list[tuple[str, dict[str, Any]]]) -> None:
    """It fails under a name of its own, lists what it found, and sends no heartbeat."""
    tamper(workshop, call("state = 'met'"))
    state = flow.audit(whole=True, as_of=AS_OF, return_state=True)
    name, page = run_of(state)

    assert state.is_failed()
    assert "Differs" == state.name
    assert name.startswith("audit whole as of 2026-11-05 12:00 · 记录与事实不符 1 处")
    assert "| 状态不符 another state | A1 | call (1) |  | state=breached | state=met |" in page
    assert [] == heard


def test_the_command_says_what_differs(workshop: Story, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 when all agrees, 1 otherwise; a line for each finding and a summary, or a list as JSON."""
    assert 0 == main(["audit", "--as-of", NOW])
    assert "记录与事实一致 (the record agrees with the facts)" in capsys.readouterr().out
    tamper(workshop, call("state = 'met'"))
    assert 1 == main(["audit", "--as-of", NOW])
    first, last = capsys.readouterr().out.splitlines()
    assert "状态不符 (another state): A1 call (1): state=breached -> state=met" == first
    assert "1 place" in last
    assert "2026-11-05 12:00" in last
    assert 1 == main(["audit", "--as-of", NOW, "--json"])
    told = {"kind": "state", "case": "A1", "rule": "call", "round": 1, "step": None}
    assert [{**told, "expected": "state=breached", "found": "state=met"}] == json.loads(capsys.readouterr().out)
