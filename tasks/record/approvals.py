"""Approvals: which decisions a case waits for, and who may take them.

Besides those of its regulation there is one that every regulation has: whoever asks to postpone waits for an answer.
Where the text does not say who gives it, `DUBAN_POSTPONEMENT_APPROVER` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.calendar.hours import hours_of
from models.errors import RefusedError
from models.language.permissions import Approval
from models.language.words import Cite, Text
from models.timeline.approvals import courses
from models.timeline.gates import unapproved
from models.timeline.story import POSTPONEMENT_ANSWERS, POSTPONEMENT_REQUESTED
from tasks.organisation.directory import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from typing import Any

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.settings import Settings
    from models.timeline.case import Case
    from models.timeline.story import Event
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Person, Recipient

POSTPONEMENT = "postponement"
"""The id of the approval that every regulation has."""


class Pending(NamedTuple):
    """A decision that is waited for: the approval, what asked for it, whose turn it is, and whether it is the last.

    Who asked may sign on the way, where the text has several sign in turn; the last word is somebody else's.
    """

    approval: Approval
    request: Event
    role: str
    is_last: bool


class Decider(NamedTuple):
    """Somebody who may decide; `label` is how a list names them: by name, with the address where two have that name."""

    name: str
    email: str
    label: str


def known_to(rules: Regulation, settings: Settings) -> tuple[Approval, ...]:
    """The approvals of a regulation, and the answer to a request for postponement where it has none of its own."""
    approve, refuse = POSTPONEMENT_ANSWERS
    if any(approve in (one.approve, one.refuse) for one in rules.approvals):
        return rules.approvals
    asked = next((rule for rule in rules.rules if any(m.event == POSTPONEMENT_REQUESTED for m in rule.start)), None)
    usual = Approval.model_validate(
        {
            "id": POSTPONEMENT,
            "cite": asked.cite if asked else Cite(article=""),
            "title": asked.title if asked else Text(zh="批准延期", en="Postponement"),
            "request": [POSTPONEMENT_REQUESTED],
            "by": [asked.responsible if asked else settings.postponement_approver],
            "approve": approve,
            "refuse": refuse,
        }
    )
    return (*rules.approvals, usual)


def answer_to_postponement(rules: Regulation, settings: Settings) -> Approval:
    """The approval that answers a request for postponement."""
    return next(one for one in known_to(rules, settings) if POSTPONEMENT_ANSWERS[0] in (one.approve, one.refuse))


def may_postpone(
    directory: Directory, rules: Regulation, settings: Settings, case: Case, at: datetime, asked_by: str | None
) -> list[Decider]:
    """Who may answer a request for postponement of a case; not who asked, by name or address."""
    roles = answer_to_postponement(rules, settings).approvers(case.facts)[:1]
    own = directory.meant(asked_by) if asked_by else []
    but = {own[0].email.lower()} if len(own) == 1 else set()
    return holding(directory, rules, roles, case.facts, at, but)


def pending(deployment: Deployment, rules: Regulation, case: Case, at: datetime) -> list[Pending]:
    """The decisions that a case waits for at an instant."""
    own = hours_of(rules, deployment.calendar)
    ordered = sorted((event for event in case.events if event.at <= at), key=lambda event: (event.at, event.id))
    found = []
    for approval in known_to(rules, deployment.settings):
        last = [course for _, course in courses(approval, ordered, case.facts, own)][-1]
        if last.request is not None and last.turn is not None:
            found.append(Pending(approval, last.request, last.turn, last.turn == last.roles[-1]))
    return found


def demanded(rules: Regulation, case: Case, event: Event, calendar: WorkCalendar) -> None:
    """RefusedError with the article when an approval guards the event and what happened before it has not given it."""
    guards = [approval for approval in rules.approvals if approval.guards == event.name]
    if not guards:
        return
    own, before = hours_of(rules, calendar), case.before(event)
    for approval in guards:
        if unapproved(approval, event, before, own):
            title = f"{approval.title.zh} / {approval.title.en}"
            raise RefusedError(f"{title}：尚未批准 / not approved yet: {by_article(rules, approval.cite, approval.id)}")


def deciders(
    directory: Directory,
    rules: Regulation,
    one: Pending,
    case: Case,
    at: datetime,
    but: Collection[str] = (),
) -> list[Decider]:
    """Everybody who may answer a request: see `holding`. Whose address is among `but` (they asked) may not."""
    facts = {**case.fields, **one.request.fields, "department": case.department, "handler": case.handler}
    return holding(directory, rules, (one.role,), facts, at, but)


def holding(
    directory: Directory,
    rules: Regulation,
    roles: Collection[str],
    facts: Mapping[str, Any],
    at: datetime,
    but: Collection[str] = (),
) -> list[Decider]:
    """Who holds one of the roles in a case with these facts, and who stands in for those who are away.

    A role that nobody fills is the next level's, and so is one that only those of `but` (addresses) fill.
    """
    found: list[Decider] = []
    for role in roles:
        found += _filling(directory, rules, role, facts, at, but)
    return list(dict.fromkeys(found))


def _filling(
    directory: Directory, rules: Regulation, role: str, facts: Mapping[str, Any], at: datetime, but: Collection[str]
) -> list[Decider]:
    seen: set[str] = set()
    while role not in seen:
        seen.add(role)
        known = rules.roles.get(role)
        people = [decider(directory, one) for one in directory.holders(role, known, facts)]
        people += [decider(directory, one) for one in directory.resolve([role], rules, facts, at)[0]]
        allowed = [one for one in people if one.email.lower() not in but]
        if allowed or role == OPERATIONS:
            return allowed
        role = (known.above if known else None) or OPERATIONS
    return []


def decider(directory: Directory, one: Person | Recipient) -> Decider:
    """A person of the directory as a list names them."""
    same = directory.by_name.get(one.name, ())
    return Decider(one.name, one.email, one.name if len(same) <= 1 else f"{one.name} <{one.email}>")


def is_among(person: Person | Recipient, among: Collection[Decider]) -> bool:
    """Whether the person is one of them."""
    return any(person.email.lower() == one.email.lower() for one in among)


def by_article(rules: Regulation, cite: Cite | None, part: str) -> str:
    """Where it is written: the regulation with its article, or the setting where the text is silent."""
    if cite is None or not cite.article:
        return (
            f"{rules.title.zh}未规定，由 DUBAN_POSTPONEMENT_APPROVER 指定"
            f" / the text is silent, the setting names who ({rules.regulation}, {part})"
        )
    return f"{rules.title.zh} {cite.article} ({rules.regulation}, {part})"
