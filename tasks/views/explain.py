"""Tells a case's story: each clock, why it started, what counted, what fired, to whom, under which article.

The record is read (`reading`), the clocks are computed anew from the events that were taken in (`clocks`), and both
are put side by side (`story`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from models.calendar.instants import from_iso
from models.language.rules import Rule
from models.language.words import Text
from models.timeline.story import RAISED_FROM, Planned
from models.wording.catalogue import FIRST
from models.wording.phrases import field_words, value_words
from tasks.organisation.masking import is_secret, masked_fields, masked_item, masked_phone
from tasks.organisation.registry import pinned
from tasks.record.erased import ERASED, MARK
from tasks.views.clocks import ComputedClocks
from tasks.views.elapsed import Span, counted_seconds
from tasks.views.reading import CaseRecord, copied, read_record
from tasks.views.story import (
    CaseFacts,
    CaseStory,
    ClockStory,
    ComingStep,
    ComputedCase,
    EventStory,
    PinnedRegulation,
    RecipientStory,
    RecordedClock,
    SpanStory,
    StepStory,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation
    from models.timeline.story import Deadline
    from tasks.organisation.deployment import Deployment
    from tasks.record.cases import Entry
    from tasks.views.reading import Key

TOLD_APART = frozenset(
    {RAISED_FROM, "item", "phone", "number", "level", "department", "handler", "regulation", "customer", "borrower"}
) | {MARK}
"""The fields of a case that have a place of their own in its story, or are not told."""
COMPARED = ("state", "starts_at", "opens_at", "due_at", "met_at", "provisional")
"""In what the record of a clock has to agree with the computation."""


def story(
    connection: Connection, deployment: Deployment, number: str, *, now: datetime, at_least_known: bool = True
) -> CaseStory:
    """Everything there is to tell about the case as it stands at `now`; UnknownError when there is none.

    With `at_least_known`, `now` moves on to the last instant that the record knows: a replay may have carried the
    case past the clock on the wall.
    """
    record = read_record(connection, number)
    if at_least_known:
        now = max([now, *record.instants()])
    pinned_as = record.case.regulation_id
    rules = pinned(connection, pinned_as) if pinned_as is not None else None
    clocks = ComputedClocks(record, rules, deployment.calendar, now) if rules else None
    return CaseStory(
        now=now,
        timezone=deployment.settings.timezone,
        case=_case(record.case, rules),
        computed=_computed(clocks) if clocks else None,
        regulation=_regulation(rules) if rules else None,
        events=tuple(_event(row, rules, secret=is_secret(record.case.fields)) for row in record.events),
        waiting=sum(row.applied_at is None for row in record.events),
        clocks=tuple(_ClockStories(clocks).clocks()) if clocks else (),
    )


def _case(case: Row[Any], rules: Regulation | None) -> CaseFacts:
    told = {name: value for name, value in masked_fields(case.fields).items() if name not in TOLD_APART}
    return CaseFacts(
        number=case.number,
        kind=case.kind,
        regulation=case.regulation,
        status=case.status,
        round=case.round,
        level=case.level,
        level_title=rules.levels.get(case.level) if rules else None,
        department=case.department,
        handler=case.handler,
        party=case.party,
        phone=masked_phone(case.fields.get("phone")),
        item=masked_item(case.fields),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        evaluated_at=case.evaluated_at,
        fields=told,
        shown=_shown(told, rules),
    )


def _shown(fields: Mapping[str, Any], rules: Regulation | None) -> dict[str, str]:
    """Fields and their values as the regulation calls them, each with what the record holds."""
    if rules is None:
        return {name: str(value) for name, value in fields.items() if value not in (None, "")}
    return {
        _beside(field_words(name, rules, FIRST), name): _beside(value_words(name, value, rules, FIRST), str(value))
        for name, value in fields.items()
        if value not in (None, "")
    }


def _beside(title: str, name: str) -> str:
    return name if title == name else f"{title} {name}"


def _computed(clocks: ComputedClocks) -> ComputedCase:
    found = clocks.timeline
    return ComputedCase(status=found.status, round=found.round, closed_at=found.closed_at)


def _regulation(rules: Regulation) -> PinnedRegulation:
    return PinnedRegulation(
        name=rules.regulation,
        version=rules.version,
        content_hash=rules.content_hash,
        title=rules.title,
        article=rules.cite.article if rules.cite else None,
    )


def _event(row: Entry, rules: Regulation | None, *, secret: bool) -> EventStory:
    fields = {} if row.name == ERASED else masked_fields(row.fields, secret=secret)
    return EventStory(
        name=row.name,
        title=rules.events.get(row.name) if rules else None,
        at=row.at,
        recorded_at=row.recorded_at,
        applied_at=row.applied_at,
        by=row.by,
        fields=fields,
        shown=_shown(fields, rules),
        retracted_at=row.retracted_at,
        channel=row.channel,
        account=row.account,
        place=row.place,
        verified=bool(row.verified),
        unauthorised=row.unauthorised,
    )


@dataclass(frozen=True, slots=True)
class _ClockStories:
    """Puts what the record says of each clock beside what is computed."""

    computed: ComputedClocks

    @property
    def record(self) -> CaseRecord:
        """What the record says."""
        return self.computed.record

    def clocks(self) -> Iterator[ClockStory]:
        """Every clock by its start; then what the record holds of clocks that the case no longer has."""
        computed = self.computed.deadlines
        for key, deadline in computed.items():
            yield self._with_computed(self._recorded(key, deadline), deadline)
        yield from (self._recorded(key, None) for key in self.record.clocks() if key not in computed)

    def _span(self, span: Span) -> SpanStory:
        told = SpanStory(*span, counted=span.counted)
        return replace(told, title=self.computed.rules.events.get(told.paused_by)) if told.paused_by else told

    def _with_computed(self, recorded: ClockStory, deadline: Deadline) -> ClockStory:
        """The clock as it is computed, with what the record says of it."""
        limits = self.computed.limits(deadline)
        counted = self.computed.counted(deadline, limits)
        return replace(
            recorded,
            started=self.computed.started(deadline),
            counts_from=self.computed.counts_from(deadline),
            limits=limits,
            spans=tuple(self._span(span) for span in counted),
            counted_seconds=counted_seconds(counted),
            starts_at=deadline.starts_at,
            opens_at=deadline.opens_at,
            due_at=deadline.due_at,
            provisional=deadline.provisional,
            state=deadline.state,
            met_at=deadline.met_at,
            ended_at=deadline.ended_at,
            ended_by=deadline.ended_by,
            ended=self.computed.ended(deadline),
            attempts=deadline.attempts,
        )

    def _recorded(self, key: Key, deadline: Deadline | None) -> ClockStory:
        """The clock as the record has it: which rule, by which article, in whose hands, what fired and what comes."""
        rule = self._rules.rule(key[0])
        responsible = rule.responsible if isinstance(rule, Rule) else rule.flag[0] if rule else None
        stored = self.record.deadlines.get(key)
        return ClockStory(
            rule=key[0],
            round=key[1],
            title=rule.title if rule else None,
            cite=rule.cite if rule else None,
            responsible=responsible,
            responsible_title=self._role(responsible),
            starts_at=stored.starts_at if stored else None,
            ended_by=stored.ended_by if stored else None,
            recorded=copied(RecordedClock, stored) if stored else None,
            differs=tuple(_differing(deadline, stored)) if deadline and stored else (),
            fired=tuple(self._fired(row) for row in self.record.escalations.get(key, ())),
            next=tuple(self._coming(key[0], _plan(deadline, stored))),
            penalties=tuple(self.record.penalties.get(key, ())),
        )

    @property
    def _rules(self) -> Regulation:
        return self.computed.rules

    def _role(self, name: str | None) -> Text | None:
        role = self._rules.roles.get(name or "")
        return Text(zh=role.zh, en=role.en) if role else None

    def _fired(self, row: Row[Any]) -> StepStory:
        return StepStory(
            step=row.step,
            due_at=row.due_at,
            scheduled_at=row.scheduled_at,
            fired_at=row.fired_at,
            reason=row.reason,
            recipients=tuple(self._recipient(who) for who in row.recipients),
            messages=tuple(self.record.mails.get(row.id, ())),
            corrections=tuple(self.record.corrections.get(row.id, ())),
        )

    def _recipient(self, who: dict[str, str | None]) -> RecipientStory:
        return RecipientStory(
            name=who["name"],
            role=who["role"],
            email=who["email"],
            instead_of=who["instead_of"],
            role_title=self._role(who["role"]),
        )

    def _coming(self, name: str, plan: Iterable[Planned]) -> Iterator[ComingStep]:
        """What is still to happen, and to whom it will be told."""
        rule = self._rules.rule(name)
        steps = rule.steps() if rule else {}
        for at, step in plan:
            _, told = steps.get(step, (None, ()))
            yield ComingStep(at=at, step=step, to=told, overdue=at <= self.computed.now)


def _differing(deadline: Deadline, stored: Row[Any]) -> Iterator[str]:
    """In what the record and the computation differ."""
    return (name for name in COMPARED if getattr(deadline, name) != getattr(stored, name))


def _plan(deadline: Deadline | None, stored: Row[Any] | None) -> Iterable[Planned]:
    """What is still to happen: by the record where there is one, else by the computation."""
    if stored is not None:
        return [Planned(from_iso(at), step) for at, step in stored.plan]
    return deadline.plan if deadline else ()
