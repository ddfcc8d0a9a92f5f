"""What `duban up` says to whom started it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flows.local.environment import LOOPBACK, api_url, server_host
from models.store.database import open_engine, place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.local.sign_in import SignIn
    from models.settings import Settings


def announce(settings: Settings, server: Mapping[str, str], entry: SignIn) -> None:
    """Say where to look, and how to sign in."""
    host, port = settings.smtp_address
    home = settings.home.absolute()
    told = [
        ("Prefect 界面 UI", api_url(settings, server).rpartition("/")[0]),
        ("登录口令（整行填入） sign in with", entry.told(terminal=sys.stdout.isatty())),
        ("邮件 mail", f"{host}:{port}"),
        ("数据库 database", place(open_engine(settings.url))),
        ("数据目录 home", str(home)),
        ("收件箱 inbox", f"{home / 'inbox'}  (directory*, complaints*, loans*, events*: .csv, .xlsx)"),
        ("日志 logs", str(home / "logs")),
    ]
    if not settings.smtp_host:
        told.insert(2, ("本机邮箱 mailbox", f"http://{LOOPBACK}:{settings.mailbox_port}"))
    say("")
    say("督办已启动  Duban is up")
    for name, what in told:
        say(f"  {name}: {what}")
    if (listens := server_host(server)) not in (LOOPBACK, "localhost"):
        say(f"注意：Prefect 监听 {listens}，请置于 TLS 反向代理之后  it listens there: put a proxy with TLS before it")
    say("按 Ctrl-C 停止  Ctrl-C stops everything")
    say("")


def warn_of_onlookers(settings: Settings) -> None:
    """Say that the home is open to others, and what to do."""
    say(
        f"注意：其他用户可查看 {settings.home.absolute()}，请为 DUBAN_HOME 另设专用目录，或执行 chmod 700"
        "  others may look into it: set DUBAN_HOME to a folder of its own, or run chmod 700 on it"
    )


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201 -- this is the command's output
