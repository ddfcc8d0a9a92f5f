"""The statements that were made: written once for each period and revision, with their case, and read again.

The row, the case whose clock runs until the answer, and the mail that asks for it are one transaction; the unique key
of the table (cadence, regulation, period, revision) leaves no place for a second one.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, select

from models.errors import UnknownError
from models.store.database import is_postgresql, upsert
from models.store.schema import cases, statements
from tasks.engine.duties import fulfil
from tasks.mail.post import decision_id
from tasks.mail.words import reason
from tasks.record.provenance import BY_DUBAN
from tasks.record.recording import append_event, open_case
from tasks.statements.changes import differences
from tasks.statements.titles import number_of
from tasks.statistics.figures import CaseList, Collected, Figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection, Row

    from models.calendar.periods import Period
    from tasks.organisation.deployment import Deployment

REVIEW = "statement-review"
"""The regulation under which a statement is reviewed."""
KIND = "statement"
IN_REVIEW, APPROVED, RETURNED, SUPERSEDED = "in_review", "approved", "returned", "superseded"
_LIGHT = tuple(column for column in statements.c if column.name not in ("parts", "cases", "changes"))


class NewStatement(NamedTuple):
    """A statement that was made just now."""

    id: UUID
    number: str
    cadence: str
    period: str
    regulation: str
    revision: int
    changes: int


class Subject(NamedTuple):
    """Which statement: of what, and of when. The cadence of the list of loans is `loans`, its period a month."""

    cadence: str
    period: Period
    regulation: str


@dataclass(frozen=True)
class StoredStatement:
    """A statement as it was stored."""

    row: Row[Any]

    @property
    def number(self) -> str:
        """As it is called: `FX-2026-W47`."""
        return number_of(self.row)

    @property
    def departments(self) -> list[str]:
        """The departments that have a part of their own."""
        return sorted(part for part in self.row.parts if part)

    def figures(self, part: str = "") -> Figures:
        """The figures of a department, or of all."""
        return Figures.model_validate(self.row.parts[part])

    def cases(self, part: str = "") -> CaseList:
        """The cases behind them."""
        found = CaseList.model_validate_json(gzip.decompress(self.row.cases))
        place = next((at for at, column in enumerate(found.columns) if column.id == "department"), None)
        if not part or place is None:
            return found
        return found.model_copy(update={"rows": tuple(row for row in found.rows if row.cells[place] == part)})


def known_regulation(deployment: Deployment, name: str) -> str:
    """The regulation's name, empty for all of them; UnknownError lists what there is."""
    if name:
        from models.packs.load import find_regulation  # noqa: PLC0415 -- YAML is needed only where packs are read

        find_regulation(name, deployment.regulations.folders)
    return name


# -- reading ---------------------------------------------------------------------------------------------------


def light(connection: Connection, statement_id: UUID, *, lock: bool = False) -> Row[Any]:
    """The row without its figures."""
    query = select(*_LIGHT).where(statements.c.id == statement_id)
    return connection.execute(query.with_for_update() if lock and is_postgresql(connection) else query).one()


def whole(connection: Connection, statement_id: UUID) -> StoredStatement:
    """With everything that it says."""
    return StoredStatement(connection.execute(select(statements).where(statements.c.id == statement_id)).one())


def id_of(connection: Connection, number: str) -> UUID:
    """The statement of that number; UnknownError when there is none."""
    query = select(statements.c.id).join(cases, cases.c.id == statements.c.case_id).where(cases.c.number == number)
    found: UUID | None = connection.scalar(query)
    if found is None:
        raise UnknownError(f"there is no statement {number!r}: `duban list statements` shows their numbers")
    return found


def latest(connection: Connection, subject: Subject) -> Row[Any] | None:
    """The newest revision, without its figures."""
    query = select(*_LIGHT).where(_of(subject)).order_by(statements.c.revision.desc()).limit(1)
    return connection.execute(query).one_or_none()


def is_approved_anew(connection: Connection, row: Row[Any]) -> bool:
    """Whether a later revision of the same statement was approved."""
    same = and_(*(statements.c[name] == getattr(row, name) for name in ("cadence", "regulation", "period")))
    later = and_(statements.c.revision > row.revision, statements.c.state == APPROVED)
    return connection.scalar(select(statements.c.id).where(same, later).limit(1)) is not None


def _of(subject: Subject) -> Any:
    return and_(
        statements.c.cadence == subject.cadence,
        statements.c.regulation == subject.regulation,
        statements.c.period == subject.period.label,
    )


# -- writing ---------------------------------------------------------------------------------------------------


def write(
    connection: Connection,
    deployment: Deployment,
    subject: Subject,
    collected: Collected,
    *,
    now: datetime,
    again: bool = False,
    reviewed: bool = True,
) -> NewStatement | None:
    """Write the next revision when it says something else than the last, and open its case (when it is `reviewed`).

    None when nothing changed (`again`: the same once more, after it was returned), or when another run just wrote it.
    A revision that waits for its answer is superseded.
    """
    period = subject.period
    last = latest(connection, subject)
    changes: list[dict[str, Any]] = []
    if last is not None:
        complete = last.data_at < period.until <= _data_at(collected)
        if last.data_hash == collected.content_hash and not complete and not (again and last.state == RETURNED):
            return None
        old = connection.scalar(select(statements.c.parts).where(statements.c.id == last.id)) or {}
        changes = differences(_parsed(old), collected.parts)
    revision = last.revision + 1 if last is not None else 1
    key = decision_id("statement", subject.cadence, subject.regulation, period.label, revision)
    values = {
        "id": key,
        "cadence": subject.cadence,
        "regulation": subject.regulation,
        "period": period.label,
        "revision": revision,
        "since": period.since,
        "until": period.until,
        "data_at": _data_at(collected),
        "data_hash": collected.content_hash,
        "state": IN_REVIEW if reviewed else APPROVED,
        "parts": {name: part.model_dump(mode="json") for name, part in sorted(collected.parts.items())},
        "cases": gzip.compress(collected.cases.model_dump_json().encode(), mtime=0),
        "changes": changes,
        "created_at": now,
    }
    statement = upsert(connection, statements).values(**values).on_conflict_do_nothing().returning(statements.c.id)
    if connection.scalar(statement) is None:
        return None
    row = light(connection, key)
    number = number_of(row)
    if reviewed:
        _open(connection, deployment, row, number, now)
    else:
        fulfil(connection, row, number_of(row), now, now)
    if last is not None and last.state == IN_REVIEW:
        supersede(connection, deployment, last, number, now)
    return NewStatement(key, number, subject.cadence, period.label, subject.regulation, revision, len(changes))


def supersede(connection: Connection, deployment: Deployment, old: Row[Any], number: str, now: datetime) -> None:
    """The revision that nobody answered gives way to the new one, and its clock ends."""
    waits = and_(statements.c.id == old.id, statements.c.state == IN_REVIEW)
    if connection.execute(statements.update().where(waits).values(state=SUPERSEDED)).rowcount:
        note = {"note": reason("statement.record.superseded_by", number=number)}
        told: dict[str, Any] = {"name": "withdrawn", "at": now, "by": None, "fields": note, "now": now}
        append_event(connection, deployment, number=number_of(old), **told, provenance=BY_DUBAN)


def _open(connection: Connection, deployment: Deployment, row: Row[Any], number: str, now: datetime) -> None:
    """The case whose clock runs until the answer."""
    fields = {"number": number, "cadence": row.cadence, "period": row.period, "revision": str(row.revision)}
    if row.regulation:
        fields["statement_of"] = row.regulation
    told: dict[str, Any] = {"opened_at": now, "fields": fields, "regulation": REVIEW, "by": None, "now": now}
    open_case(connection, deployment, kind=KIND, **told, provenance=BY_DUBAN)
    case_id = connection.scalar(select(cases.c.id).where(cases.c.number == number))
    connection.execute(statements.update().where(statements.c.id == row.id).values(case_id=case_id))


def _data_at(collected: Collected) -> datetime:
    return next(iter(collected.parts.values())).data_at


def _parsed(parts: Mapping[str, Any]) -> dict[str, Figures]:
    return {name: Figures.model_validate(part) for name, part in parts.items()}
