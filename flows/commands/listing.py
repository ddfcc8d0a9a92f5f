"""`duban list`: what is there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json_rows, say
from flows.commands.tables import print_table
from models.store.database import reading
from tasks.views.listing import rows


class Listed(StrEnum):
    """What can be listed."""

    CASES = "cases"
    EVENTS = "events"
    DEADLINES = "deadlines"
    ESCALATIONS = "escalations"
    MESSAGES = "messages"
    PENALTIES = "penalties"
    LOANS = "loans"
    STATEMENTS = "statements"


_COLUMNS: dict[Listed, str] = {
    Listed.CASES: "number kind regulation status level department handler party opened_at closed_at",
    Listed.EVENTS: "id at case event by channel account verified recorded_at unauthorised",
    Listed.DEADLINES: "case rule round state starts_at opens_at due_at met_at next_at provisional",
    Listed.ESCALATIONS: "fired_at case rule round step scheduled_at recipients",
    Listed.MESSAGES: "created_at kind cases to subject state sent_at attempts reason",
    Listed.PENALTIES: "at case rule round seq who amount points share_of measure withdrawn_at note",
    Listed.LOANS: "number item borrower department lent_at due_at renewals status late_days",
    Listed.STATEMENTS: "number cadence period regulation revision state data_at data_hash answered_by",
}
"""What a table shows; `--json` has every field."""


def list_(
    what: Annotated[Listed, typer.Argument(help="What to list.", show_default=False)],
    case: Annotated[str | None, typer.Option("--case", help="Only of this case.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state (status of a case or loan).")] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """列出 List what is there."""
    deployment = given_deployment()
    engine = open_database(deployment)
    with reading(engine) as connection:
        found = rows(connection, deployment, what, now=clock(), case=case, state=state)
        if as_json:
            print_json_rows(found)
        elif not print_table(_COLUMNS[what].split(), found, deployment.zone):
            say(f"没有 no {what}")
    return DONE
