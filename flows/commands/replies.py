"""`duban replies`: answers by mail, taken in by hand or watched for."""

from __future__ import annotations

import os
import socket
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json, say
from models.errors import UsageError
from models.wording.catalogue import both
from tasks.replies import watching

if TYPE_CHECKING:
    from tasks.replies.taking import Taken


def replies(
    once: Annotated[bool, typer.Option("--once", help="Take in what is there and end, instead of waiting.")] = False,  # noqa: FBT002 -- a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """答复 Take in answers by mail as they come; with --once only what is there."""
    deployment = given_deployment()
    if not deployment.settings.imap_host:
        raise UsageError(
            "没有设置收信服务器 / no mailbox to take answers from: set DUBAN_IMAP_HOST, _USERNAME and _PASSWORD, "
            "or reply on the page of the local mailbox (`duban up`)"
        )
    engine = open_database(deployment)
    taken: list[Taken] = []

    def on_taken(one: Taken) -> None:
        taken.append(one)
        if not as_json:
            say(line(one))

    if once:
        watching.once(engine, deployment, now=clock, on_taken=on_taken)
    else:
        holder = f"{socket.gethostname()}/{os.getpid()}"
        endless = float("inf")
        watching.ahead(engine, deployment, now=clock, seconds=endless, holder=holder, on_taken=on_taken)
    if as_json:
        print_json([one._asdict() for one in taken])
    else:
        counts = Counter(str(one.outcome) for one in taken)
        say(", ".join(f"{name} {count}" for name, count in counts.items()) or "0")
    return DONE


def line(one: Taken) -> str:
    """One mail: from whom, about which cases, what became of it."""
    about = f" {', '.join(one.cases)}" if one.cases else ""
    reason = f" · {one.reason}" if one.reason else ""
    return f"{one.sender}{about}: {both(f'reply.title.{one.outcome}')}{reason}"
