"""`duban sweep`: what the flow does on schedule, by hand and for any instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.commands.common import AsJson, AsOf, Yes, clock, come, given_deployment, given_instant, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import print_json, say, warn
from flows.commands.tables import print_table
from tasks.engine import last_pass
from tasks.engine.sweep import sweep_once
from tasks.mail.subjects import one_line

if TYPE_CHECKING:
    from tasks.engine.sweep import SweepReport

NAMED = 20
"""So many cases that nothing watches are named."""


def sweep(
    as_of: AsOf = None,
    yes: Yes = False,  # noqa: FBT002 -- a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002 -- see above
) -> int:
    """巡检 One pass: take in new events and fire what is due, without waiting."""
    deployment = given_deployment()
    now = come(given_instant(as_of, deployment), "--as-of", deployment, yes=yes)
    engine = open_database(deployment)
    report = sweep_once(engine, deployment, now)
    if as_of is None:
        last_pass.note(engine, clock())
    print_report(report, as_json=as_json)
    if report.fired and not as_json:
        columns = ("case", "rule", "round", "step", "scheduled_at", "recipients")
        print_table(columns, (step._asdict() for step in report.fired), deployment.zone)
    return status_of(report)


def print_report(report: SweepReport, *, as_json: bool) -> None:
    """What a pass took in and fired: all of it as JSON, or the counts."""
    if as_json:
        print_json(_as_data(report))
        return
    opened = f"opened {report.duties} duties, " if report.duties else ""
    say(f"{opened}applied {report.applied} events of {report.cases} cases, fired {len(report.fired)} steps")


def status_of(report: SweepReport) -> int:
    """The exit code; cases that nothing watches or that could not be made sense of are named on stderr."""
    for number, why in list(report.unwatched.items())[:NAMED]:
        warn(f"duban: case {number}: {one_line(why)}")
    if len(report.unwatched) > NAMED:
        warn(f"duban: {len(report.unwatched) - NAMED} more: `duban list cases --json` tells why in `trouble`")
    if not report.troubles:
        return DONE
    warn(f"duban: {report.troubles} cases cannot be watched: `duban list cases --json` tells why in `trouble`")
    return REFUSED


def _as_data(report: SweepReport) -> dict[str, Any]:
    fired = [step._asdict() for step in report.fired]
    return {
        "duties": report.duties,
        "cases": report.cases,
        "applied": report.applied,
        "troubles": report.troubles,
        "unwatched": [{"case": number, "trouble": why} for number, why in report.unwatched.items()],
        "fired": fired,
    }
