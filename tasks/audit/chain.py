"""What the chain says was changed, as findings about the case and the step that were touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from models.store.schema import escalations, events, penalties
from tasks.audit.finding import EVENT, EXTRA, MESSAGE, MISSING, PENALTY, RECIPIENT, Finding, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import Connection

    from tasks.record.verify import Breach

NAME = "chain"
_TABLES: dict[str, Any] = {escalations.name: escalations, penalties.name: penalties}


def findings(connection: Connection, breaches: Iterable[Breach], known: Iterable[Finding]) -> Iterator[Finding]:
    """Each breach once; one that explains what was found of the same step already adds nothing.

    A step whose instants the facts bear out and whose digest does not hold has other recipients than it had.
    """
    told = {one.place for one in known if one.kind != MESSAGE}
    for breach in breaches:
        rule, round_, step = _place(connection, breach)
        if breach.table in _TABLES and breach.kind == "altered" and (breach.case, rule, round_, step) in told:
            continue
        where = f"{said(NAME, breach.kind)} {breach.table} {said('id', breach.row)} {said('link', breach.link)}"
        yield Finding(_kind(breach), breach.case, rule, round_, step, said(NAME, "*"), where)


def _kind(breach: Breach) -> str:
    if breach.table == events.name or breach.table not in _TABLES:
        return EVENT
    if breach.table == penalties.name:
        return PENALTY
    return {"altered": RECIPIENT, "missing": MISSING}.get(breach.kind, EXTRA)


def _place(connection: Connection, breach: Breach) -> tuple[str | None, int | None, str | None]:
    """Rule, round and step of the row, where it is one of a clock."""
    table = _TABLES.get(breach.table)
    if table is None or breach.row is None or breach.case is None:
        return None, None, None
    key: Any = UUID(breach.row) if table is escalations else int(breach.row)
    names = ("rule", "round", *(("step",) if table is escalations else ()))
    row = connection.execute(select(*(table.c[name] for name in names)).where(table.c.id == key)).one_or_none()
    return (row.rule, row.round, row.step if table is escalations else None) if row else (None, None, None)
