"""Decisions that wait for somebody: requests that regulations have decided, postponements, statements in review."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, literal_column, or_, select

from models.language.derived import approval_rules
from models.language.permissions import Approval
from models.store.schema import cases, deadlines, regulations
from models.timeline.case import Case
from models.timeline.story import OVER, POSTPONEMENT_REQUESTED
from tasks.digest import waiting
from tasks.health.words import in_both
from tasks.organisation.registry import Pinned
from tasks.record.approvals import holding

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Row

    from models.language.words import Text
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory

SHOWN = 50
"""So many are listed, the oldest first; all are counted."""
# A literal, not a parameter: only so the databases see that the partial index serves.
_RUNNING: ColumnElement[bool] = literal_column("deadlines.met_at IS NULL AND deadlines.ended_by IS NULL")


class Decision(NamedTuple):
    """What waits, in which case ("" for none), since when, and who may decide it (names)."""

    what: Text
    case: str
    since: datetime
    whose: tuple[str, ...]


class _Clock(NamedTuple):
    """The clock of an approval: what is decided, by which role."""

    title: Text
    role: str
    postpones: bool


class _Waiting(NamedTuple):
    """A decision before it is told; `role` is empty where the regulation has to be asked; some belong to no case."""

    since: datetime
    regulation_id: int | None
    row: Row[Any]
    what: Text
    role: str


def decisions(connection: Connection, deployment: Deployment, now: datetime) -> tuple[list[Decision], int]:
    """What waits for a decision, the oldest first, at most `SHOWN`; and how many there are."""
    clocks = _clocks(connection)
    asked, count = _asked(connection, clocks)
    found = asked + _postponements(connection, clocks) + _reviews(connection)
    count += len(found) - len(asked)
    directory, pinned = deployment.directory(connection), Pinned(connection)
    oldest = sorted(found, key=lambda one: (one.since, one.row.number or ""))[:SHOWN]
    return [_told(one, directory, pinned, now) for one in oldest], count


def _told(one: _Waiting, directory: Directory, pinned: Pinned, now: datetime) -> Decision:
    row, role = one.row, one.role
    if one.regulation_id is None:
        names = [person.name for person in directory.by_role.get(role, ())]
    else:
        rules = pinned(one.regulation_id)
        role = role or waiting.approver(rules) or waiting.GENERAL_MANAGER
        facts = Case.of(row, key=row.case_id).facts
        names = [person.name for person in holding(directory, rules, (role,), facts, now)]
    return Decision(one.what, row.number or "", one.since, tuple(dict.fromkeys(names)))


def _clocks(connection: Connection) -> dict[tuple[int, str], _Clock]:
    """The clocks of all approvals on record, by regulation and rule; contents that have none are not read."""
    bodies = select(regulations.c.id, regulations.c.body).where(~regulations.c.body.contains('"approvals":[]'))
    found = {}
    for row in connection.execute(bodies):
        for raw in json.loads(row.body).get("approvals", ()):
            approval = Approval.model_validate(raw)
            postpones = any(match.event == POSTPONEMENT_REQUESTED for match in approval.request)
            for role, rule in approval_rules(approval).items():
                found[row.id, rule.id] = _Clock(approval.title, role, postpones)
    return found


def _asked(connection: Connection, clocks: dict[tuple[int, str], _Clock]) -> tuple[list[_Waiting], int]:
    """The oldest requests whose clock runs, and how many there are."""
    if not clocks:
        return [], 0
    rules: dict[int, list[str]] = {}
    for regulation_id, rule in clocks:
        rules.setdefault(regulation_id, []).append(rule)
    wanted = (
        _RUNNING,
        deadlines.c.rule.in_({rule for _, rule in clocks}),
        cases.c.status.not_in(OVER),
        or_(*(and_(cases.c.regulation_id == key, deadlines.c.rule.in_(names)) for key, names in rules.items())),
    )
    joined = deadlines.join(cases, cases.c.id == deadlines.c.case_id)
    count = connection.scalar(select(func.count()).select_from(joined).where(*wanted)) or 0
    query = (
        select(cases, cases.c.id.label("case_id"), deadlines.c.rule, deadlines.c.starts_at)
        .select_from(joined)
        .where(*wanted)
        .order_by(deadlines.c.starts_at, deadlines.c.id)
        .limit(SHOWN)
    )
    rows = connection.execute(query).all() if count else []
    known = [(row, clocks[row.regulation_id, row.rule]) for row in rows]
    return [_Waiting(row.starts_at, row.regulation_id, row, clock.title, clock.role) for row, clock in known], count


def _postponements(connection: Connection, clocks: dict[tuple[int, str], _Clock]) -> list[_Waiting]:
    """Requests for postponement that no approval of their regulation is about."""
    own = {regulation_id for (regulation_id, _), clock in clocks.items() if clock.postpones}
    others = [key for key in connection.scalars(select(regulations.c.id)) if key not in own]
    what = in_both("health.waiting.postponement")
    return [_Waiting(row.at, row.regulation_id, row, what, "") for row in waiting.unanswered(connection, others)]


def _reviews(connection: Connection) -> list[_Waiting]:
    found = []
    for row in waiting.in_review(connection):
        what = in_both("health.waiting.review", period=" ".join(filter(None, (row.period, row.regulation))))
        found.append(_Waiting(row.created_at, None, row, what, waiting.GENERAL_MANAGER))
    return found
