"""The month in tests/data from end to end: imported, replayed, delivered, and compared with the oracle."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import create_engine, or_, select, text

from flows.letters import WRITERS
from models.settings import Settings
from models.store.database import open_engine, reading
from models.store.schema import cases, escalations, messages, metadata, penalties
from tasks.delivery.deliver import deliver
from tasks.engine.sweep import replay
from tasks.intake import import_file
from tasks.organisation.deployment import Deployment
from tests.oracle.files import read
from tests.oracle.month import Expected, expected, good_complaints, key_of
from tests.oracle.month import penalties as oracle_penalties
from tests.oracle.who import Directory
from tests.support.audited import differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import Envelope, Session
    from sqlalchemy.engine import Engine

DATA = Path(__file__).parents[1] / "data"
SINCE = datetime(2026, 1, 1)  # noqa: DTZ001 -- local times of Asia/Shanghai, as in the files
LEARNED = datetime(2026, 2, 16, 3, 30)  # noqa: DTZ001
"""When the events of events-late.csv are recorded: long after they happened."""
MONTH_END = datetime(2026, 3, 1)  # noqa: DTZ001
SLICE_END = datetime(2026, 1, 29, 14, 0)  # noqa: DTZ001
"""PostgreSQL plays January's loans and a day and a half of complaints: the rest says nothing new about the database."""
POSTS = [datetime(2026, 1, 1) + timedelta(days=day, hours=11, minutes=17) for day in range(26, 60, 8)]  # noqa: DTZ001
"""When the outbox is emptied: what happened by then is settled and dropped, the rest leaves."""
FILES = (
    ("directory", "directory.csv"),
    ("complaints", "complaints.csv"),
    ("loans", "loans.csv"),
    ("events", "events.csv"),
)


def utc(local: datetime) -> datetime:
    """A local moment as the engine has it."""
    return (local - timedelta(hours=8)).replace(tzinfo=UTC)


def local(instant: datetime) -> datetime:
    """An instant of the engine as the files have it."""
    return (instant.astimezone(UTC) + timedelta(hours=8)).replace(tzinfo=None)


class Mailbox:
    """Keeps what a real SMTP server was given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- its name
        """Take a mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self.mails += [(address, content) for address in envelope.rcpt_tos]
        return "250 OK"


class Month(NamedTuple):
    """A month that was played through."""

    engine: Engine
    folder: Path
    end: datetime
    mails: list[tuple[str, bytes]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """The whole month on SQLite, its beginning on PostgreSQL; what was queued is delivered."""
    folder = tmp_path_factory.mktemp("month")
    for name in (*(name for _, name in FILES), "events-late.csv", "directory.xlsx", "loans-gb18030.csv"):
        shutil.copy(DATA / name, folder)
    if request.param == "sqlite":
        url, end = f"sqlite:///{folder / 'duban.db'}", MONTH_END
    else:
        url, end = _database(request.getfixturevalue("postgres_url")), SLICE_END
    engine = open_engine(url)
    metadata.create_all(engine)
    home = {"home": folder / "home", "database_url": url, "operations_email": "operations@example.com"}
    mailbox = Mailbox()
    try:
        asyncio.run(_play(engine, Deployment(Settings.model_validate(home)), folder, end, mailbox))
        yield Month(engine, folder, end, mailbox.mails)
    finally:
        engine.dispose()


def _database(server: str) -> str:
    """A database of the month's own; the server goes when the run is over."""
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    name = f"month_{uuid.uuid4().hex[:8]}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


async def _play(engine: Engine, deployment: Deployment, folder: Path, end: datetime, mailbox: Mailbox) -> None:
    """Import everything, then fast-forward from one emptying of the outbox to the next."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mailbox), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    deployment = deployment.changed(smtp_host=host, smtp_port=port)
    for what, name in FILES:
        import_file(engine, deployment, what, folder / name, now=utc(SINCE))
    stops = sorted({*(post for post in POSTS if post < end), *([LEARNED] if end > LEARNED else []), end})
    now = SINCE
    for stop in stops:
        await asyncio.to_thread(replay, engine, deployment, utc(now), utc(stop))
        now = stop
        if stop == LEARNED:
            import_file(engine, deployment, "events", folder / "events-late.csv", now=utc(LEARNED))
        else:
            await deliver(engine, deployment, WRITERS, now=lambda: utc(now))  # noqa: B023 -- asked only while it runs
    server.close()
    await server.wait_closed()


def test_the_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    """The committed files are the generator's output, byte by byte; of the workbook, cell by cell."""
    subprocess.run([sys.executable, DATA / "generate.py", tmp_path], check=True)  # noqa: S603 -- our own script

    names = sorted(file.name for file in tmp_path.glob("*.csv"))
    assert names == sorted(file.name for file in DATA.glob("*.csv"))
    for name in names:
        assert (DATA / name).read_bytes() == (tmp_path / name).read_bytes(), name
    assert cells(DATA / "directory.xlsx") == cells(tmp_path / "directory.xlsx")


def cells(file: Path) -> list[tuple[object, ...]]:
    """What a workbook says."""
    from openpyxl import load_workbook  # noqa: PLC0415 -- only here

    return [row for sheet in load_workbook(file).worksheets for row in sheet.iter_rows(values_only=True)]


def test_every_escalation_is_the_oracles_and_none_is_missing(month: Month) -> None:
    """Each step of the month fired exactly once, at its instant, to the people whom the oracle names."""
    wanted = Counter(expected(month.folder, LEARNED, month.end))
    told = Counter(_told(month))

    assert sorted(wanted - told) == []
    assert sorted(told - wanted) == []
    assert max(told.values()) == 1


def _told(month: Month) -> list[Expected]:
    """The escalations of the record in the oracle's words."""
    keys = _keys(month)
    with reading(month.engine) as connection:
        rows = connection.execute(select(escalations, cases.c.number).join(cases, cases.c.id == escalations.c.case_id))
        return [
            Expected(
                keys[row.number],
                row.rule,
                row.round,
                row.step,
                local(row.scheduled_at),
                local(row.fired_at),
                frozenset(recipient["email"] for recipient in row.recipients),
            )
            for row in rows
        ]


def _keys(month: Month) -> dict[str, str]:
    """What the oracle calls each case: its number in the file, else what makes it the same case."""
    given = {row["number"] for name in ("complaints.csv", "loans.csv") for row in read(month.folder / name)}
    found = {}
    with reading(month.engine) as connection:
        for row in connection.execute(select(cases.c.number, cases.c.opened_at, cases.c.party, cases.c.fields)):
            what = row.fields.get("content") or row.fields.get("item") or ""
            number = row.number if row.number in given else ""
            found[row.number] = key_of(number, local(row.opened_at), row.party, what)
    return found


def test_every_fine_is_the_oracles(month: Month) -> None:
    """A first contact that came late or never costs its level's fine, once; one that was made in time costs nothing."""
    keys = _keys(month)
    with reading(month.engine) as connection:
        query = (
            select(cases.c.number, penalties.c.round, penalties.c.amount)
            .join(cases, cases.c.id == penalties.c.case_id)
            .where(
                penalties.c.rule == "first-contact",
                penalties.c.withdrawn_at.is_(None),
                cases.c.regulation == "standard-complaints",
            )
        )
        found = sorted((keys[row.number], row.round, row.amount) for row in connection.execute(query))

    assert sorted(oracle_penalties(month.folder, LEARNED, month.end)) == found


def test_every_message_arrived_once_or_says_why_not(month: Month) -> None:
    """What was queued is sent or dropped with a reason; each sent message arrived once, under an id of its own."""
    with reading(month.engine) as connection:
        rows = connection.execute(select(messages)).all()
    sent = [(row.message_id, row.email) for row in rows if row.state == "sent"]
    arrived = [(_message_id(mail), address) for address, mail in month.mails]

    assert {"sent", "dropped"} >= {row.state for row in rows}
    assert [] == [row.key for row in rows if row.state == "dropped" and not row.reason]
    assert sorted(sent) == sorted(arrived)
    assert len(sent) == len({key for key, _ in arrived})


@pytest.mark.parametrize("month", ["sqlite"], indirect=True)
def test_what_was_settled_before_the_mail_left_is_not_told(month: Month) -> None:
    """The return was recorded before the mail to the department's manager left: it stays, and says why."""
    with reading(month.engine) as connection:
        rows = connection.execute(
            select(messages.c.state, messages.c.reason).where(
                messages.c.key.like("L-late-return/return/1/escalate-1/%")
            )
        ).all()

    assert ["dropped"] == [row.state for row in rows]
    assert "已" in rows[0].reason


def test_no_message_is_for_somebody_who_is_away(month: Month) -> None:
    """Nobody is written to while absent."""
    people = {row["email"]: row for row in read(month.folder / "directory.csv")}
    directory = Directory(list(people.values()))
    with reading(month.engine) as connection:
        rows = connection.execute(select(messages.c.email, messages.c.created_at)).all()

    assert [] == [
        row for row in rows if row.email in people and directory.away(people[row.email], local(row.created_at))
    ]


_ONLOOKERS = ("general_manager", "operations", "archive_manager;department_manager")


def test_managers_who_do_not_handle_a_case_see_no_phone_number(month: Month) -> None:
    """The general manager learns who complained, not under which number; whoever has to call does."""
    phones = {row["phone"] for row in good_complaints(month.folder)}
    roles = {row["email"]: row["role"] for row in read(month.folder / "directory.csv")}
    deciding = or_(*(messages.c.key.like(f"%/{rule}/%") for rule in ("postponement-review", "rounds-over")))
    with reading(month.engine) as connection:
        own = set(connection.scalars(select(messages.c.message_id).where(deciding)))
    seen: dict[str, list[str]] = {}
    for address, mail in month.mails:
        role = roles.get(address, "operations")
        if _message_id(mail) in own:
            continue  # here it is the general manager who has to act
        if role in (*_ONLOOKERS, "handler") and phones & set(re.findall(r"(?<!\d)1\d{10}(?!\d)", _words(mail))):
            seen.setdefault(role, []).append(f"{address} {_message_id(mail)}")

    assert [] == [mail for role in _ONLOOKERS for mail in seen.get(role, [])]
    assert seen["handler"]


@pytest.mark.parametrize("month", ["sqlite"], indirect=True)
def test_words_of_a_customer_are_never_markup(month: Month) -> None:
    """HTML in a complaint arrives as text, a template's words as they were written."""
    with reading(month.engine) as connection:
        query = select(messages.c.message_id).where(messages.c.key.like("A-html/%"), messages.c.state == "sent")
        wanted = set(connection.scalars(query))
    parts = [
        part.get_content()
        for _, content in month.mails
        if _message_id(content) in wanted
        for part in message_from_bytes(content, policy=policy.default).walk()
        if part.get_content_type() == "text/html"
    ]

    assert parts
    for part in parts:
        assert "<script>" not in part
        assert "<img src=x" not in part
        assert "49" not in part.split("{{", 1)[-1].split("}}", 1)[0]
    assert any("&lt;script&gt;" in part or "&lt;img" in part for part in parts)


def _words(content: bytes) -> str:
    """Everything that a mail shows."""
    mail = message_from_bytes(content, policy=policy.default)
    return "\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")


def _message_id(content: bytes) -> str:
    """A mail's id, without reading the rest of it."""
    headers = content.split(b"\r\n\r\n", 1)[0].decode("ascii")
    return re.sub(r"\s", "", headers.split("Message-ID:", 1)[1].split(">", 1)[0]) + ">"


def test_the_audit_agrees_with_the_month(month: Month) -> None:
    """Late records, pauses, absences, summaries, mails that were settled before they left: all of it is explained."""
    settings = {"home": month.folder / "home", "database_url": month.engine.url.render_as_string(hide_password=False)}
    deployment = Deployment(Settings.model_validate({**settings, "operations_email": "operations@example.com"}))

    assert [] == differences(month.engine, deployment, utc(month.end))


def test_importing_the_month_again_changes_nothing(month: Month) -> None:
    """The same rows in another format, with Chinese headers or in GB18030, are the same rows."""
    deployment = Deployment(Settings.model_validate({"home": month.folder / "home"}))
    again = [
        import_file(month.engine, deployment, what, month.folder / name, now=utc(month.end))
        for what, name in (*FILES, ("directory", "directory.xlsx"), ("loans", "loans-gb18030.csv"))
    ]

    assert [0] * 6 == [report.accepted for report in again]
    assert [0, 2, 0, 2, 0, 0] == [report.rejected for report in again]
