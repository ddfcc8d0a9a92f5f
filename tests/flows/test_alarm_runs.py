"""Runs that watch, on a temporary Prefect server: lost runs, a delivery that delivers nothing, events, automations."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Completed, Running
from prefect.testing.utilities import prefect_test_harness

from flows import alarm as alarms
from flows.alarm import alarm
from flows.deliver import deliver
from flows.local import automations
from flows.lost_runs import PROCESS, WATCHED_TAG, LostRuns
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine
from tasks.delivery.processes import this_process
from tasks.organisation.deployment import Deployment
from tests.support.hook import Hook
from tests.support.posting import Office
from tests.support.smtp import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

ELSEWHERE = "elsewhere:1:1"


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def client(server: None) -> Iterator[SyncPrefectClient]:  # noqa: ARG001 -- the server must run
    """To ask it."""
    with get_client(sync_client=True) as asking:
        yield asking


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office in a home of its own, which the flows find in the environment."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    monkeypatch.setenv("DUBAN_SWEEP_SECONDS", "0")
    settings = Settings(home=tmp_path, sweep_seconds=0)
    engine = open_engine(settings.url)
    schema.metadata.create_all(engine)
    yield Office(engine, Deployment(settings))
    engine.dispose()


@flow(name="long")
def long() -> None:
    """Stands for whatever looks ahead."""


def a_run(client: SyncPrefectClient, process: str | None, *tags: str) -> UUID:
    """A run that the server knows as running, in that process."""
    run = client.create_flow_run(long, tags=list(tags or (WATCHED_TAG,)))
    if process:
        client.update_flow_run_labels(run.id, {PROCESS: process})
    client.set_flow_run_state(run.id, Running(), force=True)
    return run.id


def killed_process() -> str:
    """The name of a process of this machine that has ended."""
    code = "from tasks.delivery.processes import this_process; print(this_process())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- our own line
    return done.stdout.strip()


def test_only_a_run_whose_process_is_gone_is_crashed(client: SyncPrefectClient) -> None:
    """At the second look; one that lives, runs elsewhere, waits for people or says nothing of itself is left alone."""
    gone = killed_process()
    killed = a_run(client, gone)
    others = [a_run(client, name) for name in (this_process(), ELSEWHERE, None)] + [a_run(client, gone, "form")]
    lost = LostRuns()

    assert [] == lost.look(client)
    assert 1 == len(lost.look(client))
    assert [] == lost.look(client)

    assert StateType.CRASHED is client.read_flow_run(killed).state_type
    assert {StateType.RUNNING} == {client.read_flow_run(key).state_type for key in others}


def test_a_run_that_has_ended_is_never_crashed(client: SyncPrefectClient) -> None:
    """It ended between two looks: its process is gone because it was done."""
    run = a_run(client, killed_process())
    lost = LostRuns()
    lost.look(client)
    client.set_flow_run_state(run, Completed(), force=True)
    assert [] == lost.look(client)
    assert StateType.COMPLETED is client.read_flow_run(run).state_type


@pytest.mark.usefixtures("server")
async def test_a_delivery_that_delivers_nothing_has_failed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is red, named for what is wrong, and says what the server said; when mail leaves again it is green."""
    office.post("2611001")
    with ScriptedServer() as mails:
        monkeypatch.setenv("DUBAN_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("DUBAN_SMTP_PORT", str(mails.port))
        mails.on_mail.append("550 5.7.1 sender not allowed")
        state: Any = await deliver(return_state=True)
        assert (StateType.FAILED, "Nothing leaves") == (state.type, state.name)
        assert "sender not allowed" in state.message
        state = await deliver(return_state=True)
        assert StateType.COMPLETED is state.type
    assert ["sent"] == office.states()


@pytest.mark.usefixtures("server")
def test_the_flow_looks_once_and_is_named_after_what_it_found(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands is in the run's state, and an event of each alarm goes to automations."""
    office.post("2611001")
    with office.engine.begin() as connection:
        connection.execute(schema.messages.update().values(state="dead", reason="550 no such user"))
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(alarms, "emit_event", lambda event, **given: told.append({"event": event, **given}))
    with Hook() as hook:
        monkeypatch.setenv("DUBAN_ALARM_URLS", hook.url)
        state: Any = alarm(return_state=True)
        assert any("550 no such user" in title for title in hook.titles)
    assert "未能送达" in state.message
    (dead,) = [one for one in told if one["resource"]["prefect.resource.id"] == "duban.problem.dead"]
    assert "duban.alarm.raised" == dead["event"]
    alarms.tell_automations(office.engine)
    assert 1 == sum(one["id"] == dead["id"] for one in told)


def test_automations_are_there_once_and_the_false_one_goes(client: SyncPrefectClient) -> None:
    """What an earlier version made is taken away; what this one needs is made once, and left as people changed it."""
    key = client.create_deployment(flow_id=client.create_flow(alarm), name="alarm")
    wanted = [automations.successors(), *automations.looks(key)]
    false = automations.successors().model_copy(update={"name": automations.OUTDATED[0]})
    client.create_automation(false)

    assert [one.name for one in wanted] == automations.ensure(client, wanted)
    assert [] == automations.ensure(client, wanted)

    assert [] == client.read_automations_by_name(automations.OUTDATED[0])
    assert {1} == {len(client.read_automations_by_name(one.name)) for one in wanted}
