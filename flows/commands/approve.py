"""`duban approve`: the answer to what waits for a decision in a case."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.common import (
    AsJson,
    CaseNumber,
    Fields,
    clock,
    given_deployment,
    given_fields,
    given_instant,
    given_name,
    open_database,
)
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json, say
from models.store.database import writing
from tasks.intake.answers import answer
from tasks.intake.undone import left_open
from tasks.record.provenance import at_the_command_line


def approve(
    case: CaseNumber,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse instead of approving.")] = False,  # noqa: FBT002 -- a flag of the command line
    by: Annotated[str | None, typer.Option("--by", help="Who decides: a name or an e-mail address.")] = None,
    remark: Annotated[str, typer.Option("--remark", help="What goes with the decision.")] = "",
    which: Annotated[str | None, typer.Option("--approval", help="Which, where several decisions wait.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it was decided; default now.")] = None,
    field: Fields = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """审批 Approve or refuse what a case waits for; only who may decide it by the regulation."""
    deployment = given_deployment()
    fields = given_fields(field)
    by = given_name(by, "--by")
    now = clock()
    instant = None if at is None else given_instant(at, deployment)
    with writing(open_database(deployment)) as connection:
        done = answer(
            connection,
            deployment,
            case,
            approve=not refuse,
            by=by,
            remark=remark,
            fields=fields,
            at=instant,
            which=which,
            now=now,
            provenance=at_the_command_line(),
        )
    if as_json:
        told = {name: value for name, value in done._asdict().items() if name != "is_approval"}
        print_json({**told, "still_open": [one._asdict() for one in done.still_open]})
        return DONE
    words = "不批准 refused" if refuse else "批准 approved"
    say(f"{done.number} {done.question} {words} ({done.event})" + ("" if done.fresh else " unchanged"))
    for line in left_open(done.still_open, deployment.zone):
        say(f"  {line}")
    return DONE
