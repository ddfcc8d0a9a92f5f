"""What the tables of one part are drawn from: both sides in the three windows, and what helps to read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from models.calendar import WorkCalendar
    from models.periods import Bucket
    from models.regulation import Text
    from models.settings import Settings
    from tasks.statistics.counting import Counted
    from tasks.statistics.loans import Out
    from tasks.statistics.packs import Packs
    from tasks.statistics.penalties import Fines


class Detail(NamedTuple):
    """What is shown of a single case."""

    number: str
    party: str
    item: str
    purpose: str
    secrecy: str


@dataclass
class Scope:
    """One part of a statement: the whole, or a department.

    `complaints` and `loans` are the period, the one before and the same of last year; `end` is where counting stops.
    """

    settings: Settings
    calendar: WorkCalendar
    packs: Packs
    complaints: tuple[Counted, Counted, Counted]
    loans: tuple[Counted, Counted, Counted]
    fines: Fines
    buckets: tuple[Bucket, ...]
    buckets_year_ago: tuple[Bucket, ...]
    end: datetime
    only_loans: bool
    has_loans: bool
    details: Mapping[int, Detail] = field(init=False)
    terms: Mapping[int, int] = field(init=False)
    """When each loan that is out is due, by its id."""
    out: list[Out] = field(init=False)

    def regulation_title(self, name: str) -> Text | str:
        """How a regulation calls itself."""
        content = self.packs.contents.get(name)
        return content.title if content else name
