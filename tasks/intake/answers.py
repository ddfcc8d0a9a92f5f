"""Answers to what waits for a decision: approvals of a regulation, and requests for postponement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.errors import RefusedError, UsageError
from models.timeline.case import Case
from tasks.intake.by_hand import append_by_hand
from tasks.organisation.registry import pinned
from tasks.record import approvals
from tasks.record.cases import history, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.timeline.story import Event
    from tasks.intake.by_hand import OpenClock
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory
    from tasks.record.approvals import Decider
    from tasks.record.provenance import Provenance


class Question(NamedTuple):
    """What waits for a decision: its name, what records it, what the request said, and who may decide."""

    name: str
    title: str
    approve: str
    refuse: str
    request: Event
    deciders: tuple[Decider, ...]


class Answered(NamedTuple):
    """The case, what was decided, the event that records it, and whether it was new; clocks that a closing left."""

    number: str
    question: str
    event: str
    fresh: bool
    still_open: tuple[OpenClock, ...] = ()
    is_approval: bool = True


def questions(connection: Connection, deployment: Deployment, number: str, at: datetime) -> list[Question]:
    """What a case waits for at an instant, the oldest request first; UnknownError when there is no such case."""
    row = row_of(connection, number)
    if row.regulation_id is None:
        return []
    rules, case = pinned(connection, row.regulation_id), Case.of(row, history(connection, row.id, at))
    found = []
    directory: Directory | None = None
    for one in approvals.pending(deployment, rules, case, at):
        directory = directory or deployment.directory(connection)
        who = tuple(approvals.deciders(directory, rules, one, case, at))
        title = f"{one.approval.title.zh} {one.approval.title.en}"
        approval = one.approval
        found.append(Question(approval.id, title, approval.approve, approval.refuse, one.request, who))
    return sorted(found, key=lambda one: (one.request.at, one.request.id))


def answer(
    connection: Connection,
    deployment: Deployment,
    number: str,
    *,
    approve: bool,
    by: str | None,
    remark: str = "",
    fields: Mapping[str, str] | None = None,
    which: str | None = None,
    at: datetime | None = None,
    now: datetime,
    provenance: Provenance,
) -> Answered:
    """Record the answer to the one question that `by` may decide, or to the one that is named.

    A date until which something was asked for is granted as asked, unless the fields give another. RefusedError names
    the article; UsageError when several questions wait and it is not clear which is meant.
    """
    instant = at or now
    found = questions(connection, deployment, number, instant)
    if not found:
        raise RefusedError(f"案件 {number} 没有待审批的申请 / nothing waits for a decision in case {number}")
    meant = [one for one in found if which in (None, one.name)]
    if not meant:
        raise UsageError(f"no decision {which!r} waits in case {number}: {', '.join(one.name for one in found)}")
    if len(meant) > 1:
        own = [one for one in meant if _is_among(by, one.deciders)]
        if len(own) != 1:
            raise UsageError(f"several decisions wait in case {number}: say which, {', '.join(x.name for x in meant)}")
        meant = own
    question = meant[0]
    given = dict(fields or {})
    until = question.request.fields.get("until")
    if approve and until and not given.get("until"):
        given["until"] = str(until)
    if remark.strip():
        given["note"] = remark.strip()
    event = question.approve if approve else question.refuse
    told: dict[str, Any] = {"at": instant, "by": by, "fields": given, "now": now}
    done = append_by_hand(connection, deployment, number, event, **told, provenance=provenance)
    return Answered(number, question.name, done.name, done.fresh, done.still_open, approve)


def _is_among(by: str | None, deciders: Sequence[Decider]) -> bool:
    said = (by or "").strip().casefold()
    return any(said in (one.name.casefold(), one.email.casefold()) for one in deciders)
