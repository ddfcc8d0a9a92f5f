"""How a case stands with all that was recorded since a message was decided, also what no sweep has taken in yet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from models.store.schema import cases, events
from models.timeline.reading import timeline
from models.timeline.story import Deadline, Event, Timeline
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment


class Standing(NamedTuple):
    """A case as everything recorded tells it."""

    story: Timeline

    def deadline(self, rule: str, number: int) -> Deadline | None:
        """The deadline of that rule and round."""
        return next((d for d in self.story.deadlines if (d.rule, d.round) == (rule, number)), None)


def newest_events(connection: Connection, case_ids: Collection[int]) -> dict[int, int]:
    """The id of the newest event of each case."""
    query = select(events.c.case_id, func.max(events.c.id)).where(events.c.case_id.in_(list(case_ids)))
    return {row[0]: row[1] for row in connection.execute(query.group_by(events.c.case_id))}


def standings(connection: Connection, deployment: Deployment, known: dict[int, int]) -> dict[int, Standing]:
    """The cases of `known` (case -> newest event when it was last decided) of which more is recorded than applied."""
    rows = connection.execute(
        select(events.c.case_id, events.c.name, events.c.at, events.c.fields, events.c.id, events.c.applied_at).where(
            events.c.case_id.in_(list(known))
        )
    ).all()
    stories: dict[int, list[Event]] = defaultdict(list)
    waiting: set[int] = set()
    for row in rows:
        new = row.applied_at is None
        if new and row.id > known[row.case_id]:
            waiting.add(row.case_id)
        if not new or row.id > known[row.case_id]:
            stories[row.case_id].append(Event(row.name, row.at, row.fields, row.id))
    found: dict[int, Standing] = {}
    for case in connection.execute(select(cases).where(cases.c.id.in_(list(waiting)))):
        if case.regulation_id is None:
            continue
        facts = {**case.fields, "level": case.level, "department": case.department, "handler": case.handler}
        story = stories[case.id]
        now = max(event.at for event in story)
        rules = pinned(connection, case.regulation_id)
        found[case.id] = Standing(timeline(facts, story, rules, deployment.calendar, now))
    return found
