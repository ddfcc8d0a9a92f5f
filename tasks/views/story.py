"""A case's story as data: what `duban explain --json` prints, under the names that it has here.

Instants are aware UTC datetimes; personal data is masked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from models.language.words import Model
from models.timeline.story import State
from tasks.views.elapsed import PAUSE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from models.language.words import Cite, Text
    from models.timeline.story import Status


class StartedBy(StrEnum):
    """What starts a clock: an event that the rule names, or the round that another event opened."""

    EVENT = "event"
    ROUND = "round"


class Ending(StrEnum):
    """How a clock ends: it is met, the next round begins, or something else ends it."""

    MET = "met"
    NEXT_ROUND = "next_round"
    ENDED = "ended"


# -- what fired, and what comes --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecipientStory:
    """Who was told at a step, as the directory stood then."""

    name: str | None
    role: str | None
    email: str | None
    instead_of: str | None
    role_title: Text | None


@dataclass(frozen=True, slots=True)
class MailStory:
    """A mail that tells of a step."""

    to: str
    name: str
    kind: str
    state: str
    reason: str | None
    attempts: int
    possible_repeat: bool
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class CorrectionStory:
    """Somebody who was told of a lateness that was none, and whether they know by now."""

    to: str
    noted_at: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class StepStory:
    """A step that fired."""

    step: str
    due_at: datetime | None
    scheduled_at: datetime
    fired_at: datetime
    reason: str
    recipients: tuple[RecipientStory, ...]
    messages: tuple[MailStory, ...]
    corrections: tuple[CorrectionStory, ...]


@dataclass(frozen=True, slots=True)
class ComingStep:
    """A step that is still to happen; `to` are the roles, `overdue` says that a sweep should have seen to it."""

    at: datetime
    step: str
    to: tuple[str, ...]
    overdue: bool


@dataclass(frozen=True, slots=True)
class PenaltyStory:
    """What an overrun cost, withdrawn or not."""

    who: str
    amount: float
    points: float
    seq: int
    share: float | None
    of: str | None
    measure: str | None
    at: datetime
    withdrawn_at: datetime | None
    note: str | None


# -- a clock ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartStory:
    """The event that started a clock."""

    event: str
    at: datetime
    by: str | None
    why: StartedBy
    title: Text | None = None


@dataclass(frozen=True, slots=True)
class EndStory:
    """How a clock ended, and the event of that instant if there is one."""

    how: Ending
    event: str | None
    at: datetime
    by: str | None
    title: Text | None = None


@dataclass(frozen=True, slots=True)
class LimitStory:
    """One limit of a rule with the instant it would set alone.

    `limit` is a duration, or names the date (`date`); `by`, `value` and `table` say from which row it was read.
    """

    limit: str | None
    date: bool
    by: str | None
    value: Any
    table: Mapping[str, str]
    due_at: datetime | None
    applies: bool
    tightest: bool


@dataclass(frozen=True, slots=True)
class SpanStory:
    """A half-open stretch of a clock and why it did or did not count, in the words of `elapsed`."""

    since: datetime
    until: datetime
    why: str
    counted: bool
    title: Text | None = None
    """Of the event that paused the clock, where the regulation gives it one."""

    @property
    def paused_by(self) -> str | None:
        """The event that paused the clock."""
        return self.why.removeprefix(PAUSE) if self.why.startswith(PAUSE) else None


@dataclass(frozen=True, slots=True)
class RecordedClock:
    """A clock as the last sweep wrote it down."""

    state: str
    starts_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    met_at: datetime | None
    next_at: datetime | None
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStory:
    """A deadline of the case: computed anew, and what the record says of it.

    One that the record has and the case no longer (its facts changed) is void, and nothing of it is computed.
    """

    rule: str
    round: int
    title: Text | None
    cite: Cite | None
    responsible: str | None
    responsible_title: Text | None
    started: StartStory | None = None
    counts_from: datetime | None = None
    limits: tuple[LimitStory, ...] = ()
    spans: tuple[SpanStory, ...] = ()
    counted_seconds: int = 0
    starts_at: datetime | None
    opens_at: datetime | None = None
    due_at: datetime | None = None
    provisional: bool = False
    state: State = State.VOID
    met_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None
    ended: EndStory | None = None
    attempts: int = 0
    recorded: RecordedClock | None
    differs: tuple[str, ...] = ()
    """The fields in which the record says something else than the computation."""
    fired: tuple[StepStory, ...]
    next: tuple[ComingStep, ...]
    penalties: tuple[PenaltyStory, ...]


# -- the case --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the record knows of the case itself; `fields` are those without a place of their own.

    `shown` are the same as people call them: `紧急程度 urgency` -> `紧急 urgent`.
    """

    number: str
    kind: str
    regulation: str | None
    status: str
    round: int
    level: str | None
    level_title: Text | None
    department: str | None
    handler: str | None
    party: str | None
    phone: str | None
    item: str | None
    opened_at: datetime
    closed_at: datetime | None
    evaluated_at: datetime | None
    fields: Mapping[str, Any]
    shown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ComputedCase:
    """How the case stands when it is computed anew."""

    status: Status
    round: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PinnedRegulation:
    """The regulation, in the content under which the case was opened."""

    name: str
    version: int
    content_hash: str
    title: Text
    article: str | None


@dataclass(frozen=True, slots=True)
class EventStory:
    """Something that happened, or that Duban derived; `applied_at` is empty while no sweep has taken it in.

    `retracted_at` is given where the facts no longer bear out what was derived; `shown` are the fields as people call
    them. How it came say `channel`, `account`, `place` and `verified`; `unauthorised`, why it counts for nothing.
    """

    name: str
    title: Text | None
    at: datetime
    recorded_at: datetime | None
    applied_at: datetime | None
    by: str | None
    fields: Mapping[str, Any]
    retracted_at: datetime | None
    shown: Mapping[str, str]
    channel: str | None = None
    account: str | None = None
    place: str | None = None
    verified: bool = False
    unauthorised: str | None = None


@dataclass(frozen=True, slots=True)
class CaseStory:
    """Everything there is to tell about a case at an instant; `waiting` events are not in the clocks yet."""

    now: datetime
    timezone: str
    case: CaseFacts
    computed: ComputedCase | None
    regulation: PinnedRegulation | None
    events: tuple[EventStory, ...]
    waiting: int
    clocks: tuple[ClockStory, ...]


def as_data(part: Any) -> Any:
    """A story, or a part of one, as mappings and lists; names and order are those of the classes above."""
    if is_dataclass(part):
        return {field.name: as_data(getattr(part, field.name)) for field in fields(part)}
    if isinstance(part, Model):
        return part.model_dump()
    if isinstance(part, tuple):
        return [as_data(one) for one in part]
    return part
