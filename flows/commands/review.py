"""`duban review`: the general manager's answer to a statement."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from flows.commands.common import AsJson, clock, given_deployment, given_name, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json, say
from tasks.record.provenance import at_the_command_line
from tasks.statements.review import answer


class Ruling(StrEnum):
    """What the general manager says."""

    APPROVE = "approve"
    RETURN = "return"


def review(
    number: Annotated[str, typer.Argument(help="The number of the statement.", show_default=False)],
    decision: Annotated[Ruling, typer.Argument(help="What is decided.", show_default=False)],
    by: Annotated[str | None, typer.Option("--by", help="Who decides: a name or an e-mail address.")] = None,
    remark: Annotated[str, typer.Option("--remark", help="What is to be corrected.")] = "",
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """审阅 Approve a statement, which sends it out, or return it with a remark."""
    by = given_name(by, "--by")
    deployment = given_deployment()
    engine = open_database(deployment)
    done = answer(
        engine, deployment, number, decision.value, by=by, remark=remark, now=clock(), provenance=at_the_command_line()
    )
    told = [{"purpose": one.purpose, "department": one.part, **one.recipient.shown()} for one in done.told]
    if as_json:
        print_json({"number": done.number, "state": done.state, "by": done.by, "fresh": done.fresh, "told": told})
        return DONE
    again = "" if done.fresh else " (此前已答复 it was answered before)"
    say(f"{done.number} {done.state}{f' · {done.by}' if done.by else ''}{again}")
    for one in told:
        department = f" {one['department']}" if one["department"] else ""
        say(f"  {one['purpose']}{department} → {one['name']} <{one['email']}>")
    return DONE
