"""`duban statement`: write a statement, or put it before the general manager."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json, say
from models.calendar.periods import StatementCadence, latest_period, parse_period
from models.store.database import reading
from tasks.statements.files import file_name, write_files
from tasks.statements.forms import render
from tasks.statements.make import make
from tasks.statements.store import Subject, known_regulation, latest
from tasks.statements.titles import number_of
from tasks.statistics import collect

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


class Language(StrEnum):
    """What it is written in."""

    ZH = "zh"
    EN = "en"


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
    deployment = given_deployment()
    now = clock()
    zone = deployment.zone
    chosen = parse_period(cadence, period, zone) if period else latest_period(cadence, now, zone)
    subject = Subject(cadence.value, chosen, known_regulation(deployment, regulation.strip()))
    engine = open_database(deployment)
    if submit:
        return _submit(engine, deployment, subject, as_json=as_json)
    collected = collect(engine, deployment, chosen, regulation=subject.regulation, data_at=now)
    general = collected.parts[""]
    if as_json:
        parts = {name: part.model_dump(mode="json") for name, part in collected.parts.items() if name}
        figures = general.model_dump(mode="json")
        print_json({**figures, "data_hash": collected.content_hash, "departments": parts})
        if out is None:
            return DONE
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


def _submit(engine: Engine, deployment: Deployment, subject: Subject, *, as_json: bool) -> int:
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
