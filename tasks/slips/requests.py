"""The printable request for postponement (投诉延期处理申请) for whoever approves it, once a request and person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.store.database import writing
from models.timeline.case import Case
from tasks.digest import waiting
from tasks.digest.concerns import regulations_in_use
from tasks.organisation.directory import Recipient
from tasks.record.approvals import answer_to_postponement, is_among, may_postpone
from tasks.slips.contents import Form
from tasks.slips.decide import QueuedSlip, put, slip_post

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from models.language.regulation import Regulation
    from tasks.mail.post import Post
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory


def decide(engine: Engine, deployment: Deployment, now: datetime) -> list[QueuedSlip]:
    """Put the form of every request that has no answer into the outbox, unless it is there already."""
    with writing(engine) as connection:
        return decide_within(connection, deployment, now)


def decide_within(connection: Connection, deployment: Deployment, now: datetime) -> list[QueuedSlip]:
    """The same within a transaction."""
    found = open_requests(connection)
    if not found:
        return []
    directory = deployment.directory(connection)
    forms: dict[str, tuple[Post, QueuedSlip]] = {}
    for request, rules in found:
        for recipient in approvers(deployment, directory, request, rules, now):
            key = f"slip/{Form.POSTPONEMENT}/{request.event_id}/{recipient.email}"
            about = {"form": str(Form.POSTPONEMENT), "event": request.event_id, "case": request.number}
            counted = {"month": "", "count": 1, "who": request.number}
            form = slip_post(key, recipient, about, counted, now)
            forms[key] = form, QueuedSlip(Form.POSTPONEMENT, recipient.name, recipient.email, (request.number,))
    return put(connection, deployment, forms.values())


def open_requests(connection: Connection, case_id: int | None = None) -> list[tuple[Any, Regulation]]:
    """Every request without an answer, with the regulation of its case."""
    rules = regulations_in_use(connection)
    return [(row, rules[row.regulation_id]) for row in waiting.unanswered(connection, list(rules), case_id)]


def approvers(
    deployment: Deployment, directory: Directory, request: Any, rules: Regulation, now: datetime
) -> list[Recipient]:
    """Who may answer the request and is there: deputies and the next level up included, not who asked."""
    case = Case.of(request, key=request.case_id)
    allowed = may_postpone(directory, rules, deployment.settings, case, now, request.by)
    roles = answer_to_postponement(rules, deployment.settings).approvers(case.facts)[:1]
    told = [one for one in directory.resolve(roles, rules, case.facts, now)[0] if is_among(one, allowed)]
    if told:
        return told
    people = [directory.by_email[one.email.lower()] for one in allowed if one.email.lower() in directory.by_email]
    there = [one for one in people if not directory.is_absent(one, now)]
    return [Recipient(one.name, roles[0], one.email, None, one.language, one.id) for one in there if roles]
