"""The command line is a contract: exit codes, one line on stderr, fields of the JSON, what each command prints."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from flows.commands.app import main
from models.store import schema
from models.store.database import open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


class Duban(Protocol):
    """Runs a command in this process."""

    def __call__(self, *words: str) -> Outcome:
        """`duban WORDS`."""
        ...


@pytest.fixture
def duban(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Duban:
    """The command line in an empty folder, on an SQLite database that does not exist yet."""
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Outcome:
        status = main(words)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture
def prepared(duban: Duban, tmp_path: Path) -> Duban:
    """The same with a schema in the usual place."""
    engine = open_engine(f"sqlite:///{tmp_path / '.duban' / 'duban.db'}")
    schema.metadata.create_all(engine)
    engine.dispose()
    return duban


@pytest.fixture
def ready(duban: Duban, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Duban:
    """The same on each kind of database, with an address of last resort."""
    monkeypatch.setenv("DUBAN_DATABASE_URL", database_url)
    monkeypatch.setenv("DUBAN_OPERATIONS_EMAIL", "operations@example.com")
    assert engine is not None
    return duban


def one_line(text: str) -> bool:
    """Whether the text is exactly one line."""
    return text.endswith("\n") and text.count("\n") == 1


# -- exit codes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nothing",),
        ("list",),
        ("list", "everything"),
        ("list", "cases", "--colour"),
        ("list", "cases", "--state", "lost"),
        ("sweep", "--as-of", "yesterday"),
        ("replay", "--from", "2026-11-02", "--until", "2026-11-01"),
        ("record", "NEW", "closed"),
        ("record", "NEW", "registered", "--field", "customer"),
        ("record", "NEW", "registered", "--field", "a=1", "--field", "a=2"),
        ("import", "letters", "file.csv"),
    ],
)
def test_wrong_usage_is_2_with_one_line(words: tuple[str, ...], prepared: Duban) -> None:
    """Whatever is wrong with the words of a command: exit code 2, one line on stderr, nothing on stdout."""
    outcome = prepared(*words)

    assert (2, "") == (outcome.status, outcome.out)
    assert one_line(outcome.err)


@pytest.mark.parametrize(
    "words",
    [
        ("list", "cases", "--case", "2611001"),
        ("explain", "2611001"),
        ("record", "2611001", "first_contact"),
        ("import", "complaints", "missing.csv"),
        ("check", "no-such-regulation"),
    ],
)
def test_what_does_not_exist_is_1_with_one_line(words: tuple[str, ...], prepared: Duban) -> None:
    """A case, file or regulation that is not there is refused with exit code 1 and one line that says so."""
    outcome = prepared(*words)

    assert (1, "") == (outcome.status, outcome.out)
    assert one_line(outcome.err)


@pytest.mark.parametrize("words", [("list", "cases"), ("sweep",), ("explain", "1"), ("deliver",)])
def test_without_database_the_advice_is_to_init(words: tuple[str, ...], duban: Duban, tmp_path: Path) -> None:
    """An ordinary command neither creates a database nor a folder: it says what does."""
    outcome = duban(*words)

    assert 1 == outcome.status
    assert one_line(outcome.err)
    assert "duban init" in outcome.err
    assert [] == list(tmp_path.iterdir())


def test_bad_setting_is_named(duban: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that is off is wrong usage, and its variable is named."""
    monkeypatch.setenv("DUBAN_TIMEZONE", "Mars/Olympus")

    outcome = duban("list", "cases")

    assert 2 == outcome.status
    assert "DUBAN_TIMEZONE" in outcome.err
    assert one_line(outcome.err)


def test_bad_database_url_shows_no_password(duban: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL that names no database is wrong usage; what may be a password is not repeated."""
    monkeypatch.setenv("DUBAN_DATABASE_URL", "nonsense:hunter2@host")

    outcome = duban("list", "cases")

    assert 2 == outcome.status
    assert one_line(outcome.err)
    assert "hunter2" not in outcome.err


def test_unforeseen_error_is_one_line(prepared: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is one line with the way to the traceback; with DUBAN_DEBUG it is the traceback."""

    def broken(*_: object) -> None:
        message = "first\nsecond"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("flows.commands.sweep.sweep_once", broken)
    outcome = prepared("sweep")
    monkeypatch.setenv("DUBAN_DEBUG", "1")

    assert (1, "") == (outcome.status, outcome.out)
    assert one_line(outcome.err)
    assert "DUBAN_DEBUG=1" in outcome.err
    with pytest.raises(ZeroDivisionError):
        prepared("sweep")


def test_interrupt_is_quiet(prepared: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with 130 and no words."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.commands.sweep.sweep_once", interrupted)

    assert Outcome(130, "", "") == prepared("sweep")


# -- listings --------------------------------------------------------------------------------------------------

FIELDS = {
    "cases": "number kind regulation status level department opened_at closed_at",
    "deadlines": "case rule round starts_at opens_at due_at state met_at next_at provisional",
    "escalations": "case rule round step scheduled_at fired_at recipients reason",
    "messages": "key message_id kind cases to subject state reason attempts created_at sent_at possible_repeat",
    "penalties": "case rule round seq who amount points share of measure share_of at withdrawn_at note",
    "loans": "number item borrower department lent_at due_at renewals status late_days",
}


@pytest.mark.parametrize("what", FIELDS)
def test_listing_has_the_fields_of_the_contract(what: str, ready: Duban) -> None:
    """Every listing answers `--json` with a list of objects that have the promised fields."""
    opened = ("--at", "2026-11-02 09:00", "--field", "level=major", "--field", "department=机修部")
    ready("record", "NEW", "registered", *opened, "--field", "customer=周", "--field", "content=异响")
    ready("record", "NEW", "lent", "--at", "2026-10-01 10:00", "--field", "item=图集", "--field", "borrower=吴")
    ready("sweep", "--as-of", "2026-11-02 12:00", "--yes")

    outcome = ready("list", what, "--json")
    rows = json.loads(outcome.out)

    assert 0 == outcome.status
    assert rows
    for row in rows:
        assert set(FIELDS[what].split()) <= set(row)
        for name in row:
            if name.endswith("_at") and row[name] is not None:
                assert datetime.strptime(row[name], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@pytest.mark.parametrize("what", FIELDS)
def test_empty_listing_is_an_empty_list(what: str, ready: Duban) -> None:
    """Nothing there is `[]` for a program and a word for a reader; both are a success."""
    assert Outcome(0, "[]\n", "") == ready("list", what, "--json")
    assert Outcome(0, f"没有 no {what}\n", "") == ready("list", what)


def test_table_shows_local_time_and_what_people_typed(ready: Duban) -> None:
    """A table is in the organisation's zone; markup and control signs of a customer's name do nothing."""
    name = "[red]甲\x9b31m[/red]"
    ready("record", "NEW", "registered", "--at", "2026-11-02T01:00:00Z", "--field", "customer=[red]甲[/red]")

    outcome = ready("list", "cases")

    assert "2026-11-02 09:00" in outcome.out
    assert "[red]甲[/red]" in outcome.out
    assert 1 == ready("record", "NEW", "registered", "--field", f"customer={name}").status


# -- the commands that act -------------------------------------------------------------------------------------


def test_init_says_what_it_did(duban: Duban) -> None:
    """`init` creates the schema and registers the shipped regulations; again it has nothing to create."""
    first, second = duban("init"), duban("init")

    assert (0, 0) == (first.status, second.status)
    assert "schema created" in first.out
    assert "schema is up to date" in second.out
    for name in ("standard-complaints", "standard-loans"):
        assert f"regulation {name} v1" in first.out


def test_record_prints_the_number_first(ready: Duban) -> None:
    """A new case prints its number, event and local instant; a second time it is the same case."""
    words = (
        "record",
        "NEW",
        "registered",
        "--at",
        "2026-11-01 09:00",
        "--field",
        "customer=周",
        "--field",
        "content=漏油",
    )

    assert Outcome(0, "2611001 registered 2026-11-01 09:00\n", "") == ready(*words)
    assert Outcome(0, "2611001 registered 2026-11-01 09:00 unchanged (recorded before)\n", "") == ready(*words)


def test_record_with_a_number_twice_is_one_case(ready: Duban) -> None:
    """The same opening under a number of one's own is unchanged; another one under that number is refused."""
    words = ("record", "NEW", "registered", "--at", "2026-11-01 09:00", "--field", "number=K-7", "--field")

    assert Outcome(0, "K-7 registered 2026-11-01 09:00\n", "") == ready(*words, "customer=周")
    assert Outcome(0, "K-7 registered 2026-11-01 09:00 unchanged (recorded before)\n", "") == ready(
        *words, "customer=周"
    )
    assert 1 == ready(*words, "customer=吴").status


def test_record_speaks_chinese(ready: Duban) -> None:
    """Events, fields and values may be written in Chinese."""
    loan = (
        "--field",
        "资料名称=图集",
        "--field",
        "借阅人=吴",
        "--field",
        "密级=机密",
        "--field",
        "借出时间=2026-10-08 10:00",
    )
    number = ready("record", "NEW", "借出", *loan).out.split()[0]

    renewed = ready("record", number, "续借", "--at", "2026-11-01 10:00", "--by", "吴")
    again = ready("record", number, "renewed", "--at", "2026-11-01T02:00:00Z", "--by", "吴")
    ready("sweep", "--as-of", "2026-11-02 10:00", "--yes")
    [row] = json.loads(ready("list", "loans", "--json").out)

    assert f"{number} renewed 2026-11-01 10:00\n" == renewed.out
    assert again.out.endswith("unchanged (recorded before)\n")
    assert ("吴", "secret", "(涉密资料)", 1) == (row["borrower"], row["secrecy"], row["item"], row["renewals"])
    assert "2026-10-08T02:00:00Z" == row["lent_at"]


def test_refusal_names_the_article(ready: Duban) -> None:
    """What the regulation forbids is refused with one line that names the article, and nothing is written."""
    loan = ("--at", "2026-10-08 10:00", "--field", "borrower=吴", "--field", "item=图集", "--field", "quantity=6")

    outcome = ready("record", "NEW", "lent", *loan)

    assert (1, "") == (outcome.status, outcome.out)
    assert one_line(outcome.err)
    assert "5.3(3)" in outcome.err
    assert "[]\n" == ready("list", "cases", "--json").out


def test_sweep_tells_what_fired(ready: Duban) -> None:
    """A sweep says in one line what it took in and fired; `--json` lists each step with its recipients."""
    ready("record", "NEW", "registered", "--at", "2026-11-02 09:00", "--field", "customer=周")

    done = json.loads(ready("sweep", "--as-of", "2026-11-02 09:07", "--yes", "--json").out)
    idle = ready("sweep", "--as-of", "2026-11-02 09:07", "--yes")

    assert 1 == done["applied"]
    assert [("2611001", "first-contact", "remind-1", "2026-11-02T01:07:00Z")] == [
        (step["case"], step["rule"], step["step"], step["fired_at"]) for step in done["fired"]
    ]
    assert ["operations@example.com"] == [who["email"] for who in done["fired"][0]["recipients"]]
    assert Outcome(0, "applied 0 events of 0 cases, fired 0 steps\n", "") == idle


def test_replay_fires_each_step_at_its_instant(ready: Duban) -> None:
    """A replay takes each step's own instant as now, and sums up what it fired."""
    ready("record", "NEW", "registered", "--at", "2026-11-02 09:00", "--field", "customer=周")

    outcome = ready("replay", "--from", "2026-11-02 09:00", "--until", "2026-11-02 09:30")
    rows = json.loads(ready("list", "escalations", "--json").out)

    assert "applied 1 events of 1 cases, fired 3 steps" == outcome.out.splitlines()[0]
    assert ["remind-1", "due", "escalate-1"] == [row["step"] for row in rows]
    assert all(row["fired_at"] == row["scheduled_at"] for row in rows)


def test_import_counts_and_rejects(ready: Duban, tmp_path: Path) -> None:
    """An import prints three counts; a rejected row makes it exit 1 and is named with its file."""
    good = tmp_path / "good.csv"
    good.write_text("客户,受理时间,内容\n周,2026-11-02 09:00,异响\n", encoding="utf-8")
    bad = tmp_path / "bad.csv"
    bad.write_text("客户,受理时间,内容\n周,2026-13-02 09:00,异响\n", encoding="utf-8")

    assert Outcome(0, "accepted 1, unchanged 0, rejected 0\n", "") == ready("import", "complaints", str(good))
    assert Outcome(0, "accepted 0, unchanged 1, rejected 0\n", "") == ready("import", "complaints", str(good))
    outcome = ready("import", "complaints", str(bad))
    assert 1 == outcome.status
    assert f"accepted 0, unchanged 0, rejected 1: see {tmp_path / 'bad.rejected.csv'}\n" == outcome.out


def free_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_deliver_sums_up(prepared: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails that wait are deferred while the server is away, which is exit code 1; they leave when it is there."""
    monkeypatch.setenv("DUBAN_OPERATIONS_EMAIL", "operations@example.com")
    monkeypatch.setenv("DUBAN_RETRY_DELAY", "0")
    monkeypatch.setenv("DUBAN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("DUBAN_SMTP_PORT", str(free_port()))
    prepared("record", "NEW", "registered", "--at", "2026-11-02 09:00", "--field", "customer=周")
    prepared("sweep", "--as-of", "2026-11-02 09:07", "--yes")

    away = prepared("deliver")
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    monkeypatch.setenv("DUBAN_SMTP_PORT", str(server.port))
    try:
        there = prepared("deliver")
    finally:
        server.stop()

    assert (1, "sent 0, deferred 1, dead 0, dropped 0, in doubt 0, held 0\n") == (away.status, away.out)
    assert one_line(away.err)
    assert Outcome(0, "sent 1, deferred 0, dead 0, dropped 0, in doubt 0, held 0\n", "") == there
    assert ["sent"] == [row["state"] for row in json.loads(prepared("list", "messages", "--json").out)]
