"""`duban sweep`, `duban replay` and `duban deliver`: what the flows do on schedule, by hand and for any instant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.common import DONE, REFUSED, AsJson, clock, given_deployment, given_instant, open_database
from flows.commands.output import print_json, print_table, say, warn
from flows.commands.progress import progress_bar

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.engine.sweep import SweepReport
    from tasks.organisation.deployment import Deployment


def sweep(
    as_of: Annotated[str | None, typer.Option("--as-of", help="The instant that counts as now.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """巡检 One pass: take in new events and fire what is due, without waiting."""
    deployment = given_deployment()
    now = given_instant(as_of, deployment)
    engine = open_database(deployment)
    from tasks.engine.sweep import sweep_once  # noqa: PLC0415 -- start-up time

    report = sweep_once(engine, deployment, now)
    if as_json:
        print_json(_as_data(report))
        return _troubles(report)
    say(_summary(report))
    if report.fired:
        columns = ("case", "rule", "round", "step", "scheduled_at", "recipients")
        print_table(columns, (step._asdict() for step in report.fired), deployment.zone)
    return _troubles(report)


def replay(
    since: Annotated[str, typer.Option("--from", help="Where the span begins.", show_default=False)],
    until: Annotated[str, typer.Option("--until", help="Where it ends, included.", show_default=False)],
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """重放 Fire everything of a span in order, each step at its own instant."""
    from models.errors import UsageError  # noqa: PLC0415 -- start-up time

    deployment = given_deployment()
    first, last = given_instant(since, deployment), given_instant(until, deployment)
    if first > last:
        raise UsageError("--from lies after --until: swap them")
    engine = open_database(deployment)
    from tasks.engine.sweep import replay as replay_span  # noqa: PLC0415 -- start-up time

    with progress_bar("replay", (last - first).total_seconds()) as bar:

        def progress(now: datetime) -> None:
            bar((now - first).total_seconds())

        report = replay_span(engine, deployment, first, last, progress)
    if as_json:
        print_json(_as_data(report))
        return _troubles(report)
    say(_summary(report))
    if report.fired:
        _print_counts(report, deployment)
    return _troubles(report)


def _troubles(report: SweepReport) -> int:
    """Cases that could not be made sense of are named on stderr."""
    if not report.troubles:
        return DONE
    warn(f"duban: {report.troubles} cases cannot be watched: `duban list cases --json` tells why in `trouble`")
    return REFUSED


def _summary(report: SweepReport) -> str:
    opened = f"opened {report.duties} duties, " if report.duties else ""
    return f"{opened}applied {report.applied} events of {report.cases} cases, fired {len(report.fired)} steps"


def _as_data(report: SweepReport) -> dict[str, Any]:
    fired = [step._asdict() for step in report.fired]
    return {
        "duties": report.duties,
        "cases": report.cases,
        "applied": report.applied,
        "troubles": report.troubles,
        "fired": fired,
    }


def _print_counts(report: SweepReport, deployment: Deployment) -> None:
    """A span can fire thousands of steps: their number by rule and step; `duban list escalations` has each."""
    counts = Counter((step.rule, step.step) for step in report.fired)
    rows = ({"rule": rule, "step": step, "fired": count} for (rule, step), count in sorted(counts.items()))
    print_table(("rule", "step", "fired"), rows, deployment.zone)


def deliver() -> int:
    """投递 Send what waits in the outbox; exit code 1 when something could not be sent."""
    import asyncio  # noqa: PLC0415 -- start-up time

    deployment = given_deployment()
    engine = open_database(deployment)
    from flows.letters import WRITERS  # noqa: PLC0415 -- start-up time
    from tasks.delivery.deliver import deliver as send  # noqa: PLC0415 -- start-up time

    report = asyncio.run(send(engine, deployment, WRITERS, now=clock))
    counts = ("sent", "deferred", "dead", "dropped", "in_doubt", "held")
    say(", ".join(f"{name.replace('_', ' ')} {getattr(report, name)}" for name in counts))
    if report.problem:
        warn(f"duban: {report.problem}")
    return REFUSED if report.dead or report.deferred or report.problem else DONE
