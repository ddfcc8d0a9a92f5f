"""The local mailbox: a real SMTP server with a page that shows its mails and lets nothing in them run."""

from __future__ import annotations

import stat
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from flows.letters import WRITERS
from models.errors import DeliveryError
from models.settings import Settings
from tasks.delivery.deliver import deliver
from tasks.delivery.mailbox import serve_mailbox
from tests.support.posting import Clock, Office

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


def get(port: int, path: str = "/", **headers: str) -> tuple[str, dict[str, str]]:
    """The page at that path, and its headers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- see above
        return answer.read().decode(), dict(answer.headers)


async def test_without_a_server_mails_go_to_the_mailbox(engine: Engine, deployment: Deployment) -> None:
    """Where no SMTP host is set a delivery ends in the local mailbox, whose page lists it newest first."""
    office = Office(engine, deployment)
    office.post("2611001", fields={"content": "<script>alert(1)</script>", "phone": "13812345678"})
    office.post("2611002")
    with serve_mailbox(deployment.changed(mailbox_smtp_port=0, mailbox_port=0).settings) as (smtp, page):
        here = deployment.changed(mailbox_smtp_port=smtp)
        assert 2 == (await deliver(engine, here, WRITERS, now=Clock())).sent

        listed, _ = get(page)
        assert listed.index("2611002") < listed.index("2611001")
        name = listed.split('href="/mail/')[-1].split('"')[0]
        mail, headers = get(page, f"/mail/{name}")
        inside, rules = get(page, f"/html/{name}")

    assert 2 == len(list((deployment.settings.home / "mailbox").glob("*.eml")))
    assert 'sandbox=""' in mail
    assert "<script>" not in mail + inside
    assert "&lt;script&gt;" in mail
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox" in rules["Content-Security-Policy"]


def test_only_mails_of_this_machine_are_served(tmp_path: Path) -> None:
    """No other file can be had, and no foreign web page can ask through a name of its own."""
    settings = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)
    (tmp_path / "secret.eml").write_text("secret", encoding="utf-8")
    with serve_mailbox(settings) as (_, page):
        for path in ("/mail/../secret", "/source/..%2Fsecret", "/source/", "/other/x"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                get(page, path)
        assert "还没有邮件" in get(page)[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8025"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "localhost:x"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_elsewhere_reads_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    """Neither under a name of its own for this address (DNS rebinding) nor across origins."""
    with serve_mailbox(Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)) as (_, page):
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            get(page, **headers)
        assert b"only for this machine" in refused.value.read()


def test_the_page_is_closed_to_other_pages(tmp_path: Path) -> None:
    """Its own page may ask, through a tunnel of another port too; nothing of it may be framed or embedded elsewhere."""
    with serve_mailbox(Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)) as (_, page):
        _, headers = get(page, Host="localhost:9000", Origin="http://localhost:9000")
    assert not [name for name in headers if name.startswith("Access-Control")]
    assert ("same-origin", "SAMEORIGIN", "nosniff") == (
        headers["Cross-Origin-Resource-Policy"],
        headers["X-Frame-Options"],
        headers["X-Content-Type-Options"],
    )
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]


async def test_mails_are_kept_for_their_owner_alone(engine: Engine, deployment: Deployment) -> None:
    """The folder lets nobody else in, and neither does a mail, whatever the umask is."""
    Office(engine, deployment).post("2611001")
    with serve_mailbox(deployment.changed(mailbox_smtp_port=0, mailbox_port=0).settings) as (smtp, _):
        await deliver(engine, deployment.changed(mailbox_smtp_port=smtp), WRITERS, now=Clock())
    folder = deployment.settings.home / "mailbox"
    (mail,) = folder.glob("*.eml")
    assert (0o700, 0o600) == (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(mail.stat().st_mode))


def test_a_taken_port_is_told_with_its_setting(tmp_path: Path) -> None:
    """A second mailbox on the same port says which setting to change."""
    free = Settings(home=tmp_path, mailbox_smtp_port=0, mailbox_port=0)
    with serve_mailbox(free) as (smtp, page):
        for change, name in (({"mailbox_smtp_port": smtp}, "SMTP_PORT"), ({"mailbox_port": page}, "MAILBOX_PORT")):
            with pytest.raises(DeliveryError, match=name), serve_mailbox(free.model_copy(update=change)):
                pass
