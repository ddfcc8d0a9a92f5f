"""`duban explain`: what is there in one case, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.common import AsJson, CaseNumber, given_deployment, given_instant, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json, say
from flows.commands.story import lines
from models.store.database import reading
from tasks.views.explain import story
from tasks.views.story import as_data


def explain(
    case: CaseNumber,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="As the case stands at this instant; default now.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """说明 Tell a case's story: each clock, what counted, what fired, to whom, under which article."""
    deployment = given_deployment()
    now = given_instant(as_of, deployment)
    engine = open_database(deployment)
    with reading(engine) as connection:
        told = story(connection, deployment, case, now=now, at_least_known=as_of is None)
    if as_json:
        print_json(as_data(told))
        return DONE
    for line in lines(told):
        say(line)
    return DONE
