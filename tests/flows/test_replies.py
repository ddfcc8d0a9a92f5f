"""The flow `replies` and the command: what operations see of the answers that come in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import select

from flows.commands.app import main
from flows.pages import links
from flows.replies import KEY, replies
from models.store import schema
from models.store.database import open_engine, reading
from models.store.schema import facts
from tasks.organisation.deployment import Deployment
from tests.support.imap import ImapServer, imap_server
from tests.support.replying import Correspondence
from tests.support.story import Story, address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASE = "2611001"


@pytest.fixture(scope="module")
def prefect() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def mailbox() -> Iterator[ImapServer]:
    """An IMAP server with an empty mailbox."""
    with imap_server() as found:
        yield found


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: ImapServer) -> Iterator[Correspondence]:
    """An organisation that the environment describes, one of whose mails waits for its answer."""
    given = {
        "home": str(tmp_path),
        "sweep_seconds": "0",
        **{name: str(value) for name, value in mailbox.settings.items()},
    }
    for name, value in given.items():
        monkeypatch.setenv(f"DUBAN_{name.upper()}", value)
    from models.settings import load_settings  # noqa: PLC0415 -- after the environment is set

    deployment = Deployment(load_settings())
    engine = open_engine(deployment.settings.url)
    schema.metadata.create_all(engine)
    story = Story(engine, deployment)
    story.house()
    story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 09:11")
    found = Correspondence(story)
    found.deliver("2026-11-02 09:11")
    yield found
    engine.dispose()


@pytest.mark.usefixtures("prefect")
async def test_operations_see_what_was_taken_in(mails: Correspondence, mailbox: ImapServer) -> None:
    """A table with the outcome of each mail: the sender masked, the text nowhere."""
    mailbox.put(mails.written(mails.to("经办"), "已联系客户，客户电话 13812345678"), mails.story.at("2026-11-02 09:13"))

    state = await replies(return_state=True)

    assert "已登记 Recorded 1" in str(state.message)
    table = await Artifact.aget(KEY)
    assert table is not None
    (row,) = json.loads(str(table.data))
    assert CASE in row.values()
    assert address("经办") not in str(row)
    assert "13812345678" not in str(row)
    assert "first_contact" == mails.recorded(CASE)[0][0]


@pytest.mark.usefixtures("prefect")
async def test_without_a_mailbox_the_flow_ends_at_once(mails: Correspondence, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which setting is missing."""
    assert mails.sent
    monkeypatch.delenv("DUBAN_IMAP_HOST")

    assert "DUBAN_IMAP_HOST" in str((await replies(return_state=True)).message)


@pytest.mark.usefixtures("prefect")
async def test_a_mailbox_that_is_away_is_told_in_the_run(
    mails: Correspondence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the setting to look at; the run completes, and the next one tries again."""
    assert mails.sent
    monkeypatch.setenv("DUBAN_IMAP_PORT", "1")

    state = await replies(return_state=True)

    assert state.is_completed()
    assert "DUBAN_IMAP_HOST" in str(state.message)


def test_the_command_takes_in_what_is_there(
    mails: Correspondence, mailbox: ImapServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """`duban replies --once`: a line a mail; with --json a list."""
    mailbox.put(mails.written(mails.to("经办"), "已办"), mails.story.at("2026-11-02 09:13"))
    assert 0 == main(["replies", "--once"])
    told = capsys.readouterr().out
    assert f"{CASE}: 已登记 (Recorded)" in told
    assert address("经办") not in told

    mailbox.put(mails.written(mails.to("经办"), "已办"), mails.story.at("2026-11-02 09:14"))
    assert 0 == main(["replies", "--once", "--json"])
    (one,) = json.loads(capsys.readouterr().out)
    assert ("standing", "2026-11-02T01:14:00Z") == (one["outcome"], one["arrived_at"])


def test_the_command_says_which_setting_is_missing(
    mails: Correspondence, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, in both languages."""
    assert mails.sent
    monkeypatch.delenv("DUBAN_IMAP_HOST")

    assert 2 == main(["replies", "--once"])
    told = capsys.readouterr().err
    assert "没有设置收信服务器" in told
    assert "DUBAN_IMAP_HOST" in told


@pytest.mark.usefixtures("prefect")
def test_mails_to_operations_link_to_the_form(mails: Correspondence) -> None:
    """Where the form is stands in our database once a flow has looked; a server without it changes nothing."""
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name("record-event")
        key = client.create_deployment(flow_id=flow_id, name="record-event")
    links.note(mails.story.engine)

    with reading(mails.story.engine) as connection:
        assert str(key) == connection.scalar(select(facts.c.value).where(facts.c.name == "form record-event"))
