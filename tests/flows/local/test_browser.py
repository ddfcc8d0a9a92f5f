"""Prefect and the mailbox before a real browser: operations sign in and work, a page of elsewhere gets nothing."""

from __future__ import annotations

import os
import sys
import time
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from flows.local.children import Child
from flows.local.environment import child_environment
from flows.local.logs import write_logging
from flows.local.sign_in import sign_in
from flows.local.up import await_ready, with_ports
from flows.pages.shelf import Page as Shown
from flows.pages.shelf import put
from models.errors import StorageError
from models.settings import Settings
from models.store.database import open_engine, reading
from models.store.schema import metadata
from tasks.delivery.mailbox import serve_mailbox
from tasks.mail.links import Links
from tests.support.browser import ELSEWHERE, PROXIED, chromium, site
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Response

ASK = """async ({base, asks}) => {
    const heard = {};
    for (const [name, path, how] of asks) {
        try {
            const answer = await fetch(base + path, how);
            heard[name] = answer.type === 'opaque' ? 'opaque' : `${answer.status} ${await answer.text()}`;
        } catch (error) { heard[name] = 'nothing'; }
    }
    return heard;
}"""
"""What a page hears of each request: status and text, `opaque` (sent, not to be read), or nothing."""
SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url, 'prefect');
    const heard = [];
    socket.onopen = () => socket.send(JSON.stringify({type: 'auth', token: 'duban:guessed-by-a-page'}));
    socket.onmessage = message => heard.push(message.data);
    socket.onclose = () => done(heard);
    setTimeout(() => done(heard), 3000);
})"""
ONE = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"}
BLIND = {"method": "POST", "mode": "no-cors", "headers": {"Content-Type": "text/plain"}, "body": '{"name": "planted"}'}
ASKS = [
    ["reads runs", "/api/flow_runs/filter", ONE],
    ["reads settings", "/api/admin/settings", {"credentials": "include"}],
    ["reads health", "/api/health", {}],
    ["fetches a token", "/api/csrf-token?client=x", {}],
    ["plants a flow", "/api/flows/", BLIND],
]


class Place(NamedTuple):
    """Prefect as `duban up` starts it, the mailbox beside it, and how to sign in."""

    prefect: str
    mailbox: str
    line: str


def await_health(server: Child, url: str) -> None:
    """Wait until the server answers; StorageError with the end of its log when it ends or takes too long."""
    limit = time.monotonic() + 120
    while True:
        try:
            return await_ready(server, url)
        except StorageError:
            if server.process is None or server.process.poll() is not None or time.monotonic() > limit:
                raise
            time.sleep(0.2)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:  # noqa: ARG001 -- first of all a browser
    """The server with the environment of `duban up`."""
    home = tmp_path_factory.mktemp("home")
    settings = with_ports(Settings(home=home, prefect_port=free_port(), mailbox_port=0, mailbox_smtp_port=0))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "DUBAN_"))}
    environment = child_environment(settings, inherited)
    write_logging(environment)
    command = [sys.executable, "-m", "prefect", "server", "start"]
    server = Child("prefect-server", command, environment, home / "logs" / "server.log")
    server.start()
    try:
        await_health(server, f"{environment['PREFECT_API_URL']}/health")
        with serve_mailbox(settings) as (_, page):
            mail = (
                "From: a@b.cn\r\nSubject: =?utf-8?b?5YKs5Yqe?=\r\nContent-Type: text/html\r\n\r\n<p id=told>overdue</p>"
            )
            (home / "mailbox" / "20261127T010203.000000Z-000000.eml").write_text(mail)
            prefect = f"http://127.0.0.1:{settings.prefect_port}"
            yield Place(prefect, f"http://127.0.0.1:{page}", sign_in(settings, {}).line)
    finally:
        assert server.process is not None
        server.process.terminate()
        server.process.wait(30)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet."""
    made = browser.new_context()
    yield made
    made.close()


def sign_in_at(page: Page, place: Place, host: str = "127.0.0.1") -> Response:
    """Type the line into the page that asks for it; the first answer that the dashboard gets to a question."""
    page.goto(place.prefect.replace("127.0.0.1", host))
    page.wait_for_url("**/login**")
    page.fill("input", place.line)
    with page.expect_response(lambda answer: answer.ok and answer.url.endswith("/api/flow_runs/filter")) as asked:
        page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard**")
    return asked.value


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", PROXIED])
def test_operations_sign_in_and_work(context: BrowserContext, place: Place, host: str) -> None:
    """Whoever types the line sees the dashboard; what the page asks for is answered by the server it came from."""
    request = sign_in_at(context.new_page(), place, host).request
    assert "POST" == request.method
    assert request.url.startswith(f"http://{host}:")
    assert "prefect-csrf-token" in request.headers


def test_a_wrong_line_lets_nobody_in(context: BrowserContext, place: Place) -> None:
    """The page stays where it is."""
    page = context.new_page()
    page.goto(place.prefect)
    page.wait_for_url("**/login**")
    page.fill("input", "duban:guessed-guessed")
    with page.expect_response(lambda answer: "/api/" in answer.url and answer.status == 401):
        page.keyboard.press("Enter")
    assert "/login" in page.url


def test_a_page_of_elsewhere_gets_nothing(context: BrowserContext, place: Place) -> None:
    """Not even in the browser of somebody who has signed in: it reads nothing and changes nothing."""
    sign_in_at(context.new_page(), place)
    with site("<h1>elsewhere</h1>") as port:
        page = context.new_page()
        page.goto(f"http://{ELSEWHERE}:{port}/")
        heard = page.evaluate(ASK, {"base": place.prefect, "asks": ASKS})
        assert {"reads runs", "reads settings", "reads health", "fetches a token"} == {
            name for name, words in heard.items() if words == "nothing"
        }
        assert {"page": "nothing"} == page.evaluate(ASK, {"base": place.mailbox, "asks": [["page", "/", {}]]})
        assert [] == page.evaluate(SOCKET, place.prefect.replace("http", "ws") + "/api/events/out")
    planted = context.request.get(
        f"{place.prefect}/api/flows/name/planted",
        headers={"Authorization": f"Basic {b64encode(place.line.encode()).decode()}"},
    )
    assert 404 == planted.status


def test_a_page_that_takes_our_address_gets_nothing(context: BrowserContext, place: Place) -> None:
    """DNS rebinding: under its own name it is of one origin with the server, and still not signed in."""
    sign_in_at(context.new_page(), place)
    page = context.new_page()
    page.goto(place.prefect.replace("127.0.0.1", ELSEWHERE) + "/ui-settings")
    heard = page.evaluate(ASK, {"base": "", "asks": ASKS})
    assert heard["reads settings"].startswith("401")
    assert heard["fetches a token"].startswith("401")
    assert heard["reads runs"].startswith("403")  # no token, and none to be had
    answer = page.goto(place.mailbox.replace("127.0.0.1", ELSEWHERE))
    assert answer is not None
    assert (403, "only for this machine\n") == (answer.status, answer.text())


def test_a_link_to_a_page_opens_on_what_it_says_now(context: BrowserContext, place: Place, tmp_path: Path) -> None:
    """By its id it shows its content, in both sets of pages, and stays the same when the content changes."""
    engine = open_engine(f"sqlite:///{tmp_path / 'duban.db'}")
    metadata.create_all(engine)
    signed = {PREFECT_API_URL: f"{place.prefect}/api", PREFECT_API_AUTH_STRING: place.line}
    with temporary_settings(signed):
        for word in ("yesterday", "today"):
            put(engine, [Shown("status", f"| a | b |\n| --- | --- |\n| all is well | {word}<br>今天 |", "状态 status")])
    with reading(engine) as connection:
        link = Links(connection, place.prefect).page("status")
    engine.dispose()
    page = context.new_page()
    sign_in_at(page, place)
    for address in (link, link.replace("/artifacts/", "/v2/artifacts/", 1)):
        page.goto(address)
        page.get_by_role("cell", name="today 今天").wait_for()
        assert 0 == page.locator("text=yesterday").count()


def test_mails_are_shown_here_and_framed_nowhere_else(context: BrowserContext, place: Place) -> None:
    """The mailbox shows a mail in its own frame; a page of elsewhere that frames the mailbox shows nothing."""
    page = context.new_page()
    page.goto(place.mailbox)
    assert 0 < page.locator("text=督办").count()
    page.click("a")
    inside = page.frame_locator("iframe").locator("#told")
    assert "overdue" == inside.text_content()
    with site(f"<iframe src='{place.mailbox}/'></iframe>") as port:
        page.goto(f"http://{ELSEWHERE}:{port}/")
        page.wait_for_load_state("networkidle")
        assert 0 == page.frames[1].locator("text=督办").count()
