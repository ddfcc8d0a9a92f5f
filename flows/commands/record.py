"""`duban record`: what happened to a case, entered by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.commands.common import (
    Fields,
    clock,
    given_deployment,
    given_fields,
    given_instant,
    given_name,
    open_database,
)
from flows.commands.exit_codes import DONE
from flows.commands.output import say
from models.calendar.instants import local
from models.store.database import writing
from tasks.intake.by_hand import append_by_hand, open_by_hand
from tasks.intake.undone import left_open
from tasks.record.provenance import at_the_command_line

NEW = "NEW"
"""In place of a case's number: open a new one."""


def record(
    case: Annotated[str, typer.Argument(help="The number of the case, or NEW to open one.", show_default=False)],
    event: Annotated[str, typer.Argument(help="What happened; id or Chinese name.", show_default=False)],
    at: Annotated[str | None, typer.Option("--at", help="When it happened; default now.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who did it.")] = None,
    field: Fields = None,
) -> int:
    """登记 Record an event of a case; `record NEW registered|lent` opens one."""
    deployment = given_deployment()
    fields = given_fields(field)
    by = given_name(by, "--by")
    instant = None if at is None else given_instant(at, deployment)
    now = clock()
    told: dict[str, Any] = {"by": by, "fields": fields, "now": now, "provenance": at_the_command_line()}
    with writing(open_database(deployment)) as connection:
        if case == NEW:
            done = open_by_hand(connection, deployment, event, at=instant, **told)
        else:
            done = append_by_hand(connection, deployment, case, event, at=instant or now, **told)
    line = f"{done.number} {done.name} {local(done.at, deployment.zone)}"
    say(line if done.fresh else f"{line} unchanged (recorded before)")
    for line in left_open(done.still_open, deployment.zone):
        say(f"  {line}")
    return DONE
