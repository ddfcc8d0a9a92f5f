"""A test language that reads like the story: people, what happens to a case, the clock, and who was told.

Times are written as people write them, in the organisation's zone: `2026-11-02 09:00`, with seconds where they matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.calendar.instants import parse_instant
from models.store.database import reading, writing
from models.store.schema import (
    absences,
    cases,
    deadlines,
    escalations,
    events,
    messages,
    penalties,
    people,
    person_roles,
)
from tasks.engine.sweep import replay, sweep_once
from tasks.intake import import_file
from tasks.record.recording import append_event, open_case
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Engine

    from tasks.engine.sweep import SweepReport
    from tasks.intake import ImportReport
    from tasks.organisation.deployment import Deployment

WORKSHOP = "维修部"


class Story:
    """An organisation, its cases, and a clock that the test moves."""

    def __init__(self, engine: Engine, deployment: Deployment) -> None:
        self.engine = engine
        self.deployment = deployment

    # -- people -----------------------------------------------------------------------------------------------

    def person(
        self, name: str, *roles: str, department: str = WORKSHOP, deputy: str | None = None, language: str = "zh"
    ) -> None:
        """Somebody with these roles; the deputy is named."""
        with writing(self.engine) as connection:
            row: dict[str, Any] = {"name": name, "email": address(name), "department": department, "language": language}
            row["deputy"] = address(deputy) if deputy else None
            connection.execute(people.insert().values(**row))
            key = connection.scalar(select(people.c.id).where(people.c.email == row["email"]))
            for role in roles:
                connection.execute(person_roles.insert().values(person_id=key, role=role))

    def house(self) -> None:
        """One person for each role, and a deputy for the department manager and for the service manager."""
        self.person("经理", "department_manager", deputy="代理")
        self.person("代理")
        self.person("经办", "handler")
        self.person("回访", "revisit_specialist", department="客服部")
        self.person("客服", "service_manager", department="客服部", deputy="客服代理")
        self.person("客服代理", department="客服部")
        self.person("总经理", "general_manager", department="总部")
        self.person("馆员", "librarian", department="档案室")
        self.person("档案主管", "archive_manager", department="档案室")

    def away(self, name: str, since: str, until: str) -> None:
        """Absent from `since` to `until`, both included."""
        with writing(self.engine) as connection:
            key = connection.scalar(select(people.c.id).where(people.c.name == name))
            values = {"person_id": key, "since": self.at(since), "until": self.at(until)}
            connection.execute(absences.insert().values(**values))

    # -- what happens -----------------------------------------------------------------------------------------

    def at(self, text: str) -> datetime:
        """The instant that a local time means."""
        return parse_instant(text, self.deployment.zone)

    def regulation(self, name: str, text: str) -> None:
        """A rule pack of the deployment's own."""
        folder = self.deployment.settings.home / "regulations"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def complaint(self, at: str, *, regulation: str | None = None, **fields: str) -> str:
        """A complaint is recorded; its number."""
        given = {"customer": "张三", "content": "异响", "department": WORKSHOP, "handler": "经办", "level": "major"}
        return self._open("complaint", at, {**given, **fields}, regulation)

    def loan(self, at: str, *, borrower: str = "经办", regulation: str | None = None, **fields: str) -> str:
        """Something is lent; its number."""
        given = {"item": f"资料 {at}", "borrower": borrower, "department": WORKSHOP}
        return self._open("loan", at, {**given, **fields}, regulation)

    def _open(self, kind: str, at: str, fields: dict[str, str], regulation: str | None) -> str:
        moment = self.at(at)
        opening: dict[str, Any] = {"kind": kind, "opened_at": moment, "fields": fields, "regulation": regulation}
        with writing(self.engine) as connection:
            return open_case(connection, self.deployment, **opening, by=None, now=moment, provenance=AT_HAND)

    def event(
        self, number: str, name: str, at: str, *, by: str | None = None, learned: str | None = None, **fields: str
    ) -> bool:
        """Something is recorded about a case, at its own instant or later; whether it is new."""
        now = self.at(learned or at)
        event: dict[str, Any] = {"number": number, "name": name, "at": self.at(at), "fields": fields}
        with writing(self.engine) as connection:
            return append_event(connection, self.deployment, **event, by=by, now=now, provenance=AT_HAND).fresh

    def fact(self, number: str, name: str, at: str, *, by: str | None = None, **fields: str) -> None:
        """Another program inserts an event, whatever the regulation says about it."""
        with writing(self.engine) as connection:
            key = connection.scalar(select(cases.c.id).where(cases.c.number == number))
            connection.execute(events.insert().values(case_id=key, name=name, at=self.at(at), by=by, fields=fields))

    def inserted(self, number: str, kind: str, at: str, **columns: Any) -> str:
        """Another program inserts a case, giving only what it must."""
        with writing(self.engine) as connection:
            connection.execute(cases.insert().values(number=number, kind=kind, opened_at=self.at(at), **columns))
        return number

    def imported(self, what: str, text: str, at: str) -> ImportReport:
        """A CSV file with this text is imported."""
        self.deployment.settings.home.mkdir(parents=True, exist_ok=True)
        file = Path(self.deployment.settings.home) / f"{what}.csv"
        file.write_text(text, encoding="utf-8")
        return import_file(self.engine, self.deployment, what, file, now=self.at(at))

    # -- the clock --------------------------------------------------------------------------------------------

    def sweep(self, at: str) -> SweepReport:
        """One pass at that instant."""
        return sweep_once(self.engine, self.deployment, self.at(at))

    def replay(self, since: str, until: str) -> SweepReport:
        """Every step at its own instant."""
        return replay(self.engine, self.deployment, self.at(since), self.at(until))

    # -- what came of it --------------------------------------------------------------------------------------

    def steps(self, number: str, rule: str, round: int = 1) -> dict[str, str]:  # noqa: A002 -- the word of the design
        """The steps of a deadline that fired, and when each was due."""
        fired = self._fired(number, rule, round)
        return {row.step: self.local(row.scheduled_at) for row in fired}

    def told(self, number: str, rule: str, step: str, round: int = 1) -> set[str]:  # noqa: A002
        """Who was told at a step, as `role/name`; `role/name for somebody` in somebody's stead."""
        return {
            f"{one['role']}/{one['name']}" + (f" for {one['instead_of']}" if one["instead_of"] else "")
            for row in self._fired(number, rule, round)
            if row.step == step
            for one in row.recipients
        }

    def reason(self, number: str, rule: str, step: str) -> str:
        """Why a step was told, and why not to whom it belonged."""
        return next(str(row.reason) for row in self._fired(number, rule, 1) if row.step == step)

    def _fired(self, number: str, rule: str, round: int) -> list[Row[Any]]:  # noqa: A002
        table = escalations.c
        query = (
            select(escalations)
            .join(cases, cases.c.id == table.case_id)
            .where(cases.c.number == number, table.rule == rule, table.round == round)
            .order_by(table.scheduled_at, table.step)
        )
        return self._all(query)

    def deadline(self, number: str, rule: str, round: int = 1) -> Deadline:  # noqa: A002
        """A deadline as it stands."""
        query = (
            select(deadlines)
            .join(cases, cases.c.id == deadlines.c.case_id)
            .where(cases.c.number == number, deadlines.c.rule == rule, deadlines.c.round == round)
        )
        (row,) = self._all(query)
        return Deadline(row.state, self.local(row.due_at), self.local(row.opens_at), bool(row.provisional))

    def status(self, number: str) -> str:
        """Of a case."""
        (row,) = self._all(select(cases.c.status).where(cases.c.number == number))
        return str(row.status)

    def penalties(self, number: str) -> list[tuple[str, float, bool]]:
        """Rule, yuan, and whether it was withdrawn."""
        query = select(penalties).join(cases, cases.c.id == penalties.c.case_id).where(cases.c.number == number)
        return [(row.rule, row.amount, row.withdrawn_at is not None) for row in self._all(query)]

    def mails(self) -> list[tuple[str, str]]:
        """What lies in the outbox: kind and name, in order of the names."""
        query = select(messages.c.kind, messages.c.name).order_by(messages.c.name, messages.c.kind)
        return [(row.kind, row.name) for row in self._all(query)]

    def local(self, instant: datetime | None) -> str:
        """`2026-11-02 09:07:00`, in the organisation's zone; empty for none."""
        return f"{instant.astimezone(self.deployment.zone):%Y-%m-%d %H:%M:%S}" if instant else ""

    def _all(self, query: Any) -> list[Row[Any]]:
        with reading(self.engine) as connection:
            return list(connection.execute(query))


class Deadline(NamedTuple):
    """State and local times of a deadline."""

    state: str
    due: str
    opens: str
    provisional: bool


def address(name: str) -> str:
    """The e-mail address of somebody in a story."""
    return f"{name.encode().hex()}@example.com"
