"""The status tells how everything stands: as data for programs, as lines for people, soon however much is there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from flows.commands.app import main
from models.settings import Settings
from models.store.database import open_engine, reading, writing
from models.store.schema import messages, metadata
from tasks.engine import last_pass
from tasks.health.status import as_data, status
from tasks.health.telling import lines, verdict
from tasks.organisation.deployment import Deployment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.story import Story

NOW = "2026-11-24 10:00"


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Prefect of the surroundings."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def data(story: Story, at: str = NOW) -> dict[str, Any]:
    """What `--json` says at that moment."""
    with reading(story.engine) as connection:
        return as_data(status(connection, story.deployment, story.at(at)))


def test_the_contract_of_the_listing(story: Story) -> None:
    """Every name that other programs rely on is there, also when nothing has happened yet."""
    found = data(story)

    wanted = "healthy problems sweep_age_s next_at queue trouble unwatched waiting overdue audit unset sizes versions"
    assert set(wanted.split()) <= found.keys()
    assert {"queued", "retrying", "in_doubt", "held", "dead", "oldest_age_s"} <= found["queue"].keys()
    assert {"agreed_at": None, "agrees": None} == found["audit"]
    assert {"database", "prefect", "logs", "mails", "free"} == found["sizes"].keys()
    assert {"duban", "python", "database"} <= found["versions"].keys()


def test_how_everything_stands(story: Story) -> None:
    """Ages in seconds, the overdue by level with the most severe first, the outbox by what it waits for."""
    story.house()
    for minute, level in enumerate(("dissatisfied", "crisis")):
        story.complaint(f"2026-11-24 09:0{minute}", level=level)
    story.sweep("2026-11-24 09:30")
    last_pass.note(story.engine, story.at("2026-11-24 09:59"), ahead=True)
    with writing(story.engine) as connection:
        connection.execute(messages.update().values(state="sent", sent_at=story.at("2026-11-24 09:30")))
        for state, attempts in (("queued", 0), ("queued", 2), ("sending", 1), ("held", 0), ("dead", 5)):
            key = uuid4()
            row = {"id": key, "key": str(key), "message_id": f"{key.hex}@x", "kind": "escalation", "name": "李想"}
            row |= {"email": "lx@example.com", "subject": "s", "state": state, "attempts": attempts}
            connection.execute(messages.insert().values(**row, created_at=story.at("2026-11-24 09:50")))
    found = data(story)

    assert 60 == found["sweep_age_s"]
    assert story.at("2026-11-24 09:40") == found["next_at"]
    assert [("crisis", 1), ("dissatisfied", 1)] == list(found["overdue"].items())
    counts = {"queued": 2, "retrying": 1, "in_doubt": 0, "held": 1, "dead": 1, "oldest_age_s": 600}
    assert counts.items() <= found["queue"].items()
    assert {"dead", "held"} <= {one["id"] for one in found["problems"]}
    assert not found["healthy"]


def test_decisions_wait_for_somebody(story: Story) -> None:
    """A postponement for who answers it, with its case and since when; once it is answered nothing waits."""
    story.house()
    number = story.complaint("2026-11-24 09:00")
    story.event(number, "postponement_requested", "2026-11-24 09:05", by="经办", until="2026-12-01")
    story.sweep("2026-11-24 09:06")
    (one,) = data(story)["waiting"]
    assert (number, story.at("2026-11-24 09:05"), ["总经理"]) == (one["case"], one["since"], one["whose"])
    assert "延期" in one["what"]

    story.event(number, "postponement_refused", "2026-11-24 09:30", by="总经理")
    story.sweep("2026-11-24 09:31")
    assert [] == data(story)["waiting"]


def test_what_a_regulation_has_decided_waits_too(story: Story) -> None:
    """By the clock of its approval, which runs until the answer; only one line for one request."""
    story.house()
    story.regulation("gifts", GIFTS)
    number = story.complaint("2026-11-24 09:00", regulation="gifts")
    story.event(number, "gift_requested", "2026-11-24 09:05", by="经办")
    story.sweep("2026-11-24 09:06")
    (one,) = data(story)["waiting"]

    assert (number, ["客服"], "批准赠礼 / Gift") == (one["case"], one["whose"], one["what"])


GIFTS = """\
regulation: gifts
kind: complaint
title: {zh: 赠礼, en: Gifts}
description: {zh: 试行, en: A trial.}
roles:
  clerk: {zh: 办事员, en: clerk, person: handler, above: service_manager}
  service_manager: {above: operations}
events:
  gift_requested: {zh: 申请赠礼, en: gift requested}
  gift_approved: {zh: 同意赠礼, en: gift approved}
  gift_refused: {zh: 不同意赠礼, en: gift refused}
rules:
  - id: answer
    cite: {article: 第二条}
    title: {zh: 答复, en: Answer}
    start: registered
    stop: closed
    within: P1D
    responsible: clerk
approvals:
  - id: gift
    cite: {article: 第三条}
    title: {zh: 批准赠礼, en: Gift}
    request: gift_requested
    by: service_manager
    approve: gift_approved
    refuse: gift_refused
"""


def test_the_words_are_chinese_and_english(story: Story) -> None:
    """Every line has both, and nothing in it was left unfilled."""
    story.house()
    story.complaint("2026-11-24 09:00")
    story.sweep("2026-11-24 09:30")
    with reading(story.engine) as connection:
        found = status(connection, story.deployment, story.at(NOW))
    shown = lines(found, story.deployment.zone)
    told = [verdict(found), *(text for line in shown for text in (line.label, *line.told))]

    assert all(text.zh and text.en for text in told)
    assert not any("{" in text.zh + text.en for text in told)


def test_the_command_says_whether_all_is_well(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 or 1; problems come first, each with what to do."""
    settings = story.deployment.settings
    monkeypatch.setenv("DUBAN_HOME", str(settings.home))
    monkeypatch.setenv("DUBAN_DATABASE_URL", settings.database_url.get_secret_value())
    assert 0 == main(["status"])
    assert "一切正常 / all is well" == capsys.readouterr().out.splitlines()[0]

    monkeypatch.setenv("DUBAN_FREE_DISK", str(2**60))
    assert 1 == main(["status"])
    out = capsys.readouterr().out.splitlines()
    assert "有 1 个问题 / problems: 1" == out[0]
    assert "[disk]" in out[1]
    assert "→" in out[2]
    assert 1 == main(["status", "--json"])
    (one,) = json.loads(capsys.readouterr().out)["problems"]
    assert ("disk", 1) == (one["id"], one["count"])


@pytest.mark.parametrize("table", ["messages", "deadlines", "events", "cases"])
def test_nothing_is_read_from_end_to_end(tmp_path: Path, table: str) -> None:
    """SQLite says of each question of the status which index answers it (PostgreSQL scans whatever is small)."""
    url = f"sqlite:///{tmp_path / 'duban.db'}"
    deployment = Deployment(Settings.model_validate({"home": tmp_path, "database_url": url}))
    engine = open_engine(url)
    metadata.create_all(engine)
    now = datetime(2026, 11, 24, 2, tzinfo=UTC)
    with writing(engine) as connection:
        for name in ("standard-complaints", "bureau-petition-work"):  # the second has approvals
            deployment.regulations.register(connection, name, now)
    asked: list[str] = []
    with reading(engine) as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(asked.append)
        status(connection, deployment, now)
        driver.set_trace_callback(None)
        selects = [sql for sql in asked if sql.lstrip().upper().startswith("SELECT")]
        plans = [row.detail for sql in selects for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    engine.dispose()
    scans = [plan for plan in plans if plan.startswith("SCAN") and table in plan and "INDEX" not in plan]

    assert len(selects) > 10
    assert [] == scans


def test_a_minute_makes_no_difference_to_what_is_well(story: Story) -> None:
    """The same status a minute later has no new problem."""
    now = story.at(NOW)
    last_pass.note(story.engine, now, ahead=True)
    with reading(story.engine) as connection:
        assert status(connection, story.deployment, now).healthy
        assert status(connection, story.deployment, now + timedelta(minutes=1)).healthy
