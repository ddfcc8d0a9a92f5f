"""How a case stands with all that was recorded since a message was decided, also what no sweep has taken in yet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from models.store.schema import cases, events
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Deadline, Event, Timeline
from tasks.organisation.registry import pinned
from tasks.record.cases import derived_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment


class RecheckedCase(NamedTuple):
    """A case as everything recorded tells it."""

    story: Timeline

    def deadline(self, rule: str, number: int) -> Deadline | None:
        """The deadline of that rule and round."""
        return next((d for d in self.story.deadlines if (d.rule, d.round) == (rule, number)), None)


def newest_events(connection: Connection, case_ids: Collection[int]) -> dict[int, int]:
    """The id of the newest event of each case."""
    query = select(events.c.case_id, func.max(events.c.id)).where(events.c.case_id.in_(list(case_ids)))
    return {row[0]: row[1] for row in connection.execute(query.group_by(events.c.case_id))}


def recheck_cases(connection: Connection, deployment: Deployment, known: dict[int, int]) -> dict[int, RecheckedCase]:
    """The cases of `known` (case -> newest event when it was last decided) of which more is recorded than applied."""
    columns = (events.c[name] for name in ("case_id", "name", "at", "fields", "id", "applied_at"))
    rows = connection.execute(
        select(*columns).where(events.c.case_id.in_(list(known)), events.c.unauthorised.is_(None))
    ).all()
    waiting = {row.case_id for row in rows if row.applied_at is None and row.id > known[row.case_id]}
    if not waiting:
        return {}
    stories: dict[int, list[Event]] = defaultdict(list)
    for row in rows:
        if row.applied_at is not None or row.id > known[row.case_id]:
            stories[row.case_id].append(Event(row.name, row.at, row.fields, row.id))
    found: dict[int, RecheckedCase] = {}
    for case_id, concluded in derived_of(connection, waiting).items():
        stories[case_id] += concluded
    for row in connection.execute(select(cases).where(cases.c.id.in_(list(waiting)))):
        if row.regulation_id is None:
            continue
        case = Case.of(row, stories[row.id])
        now = max(event.at for event in case.events)
        found[row.id] = RecheckedCase(timeline(case, pinned(connection, row.regulation_id), deployment.calendar, now))
    return found
