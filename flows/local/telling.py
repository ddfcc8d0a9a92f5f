"""What `duban up` says to whom started it, in Chinese and English."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flows.local.environment import LOOPBACK, api_url, server_host
from models.store.database import open_engine, place, reading
from models.wording import catalogue
from models.wording.catalogue import FIRST, SECOND
from tasks.mail.links import BOARD, STATUS, Links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.local.sign_in import SignIn
    from models.settings import Settings


def announce(settings: Settings, server: Mapping[str, str], entry: SignIn) -> None:
    """Say where to look, and how to sign in."""
    host, port = settings.smtp_address
    home = settings.home.absolute()
    told = {
        "prefect": api_url(settings, server).rpartition("/")[0],
        **_pages(settings),
        "sign_in": entry.told(terminal=sys.stdout.isatty()),
        "mailbox": "" if settings.smtp_host else f"http://{LOOPBACK}:{settings.mailbox_port}",
        "mail": f"{host}:{port}",
        "database": place(open_engine(settings.url)),
        "home": str(home),
        "inbox": f"{home / 'inbox'}  (directory*, complaints*, loans*, events*: .csv, .xlsx)",
        "logs": str(home / "logs"),
    }
    say("")
    say(both("up.is_up"))
    for name, what in told.items():
        if what:
            say(f"  {both(f'up.{name}', joint=' ')}: {what}")
    if (listens := server_host(server)) not in (LOOPBACK, "localhost"):
        say(both("up.listens", host=listens))
    if os.environ.get("PREFECT_API_URL"):
        say(both("up.another_prefect"))
    if not settings.alarm_urls.get_secret_value():
        say(both("alarm.no_channel"))
    say(both("up.how_to_stop"))
    say("")


def _pages(settings: Settings) -> dict[str, str]:
    """Where the status and the overdue board are found."""
    engine = open_engine(settings.url)
    try:
        with reading(engine) as connection:
            links = Links(connection, settings.ui_address)
            return {"status": links.page(STATUS), "board": links.page(BOARD)}
    finally:
        engine.dispose()


def warn_of_onlookers(settings: Settings) -> None:
    """Say that the home is open to others, and what to do."""
    say(both("up.onlookers", home=settings.home.absolute()))


def both(key: str, joint: str = "  ", **values: object) -> str:
    """A sentence of the catalogue in both languages."""
    return joint.join(catalogue.say(language, key, **values) for language in (FIRST, SECOND))


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201 -- this is the command's output
