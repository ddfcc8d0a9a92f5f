"""A real browser without a window, for what only a browser can show: what a page of elsewhere may do."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ELSEWHERE = "evil.example"
"""A name that the browser takes for this machine, as a page does that gives its own name our address."""
PROXIED = "duban.example"
"""Another such name: that of a reverse proxy that hands everything on."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium of this machine (or of DUBAN_TEST_CHROMIUM); the test is skipped, and that is told, without one."""
    program = os.environ.get("DUBAN_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no browser here: install chromium (apt install chromium), or name one in DUBAN_TEST_CHROMIUM")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only with a browser

    with sync_playwright() as playwright:
        ours = (f"MAP {name} 127.0.0.1" for name in (ELSEWHERE, PROXIED))
        rules = ", ".join([*ours, "EXCLUDE 127.0.0.1", "EXCLUDE localhost", "MAP * ~NOTFOUND"])
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET, f"--host-resolver-rules={rules}"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def site(page: str) -> Iterator[int]:
    """A web site of elsewhere that has this one page; yields its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
