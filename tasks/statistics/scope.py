"""What the tables of one part are drawn from: both sides in the three windows, and what helps to read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tasks.statistics.phrases import phrase_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from models.calendar.periods import Bucket
    from models.calendar.work_calendar import WorkCalendar
    from tasks.organisation.deployment import Deployment
    from tasks.statistics.counting import Counted
    from tasks.statistics.packs import Packs
    from tasks.statistics.penalties import Penalties
    from tasks.statistics.phrases import Phrase


class Detail(NamedTuple):
    """What is shown of a single case."""

    number: str
    party: str
    item: str
    purpose: str
    secrecy: str


class Out(NamedTuple):
    """A loan that is not returned at the end of the period."""

    number: str
    regulation: str
    item: str
    purpose: str
    secret: bool
    borrower: str
    department: str
    lent_at: datetime
    due_at: datetime | None
    running_late: tuple[datetime, ...]
    """When the clocks of it that run late were due."""


@dataclass
class Scope:
    """One part of a statement: the whole, or a department.

    `complaints` and `loans` are the period, the one before and the same of last year; `end` is where counting stops.
    """

    deployment: Deployment
    calendar: WorkCalendar
    packs: Packs
    complaints: tuple[Counted, Counted, Counted]
    loans: tuple[Counted, Counted, Counted]
    penalties: Penalties
    buckets: tuple[Bucket, ...]
    buckets_year_ago: tuple[Bucket, ...]
    end: datetime
    only_loans: bool
    has_loans: bool
    details: Mapping[int, Detail] = field(init=False)
    terms: Mapping[int, int] = field(init=False)
    """When each loan that is out is due, by its id."""
    out: list[Out] = field(init=False)

    def regulation_title(self, name: str) -> Phrase | str:
        """How a regulation calls itself."""
        content = self.packs.contents.get(name)
        return phrase_of(content.title) if content else name
