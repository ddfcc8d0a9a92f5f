"""A case as the timeline reads it: what is known of it, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.timeline.story import Event


@dataclass(frozen=True, slots=True)
class Case:
    """The fields of a case, what has a column of its own, and its events; `id` is None while it is not on record.

    The same object serves the sweep, `explain`, gates, approvals, counters and mails, so that all of them ask
    conditions of the same facts.
    """

    fields: Mapping[str, Any]
    level: str | None = None
    department: str | None = None
    handler: str | None = None
    events: Sequence[Event] = ()
    id: int | None = None

    @classmethod
    def of(cls, row: Any, events: Sequence[Event] = (), key: int | None = None) -> Self:
        """From a row of `cases`, or of a join with its columns, which names the case's id by `key`."""
        return cls(row.fields or {}, row.level, row.department, row.handler, events, key or row.id)

    @classmethod
    def told(cls, facts: Mapping[str, Any], events: Sequence[Event] = ()) -> Self:
        """From facts in which level, department and handler stand among the fields."""
        return cls(facts, facts.get("level"), facts.get("department"), facts.get("handler"), events)

    @property
    def facts(self) -> dict[str, Any]:
        """What conditions and tables of a regulation may ask for."""
        own = {"level": self.level, "department": self.department, "handler": self.handler}
        return {**self.fields, **own}

    def with_events(self, events: Iterable[Event]) -> Self:
        """The same case, knowing these events."""
        return replace(self, events=tuple(events))

    def before(self, event: Event) -> Self:
        """The case as it was just before an event: what happened earlier, in order."""
        mark = (event.at, event.id)
        earlier = (other for other in self.events if (other.at, other.id) < mark)
        return self.with_events(sorted(earlier, key=lambda one: (one.at, one.id)))
