"""`duban requeue`, `hold`, `release`, `alarm`: what they print, and that a trial changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.commands.app import main
from models.settings import Settings
from models.store import schema
from models.store.database import open_engine, writing
from models.store.schema import messages, people
from tasks.organisation.deployment import Deployment
from tests.support.hook import Hook
from tests.support.posting import Office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office in a home of its own, which the commands find in the environment; three dead mails, two people Li."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=tmp_path)
    engine = open_engine(settings.url)
    schema.metadata.create_all(engine)
    made = Office(engine, Deployment(settings))
    with writing(engine) as connection:
        for name, email in (("赵经理", "zhao@example.com"), ("李", "li1@example.com"), ("李", "li2@example.com")):
            connection.execute(people.insert().values(name=name, email=email))
    for n, reason in enumerate(("550 no such user", "550 no such user", "too often")):
        made.post(f"261100{n}", "zhao@example.com" if n else "qian@example.com")
        with writing(engine) as connection:
            dead = messages.update().where(messages.c.id == made.posted[-1])
            connection.execute(dead.values(state="dead", reason=reason))
    yield made
    engine.dispose()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    status = main(list(words))
    found = capsys.readouterr()
    return status, found.out, found.err


def test_a_trial_counts_and_changes_nothing(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Dry run first: by state, reason, address and age."""
    for words, many in (
        ((), 3),
        (("--reason", "no such"), 2),
        (("--to", "zhao@example.com"), 2),
        (("--to", "赵经理", "--reason", "no such"), 1),
        (("--older-than", "PT1H"), 3),
        (("--older-than", "P36500D"), 0),
        (("--state", "held"), 0),
        (("--state", "held", "--state", "dead"), 3),
    ):
        status, out, _ = said(capsys, "requeue", *words, "--dry-run")
        assert (0, True) == (status, f"queued again: {many}" in out), words
    assert ["dead"] * 3 == office.states()


def test_requeue_hold_and_release_print_how_many(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Dead mails are queued again, a person's are held with what comes, and let go."""
    assert (0, "重新排队 3 封 (queued again: 3)\n", "") == said(capsys, "requeue")
    status, out, _ = said(capsys, "hold", "赵经理")
    assert (0, ["暂扣 2 封 (held: 2)", True]) == (status, [out.splitlines()[0], "zhao@example.com" in out])
    assert ["queued", "held", "held"] == office.states()
    _, out, _ = said(capsys, "list", "messages", "--state", "held", "--json")
    assert 2 == len(json.loads(out))
    assert (0, "放行 2 封 (released: 2)\n", "") == said(capsys, "release", "--to", "ZHAO@example.com")
    assert ["queued"] * 3 == office.states()


@pytest.mark.parametrize(
    ("words", "status", "advice"),
    [
        (("hold",), 2, "--older-than"),
        (("hold", "没有这个人"), 1, "address"),
        (("hold", "李"), 1, "li1@example.com, li2@example.com"),
        (("requeue", "--older-than", "yesterday"), 2, "PT2H"),
        (("requeue", "--older-than", "P3WD"), 2, "PT2H"),
        (("requeue", "--older-than", "-P3D"), 2, "PT2H"),
        (("requeue", "--state", "sent"), 2, "dead"),
        (("requeue", "--to", "\u202ezhao"), 2, "type it again"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    office: Office, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, advice: str
) -> None:
    """Nothing is changed, and the line says what to write."""
    found, out, err = said(capsys, *words)
    assert (status, "", 1) == (found, out, err.count("\n"))
    assert advice in err
    assert ["dead"] * 3 == office.states()


@pytest.mark.usefixtures("office")
def test_alarm_looks_and_says_what_stands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One look: the dead mails are an alarm on the webhook; looked at again it stands, and is not told twice."""
    with Hook() as hook:
        monkeypatch.setenv("DUBAN_ALARM_URLS", hook.url)
        status, out, err = said(capsys, "alarm")
        assert (0, "", True) == (status, err, "[dead]" in out)
        _, out, _ = said(capsys, "alarm", "--json")
        dead = next(row for row in json.loads(out) if row["id"] == "dead")
        assert {"json 1": None} == dead["channels"]
        assert len(hook.titles) == len(set(hook.titles))
        assert 1 == sum("3 封邮件未能送达：550 no such user" in title for title in hook.titles)
    assert "hunter2" not in out


def test_the_channels_can_be_tried(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test goes to every address, and each is named with what became of it; none set is said."""
    assert office.posted
    with Hook() as hook, Hook(status=500) as broken:
        monkeypatch.setenv("DUBAN_ALARM_URLS", f"{hook.url},{broken.url}")
        status, out, _ = said(capsys, "alarm", "--test")
        assert (1, [True, False]) == (status, ["taken" in line for line in out.splitlines()])
        assert "告警通道" in hook.titles[0]
    assert "hunter2" not in out
    monkeypatch.setenv("DUBAN_ALARM_URLS", "")
    status, _, err = said(capsys, "alarm", "--test")
    assert (1, True) == (status, "DUBAN_ALARM_URLS" in err)


def test_an_older_mail_is_told_from_a_newer_one(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """`--older-than` counts from when the message was decided."""
    with writing(office.engine) as connection:
        fresh = messages.update().where(messages.c.id == office.posted[0])
        connection.execute(fresh.values(created_at=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)))
    assert "queued again: 2" in said(capsys, "requeue", "--older-than", "PT1H")[1]
    assert ["dead", "queued", "queued"] == office.states()
