"""A real IMAP server (pymap) in a process of its own: mails are put in, and what has become of them is looked at."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imap_tools import MailBoxUnencrypted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

USER, PASSWORD = "duban", "secret"


@dataclass
class ImapServer:
    """Where it listens, and its only mailbox."""

    port: int

    @property
    def settings(self) -> dict[str, object]:
        """What a deployment that takes answers from it is set to."""
        return {
            "imap_host": "127.0.0.1",
            "imap_port": self.port,
            "imap_tls": "none",
            "imap_username": USER,
            "imap_password": PASSWORD,
        }

    @contextlib.contextmanager
    def open(self) -> Iterator[MailBoxUnencrypted]:
        """The mailbox, as any mail program has it."""
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=10).login(USER, PASSWORD) as box:
            yield box

    def put(self, raw: bytes, at: datetime) -> None:
        """A mail arrives at that instant."""
        with self.open() as box:
            box.append(raw, "INBOX", dt=at)

    def flags(self) -> list[tuple[str, ...]]:
        """The flags of every mail, in order."""
        with self.open() as box:
            return [
                tuple(sorted(flag for flag in mail.flags if flag != r"\Recent")) for mail in box.fetch(mark_seen=False)
            ]


@contextlib.contextmanager
def imap_server() -> Iterator[ImapServer]:
    """Runs while the block does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run = "from pymap.main import main; main()"
    command = [sys.executable, "-c", run, "--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    command += ["--demo-user", USER, "--demo-password", PASSWORD]
    server = subprocess.Popen(command)  # noqa: S603 -- a dev dependency
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < end
                assert server.poll() is None
                time.sleep(0.05)
        yield ImapServer(port)
    finally:
        server.terminate()
        server.wait(10)
