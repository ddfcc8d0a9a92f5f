"""`duban digest` and the flow: what they queue, print and publish."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.testing.utilities import prefect_test_harness

from flows.commands.app import main
from flows.digest import digest
from flows.pages.case_pages import case_page, publish_cases
from models.store.database import reading
from tasks.mail.links import case_key
from tasks.views.explain import story as told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.story import Story

MORNING = "2026-11-03 08:30"


class Duban(Protocol):
    """Runs a command in this process."""

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """`duban WORDS`: exit code, stdout, stderr."""
        ...


@pytest.fixture
def duban(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str
) -> Duban:
    """The command line on the database of the story."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DUBAN_DATABASE_URL", database_url)
    monkeypatch.setenv("DUBAN_HOME", str(story.deployment.settings.home))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def late(story: Story) -> str:
    """The number of a complaint that nobody has contacted since yesterday."""
    story.house()
    number = story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 09:00", "2026-11-03 08:20")
    return number


def test_the_command_queues_what_the_flow_queues(duban: Duban, late: str) -> None:
    """It says to whom, and the second time that they have it already."""
    assert late
    status, out, err = duban("digest", "--as-of", MORNING)
    assert (0, "") == (status, err)
    assert all(name in out for name in ("经理", "客服", "总经理", "档案主管", "queued 4, queued before 0"))
    assert "queued 0, queued before 4" in duban("digest", "--as-of", MORNING)[1]
    _, out, _ = duban("list", "messages", "--state", "queued", "--json")
    digests = [message for message in json.loads(out) if message["kind"] == "digest"]
    assert 4 == len(digests)
    assert {"2026-11-03T00:30:00Z"} == {message["created_at"] for message in digests}


def test_the_command_shows_one_persons_without_sending(duban: Duban, story: Story, late: str) -> None:
    """By name or address; nothing is queued."""
    before = story.mails()
    for person in ("总经理", "e680bbe7bb8fe79086@example.com"):
        status, out, _ = duban("digest", "--to", person, "--as-of", MORNING)
        assert 0 == status
        assert "【督办·今日】2026-11-03" in out
        assert late in out
    assert before == story.mails()
    (shown,) = json.loads(duban("digest", "--to", "总经理", "--as-of", MORNING, "--json")[1])
    assert [late] == shown["cases"]


def test_who_gets_none_is_refused_with_one_line(duban: Duban, late: str) -> None:
    """A handler manages nothing, and a stranger is not in the directory."""
    assert late
    for person in ("经办", "nobody"):
        status, out, err = duban("digest", "--to", person, "--as-of", MORNING)
        assert (1, "", 1) == (status, out, err.count("\n"))


def test_a_day_off_is_said(duban: Duban, late: str) -> None:
    """Nothing is queued on a Sunday."""
    assert late
    status, out, _ = duban("digest", "--as-of", "2026-11-08 08:30")
    assert 0 == status
    assert "not a working day" in out


def test_a_case_has_its_page(story: Story, late: str) -> None:
    """The page tells the clocks with their articles, who was told, and what happened; nobody's phone, no markup."""
    number = story.complaint("2026-11-02 09:00", customer="<b>x</b>", handler="[x](http://evil)", phone="13812345678")
    story.replay("2026-11-02 09:00", "2026-11-03 08:20")
    assert late != number
    with reading(story.engine) as connection:
        page = case_page(told(connection, story.deployment, number, now=story.at(MORNING)))
    for words in (
        number,
        "首次联系客户 first-contact",
        "第五条(三)",
        "2026-11-02 09:10",
        "→ 总经理",
        "登记",
        "逾期 breached",
    ):
        assert words in page, words
    assert "<b>" not in page
    assert "[x](http" not in page
    assert "13812345678" not in page


@pytest.mark.parametrize(
    ("number", "key"),
    [("2611001", "case-2611001"), ("L2611001", "case-l2611001"), ("FX-2026-W47", "case-fx-2026-w47")],
)
def test_the_key_of_a_page_is_the_number(number: str, key: str) -> None:
    """Small letters, digits and hyphens, as Prefect wants them."""
    assert key == case_key(number)


def test_numbers_that_look_alike_have_pages_of_their_own() -> None:
    """Other signs are told apart by a digest."""
    keys = {case_key(number) for number in ("A 1", "A_1", "A/1", "甲1", "乙1", "投诉", "a-1")}
    assert 7 == len(keys)
    assert all(key.isascii() and key == key.lower() and " " not in key for key in keys)


# -- as Prefect runs it ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


def pages(*numbers: str) -> dict[str, Any]:
    """The pages of these cases: key -> the artifact."""
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[case_key(number) for number in numbers]))
    with get_client(sync_client=True) as client:
        return {str(one.key): one for one in client.read_latest_artifacts(artifact_filter=wanted)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_flow_queues_once_and_publishes_the_pages(
    story: Story,
    late: str,
    server: None,  # noqa: ARG001 -- must run
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two runs: one mail each, one page a case, and an unchanged page is not written again."""
    monkeypatch.setenv("DUBAN_DATABASE_URL", story.deployment.settings.url)
    monkeypatch.setenv("DUBAN_HOME", str(story.deployment.settings.home))
    at = story.at(MORNING)

    assert digest(as_of=at, return_state=True).message.startswith("4 封 queued")
    first = pages(late)
    assert [case_key(late)] == list(first)
    assert digest(as_of=at, return_state=True).message.startswith("0 封 queued, 4 封")
    assert 4 == len([kind for kind, _ in story.mails() if kind == "digest"])
    assert 0 == publish_cases(story.engine, story.deployment, [late], datetime(2026, 11, 3, 1, tzinfo=UTC))
    assert first[case_key(late)].id == pages(late)[case_key(late)].id
    assert "非工作日" in str(digest(as_of=story.at("2026-11-08 08:30"), return_state=True).message)
