"""`duban slip` and the flow `slips`: what they write, say and queue."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from prefect.testing.utilities import prefect_test_harness

from flows.commands.app import main
from flows.slips import slips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.story import Story


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
    """The number of a complaint of last month that nobody has touched, with a request for postponement."""
    story.house()
    today = datetime.now(UTC).astimezone(story.deployment.zone).date()
    day = today.replace(day=1) - timedelta(days=5)
    number = story.complaint(f"{day} 09:00", customer="<b>张三</b>", phone="13812345678")
    story.event(number, "postponement_requested", f"{day} 09:05", until="2099-01-01", note="等 13812345678")
    story.replay(f"{day} 09:00", f"{day} 23:00")
    return number


@pytest.mark.parametrize("form", ["urge", "postponement", "notice"])
def test_a_form_is_a_page_to_print(duban: Duban, late: str, tmp_path: Path, form: str) -> None:
    """One page a recipient, in the folder that was named; it names the case, has room to sign, and is safe to open."""
    status, out, err = duban("slip", form, "--out", str(tmp_path / "slips"))
    assert (0, "") == (status, err)
    assert late in out
    files = [Path(line.partition("  ")[0]) for line in out.splitlines()]
    assert {"slips"} == {file.parent.name for file in files}
    for file in files:
        page = file.read_text(encoding="utf-8")
        assert all(words in page for words in (late, "@page", "size: A4", "____"))
        assert "<b>" not in page
        assert "13812345678" not in page


def test_printing_decides_nothing(duban: Duban, story: Story, late: str) -> None:
    """Neither an escalation nor a mail; the pages of the same recipient are written over."""
    before = story.mails()
    first = duban("slip", "urge", "--case", late)[1]
    assert first == duban("slip", "urge", "--case", late)[1]
    assert before == story.mails()
    assert [] == [row for row in json.loads(duban("list", "escalations", "--json")[1]) if row["step"] == "slip"]
    assert len(first.splitlines()) == len(list((story.deployment.settings.home / "slips").iterdir()))


def test_the_json_names_file_recipient_and_cases(duban: Duban, late: str) -> None:
    """For scripts."""
    found = json.loads(duban("slip", "postponement", "--case", late, "--json")[1])
    assert [("总经理", [late])] == [(one["name"], one["cases"]) for one in found]
    assert all(Path(one["file"]).is_file() for one in found)


def test_nothing_to_print_is_said(duban: Duban, late: str) -> None:
    """No file, exit code 0; a case or month that is none is refused with one line."""
    assert late
    assert (0, "没有 no inquiry: 2026-01\n", "") == duban("slip", "inquiry", "--month", "2026-01")
    status, out, err = duban("slip", "urge", "--case", "nope")
    assert (1, "", 1) == (status, out, err.count("\n"))
    status, out, err = duban("slip", "notice", "--month", "13")
    assert (2, "", 1) == (status, out, err.count("\n"))
    assert 2 == duban("slip", "letter")[0]


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """One temporary Prefect server for the tests of this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_flow_makes_a_month_once(
    story: Story,
    late: str,
    server: None,  # noqa: ARG001 -- must run
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By hand with a month, and the second time nothing; on schedule the request comes before its approver."""
    monkeypatch.setenv("DUBAN_DATABASE_URL", story.deployment.settings.url)
    monkeypatch.setenv("DUBAN_HOME", str(story.deployment.settings.home))
    monkeypatch.setenv("DUBAN_SLIPS", "off")
    last = datetime.now(UTC).astimezone(story.deployment.zone).replace(day=1) - timedelta(days=1)
    month = f"{last:%Y-%m}"

    assert late
    assert "催办单 urge 2，奖罚通知单 notice 2" == slips(month=month, return_state=True).message
    assert "没有 none" == slips(month=month, return_state=True).message
    assert "延期申请 postponement 1" == slips(return_state=True).message
    assert "没有 none" == slips(return_state=True).message
