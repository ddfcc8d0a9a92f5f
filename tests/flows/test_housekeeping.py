"""The flow `housekeeping` on a temporary server: what goes, and what has to stay."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.testing.utilities import prefect_test_harness

from flows.housekeeping import housekeeping
from flows.pages.old_pages import clear_pages
from models.settings import Settings
from models.store.database import open_engine, reading
from models.store.migrate import upgrade
from models.store.schema import cases
from tasks.mail.links import case_key
from tasks.organisation.deployment import Deployment
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prefect.client.schemas.objects import Artifact


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: None) -> Iterator[Story]:  # noqa: ARG001 -- it runs
    """A complaint that is open and was told of, one that is closed, an old mail. Cases are forgotten after a day."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    monkeypatch.setenv("DUBAN_ERASE_AFTER_DAYS", "1")
    deployment = Deployment(Settings(home=tmp_path))
    engine = open_engine(deployment.settings.url)
    upgrade(engine)
    story = Story(engine, deployment)
    story.house()
    story.complaint("2026-01-05 09:00")
    closed = story.complaint("2026-01-05 09:01", customer="王小明")
    story.event(closed, "closed", "2026-01-05 09:02", by="客服")
    story.replay("2026-01-05 09:00", "2026-01-05 09:30")
    mail = tmp_path / "mailbox" / "old.eml"
    mail.parent.mkdir()
    mail.write_text("old")
    os.utime(mail, (0, 0))
    yield story
    engine.dispose()


def versions(number: str) -> list[Artifact]:
    """Of a case's page."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[case_key(number)]))
    with get_client(sync_client=True) as client:
        return list(client.read_artifacts(artifact_filter=wanted))


def test_what_is_due_goes_and_open_cases_keep_their_page(story: Story) -> None:
    """The old mail, the customer of the closed case; the page of the open case is written by this run."""
    done: Any = housekeeping(return_state=True)
    assert done.is_completed()
    assert "cases erased 1" in str(done.message)
    assert not list((story.deployment.settings.home / "mailbox").iterdir())
    with reading(story.engine) as connection:
        parties = list(connection.scalars(cases.select().with_only_columns(cases.c.party).order_by(cases.c.id)))
    assert "张三" == parties[0]
    assert "erased" in parties[1]
    assert 1 == len(versions("2601001"))
    assert [] == versions("2601002")


def test_of_a_page_only_the_newest_version_stays(server: None) -> None:  # noqa: ARG001 -- it runs
    """Earlier ones go after a while; one that is about to go with its run goes now, to be written anew."""
    for number in ("a", "b"):
        for text in ("1", "2", "3"):
            create_markdown_artifact(text, key=case_key(number))
    create_markdown_artifact("1", key="overdue-board")
    later = datetime.now(UTC) + timedelta(minutes=1)
    long_ago = later - timedelta(days=7)

    assert 0 == clear_pages.fn(long_ago, long_ago)
    assert 4 == clear_pages.fn(later, long_ago)
    assert ["3"] == [one.data for one in versions("a")]
    clear_pages.fn(later, later)
    assert [] == versions("a")
