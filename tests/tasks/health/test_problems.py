"""Each thing that can be wrong is told by its id, with one command to put it right; what is well is no problem."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
import pytest

from models.calendar.instants import iso
from models.store.database import reading, writing
from models.store.remembered import AUDIT, MAIL_SERVER, SWEEP, remember, remembered
from models.store.schema import messages
from tasks.engine import last_pass
from tasks.health.problem import IDS, Problem, Severity
from tasks.health.problems import problems
from tests.support.ports import free_port

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.story import Story

NOW = "2026-11-24 10:00"
COMMAND = re.compile(r"duban (up|deliver|sweep|explain|requeue|release|audit|check)\b|du -sh")


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Prefect of the surroundings."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


@pytest.fixture
def well(story: Story) -> Story:
    """An organisation in which all is well at NOW: set up long ago, swept and audited just now."""
    now = story.at(NOW)
    with writing(story.engine) as connection:
        story.deployment.regulations.register(connection, "standard-complaints", now - timedelta(days=9))
        remember(connection, AUDIT, {"agreed_at": iso(now), "agrees": True, "found": 0, "at": iso(now)})
    last_pass.note(story.engine, now, ahead=True)
    return story


def told(story: Story, at: str = NOW, **settings: Any) -> dict[str, Problem]:
    """The problems at that moment, by their ids."""
    deployment = story.deployment.changed(**settings) if settings else story.deployment
    with reading(story.engine) as connection:
        found = problems(connection, deployment, story.at(at))
    assert [one.id for one in found] == sorted((one.id for one in found), key=IDS.index)
    for one in found:
        assert COMMAND.search(one.do.zh), one.do
        assert COMMAND.search(one.do.en), one.do
    return {one.id: one for one in found}


def message(story: Story, state: str, at: str, **columns: Any) -> None:
    """A message in the outbox."""
    key = uuid4()
    row = {"id": key, "key": str(key), "message_id": f"{key.hex}@x", "kind": "escalation", "name": "李想"}
    row |= {"email": "lx@example.com", "subject": "s", "state": state, "created_at": story.at(at)}
    with writing(story.engine) as connection:
        connection.execute(messages.insert().values(**row, **columns))


def fact(story: Story, name: str, **values: Any) -> None:
    """Something that was noted; instants as local times."""
    noted = {key: iso(story.at(one)) if key.endswith("at") and one else one for key, one in values.items()}
    with writing(story.engine) as connection:
        remember(connection, name, noted)


def test_where_all_is_well_nothing_is_told(well: Story) -> None:
    """Neither for a case whose clock runs nor for a mail that has just been queued."""
    well.house()
    well.complaint("2026-11-24 09:59")
    well.sweep("2026-11-24 09:59")
    message(well, "queued", "2026-11-24 09:59")
    message(well, "sent", "2026-11-20 09:59", sent_at=well.at("2026-11-24 09:00"))

    assert {} == told(well)


def test_a_database_that_was_just_set_up_is_well(story: Story) -> None:
    """Whoever has run `duban init` a minute ago needs no alarm; an hour later nothing has swept and audited."""
    with writing(story.engine) as connection:
        story.deployment.regulations.register(connection, "standard-complaints", story.at("2026-11-24 09:59"))

    assert {} == told(story)
    assert ["sweep", "audit"] == list(told(story, "2026-11-24 11:00"))


@pytest.mark.parametrize(("later", "silent"), [("10:02", False), ("10:03", True)])
def test_a_sweep_that_looks_ahead_may_be_silent_for_two_minutes(well: Story, later: str, *, silent: bool) -> None:
    """It is noted every 20 seconds while it lives."""
    found = told(well, f"2026-11-24 {later}")

    assert silent is ("sweep" in found)
    if silent:
        assert (well.at(NOW), Severity.ALARM) == (found["sweep"].since, found["sweep"].severity)
        assert "3 分钟" in found["sweep"].what.zh
        assert "3 min" in found["sweep"].what.en


def test_single_passes_may_be_two_schedules_apart(well: Story) -> None:
    """Whoever starts `duban sweep` by the clock of the machine is not told to be silent between two starts."""
    last_pass.note(well.engine, well.at(NOW))

    assert "sweep" not in told(well, "2026-11-24 10:11")
    assert "sweep" in told(well, "2026-11-24 10:12")


def test_a_sweep_that_leaves_what_is_due_is_behind(well: Story) -> None:
    """It passes, and yet a step has waited for two of its schedules."""
    well.house()
    well.complaint("2026-11-24 09:00")
    well.sweep("2026-11-24 09:00")

    assert well.at("2026-11-24 09:07") == told(well)["sweep"].since


def test_a_clock_that_stepped_back_is_no_fresh_sweep(well: Story) -> None:
    """A pass that ended in the future says nothing about now."""
    last_pass.note(well.engine, well.at("2026-11-24 12:00"), ahead=True)

    assert "sweep" in told(well)


def test_a_mail_server_that_takes_nothing(well: Story) -> None:
    """Since when, why, and how many mails wait for it."""
    for _ in range(2):
        message(well, "queued", "2026-11-24 09:50")
    fact(well, MAIL_SERVER, ok_at="2026-11-24 09:40", since=iso(well.at("2026-11-24 09:50")), reason="refused")
    found = told(well, smtp_host="mail.example.com")["mail-server"]

    assert (well.at("2026-11-24 09:50"), 2, Severity.ALARM) == (found.since, found.count, found.severity)
    assert "refused" in found.what.zh
    assert "duban up" in told(well)["mail-server"].do.en  # without a server of its own it is the local mailbox


def test_mail_that_nobody_sends(well: Story) -> None:
    """What could leave for a quarter of an hour is told, unless a long outbox is being worked through."""
    message(well, "queued", "2026-11-24 09:40")
    message(well, "queued", "2026-11-24 09:00", attempts=3, send_after=well.at("2026-11-24 11:00"))

    assert well.at("2026-11-24 09:40") == told(well)["mail-server"].since
    message(well, "sent", "2026-11-24 09:30", sent_at=well.at("2026-11-24 09:58"))
    assert {} == told(well)


def test_dead_held_and_doubtful_mails(well: Story) -> None:
    """Each with its own id; of the dead the most frequent reason is named, without whole addresses."""
    for reason in ("550 no such user kim@example.com", "550 no such user kim@example.com", "552 too big"):
        message(well, "dead", "2026-11-23 09:00", reason=reason)
    message(well, "held", "2026-11-23 10:00")
    message(well, "in_doubt", "2026-11-24 09:00", claimed_at=well.at("2026-11-24 09:59"))
    found = told(well)

    assert {"dead": 3, "held": 1} == {name: one.count for name, one in found.items()}
    assert "550 no such user k***@example.com" in found["dead"].what.zh
    assert well.at("2026-11-23 09:00") == found["dead"].since
    assert 1 == told(well, in_doubt="hold")["in-doubt"].count
    assert 1 == told(well, "2026-11-24 10:05")["in-doubt"].count  # so long after it has not been sent again


def test_cases_that_cannot_be_watched(well: Story) -> None:
    """What makes no sense is trouble, what says too little is unwatched, what begins later is none of it."""
    well.regulation("slips", PACK)
    lost = well.inserted("T1", "complaint", "2026-11-24 09:00", regulation="no-such-thing")
    blind = well.complaint("2026-11-24 09:30", regulation="slips")
    well.complaint("2026-11-24 09:40", regulation="slips", slip="external")
    well.sweep("2026-11-24 09:59")
    found = told(well)

    assert {"trouble": 1, "unwatched": 1} == {name: one.count for name, one in found.items()}
    assert lost in found["trouble"].do.zh
    assert blind in found["unwatched"].do.en
    assert well.at("2026-11-24 09:30") == found["unwatched"].since


PACK = """\
regulation: slips
kind: complaint
title: {zh: 投诉单, en: Slips}
description: {zh: 试行, en: A trial.}
roles:
  clerk: {zh: 办事员, en: clerk, person: handler, above: operations}
fields:
  slip:
    zh: 投诉单类型
    en: kind of slip
    values: {internal: {zh: 内部, en: internal}, external: {zh: 外部, en: external}}
rules:
  - id: internal-answer
    cite: {article: 第二条}
    title: {zh: 答复, en: Answer}
    when: {slip: internal}
    start: registered
    stop: closed
    within: P1D
    responsible: clerk
  - id: external-answer
    cite: {article: 第三条}
    title: {zh: 答复, en: Answer}
    when: {slip: external}
    start: handed_over
    stop: closed
    within: P1D
    responsible: clerk
"""


def test_the_audit(well: Story) -> None:
    """It has to run, and to agree; since when it does not is when it last did."""
    fact(well, AUDIT, agreed_at="2026-11-24 09:00", agrees=False, found=3, at="2026-11-24 09:55")
    assert (3, well.at("2026-11-24 09:00")) == (told(well)["audit"].count, told(well)["audit"].since)
    fact(well, AUDIT, agreed_at="2026-11-24 09:14", agrees=True, found=0, at="2026-11-24 09:14")
    assert "46 分钟" in told(well)["audit"].what.zh
    fact(well, AUDIT, agreed_at="2026-11-24 09:16", agrees=True, found=0, at="2026-11-24 09:16")
    assert {} == told(well)


def test_figures_to_set_are_asked_of_the_files_again(well: Story) -> None:
    """What the record knows as open and a file has set since is no problem any more."""
    well.regulation("days", OPEN)
    with writing(well.engine) as connection:
        well.deployment.regulations.register(connection, "days", well.at("2026-11-01 09:00"))
    found = told(well, regulations_in_force="days")["unset"]
    assert (1, Severity.WARNING) == (found.count, found.severity)
    assert "days.answer-days" in found.what.en
    assert {} == told(well)  # not in force

    figures = well.deployment.settings.home / "figures.yaml"
    figures.write_text("days: {answer-days: P3D}\n", encoding="utf-8")
    assert {} == told(well, regulations_in_force="days", regulation_settings=figures)


OPEN = """\
regulation: days
kind: complaint
title: {zh: 天数, en: Days}
description: {zh: 试行, en: A trial.}
roles:
  clerk: {zh: 办事员, en: clerk, person: handler, above: operations}
rules:
  - id: answer
    cite: {article: 第二条}
    title: {zh: 答复, en: Answer}
    start: registered
    stop: closed
    within: {value: null, open: the text names no figure, name: answer-days}
    responsible: clerk
"""


def test_a_disk_that_is_nearly_full(well: Story) -> None:
    """By the setting of the deployment."""
    assert "disk" in told(well, free_disk=2**60)
    assert "disk" not in told(well, free_disk=0)


def test_prefect_is_missed_only_where_it_is_meant_to_run(well: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its address, or by the `duban up` of this home; one that was killed is told although its server answers."""
    home = well.deployment.settings.home
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    assert "does not answer" in told(well)["prefect"].what.en
    monkeypatch.delenv("PREFECT_API_URL")

    (home / "prefect").mkdir(parents=True)
    record = home / "prefect" / "processes.json"
    alive = psutil.Process(os.getpid()).create_time()
    record.write_text(json.dumps([[os.getpid(), alive]]))
    assert "does not answer" in told(well, prefect_port=free_port())["prefect"].what.en
    record.unlink()
    assert {} == told(well)


def test_the_last_pass_is_written_seldom(well: Story) -> None:
    """A sweep that looks ahead makes two passes a second; one in 20 seconds is noted."""
    noting = last_pass.Noting(well.engine)
    written = []
    for second in range(61):
        at: datetime = well.at(NOW) + timedelta(seconds=second)
        before = noted(well)
        noting.passed(at)
        if noted(well) != before:
            written.append(second)

    assert [20, 40, 60] == written  # the first says again what the fixture has noted


def noted(story: Story) -> str | None:
    """What stands in the record of the last pass."""
    with reading(story.engine) as connection:
        return str(remembered(connection, SWEEP).get("at"))
