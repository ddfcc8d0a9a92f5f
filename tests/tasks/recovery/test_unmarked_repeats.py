"""Wherever a run is cut and restored, nothing is lost and nothing is told twice without saying so."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import event, select

from flows.letters import WRITERS
from models.settings import Settings
from models.store.database import open_engine, reading
from models.store.migrate import upgrade
from models.store.schema import cases, escalations, message_items, messages
from tasks.delivery.deliver import deliver
from tasks.digest import readers
from tasks.organisation.deployment import Deployment
from tasks.recovery.backup import backup
from tasks.recovery.restore import restore
from tests.support.smtp import ScriptedServer
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

BEGIN = "2026-11-02 08:30"
HAPPENS: tuple[tuple[str, str | int, str], ...] = (
    # when, and what is recorded: a complaint of somebody, or an event of the first, second .. complaint
    ("2026-11-02 08:31", "complaint", "张三"),
    ("2026-11-02 08:40", "complaint", "李四"),
    ("2026-11-02 08:52", 0, "first_contact"),
    ("2026-11-02 09:05", 1, "postponement_requested"),
    ("2026-11-02 09:20", 0, "closed"),
)
SWEPT = ("08:38", "08:41", "08:47", "08:50", "08:55", "09:00", "09:10", "09:21", "09:25", "09:40")
RESTORED = "2026-11-02 09:43"
NEVER_CONTACTED = "2/first-contact/"
"""The clock of a complaint that nobody touches: what is due of it has to be told whatever happens."""
AFTER = ("2026-11-02 09:45", "2026-11-02 10:30", "2026-11-02 16:00", "2026-11-03 09:30")


class Told(NamedTuple):
    """Something that somebody was told: a step, or whatever else a message is about."""

    what: str
    who: str


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as running:
        yield running


class Run:
    """Duban at work on a database of its own, its mails going to a real server."""

    def __init__(self, folder: Path, server: ScriptedServer, **changed: object) -> None:
        given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "mail_from": "duban@example.org", **changed}
        given |= {"home": folder, "database_url": f"sqlite:///{folder / 'duban.db'}"}
        self.deployment = Deployment(Settings.model_validate(given))
        self.engine = open_engine(self.deployment.settings.url)
        self.server = server
        self.story = Story(self.engine, self.deployment)
        self.numbers: list[str] = []

    def happen(self, *, until: str, since: str = "") -> None:
        """What happened from one instant to another is recorded; what is there already is left alone."""
        for at, what, name in HAPPENS:
            if not since <= at <= until:
                continue
            if isinstance(what, int):
                self.say(at, what, name, max(at, until))
            else:
                self.numbers.append(self.story.complaint(at, customer=name))

    def enter_again(self) -> None:
        """After a restoration people record what the record lacks."""
        with reading(self.engine) as connection:
            self.numbers = list(connection.scalars(select(cases.c.number).order_by(cases.c.id)))
        known = len(self.numbers)
        opened = [one for one in HAPPENS if one[1] == "complaint"]
        for at, _, customer in opened[known:]:
            self.numbers.append(self.story.complaint(at, customer=customer))
        for at, what, name in HAPPENS:
            if isinstance(what, int):
                self.say(at, what, name, RESTORED)

    def say(self, at: str, which: int, name: str, learned: str) -> None:
        """An event of one of the complaints."""
        by, fields = ("经办", {"until": "2026-11-09"}) if name == "postponement_requested" else (None, {})
        self.story.event(self.numbers[which], name, at, by=by, learned=learned, **fields)

    def decided(self) -> set[str]:
        """The steps in the record."""
        keys = (escalations.c[name] for name in ("case_id", "rule", "round", "step"))
        with reading(self.engine) as connection:
            return {"/".join(map(str, row)) for row in connection.execute(select(*keys))}

    def work(self, at: str) -> None:
        """The flows at one instant: sweep, digest, deliver."""
        self.story.sweep(at)
        readers.queue(self.engine, self.deployment, self.story.at(at))
        now = self.story.at(at)
        asyncio.run(deliver(self.engine, self.deployment, WRITERS, now=lambda: now))

    def told(self, *, unmarked: bool = False) -> set[Told]:
        """What the mails said that left."""
        keys = (*(escalations.c[name] for name in ("rule", "round", "step")), escalations.c.case_id)
        query = (
            select(messages.c.key, messages.c.kind, messages.c.email, messages.c.possible_repeat, *keys)
            .outerjoin(message_items, message_items.c.message_id == messages.c.id)
            .outerjoin(escalations, escalations.c.id == message_items.c.escalation_id)
            .where(messages.c.state == "sent")
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        return {
            Told(f"{row.case_id}/{row.rule}/{row.round}/{row.step}" if row.rule else row.key, row.email)
            for row in rows
            if not (unmarked and row.possible_repeat)
        }


def every_commit(engine: Engine, source: Path, folder: Path) -> list[Path]:
    """From now on the database is copied after each transaction that wrote."""
    kept: list[Path] = []

    @event.listens_for(engine, "commit")
    def _copy(_connection: object) -> None:
        kept.append(folder / f"{len(kept)}.db")

    @event.listens_for(engine, "checkin")
    def _kept(_connection: object, _record: object) -> None:
        for file in kept:
            if not file.exists():
                with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(file)) as to:
                    from_.backup(to)

    return kept


@pytest.mark.parametrize("in_doubt", ["resend", "hold"])
def test_restored_between_any_two_commits_nothing_is_told_twice_unmarked(
    tmp_path: Path, server: ScriptedServer, in_doubt: str
) -> None:
    """A backup of every moment of a run is restored at its end, what is missing recorded again, and work goes on.

    What left before and leaves again says so; what had not left yet leaves, or is held where that is the setting.
    """
    first = Run(tmp_path / "first", server)
    upgrade(first.engine)
    first.story.house()
    copies = every_commit(first.engine, tmp_path / "first" / "duban.db", tmp_path)
    for minute in SWEPT:
        at = f"2026-11-02 {minute}"
        first.happen(until=at, since=BEGIN if minute == SWEPT[0] else f"2026-11-02 {SWEPT[SWEPT.index(minute) - 1]}")
        first.work(at)
    before = first.told()
    moments = sorted({file.read_bytes(): file for file in copies if file.exists()}.values(), key=lambda f: int(f.stem))
    assert len(moments) > 40
    assert len(before) > 10

    repeats, lost, silent = set(), set(), set()
    for number, copy in enumerate(moments):
        again = Run(tmp_path / f"again{number}", server, in_doubt=in_doubt)
        restore_copy(again, copy)
        sent_already = again.told()
        again.enter_again()
        for at in AFTER:
            again.work(at)
        repeats |= before & (again.told(unmarked=True) - sent_already)
        lost |= first.decided() - again.decided()
        silent |= {one for one in before if one.what.startswith(NEVER_CONTACTED)} - again.told()
        again.engine.dispose()
    first.engine.dispose()
    assert (set(), set()) == (repeats, lost)
    assert (set() == silent) is (in_doubt == "resend")


def restore_copy(run: Run, copy: Path) -> None:
    """What the database was at a moment becomes the record of a run."""
    source = open_engine(f"sqlite:///{copy}")
    file = run.deployment.settings.home / "kept.duban"
    backup(source, run.deployment.settings, file, run.story.at(BEGIN))
    source.dispose()
    restore(run.engine, run.deployment.settings, file, run.story.at(RESTORED))
