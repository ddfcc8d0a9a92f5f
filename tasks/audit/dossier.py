"""Everything on record of some cases, read with one statement a table in one state of the database."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.store.chain import COVERED
from models.store.database import is_postgresql, reading
from models.store.in_array import in_array
from models.store.schema import (
    cases,
    deadlines,
    derived_events,
    escalations,
    events,
    message_items,
    messages,
    penalties,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection, Engine, Row

    Where = Callable[[ColumnElement[Any]], ColumnElement[bool]]

_SEALED = ("salt", "digest", "link")
_EVENT = ("id", "case_id", "name", "at", "by", "fields", "recorded_at", "applied_at", "unauthorised", "link")
_MESSAGE = ("id", "key", "kind", "email", "state", "reason", "created_at", "sent_at")
_PENALTY = ("id", "case_id", *COVERED[penalties.name].plain[1:], *COVERED[penalties.name].personal)


@dataclass(slots=True)
class Dossier:
    """The rows of one case; `messages` are those that tell of an escalation, by its id."""

    case: Row[Any]
    events: list[Row[Any]] = field(default_factory=list)
    derived: list[Row[Any]] = field(default_factory=list)
    deadlines: list[Row[Any]] = field(default_factory=list)
    escalations: list[Row[Any]] = field(default_factory=list)
    penalties: list[Row[Any]] = field(default_factory=list)
    """Those that stand."""
    messages: dict[UUID, list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))

    def is_waiting(self, now: datetime, patience: datetime) -> bool:
        """Whether a sweep still has something to do here, and has not been kept from it for long (`patience`).

        It cannot be seen since when a case is to be looked at anew; how late sweeps are is not for the audit to say.
        """
        if self.case.evaluated_at is None or any(one.applied_at is None and one.at <= now for one in self.events):
            return True
        return any(one.next_at is not None and patience < one.next_at <= now for one in self.deadlines)


@contextmanager
def one_state(engine: Engine) -> Iterator[Connection]:
    """A connection that reads the database as it is at one moment, whatever sweeps commit meanwhile."""
    with reading(engine) as connection:
        if is_postgresql(connection):
            connection.rollback()
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def between(first: int, last: int) -> Where:
    """The cases of a range of ids, both ends included."""
    return lambda column: column.between(first, last)


def among(connection: Connection, ids: Collection[int]) -> Where:
    """These cases."""
    return lambda column: in_array(connection, column, ids)


def read(connection: Connection, where: Where, *, sealed: bool = False) -> list[Dossier]:
    """The dossiers of the cases that `where` picks by their ids; with `sealed` also what ties rows into the chain."""

    def rows(table: Any, *names: str) -> Any:
        wanted = [table.c[name] for name in dict.fromkeys((*names, *(_SEALED if sealed else ())))]
        return connection.execute(_of(select(*wanted), table.c.case_id))

    def _of(query: Select[Any], column: ColumnElement[Any]) -> Select[Any]:
        return query.where(where(column))

    covered = {name: (*columns.plain, *columns.personal) for name, columns in COVERED.items()}
    found = {row.id: Dossier(row) for row in connection.execute(_of(select(cases), cases.c.id).order_by(cases.c.id))}
    for row in rows(events, *_EVENT, *(covered[events.name] if sealed else ())):
        found[row.case_id].events.append(row)
    for row in connection.execute(_of(select(derived_events), derived_events.c.case_id)):
        found[row.case_id].derived.append(row)
    for row in connection.execute(_of(select(deadlines), deadlines.c.case_id)):
        found[row.case_id].deadlines.append(row)
    for row in rows(escalations, *covered[escalations.name], *((*_SEALED,) if sealed else ())):
        found[row.case_id].escalations.append(row)
    standing = select(*(penalties.c[name] for name in dict.fromkeys((*_PENALTY, *(_SEALED if sealed else ())))))
    for row in connection.execute(_of(standing, penalties.c.case_id).where(penalties.c.withdrawn_at.is_(None))):
        found[row.case_id].penalties.append(row)
    told = select(message_items.c.escalation_id, message_items.c.case_id, *(messages.c[name] for name in _MESSAGE))
    told = told.join(messages, messages.c.id == message_items.c.message_id)
    for row in connection.execute(_of(told, message_items.c.case_id)):
        if row.case_id in found:
            found[row.case_id].messages[row.escalation_id].append(row)
    return list(found.values())
