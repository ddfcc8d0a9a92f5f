"""`duban approve`: the answer to what waits for a decision in a case."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flows.commands.common import DONE, AsJson, clock, given_deployment, given_instant, open_database
from flows.commands.intake import fields_of
from flows.commands.output import print_json, say


def approve(
    case: Annotated[str, typer.Argument(help="The number of the case.", show_default=False)],
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse instead of approving.")] = False,  # noqa: FBT002
    by: Annotated[str | None, typer.Option("--by", help="Who decides: a name or an e-mail address.")] = None,
    remark: Annotated[str, typer.Option("--remark", help="What goes with the decision.")] = "",
    which: Annotated[str | None, typer.Option("--approval", help="Which, where several decisions wait.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it was decided; default now.")] = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="A field as NAME=VALUE; may be repeated.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """审批 Approve or refuse what a case waits for; only who may decide it by the regulation."""
    deployment = given_deployment()
    given = fields_of(field or [])
    now = clock()
    instant = None if at is None else given_instant(at, deployment)
    engine = open_database(deployment)
    from models.store.database import writing  # noqa: PLC0415 -- start-up time
    from tasks.intake.answers import answer  # noqa: PLC0415 -- start-up time

    with writing(engine) as connection:
        said: dict[str, Any] = {"approve": not refuse, "by": by, "remark": remark, "fields": given, "at": instant}
        done = answer(connection, deployment, case, **said, which=which, now=now)
    if as_json:
        print_json(done._asdict())
        return DONE
    words = "不批准 refused" if refuse else "批准 approved"
    say(f"{done.number} {done.question} {words} ({done.event})" + ("" if done.fresh else " unchanged"))
    return DONE
