"""What a message asked, case by case, and what may be answered to it now.

A token is good for what its message asked and nothing else: the decisions it put to its reader as they stood when it
was sent, and the clocks of its cases that still run.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from models.language.rules import Rule
from models.language.written import folded
from models.store.schema import cases, deadlines, escalations, events, message_items, statements
from models.timeline.story import State
from models.wording.catalogue import aliases, languages, say, word
from tasks.digest.contents import ESCALATED, LATE, TODAY, TOMORROW, WAITING
from tasks.digest.gather import Gatherer
from tasks.digest.readers import KIND as DIGEST
from tasks.intake import answers
from tasks.mail.asking import Asked, asked, how
from tasks.organisation.registry import Pinned
from tasks.record.approvals import POSTPONEMENT
from tasks.record.authority import answering
from tasks.replies.understanding import Choices
from tasks.statements.distribute import FOR_REVIEW
from tasks.statements.store import IN_REVIEW
from tasks.statements.store import KIND as STATEMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment

_FIRST = ("首次", "初次", "第一次", "first")
_RUNNING = (State.OPEN, State.BREACHED, State.PAUSED)


@dataclass(slots=True)
class CaseQuestion:
    """One case of the message: what was asked about it, and what an answer may say.

    `decisions` are the names of what is to be decided; `statement` says that the case is one that waits for its review.
    """

    number: str
    rules: Regulation | None
    choices: Choices
    ways: tuple[str, ...]
    """How it is answered, in the reader's language."""
    decisions: tuple[str, ...] = ()
    statement: bool = False
    rule: str = ""
    """The clock that the message is about, where it is one."""


@dataclass(slots=True)
class Questions:
    """Everything that the message asked, by the numbers of its cases."""

    cases: dict[str, CaseQuestion] = field(default_factory=dict)

    @property
    def decisions(self) -> list[CaseQuestion]:
        """The cases in which something is to be decided."""
        return [one for one in self.cases.values() if one.decisions or one.statement]


class _Case(NamedTuple):
    id: int
    number: str
    regulation_id: int | None


class Reader:
    """Reads what one message asked, in the transaction that takes its answer in."""

    def __init__(self, connection: Connection, deployment: Deployment, message: Any, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.message = message
        self.now = now
        self.today: date = deployment.calendar.local_date(now)
        self._pinned = Pinned(connection)

    def questions(self) -> Questions:
        """By the kind of the message."""
        message, about = self.message, self.message.about or {}
        if message.kind == STATEMENT:
            return self._review(about)
        if message.kind == DIGEST:
            return self._digest(about)
        if about.get("form") == "postponement":
            return self._of_cases({about["case"]: []}, {about["case"]: (POSTPONEMENT,)})
        return self._of_items()

    def pending(self, one: CaseQuestion) -> list[answers.Question]:
        """The decisions of this case that the message asked for and that still wait."""
        found = answers.questions(self.connection, self.deployment, one.number, self.now)
        return [question for question in found if self._was_asked(question, one)]

    def _was_asked(self, question: answers.Question, one: CaseQuestion) -> bool:
        """Whether the message was about this very request: a later one is another question."""
        about = self.message.about or {}
        if about.get("form") == "postponement":
            return bool(question.request.id == about.get("event"))
        if question.name not in one.decisions:
            return False
        return self._was_known(question)

    def _was_known(self, question: answers.Question) -> bool:
        """Whether its request was on record when the message left."""
        known = self.connection.scalar(select(events.c.recorded_at).where(events.c.id == question.request.id))
        return (known or question.request.at) <= self._left_at

    @property
    def _left_at(self) -> datetime:
        """When the message left, or was decided."""
        left: datetime = self.message.sent_at or self.message.created_at
        return left

    # -- by kind -----------------------------------------------------------------------------------------------

    def _review(self, about: dict[str, Any]) -> Questions:
        if about.get("purpose") != FOR_REVIEW:
            return Questions()
        query = (
            select(cases.c.number)
            .join(statements, statements.c.case_id == cases.c.id)
            .where(statements.c.id == UUID(about["statement"]))
        )
        number = self.connection.scalar(query)
        return Questions({number: self._statement(number)} if number else {})

    def _digest(self, about: dict[str, Any]) -> Questions:
        """The decisions that its reader was shown, and the cases it listed."""
        message = self.message
        directory = self.deployment.directory(self.connection)
        gatherer = Gatherer(self.connection, self.deployment, directory, self.now)
        day = date.fromisoformat(about["day"])
        digest = gatherer.digest(message.email, message.name, message.language, day, about.get("for", ()))
        sections = [section for part in digest.parts for section in part.sections]
        waiting = [line.case for section in sections if section.id == WAITING for line in section.lines]
        listed = (LATE, TODAY, TOMORROW, ESCALATED)
        others = [line.case for section in sections if section.id in listed for line in section.lines]
        query = (
            select(cases.c.number)
            .join(statements, statements.c.case_id == cases.c.id)
            .where(
                cases.c.number.in_(waiting), statements.c.state == IN_REVIEW, statements.c.created_at <= self._left_at
            )
        )
        reviews = set(self.connection.scalars(query))
        decided = {number: names for number in waiting if number not in reviews and (names := self._open(number))}
        found = self._of_cases(dict.fromkeys([*decided, *others]), decided)
        found.cases |= {number: self._statement(number) for number in waiting if number in reviews}
        return found

    def _open(self, number: str) -> tuple[str, ...]:
        """The decisions that this case waited for when the message left."""
        found = answers.questions(self.connection, self.deployment, number, self.now)
        return tuple(one.name for one in found if self._was_known(one))

    def _of_items(self) -> Questions:
        """The cases of the escalations that the message tells of, each with the rules of their clocks."""
        query = (
            select(cases.c.number, escalations.c.rule)
            .join(escalations, escalations.c.id == message_items.c.escalation_id)
            .join(cases, cases.c.id == escalations.c.case_id)
            .where(message_items.c.message_id == self.message.id)
        )
        rules: dict[str, list[str]] = defaultdict(list)
        for number, rule in self.connection.execute(query.order_by(cases.c.number, escalations.c.rule).distinct()):
            rules[number].append(rule)
        return self._of_cases(rules, {})

    # -- what may be answered ------------------------------------------------------------------------------------

    def _of_cases(self, told: Mapping[str, list[str] | None], decided: dict[str, tuple[str, ...]]) -> Questions:
        """The questions of these cases; `told` are the rules the message is about, None = whatever runs."""
        query = select(cases.c.id, cases.c.number, cases.c.regulation_id).where(cases.c.number.in_(list(told)))
        rows = {row.number: _Case(*row) for row in self.connection.execute(query)}
        running = self._running([row.id for row in rows.values()])
        found = Questions()
        for number, names in told.items():
            row = rows.get(number)
            if row is None or row.regulation_id is None:
                continue
            rules = self._pinned(row.regulation_id)
            clocks = [rules.rule(name) for name in running[row.id]]
            about = clocks if names is None else [rules.rule(name) for name in names]
            found.cases[number] = self._case(number, rules, about, clocks, decided.get(number, ()))
        return found

    def _case(
        self, number: str, rules: Regulation, about: list[Any], clocks: list[Any], decided: tuple[str, ...]
    ) -> CaseQuestion:
        """What is asked about one case: by the clocks the message is about, and what else of it runs."""
        own = [asked(rule, rules) for rule in about]
        decisions = tuple(dict.fromkeys([*decided, *(name for one in own for name in one.decisions)]))
        done = {event for one in own for event in one.events}
        may = [rule for rule in [*about, *clocks] if isinstance(rule, Rule)]
        whole = Asked(
            decisions=decisions,
            dated=any(one.dated for one in own) or POSTPONEMENT in decisions,
            events=tuple(dict.fromkeys(event for one in own for event in one.events)),
            attempt=next((one.attempt for one in own if one.attempt), None),
            postpones=any(one.postpones for one in own),
        )
        choices = Choices(
            today=self.today,
            decides=bool(decisions),
            postpones=any(asked(rule, rules).postpones for rule in may),
            done=next(iter(done)) if len(done) == 1 else None,
            events=names_of_events(may, rules),
        )
        ways = how(whole, rules, self.message.language)
        rule = next((one.id for one in about if isinstance(one, Rule)), "") if len(about) == 1 else ""
        return CaseQuestion(number, rules, choices, ways, decisions, rule=rule)

    def _statement(self, number: str) -> CaseQuestion:
        ways = (say(self.message.language, "reply.ways.statement"),)
        return CaseQuestion(number, None, Choices(self.today, reviews=True), ways, statement=True)

    def _running(self, ids: list[int]) -> dict[int, list[str]]:
        """The rules whose clocks run, by case."""
        query = select(deadlines.c.case_id, deadlines.c.rule).where(
            deadlines.c.case_id.in_(ids),
            deadlines.c.state.in_(_RUNNING),
            deadlines.c.met_at.is_(None),
            deadlines.c.ended_by.is_(None),
        )
        found: dict[int, list[str]] = defaultdict(list)
        for case_id, rule in self.connection.execute(query.order_by(deadlines.c.id)):
            if rule not in found[case_id]:
                found[case_id].append(rule)
        return found


def names_of_events(clocks: Iterable[Rule], rules: Regulation) -> dict[str, str]:
    """Everything by which the events that these clocks wait for are called, folded; what means two means none."""
    deciding = answering(rules)
    found: dict[str, set[str]] = defaultdict(set)
    for rule in clocks:
        one = asked(rule, rules)
        for event in (*one.events, *([one.attempt] if one.attempt else [])):
            if event in deciding:
                continue
            for text in _texts(event, rules):
                found[folded(text)].add(event)
        if len(one.events) == 1:
            for text in (rule.title.zh, rule.title.en):
                for form in (text, *(text[len(first) :] for first in _FIRST if text.lower().startswith(first))):
                    found[folded(form)].add(one.events[0])
    return {text: next(iter(events_)) for text, events_ in found.items() if len(events_) == 1 and text}


def _texts(event: str, rules: Regulation) -> list[str]:
    own = rules.events.get(event)
    known = [own.zh, own.en] if own else []
    for language in languages():
        known += [word(language, f"vocabulary.events.{event}", event), *aliases(language, f"events.{event}")]
    return [event, *known]
