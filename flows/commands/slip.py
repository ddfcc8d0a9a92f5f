"""`duban slip`: the form slips as pages to print and sign."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import Annotated

import typer

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import one_line, print_json, say
from models.calendar.periods import latest_period, parse_period, period_of
from models.errors import UsageError
from models.store.database import reading
from tasks.slips.contents import Form
from tasks.slips.printed import print_slips, write_slips


def slip(
    form: Annotated[
        Form,
        typer.Argument(
            help="urge 催办单 (overdue), inquiry 洽办单 (closed late), postponement 延期申请, notice 奖罚通知单.",
            show_default=False,
        ),
    ],
    case: Annotated[str | None, typer.Option("--case", help="Only this case, as it stands now.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Like 2026-11; default the last complete one.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to write to; default DUBAN_HOME/slips.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """表单 Write the form slips as pages to print (HTML, A4), one for each recipient."""
    deployment = given_deployment()
    now = clock()
    period = latest_period("monthly", now, deployment.zone)
    if month:
        period = parse_period("monthly", month, deployment.zone)
    elif form is Form.URGE:
        period = period_of("monthly", now, deployment.zone)  # what is overdue now
    engine = open_database(deployment)
    folder = out or deployment.settings.home / "slips"
    with reading(engine) as connection:
        printed = print_slips(connection, deployment, form, period, now, case)
        try:
            written = write_slips(printed, folder)
        except OSError as error:
            raise UsageError(f"{folder} cannot be written to ({error.strerror}): give another --out") from error
    if as_json:
        print_json([{"file": str(path), "name": p.name, "to": p.email, "cases": p.cases} for path, p in written])
        return DONE
    for path, one in written:
        say(f"{path}  {one_line(one.name)}: {', '.join(map(one_line, one.cases))}")
    if not written:
        of = f"案件 case {one_line(case)}" if case else period.label
        say(f"没有 no {form}: {of}")
    return DONE
