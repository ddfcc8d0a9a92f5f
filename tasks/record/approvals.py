"""Approvals: which decisions a case waits for, and who may take them.

Only who holds the role whose turn it is may record the decision; for a holder who is absent also the deputy, and
where nobody fills the role the next level up. Somebody else is refused, with the article.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.calendar.hours import hours_of
from models.errors import RefusedError
from models.language.conditions import holds
from models.timeline.approvals import courses
from models.timeline.gates import facts_of, unapproved
from models.timeline.story import Event

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Approval
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory


class Decision(NamedTuple):
    """An event that may decide an approval: its name, its instant, and who says so (a name or an address)."""

    name: str
    at: datetime
    by: str | None


class Pending(NamedTuple):
    """A decision that is waited for: the approval, what asked for it, and whose turn it is."""

    approval: Approval
    request: Event
    role: str


def pending(rules: Regulation, case: Case, calendar: WorkCalendar, at: datetime) -> list[Pending]:
    """The decisions that a case waits for at an instant."""
    own = hours_of(rules, calendar)
    ordered = sorted((event for event in case.events if event.at <= at), key=lambda event: (event.at, event.id))
    found = []
    for approval in rules.approvals:
        last = [course for _, course in courses(approval, ordered, case.facts, own)][-1]
        if last.request is not None and last.turn is not None:
            found.append(Pending(approval, last.request, last.turn))
    return found


def checked(
    connection: Connection,
    deployment: Deployment,
    rules: Regulation,
    case: Case,
    decision: Decision,
) -> str | None:
    """Who decides, by name; RefusedError with the article for anybody who may not, or when nothing is asked.

    An event that decides nothing passes, and so does everybody where the directory is empty.
    """
    calendar = deployment.calendar
    event = Event(decision.name, decision.at)
    facts = facts_of(case, event, calendar)
    answered = [one for one in rules.approvals if decision.name in (one.approve, one.refuse)]
    if not answered:
        return decision.by
    waiting = [one for one in pending(rules, case, calendar, decision.at) if one.approval in answered]
    meant = [approval for approval in answered if holds(approval.when, facts)]
    if not waiting and not meant:
        return decision.by
    if not waiting:
        raise RefusedError(f"没有待审批的申请 / nothing waits for this decision: {_by_article(rules, meant[0])}")
    directory = deployment.directory(connection)
    if not directory.people:
        return decision.by
    who = {one.approval.id: deciders(directory, rules, one, case, decision.at) for one in waiting}
    for one in waiting:
        for name, email in who[one.approval.id]:
            if decision.by and decision.by.strip().casefold() in (name.casefold(), email.casefold()):
                return name
    first = waiting[0]
    names = "、".join(name for name, _ in who[first.approval.id]) or first.role
    article = _by_article(rules, first.approval)
    if not decision.by:
        raise RefusedError(f"say with --by who decides: {names}, by {article}")
    raise RefusedError(f"{decision.by} 无权审批 / may not decide this: {names} may, by {article}")


def demanded(rules: Regulation, case: Case, event: Event, calendar: WorkCalendar) -> None:
    """RefusedError with the article when an approval guards the event and what happened before it has not given it."""
    guards = [approval for approval in rules.approvals if approval.guards == event.name]
    if not guards:
        return
    own, before = hours_of(rules, calendar), case.before(event)
    for approval in guards:
        if unapproved(approval, event, before, own):
            title = f"{approval.title.zh} / {approval.title.en}"
            raise RefusedError(f"{title}：尚未批准 / not approved yet: {_by_article(rules, approval)}")


def deciders(directory: Directory, rules: Regulation, one: Pending, case: Case, at: datetime) -> list[tuple[str, str]]:
    """Name and address of everybody who may decide: the holders, and who stands in for those who are away."""
    facts = {**case.fields, **one.request.fields, "department": case.department, "handler": case.handler}
    role = rules.roles.get(one.role)
    holders = directory.holders(one.role, role, facts)
    standing_in = directory.resolve([one.role], rules, facts, at)[0]
    found = [(person.name, person.email) for person in holders]
    found += [(recipient.name, recipient.email) for recipient in standing_in]
    return list(dict.fromkeys(found))


def _by_article(rules: Regulation, approval: Approval) -> str:
    return f"{rules.title.zh} {approval.cite.article} ({rules.regulation}, {approval.id})"
