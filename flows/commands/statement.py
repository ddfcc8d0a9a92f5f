"""`duban statement` and `duban review`: write a statement, put it before the general manager, answer it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import DONE, AsJson, clock, given_deployment, open_database
from flows.commands.output import print_json, say
from models.calendar.cadences import StatementCadence  # noqa: TC001 -- see above

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.statements.store import Subject


class Language(StrEnum):
    """What it is written in."""

    ZH = "zh"
    EN = "en"


class Decision(StrEnum):
    """What the general manager says."""

    APPROVE = "approve"
    RETURN = "return"


def statement(
    cadence: Annotated[StatementCadence, typer.Argument(help="How long the period is.", show_default=False)],
    period: Annotated[
        str | None,
        typer.Option("--period", help="2026-W47, 2026-11, 2026-Q4, 2026-H2, 2026; default the last that is over."),
    ] = None,
    regulation: Annotated[str, typer.Option("--regulation", help="Only of this one; default all.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default `statements` in DUBAN_HOME.")] = None,
    language: Annotated[Language, typer.Option("--language", help="zh or en.")] = Language.ZH,
    cleared: Annotated[bool, typer.Option("--cleared", help="Name secret items too.")] = False,  # noqa: FBT002 -- a flag of the command line
    submit: Annotated[bool, typer.Option("--submit", help="Store it and send it for review.")] = False,  # noqa: FBT002 -- see above
    as_json: AsJson = False,  # noqa: FBT002 -- see above
) -> int:
    """报告 Write a statement as HTML, text and workbook; with --submit put it before the general manager."""
    from models.calendar.periods import latest_period, parse_period  # noqa: PLC0415 -- start-up time
    from tasks.statements.store import Subject, known_regulation  # noqa: PLC0415 -- see above

    deployment = given_deployment()
    now = clock()
    zone = deployment.zone
    chosen = parse_period(cadence, period, zone) if period else latest_period(cadence, now, zone)
    subject = Subject(cadence.value, chosen, known_regulation(deployment, regulation.strip()))
    engine = open_database(deployment)
    if submit:
        return _submit(engine, deployment, subject, as_json=as_json)
    from types import SimpleNamespace  # noqa: PLC0415 -- see above

    from tasks.statistics import collect  # noqa: PLC0415 -- see above

    collected = collect(engine, deployment, chosen, regulation=subject.regulation, data_at=now)
    general = collected.parts[""]
    if as_json:
        parts = {name: part.model_dump(mode="json") for name, part in collected.parts.items() if name}
        figures = general.model_dump(mode="json")
        print_json({**figures, "data_hash": collected.content_hash, "departments": parts})
        if out is None:
            return DONE
    from tasks.statements.files import file_name, write_files  # noqa: PLC0415 -- see above
    from tasks.statements.forms import render  # noqa: PLC0415 -- see above

    rendered = render(
        general,
        collected.cases,
        language=language.value,
        cleared=cleared,
        purpose="general",
        revision=1,
        changes=[],
        answer_hint="",
    )
    facts = {"cadence": subject.cadence, "period": chosen.label, "regulation": subject.regulation, "revision": 1}
    folder = out or deployment.settings.home / "statements"
    for path in write_files(folder, file_name(SimpleNamespace(**facts)), rendered):
        if not as_json:
            say(str(path))
    return DONE


def review(
    number: Annotated[str, typer.Argument(help="The number of the statement.", show_default=False)],
    decision: Annotated[Decision, typer.Argument(help="What is decided.", show_default=False)],
    by: Annotated[str | None, typer.Option("--by", help="Who decides; default the general manager on duty.")] = None,
    remark: Annotated[str, typer.Option("--remark", help="What is to be corrected.")] = "",
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """审阅 Approve a statement, which sends it out, or return it with a remark."""
    deployment = given_deployment()
    engine = open_database(deployment)
    from tasks.statements.review import answer  # noqa: PLC0415 -- start-up time

    done = answer(engine, deployment, number, decision.value, by=by, remark=remark, now=clock())
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


def _submit(engine: Engine, deployment: Deployment, subject: Subject, *, as_json: bool) -> int:
    from models.store.database import reading  # noqa: PLC0415 -- start-up time
    from tasks.statements.make import make  # noqa: PLC0415 -- see above
    from tasks.statements.store import latest  # noqa: PLC0415 -- see above
    from tasks.statements.titles import number_of  # noqa: PLC0415 -- see above

    made = make(engine, deployment, subject, clock(), again=True)
    with reading(engine) as connection:
        row = latest(connection, subject)
    number = made.number if made else number_of(row)
    if as_json:
        print_json({"number": number, "fresh": made is not None, "changes": made.changes if made else 0})
    elif made:
        say(f"{number} · 已送审 submitted for review")
    else:
        say(f"{number} · 数据没有变化 nothing has changed since")
    return DONE
