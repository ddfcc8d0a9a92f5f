"""Alarms: once when something comes up, daily while it lasts, once when it is over, on channels that are real."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.language.words import Text
from models.store.database import open_engine, reading, writing
from models.store.schema import alarms, messages
from tasks.alarms import looking, watch
from tasks.alarms.looking import look
from tasks.alarms.state import STEADY, announce
from tasks.alarms.watch import Watch
from tasks.delivery.deliver import deliver
from tasks.health.problem import Problem, Severity
from tests.support.hook import Hook
from tests.support.smtp import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine, Row

    from tasks.organisation.deployment import Deployment

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def problem(id: str = "dead", *, severity: Severity = Severity.ALARM) -> Problem:  # noqa: A002 -- the word of the contract
    """Something that is wrong."""
    return Problem(id, Text(zh=f"有事：{id}", en=f"trouble: {id}"), NOW, 3, Text(zh="去看", en="look"), severity)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook."""
    with Hook() as listening:
        yield listening


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """What is wrong, as the test says it."""
    found: list[Problem] = []
    monkeypatch.setattr(looking, "problems", lambda *_: list(found))
    return found


def rows(engine: Engine) -> list[Row[Any]]:
    """Every alarm there was."""
    with reading(engine) as connection:
        return list(connection.execute(select(alarms).order_by(alarms.c.raised_at)))


def mails(engine: Engine) -> list[Row[Any]]:
    """Every mail about an alarm."""
    with reading(engine) as connection:
        query = select(messages).where(messages.c.kind == looking.KIND)
        return list(connection.execute(query.order_by(messages.c.created_at, messages.c.key)))


def test_an_alarm_is_raised_once_repeated_daily_and_resolved(
    engine: Engine, deployment: Deployment, hook: Hook, wrong: list[Problem]
) -> None:
    """Looked at every minute for two days a problem is told three times, and once that it is over."""
    own = deployment.changed(alarm_urls=hook.url)
    wrong.append(problem())
    for minutes in range(0, 2 * 24 * 60 + 5, 5):
        look(engine, own, NOW + timedelta(minutes=minutes))
    assert ["【督办告警】有事：dead", *["【督办告警·仍未解除】有事：dead"] * 2] == hook.titles

    wrong.clear()
    over = NOW + 2 * DAY + timedelta(hours=1)
    for minutes in range(5):
        look(engine, own, over + timedelta(minutes=minutes))

    assert "【督办恢复】有事：dead" == hook.titles[-1]
    assert 4 == len(hook.got)
    assert "历时 2 天 1 小时" in hook.got[-1]["message"]
    assert "trouble: dead" in hook.got[0]["message"]
    assert "去看" in hook.got[0]["message"]
    (row,) = rows(engine)
    assert (None, NOW) == (row.says, row.raised_at)
    assert over + STEADY == row.resolved_at


def test_what_comes_and_goes_within_a_minute_is_one_alarm(
    engine: Engine, deployment: Deployment, hook: Hook, wrong: list[Problem]
) -> None:
    """A problem that is away for a look is not told as over, nor anew."""
    own = deployment.changed(alarm_urls=hook.url)
    for second in range(0, 600, 30):
        wrong[:] = [problem()] if second % 60 else []
        look(engine, own, NOW + timedelta(seconds=second))
    assert 1 == len(hook.got)
    assert 1 == len(rows(engine))


def test_a_problem_that_comes_back_is_a_new_alarm(
    engine: Engine, deployment: Deployment, hook: Hook, wrong: list[Problem]
) -> None:
    """After it was over, it is raised again."""
    own = deployment.changed(alarm_urls=hook.url)
    for minutes, there in enumerate((True, False, False, True)):
        wrong[:] = [problem()] if there else []
        look(engine, own, NOW + timedelta(minutes=minutes))
    assert ["告警", "恢复", "告警"] == [title[3:5] for title in hook.titles]


def test_many_that_look_at_once_raise_one_alarm(
    engine: Engine, deployment: Deployment, hook: Hook, wrong: list[Problem]
) -> None:
    """Sweep, delivery and `duban up` look at the same instant, each over a connection of its own."""
    own = deployment.changed(alarm_urls=hook.url)
    wrong += [problem("dead"), problem("disk")]
    threads = [threading.Thread(target=look, args=(engine, own, NOW)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ["【督办告警】有事：dead", "【督办告警】有事：disk"] == sorted(hook.titles)
    assert 2 == len(rows(engine))


def test_a_warning_fetches_nobody(engine: Engine, deployment: Deployment, hook: Hook, wrong: list[Problem]) -> None:
    """What can wait for the day stands in the status alone."""
    wrong.append(problem("unset", severity=Severity.WARNING))
    look(engine, deployment.changed(alarm_urls=hook.url), NOW)
    assert ([], []) == (hook.got, rows(engine))


def test_a_channel_that_refuses_is_tried_again_and_the_others_are_not(
    engine: Engine, deployment: Deployment, hook: Hook, wrong: list[Problem]
) -> None:
    """At least once on each channel: what one did not take goes there again, after longer and longer waits."""
    with Hook(status=500) as broken:
        own = deployment.changed(alarm_urls=f"{broken.url}, {hook.url}")
        wrong.append(problem())
        for minutes in range(8):
            look(engine, own, NOW + timedelta(minutes=minutes))
        assert (4, 1) == (len(broken.got), len(hook.got))
        assert {"json 1", "json 2"} == set(rows(engine)[0].channels)
        broken.status = 200
        look(engine, own, NOW + timedelta(minutes=16))
        look(engine, own, NOW + timedelta(minutes=60))
    assert (5, 1) == (len(broken.got), len(hook.got))
    assert rows(engine)[0].says is None
    assert [] == mails(engine)


def test_where_no_address_takes_it_mail_steps_in(engine: Engine, deployment: Deployment, wrong: list[Problem]) -> None:
    """Operations get one mail when the third try failed too; of the mail server they get none."""
    own = deployment.changed(alarm_urls="json://127.0.0.1:1/x")
    wrong += [problem("dead"), problem("mail-server")]
    for minutes in range(30):
        look(engine, own, NOW + timedelta(minutes=minutes))
    assert [("dead", "raised")] == [(row.about["id"], row.about["says"]) for row in mails(engine)]


async def test_without_an_address_operations_are_told_by_mail(
    engine: Engine, deployment: Deployment, wrong: list[Problem]
) -> None:
    """Raised and over, one mail each; never a mail about the mail server."""
    wrong += [problem("disk"), problem("mail-server")]
    with ScriptedServer() as server:
        own = deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)
        look(engine, own, NOW)
        look(engine, own, NOW + timedelta(minutes=1))
        await deliver(engine, own, WRITERS, now=lambda: NOW + timedelta(minutes=1))
        wrong.clear()
        for minutes in range(2, 5):
            look(engine, own, NOW + timedelta(minutes=minutes))
        await deliver(engine, own, WRITERS, now=lambda: NOW + timedelta(minutes=5))
        got = server.to("operations@example.com")
    assert ["【督办告警】有事：disk", "【督办恢复】有事：disk"] == [str(one.mail["Subject"]) for one in got]
    assert "去看" in got[0].text()
    assert "去看" in got[0].html()
    assert "已于 2026-11-20 10:03 恢复" in got[1].text()


async def test_a_mail_about_what_is_over_already_does_not_leave(
    engine: Engine, deployment: Deployment, wrong: list[Problem]
) -> None:
    """Who reads an alarm would look for what is not there."""
    wrong.append(problem("disk"))
    look(engine, deployment, NOW)
    wrong.clear()
    look(engine, deployment, NOW + timedelta(minutes=1))
    look(engine, deployment, NOW + timedelta(minutes=2))
    with ScriptedServer() as server:
        own = deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)
        await deliver(engine, own, WRITERS, now=lambda: NOW + timedelta(minutes=3))
        assert ["【督办恢复】有事：disk"] == [str(one.mail["Subject"]) for one in server.accepted]
    assert {"dropped", "sent"} == {row.state for row in mails(engine)}


def test_no_address_is_shown(
    engine: Engine, deployment: Deployment, wrong: list[Problem], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the log nor what is kept of a channel that fails names more than its kind."""
    with Hook(status=404) as broken, caplog.at_level(logging.INFO):
        own = deployment.changed(alarm_urls=f"{broken.url},json://user:hunter2@127.0.0.1:1/hunter2,nonsense://hunter2")
        wrong.append(problem())
        look(engine, own, NOW)
    kept = rows(engine)[0].channels
    assert {"json 1", "json 2", "nonsense 3"} == set(kept)
    assert all(kept.values())
    assert "hunter2" not in f"{caplog.text}{kept}{own.settings!r}"
    assert "alarm channel json 1" in caplog.text


def test_a_database_that_is_gone_is_an_alarm_once(
    tmp_path: Path, deployment: Deployment, hook: Hook, wrong: list[Problem]
) -> None:
    """At the second look in a row it is told past the database, by one of those who look; and when it is back."""
    file = tmp_path / "gone" / "duban.db"
    engine = open_engine(f"sqlite:///{file}")
    own = deployment.changed(alarm_urls=hook.url)
    watches = [Watch(engine, own, lambda: NOW) for _ in range(2)]
    assert [] == wrong

    for one in watches:
        assert watch.AGAIN_SECONDS == one.turn()
    assert [] == hook.titles
    for _ in range(3):
        for one in watches:
            one.turn()
    assert 1 == len(hook.titles)
    assert "数据库无法使用" in hook.titles[0]
    assert "duban init" in hook.titles[0]

    alarms.create(engine)
    for one in watches:
        assert watch.LOOK_SECONDS == one.turn()
    assert ["【督办告警】", "【督办恢复】"] == [title[:6] for title in hook.titles]
    engine.dispose()


def test_without_an_address_the_database_is_told_straight_by_mail(tmp_path: Path, deployment: Deployment) -> None:
    """The outbox cannot be had: the mail goes to the server past it, and is tried again until it is taken."""
    engine = open_engine(f"sqlite:///{tmp_path / 'gone' / 'duban.db'}")
    with ScriptedServer() as server:
        server.on_mail.append("451 not now")
        one = Watch(engine, deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port), lambda: NOW)
        for _ in range(5):
            one.turn()
        (mail,) = server.to("operations@example.com")
    assert "数据库无法使用" in str(mail.mail["Subject"])
    engine.dispose()


def test_automations_hear_of_each_alarm_once(engine: Engine, deployment: Deployment, wrong: list[Problem]) -> None:
    """Its raising goes to one of those who ask, and so does its end."""
    wrong.append(problem())
    look(engine, deployment, NOW)
    heard = []
    for minutes in range(1, 6):
        wrong[:] = [problem()] if minutes == 1 else []
        look(engine, deployment, NOW + timedelta(minutes=minutes))
        for _ in range(2):
            with writing(engine) as connection:
                heard += [(minutes, says) for says, _ in announce(connection)]
    assert [(1, "raised"), (3, "resolved")] == heard
