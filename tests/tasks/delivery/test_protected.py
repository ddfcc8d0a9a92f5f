"""The line to the mail server: passwords go over a protected one only, certificates are verified, logs are masked."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

import tasks.delivery.deliver as delivering
from flows.letters import WRITERS
from tests.support.posting import Clock, Office
from tests.support.smtp import ScriptedServer, self_made_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.delivery.report import DeliveryReport
    from tasks.organisation.deployment import Deployment

LOGIN = {"smtp_username": "duban", "smtp_password": "quite-secret"}


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An office with one mail that waits."""
    made = Office(engine, deployment)
    made.post("2611001")
    return made


async def send(office: Office, server: ScriptedServer, **changes: Any) -> DeliveryReport:
    """Deliver once to that server."""
    deployment = office.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port, **changes)
    return await delivering.deliver(office.engine, deployment, WRITERS, now=Clock())


@pytest.mark.parametrize("storm", [False, True])
async def test_starttls_with_ones_own_authority(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, storm: bool
) -> None:
    """`DUBAN_CA_FILE` vouches for the server, in the process of its own for many mails too; then comes the login."""
    monkeypatch.setattr(delivering, "STORM", 1 if storm else 200)
    certificate = self_made_certificate(tmp_path)
    with ScriptedServer(certificate=certificate, login=("duban", "quite-secret")) as server:
        report = await send(office, server, smtp_tls="starttls", ca_file=certificate, **LOGIN)
    assert (1, None) == (report.sent, report.problem)


async def test_implicit_tls_with_the_authorities_of_the_system(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS from the first byte; without a setting those vouch that the system trusts."""
    certificate = self_made_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedServer(certificate=certificate, implicit_tls=True) as server:
        assert 1 == (await send(office, server, smtp_tls="tls")).sent


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_an_unknown_certificate_is_not_trusted(office: Office, tmp_path: Path, tls: str) -> None:
    """A certificate that nobody vouches for gets no mail and no password."""
    certificate = self_made_certificate(tmp_path)
    with ScriptedServer(certificate=certificate, implicit_tls=tls == "tls") as server:
        report = await send(office, server, smtp_tls=tls, **LOGIN)
    assert report.problem is not None
    assert "certificate" in report.problem.lower()
    assert (["queued"], []) == (office.states(), server.got)


async def test_an_authority_of_ones_own_takes_the_place_of_the_systems(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom only the system trusts is not trusted where `DUBAN_CA_FILE` names somebody else."""
    for name in ("system", "own"):
        (tmp_path / name).mkdir()
    certificate, own = self_made_certificate(tmp_path / "system"), self_made_certificate(tmp_path / "own")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedServer(certificate=certificate, implicit_tls=True) as server:
        report = await send(office, server, smtp_tls="tls", ca_file=own)
    assert report.problem is not None
    assert "certificate" in report.problem.lower()


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_an_authority_that_cannot_be_read_is_named(office: Office, tmp_path: Path, content: str | None) -> None:
    """A file that is not there, or holds no certificate, is a problem with one line, and the mail waits."""
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with ScriptedServer() as server:
        report = await send(office, server, smtp_tls="starttls", ca_file=file)
    assert report.problem is not None
    assert "DUBAN_CA_FILE" in report.problem
    assert ["queued"] == office.states()


async def test_a_server_that_offers_no_starttls_gets_nothing(office: Office) -> None:
    """Somebody in between may have taken the offer away: neither mail nor password goes on unprotected."""
    with ScriptedServer(login=("duban", "quite-secret")) as server:
        report = await send(office, server, smtp_tls="starttls", smtp_allow_plain=True, **LOGIN)
    assert report.problem is not None
    assert "STARTTLS" in report.problem
    assert (["queued"], []) == (office.states(), server.got)


async def test_no_password_goes_over_an_unprotected_line(office: Office) -> None:
    """Not even to this machine: not a byte is sent before somebody has allowed it, and nothing is lost."""
    with ScriptedServer(login=("duban", "quite-secret")) as server:
        report = await send(office, server, **LOGIN)
        assert report.problem is not None
        assert "DUBAN_SMTP_ALLOW_PLAIN=1" in report.problem
        assert (["queued"], 0) == (office.states(), server.connections)
        assert 1 == (await send(office, server, smtp_allow_plain=True, **LOGIN)).sent


async def test_without_a_login_an_unprotected_line_will_do(office: Office) -> None:
    """A relay that asks for no password is used as it is."""
    with ScriptedServer() as server:
        assert 1 == (await send(office, server)).sent


async def test_wrong_password_concerns_all_and_is_never_shown(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """A refused login keeps everything waiting; the password is in no report and no log, addresses are masked."""
    with ScriptedServer(login=("duban", "right")) as server:
        report = await send(office, server, smtp_allow_plain=True, **LOGIN)
    assert report.problem is not None
    assert "refuses the login" in report.problem
    assert ["queued"] == office.states()
    assert "quite-secret" not in report.problem + caplog.text
    assert "zhao@example.com" not in caplog.text


async def test_what_the_server_quotes_is_masked(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """A server that repeats the address and a number: neither log nor the list of the dead has them, our id stays."""
    refusal = "550 <zhao@example.com> has no box, ask 13812345678 or 010-62345678"
    with ScriptedServer(on_rcpt={"zhao@example.com": deque([refusal])}) as server:
        (death,) = (await send(office, server)).deaths
    for told in (caplog.text, repr(death)):
        assert "zhao@" not in told
        assert "1234567" not in told
        assert "6234567" not in told
    assert "z***@example.com" in death.reason
    assert office.row(office.posted[0]).message_id in caplog.text


async def test_a_mail_that_cannot_be_written_says_nothing_personal(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of somebody else's code may quote whatever it was given; its traceback is logged masked."""

    def broken(*_: object) -> None:
        raise ValueError("zhao@example.com 13812345678")

    monkeypatch.setattr("tasks.delivery.one_pass.build", broken)
    with ScriptedServer() as server:
        await send(office, server)
    assert "Traceback" in caplog.text
    assert "z***@example.com 138****5678" in caplog.text
    assert "zhao@" not in caplog.text
