"""Makes the statements whose instant has come, and new revisions of those that a correction has overtaken.

Up to where each cadence was made is remembered, so that nothing is asked of the cases while nothing is due. That a
statement exists once is the table's own key, whoever runs twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from models.calendar.instants import iso
from models.calendar.periods import CADENCES, parse_period
from models.store.database import reading, upsert, writing
from models.store.schema import cases, events, facts, statements
from tasks.organisation.masking import masked_log
from tasks.statements.distribute import Distribution
from tasks.statements.planned import LOANS, all_planned
from tasks.statements.schedule import early_statements
from tasks.statements.store import KIND, NewStatement, Subject, latest, light, write

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment
    from tasks.statements.planned import PlannedStatement
    from tasks.statistics.figures import Collected

log = masked_log("duban.statements")

ALL = "all"
"""How the settings name the whole organisation."""
NOT_COUNTED = (KIND, "duty")
"""Kinds of cases that no statement counts."""
RECENT = 3
"""So many periods of each cadence are watched for corrections, "recent" ones only."""
YEAR = timedelta(days=366)
_MADE, _CHECKED = "statements_made_", "statements_checked"
"""What is remembered: per cadence the instant up to which everything was made; where the last look ended."""


@dataclass(slots=True)
class Report:
    """The statements that were made, and those that could not be, each with the reason."""

    made: list[NewStatement] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def make(
    engine: Engine, deployment: Deployment, subject: Subject, now: datetime, *, again: bool = False
) -> NewStatement | None:
    """Compute a statement from what is known now and put it before the general manager; None when it is known so."""
    collected = _collect(engine, deployment, subject, now)
    with writing(engine) as connection:
        made = write(connection, deployment, subject, collected, now=now, again=again)
        if made:
            Distribution(connection, deployment, light(connection, made.id), now).for_review()
        return made


def make_due(engine: Engine, deployment: Deployment, now: datetime) -> Report:
    """Every statement whose instant has come since the last time; the first time only the newest of each cadence.

    First those that a duty of their regulation wants earlier than the schedule has them.
    """
    report = Report()
    first: datetime | None = None
    early = (
        (f"{_MADE}{planned[-1].cadence}_{name}", [name], planned) for name, planned in early_statements(deployment, now)
    )
    general = (
        (_MADE + planned[-1].cadence, None, planned)
        for planned in all_planned(deployment.settings, deployment.calendar, now)
        if planned
    )
    for fact, names, planned in chain(early, general):
        with reading(engine) as connection:
            until = _remembered(connection, fact)
        missed = [one for one in planned if _text(one.at) > until] if until else planned[-1:]
        if missed and first is None:
            first = _first_case(engine)
            if first is None:
                return report  # nothing to report on yet
        for one in missed:
            if first is not None and one.period.until <= first:
                continue  # before there was anything
            if not _make_planned(engine, deployment, one, now, report, names):
                break
            with writing(engine) as connection:
                _remember(connection, fact, _text(one.at))
    return report


def _first_case(engine: Engine) -> datetime | None:
    """When the first case began that a statement counts."""
    query = select(func.min(cases.c.opened_at, type_=cases.c.opened_at.type)).where(cases.c.kind.not_in(NOT_COUNTED))
    with reading(engine) as connection:
        found: datetime | None = connection.scalar(query)
    return found


def _make_planned(
    engine: Engine,
    deployment: Deployment,
    planned: PlannedStatement,
    now: datetime,
    report: Report,
    names: list[str] | None,
) -> bool:
    """The statement of each regulation (or of these) for that instant; whether all of them are there now."""
    if names is None:
        with reading(engine) as connection:
            names = [""] if planned.cadence == LOANS else _regulations(connection, deployment, planned)
    complete = True
    for name in names:
        subject = Subject(planned.cadence, planned.period, name)
        with reading(engine) as connection:
            known = latest(connection, subject)
        if known is not None and known.data_at >= planned.known_from:
            continue
        try:
            made = _list_loans(engine, deployment, subject, now) if planned.cadence == LOANS else None
            made = made or (make(engine, deployment, subject, now) if planned.cadence != LOANS else None)
        except Exception as error:  # one that cannot be computed must not stop the others
            log.exception("statement %s %s %s cannot be made", planned.cadence, planned.period.label, name)
            report.failed.append(f"{planned.cadence} {planned.period.label} {name}: {error}")
            complete = False
        else:
            report.made += [made] if made else []
    return complete


def _list_loans(engine: Engine, deployment: Deployment, subject: Subject, now: datetime) -> NewStatement | None:
    """The list of what was not returned by the end of the month: for the general manager alone, so not reviewed."""
    collected = _collect(engine, deployment, subject, now)
    part = collected.parts[""]
    tables = tuple(table for table in part.tables if table.section == LOANS)
    sections = tuple(section for section in part.sections if section.id == LOANS)
    update = {"cadence": LOANS, "headlines": (), "findings": (), "sections": sections, "tables": tables}
    shown = part.model_copy(update=update)
    only = collected.model_copy(update={"parts": {"": shown}})
    with writing(engine) as connection:
        made = write(connection, deployment, subject, only, now=now, reviewed=False)
        if made:
            Distribution(connection, deployment, light(connection, made.id), now).to_general_manager()
        return made


def _collect(engine: Engine, deployment: Deployment, subject: Subject, now: datetime) -> Collected:
    from tasks.statistics import collect  # noqa: PLC0415 -- pandas, which a command that only lists does not pay

    return collect(engine, deployment, subject.period, regulation=subject.regulation, data_at=now)


def _regulations(connection: Connection, deployment: Deployment, planned: PlannedStatement) -> list[str]:
    """The whole organisation ("") and the regulations that get a statement of their own."""
    from models.settings import names_in  # noqa: PLC0415 -- beside its use

    given = names_in(deployment.settings.statement_regulations)
    if given:
        return ["" if name == ALL else name for name in given]
    had_cases = and_(
        cases.c.kind.not_in(NOT_COUNTED),
        cases.c.opened_at < planned.period.until,
        or_(cases.c.closed_at.is_(None), cases.c.closed_at >= planned.period.since),
    )
    return [
        "",
        *sorted(name for name in connection.scalars(select(cases.c.regulation).where(had_cases).distinct()) if name),
    ]


# -- corrections -----------------------------------------------------------------------------------------------


def revise(engine: Engine, deployment: Deployment, now: datetime) -> Report:
    """New revisions of recent statements whose figures changed by what was recorded since the last look."""
    report = Report()
    with reading(engine) as connection:
        last = json.loads(_remembered(connection, _CHECKED) or "{}")
        calendar = deployment.calendar.fingerprint
        newest, oldest = _recorded_since(connection, int(last.get("event", 0)), now)
        recent = _recent(connection, deployment, now) if last else []
    if last.get("calendar", calendar) == calendar:
        recent = [one for one in recent if oldest is not None and one.period.until > oldest]
    for subject in recent:
        try:
            made = make(engine, deployment, subject, now)
        except Exception as error:  # one that cannot be computed must not stop the others
            log.exception("statement %s cannot be revised", subject)
            report.failed.append(f"{subject.cadence} {subject.period.label} {subject.regulation}: {error}")
        else:
            report.made += [made] if made else []
    if not report.failed:
        with writing(engine) as connection:
            _remember(connection, _CHECKED, json.dumps({"event": newest, "calendar": calendar}))
    return report


def _recorded_since(connection: Connection, last: int, now: datetime) -> tuple[int, datetime | None]:
    """The newest event that was taken in, and the earliest instant that those after `last` speak of.

    A correction of a case speaks of the case from its beginning.
    """
    waiting = connection.scalar(select(func.min(events.c.id)).where(events.c.applied_at.is_(None), events.c.at <= now))
    newest = (waiting - 1) if waiting is not None else (connection.scalar(select(func.max(events.c.id))) or 0)
    at = case((events.c.name == "amended", cases.c.opened_at), else_=events.c.at)
    query = (
        select(func.min(at, type_=events.c.at.type))
        .join(cases, cases.c.id == events.c.case_id)
        .where(events.c.id > last, events.c.id <= newest, cases.c.kind.not_in(NOT_COUNTED))
    )
    return max(newest, last), connection.scalar(query)


def _recent(connection: Connection, deployment: Deployment, now: datetime) -> list[Subject]:
    """The newest complete statements of each cadence and regulation."""
    table = statements.c
    key = (table.cadence, table.regulation, table.period, table.until)
    query = (
        select(*key, func.max(table.data_at, type_=table.data_at.type))
        .where(table.cadence.in_(CADENCES), table.until > now - YEAR, table.until <= now)
        .group_by(*key)
        .order_by(table.until.desc())
    )
    found: dict[tuple[str, str], list[Subject]] = {}
    for cadence, regulation, period, until, data_at in connection.execute(query):
        same = found.setdefault((cadence, regulation), [])
        if data_at >= until and len(same) < RECENT:
            same.append(Subject(cadence, parse_period(cadence, period, deployment.zone), regulation))
    return [subject for same in found.values() for subject in same]


def _text(at: datetime) -> str:
    return iso(at) or ""


def _remembered(connection: Connection, name: str) -> str:
    return connection.scalar(select(facts.c.value).where(facts.c.name == name)) or ""


def _remember(connection: Connection, name: str, value: str) -> None:
    statement = upsert(connection, facts).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
