"""Events that another program wrote into the table: they enter the chain when they are taken in.

Whatever such a row says of its channel, it came by `insert`, and whoever it names is only claimed. One that
decides what its `by` may not decide counts for nothing: it stays on record with the reason, and operations are told
(`refusals.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.errors import RefusedError
from models.store.bulk import update_many
from models.store.chain import tie_in
from models.store.schema import events
from models.timeline.case import Case
from models.timeline.story import Event
from tasks.record.authority import Statement, deciding
from tasks.record.cases import history
from tasks.record.provenance import Channel, Provenance
from tasks.record.refusals import Refusal, note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from tasks.record.authority import Court

BY_INSERT = Provenance(Channel.INSERT)
COLUMNS = ("id", "case_id", "name", "at", "by", "fields", "recorded_at")


class TakenOver(NamedTuple):
    """Events of other programs on one case: what is to be written of each, and which decisions nobody may count."""

    changed: list[dict[str, Any]]
    refused: list[Refusal]

    @property
    def void(self) -> set[int]:
        """The ids of those that count for nothing."""
        return {one["id"] for one in self.changed if one["unauthorised"] is not None}

    def write(self, connection: Connection, now: datetime) -> None:
        """Tie them into the chain, and note the refusals."""
        update_many(connection, events, self.changed)
        note(connection, self.refused, now)


def judge(connection: Connection, court: Court, case: Case, rows: Sequence[Mapping[str, Any]]) -> TakenOver:
    """Judge the rows (`COLUMNS`) in the order in which they happened, each by what was on record of the case by then.

    `case` knows everything else.
    """
    known, found = list(case.events), TakenOver([], [])
    decides = deciding(court.rules)
    for row in sorted(rows, key=lambda one: (one["at"], one["id"])):
        event = Event(row["name"], row["at"], row["fields"] or {}, row["id"])
        reason = None
        if event.name in decides:
            try:
                court.admit(case.with_events(known), Statement(event, row["by"], verified=False))
            except RefusedError as error:
                reason = str(error)
                found.refused.append(Refusal(row["case_id"], event.name, event.at, row["by"], BY_INSERT, reason))
        if reason is None:
            known.append(event)
        own = {**BY_INSERT.columns(), "unauthorised": reason}
        found.changed.append({"id": row["id"], **own, **tie_in(connection, {**row, **own})})
    return found


def take_over(connection: Connection, court: Court, row: Row[Any], now: datetime) -> None:
    """Take over what another program wrote on one case, before anything is judged by it."""
    query = select(*(events.c[name] for name in COLUMNS)).where(events.c.case_id == row.id, events.c.link.is_(None))
    found = connection.execute(query).mappings().all()
    if not found:
        return
    foreign = {one["id"] for one in found}
    rest = [event for event in history(connection, row.id) if event.id not in foreign]
    judge(connection, court, Case.of(row, rest), [dict(one) for one in found]).write(connection, now)
