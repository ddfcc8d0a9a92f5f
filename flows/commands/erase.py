"""`duban erase`: what closed cases say of a customer."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.asking import ask
from flows.commands.common import AsJson, clock, given_deployment, given_instant, given_name, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import print_json, say, warn
from models.store.database import reading
from models.wording.catalogue import both
from tasks.record.provenance import at_the_command_line
from tasks.retention.erase import erase as erase_cases
from tasks.retention.erase import of_customer


def erase(
    customer: Annotated[str, typer.Option("--customer", help="The name, as the cases have it.", show_default=False)],
    before: Annotated[str | None, typer.Option("--before", help="Only cases closed before this instant.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Without being asked.")] = False,  # noqa: FBT002 -- a flag
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """删除 Erase what closed cases say of a customer; clocks, decisions and figures stay. It cannot be undone."""
    deployment = given_deployment()
    name = given_name(customer, "--customer") or ""
    until = given_instant(before, deployment) if before else None
    engine = open_database(deployment)
    with reading(engine) as connection:
        found = of_customer(connection, name, until)
    if found.ids:
        ask(both("retention.ask", customer=name, count=len(found.ids)), yes=yes)
    done = erase_cases(engine, found.ids, now=clock(), provenance=at_the_command_line())
    if as_json:
        print_json({**done._asdict(), "running": found.running})
    else:
        say(both("retention.done", cases=done.cases, events=done.events))
    if found.running:
        warn(f"duban: {both('retention.running', numbers=', '.join(found.running))}")
    return DONE if done.cases else REFUSED
