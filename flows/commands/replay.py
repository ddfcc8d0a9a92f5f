"""`duban replay`: a span of time at once, for trials and tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import AsJson, Yes, come, given_deployment, given_instant, open_database
from flows.commands.progress import progress_bar
from flows.commands.sweep import print_report, status_of
from flows.commands.tables import print_table
from models.errors import UsageError
from tasks.engine.sweep import replay as replay_span

if TYPE_CHECKING:
    from datetime import datetime


def replay(
    since: Annotated[str, typer.Option("--from", help="Where the span begins.", show_default=False)],
    until: Annotated[str, typer.Option("--until", help="Where it ends, included.", show_default=False)],
    yes: Yes = False,  # noqa: FBT002 -- a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002 -- see above
) -> int:
    """重放 Fire everything of a span in order, each step at its own instant."""
    deployment = given_deployment()
    first, last = given_instant(since, deployment), given_instant(until, deployment)
    if first > last:
        raise UsageError("--from lies after --until: swap them")
    come(last, "--until", deployment, yes=yes)
    engine = open_database(deployment)
    with progress_bar("replay", (last - first).total_seconds()) as bar:

        def progress(now: datetime) -> None:
            bar((now - first).total_seconds())

        report = replay_span(engine, deployment, first, last, progress)
    print_report(report, as_json=as_json)
    if report.fired and not as_json:  # maybe thousands of steps: `duban list escalations` has each
        counts = Counter((step.rule, step.step) for step in report.fired)
        rows = ({"rule": rule, "step": step, "fired": count} for (rule, step), count in sorted(counts.items()))
        print_table(("rule", "step", "fired"), rows, deployment.zone)
    return status_of(report)
