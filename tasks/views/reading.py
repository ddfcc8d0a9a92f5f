"""The record of one case: its rows, one short query for each kind, and what the pure timeline takes from them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from models.store.schema import cases, corrections, deadlines, escalations, message_items, messages, penalties
from models.timeline.case import Case
from tasks.record.cases import Entry, entries
from tasks.views.listing import case_id
from tasks.views.story import CorrectionStory, MailStory, PenaltyStory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from _typeshed import DataclassInstance
    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row

Part = TypeVar("Part", bound="DataclassInstance")
Owner = TypeVar("Owner")
Thing = TypeVar("Thing")
Key = tuple[str, int]
"""A deadline of the case: rule and round."""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """Everything on record of one case, in order; mails and corrections by the escalation that they belong to."""

    case: Row[Any]
    events: Sequence[Entry]
    deadlines: Mapping[Key, Row[Any]]
    escalations: Mapping[Key, Sequence[Row[Any]]]
    penalties: Mapping[Key, Sequence[PenaltyStory]]
    mails: Mapping[UUID, Sequence[MailStory]]
    corrections: Mapping[UUID, Sequence[CorrectionStory]]

    def taken_in(self) -> Case:
        """The case with the events that a sweep has taken in: the clocks rest on them."""
        return Case.of(self.case, [entry.event for entry in self.events if entry.counts])

    def instants(self) -> Iterator[datetime]:
        """When the engine did something about the case."""
        if self.case.evaluated_at is not None:
            yield self.case.evaluated_at
        yield from (row.fired_at for rows in self.escalations.values() for row in rows)

    def clocks(self) -> list[Key]:
        """Every clock of which something is on record."""
        return list(dict.fromkeys([*self.deadlines, *self.escalations, *self.penalties]))


def read_record(connection: Connection, number: str) -> CaseRecord:
    """The record of the case with that number; UnknownError when there is none."""
    key = case_id(connection, number)
    return CaseRecord(
        case=connection.execute(select(cases).where(cases.c.id == key)).one(),
        events=entries(connection, key),
        deadlines={_clock(row): row for row in connection.execute(select(deadlines).where(deadlines.c.case_id == key))},
        escalations=_escalations(connection, key),
        penalties=_penalties(connection, key),
        mails=_mails(connection, key),
        corrections=_corrections(connection, key),
    )


def copied(part: type[Part], row: Row[Any]) -> Part:
    """A part of the story whose fields are columns of the same names."""
    return part(**{field.name: getattr(row, field.name) for field in fields(part)})


def _escalations(connection: Connection, case: int) -> Mapping[Key, Sequence[Row[Any]]]:
    table = escalations.c
    query = select(escalations).where(table.case_id == case).order_by(table.fired_at, table.scheduled_at)
    return _grouped((_clock(row), row) for row in connection.execute(query))


def _penalties(connection: Connection, case: int) -> Mapping[Key, Sequence[PenaltyStory]]:
    query = select(penalties).where(penalties.c.case_id == case).order_by(penalties.c.at, penalties.c.id)
    return _grouped((_clock(row), copied(PenaltyStory, row)) for row in connection.execute(query))


def _mails(connection: Connection, case: int) -> Mapping[UUID, Sequence[MailStory]]:
    query = (
        select(message_items.c.escalation_id, messages.c.email.label("to"), messages)
        .join(messages, messages.c.id == message_items.c.message_id)
        .where(message_items.c.case_id == case)
        .order_by(messages.c.created_at, messages.c.key)
    )
    return _of_escalations(connection, query, MailStory)


def _corrections(connection: Connection, case: int) -> Mapping[UUID, Sequence[CorrectionStory]]:
    told = corrections.c.told_in.is_not(None).label("told")
    query = (
        select(corrections.c.escalation_id, corrections.c.email.label("to"), corrections.c.noted_at, told)
        .join(escalations, escalations.c.id == corrections.c.escalation_id)
        .where(escalations.c.case_id == case)
    )
    return _of_escalations(connection, query, CorrectionStory)


def _of_escalations(connection: Connection, query: Select[Any], part: type[Part]) -> Mapping[UUID, Sequence[Part]]:
    return _grouped((row.escalation_id, copied(part, row)) for row in connection.execute(query))


def _clock(row: Row[Any]) -> Key:
    return row.rule, row.round


def _grouped(pairs: Iterator[tuple[Owner, Thing]]) -> dict[Owner, list[Thing]]:
    found: dict[Owner, list[Thing]] = {}
    for owner, thing in pairs:
        found.setdefault(owner, []).append(thing)
    return found
