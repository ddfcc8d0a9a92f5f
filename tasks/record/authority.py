"""Who says so: whether the person behind an event is known, and whether the regulation lets them decide it.

Asked at every door alike: `append_event` and `open_case` before they write, imports for each row that decides, the
sweep for the rows of other programs (`inserts.py`). What is refused is one line that names the article and who may.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from models.errors import RefusedError
from models.language.conditions import holds
from models.settings import Approvals, UnknownPeople
from models.store.schema import events
from models.timeline.gates import facts_of
from models.timeline.story import POSTPONEMENT_ANSWERS, Event
from tasks.record.approvals import by_article, deciders, holding, is_among, known_to, pending

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.engine import Connection

    from models.language.permissions import Approval, Authority
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Person
    from tasks.record.approvals import Decider, Pending

SHOWN = 5
"""So many candidates are named."""


class Statement(NamedTuple):
    """Somebody says that an event happened: the event, who says so (a name or an address), and how certain that is."""

    event: Event
    by: str | None
    verified: bool


def answering(rules: Regulation) -> frozenset[str]:
    """The events that answer what somebody asked for; those about a request for postponement always do."""
    return frozenset({name for one in rules.approvals for name in (one.approve, one.refuse)} | {*POSTPONEMENT_ANSWERS})


def deciding(rules: Regulation) -> frozenset[str]:
    """The events of a regulation that decide something, asked for or not."""
    return answering(rules) | {name for one in rules.authorities for name in one.events}


def identified(deployment: Deployment, directory: Directory, by: str, department: str | None = None) -> Person | None:
    """The one person of the directory that a name or an address means; of namesakes the one of that department.

    RefusedError names the candidates. None where the directory is empty, or `DUBAN_UNKNOWN_PEOPLE` is `note`.
    """
    found = directory.meant(by, department)
    if len(found) == 1:
        return found[0]
    if not directory.people or deployment.settings.unknown_people is UnknownPeople.NOTE:
        return None
    raise RefusedError(unknown(directory, by, found))


def unknown(directory: Directory, by: str, found: Sequence[Person]) -> str:
    """That a name means nobody, or several people, and who may be meant."""
    if found:
        return (
            f"{by} 有 {len(found)} 人，请写邮箱 / is the name of {len(found)} people, give the address: {_shown(found)}"
        )
    near = difflib.get_close_matches(by, list(directory.by_name), n=SHOWN, cutoff=0.3)
    people = [person for name in near for person in directory.by_name[name]]
    advice = (
        f"是否指 / did you mean {_shown(people)}"
        if people
        else "请核对姓名，或先导入通讯录 / check the name, or import the person into the directory"
    )
    return f"通讯录里没有 {by} / {by} is not in the directory: {advice}"


def _shown(people: Sequence[Person]) -> str:
    named = [f"{one.name} <{one.email}>{f' {one.department}' if one.department else ''}" for one in people[:SHOWN]]
    return "、".join(named)


class Court:
    """Judges who may decide in the cases of one regulation, within one transaction."""

    def __init__(
        self, connection: Connection, deployment: Deployment, rules: Regulation, directory: Directory | None = None
    ) -> None:
        self.connection = connection
        self.deployment = deployment
        self.rules = rules
        self._directory = directory

    @property
    def directory(self) -> Directory:
        """Read when somebody is first asked for: most events come from nobody in particular."""
        if self._directory is None:
            self._directory = self.deployment.directory(self.connection)
        return self._directory

    def admit(self, case: Case, said: Statement) -> str | None:
        """Who says so, as the record keeps it; RefusedError with the article for whoever may not.

        An event that decides nothing only has to come from somebody known.
        """
        if said.event.name not in deciding(self.rules):
            return self.named(said.by)
        answered = [one for one in known_to(self.rules, self.deployment.settings) if _answers(one, said.event)]
        self._answers_a_request(case, said, answered)
        for authority in self.rules.authorities:
            if said.event.name in authority.events:
                self._holds(case, said, authority)
        self._is_certain(case, said, answered)
        return self.named(said.by)

    def named(self, by: str | None, department: str | None = None) -> str | None:
        """A person as the record keeps them: by name, by address where two have that name.

        A file, which asks nobody back, may tell namesakes apart by the department of the case.
        """
        if not by:
            return by
        person = identified(self.deployment, self.directory, by, department)
        if person is None:
            return by
        return person.name if len(self.directory.by_name[person.name]) == 1 else person.email

    def _answers_a_request(self, case: Case, said: Statement, answered: Sequence[Approval]) -> None:
        """The event decides an approval that somebody asked for, and whose turn it is says so."""
        facts = facts_of(case, Event(said.event.name, said.event.at), self.deployment.calendar)
        waiting = [one for one in pending(self.deployment, self.rules, case, said.event.at) if one.approval in answered]
        meant = [approval for approval in answered if holds(approval.when, facts)]
        if not waiting and meant:
            article = by_article(self.rules, meant[0].cite, meant[0].id)
            raise RefusedError(f"没有待审批的申请 / nothing waits for this decision: {article}")
        if not waiting:
            return
        refusals = [words for one in waiting if (words := self._may_not(case, said, one))]
        if len(refusals) == len(waiting):
            raise RefusedError(refusals[0])

    def _may_not(self, case: Case, said: Statement, one: Pending) -> str | None:
        """Why this person may not answer this request; None for whoever may."""
        grants = said.event.name == one.approval.approve and one.is_last
        asked_by = self._asked_by(one) if grants else None
        own = {asked_by.email.lower()} if asked_by else set()
        allowed = deciders(self.directory, self.rules, one, case, said.event.at, own)
        article = by_article(self.rules, one.approval.cite, one.approval.id)
        return self._refusal(said, allowed, article, own)

    def _asked_by(self, one: Pending) -> Person | None:
        """Who recorded the request, where that is one person."""
        by = self.connection.scalar(select(events.c.by).where(events.c.id == one.request.id))
        found = self.directory.meant(by) if by else []
        return found[0] if len(found) == 1 else None

    def _holds(self, case: Case, said: Statement, authority: Authority) -> None:
        """Whoever says so holds a role that the regulation names for this event."""
        facts = facts_of(case, said.event, self.deployment.calendar)
        roles = authority.deciders(facts)
        if not roles:
            return
        allowed = holding(self.directory, self.rules, roles, facts, said.event.at)
        article = by_article(self.rules, authority.cite, authority.id)
        if words := self._refusal(said, allowed, article, what="决定"):
            raise RefusedError(words)

    def _refusal(
        self, said: Statement, allowed: Sequence[Decider], article: str, own: Collection[str] = (), what: str = "审批"
    ) -> str | None:
        names = "、".join(one.name for one in allowed[:SHOWN]) or "（无人 nobody：请导入通讯录 import the directory）"
        if not said.by:
            return f"请写明谁决定 / say with --by who decides: {names}, by {article}"
        meant = self.directory.meant(said.by)
        if len(meant) != 1:  # says who may be meant, whatever is done with unknown people otherwise
            return f"{unknown(self.directory, said.by, meant)}; {names} may, by {article}"
        if is_among(meant[0], allowed):
            return None
        if meant[0].email.lower() in own:
            return f"{said.by} 不能批准自己的申请 / nobody approves their own request: {names} may, by {article}"
        return f"{said.by} 无权{what} / may not decide this: {names} may, by {article}"

    def _is_certain(self, case: Case, said: Statement, answered: Sequence[Approval]) -> None:
        """Where only verified answers decide, the person has to have shown who they are."""
        if said.verified or self.deployment.settings.approvals is not Approvals.VERIFIED:
            return
        facts = facts_of(case, said.event, self.deployment.calendar)
        if answered or any(said.event.name in one.events and one.deciders(facts) for one in self.rules.authorities):
            raise RefusedError(
                "只有回复邮件的答复算数 / only an answer by mail decides here, reply to the mail that asked"
                " (DUBAN_APPROVALS=verified)"
            )


def _answers(approval: Approval, event: Event) -> bool:
    return event.name in (approval.approve, approval.refuse)
