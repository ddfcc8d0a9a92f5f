"""`duban deliver`: the outbox, drained by hand."""

from __future__ import annotations

import asyncio

from flows.commands.common import clock, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import say, warn
from flows.letters import WRITERS
from tasks.delivery.deliver import deliver as send


def deliver() -> int:
    """投递 Send what waits in the outbox; exit code 1 when something could not be sent."""
    deployment = given_deployment()
    engine = open_database(deployment)
    report = asyncio.run(send(engine, deployment, WRITERS, now=clock))
    counts = ("sent", "deferred", "dead", "dropped", "in_doubt", "held")
    say(", ".join(f"{name.replace('_', ' ')} {getattr(report, name)}" for name in counts))
    if report.problem:
        warn(f"duban: {report.problem}")
    return REFUSED if report.dead or report.deferred or report.problem else DONE
