"""What is on a slip, as plain values in the reader's language: all that its templates may use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """The forms; the value is the word of the command line and of `about`."""

    URGE = "urge"
    INQUIRY = "inquiry"
    POSTPONEMENT = "postponement"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class SlipEntry:
    """One case on a slip; texts are empty where there is nothing to say. Instants are local text.

    `station` is the rule's title, `done_at` when it was done after all (or the case was closed), `told` how often
    somebody was told.
    """

    case: str
    station: str = ""
    responsible: str = ""
    article: str = ""
    do: str = ""
    level: str = ""
    department: str = ""
    handler: str = ""
    subject: str = ""
    opened_at: str = ""
    closed_at: str = ""
    due_at: str = ""
    done_at: str = ""
    late: str = ""
    told: int = 0
    penalty: str = ""


@dataclass(frozen=True, slots=True)
class PostponementRequest:
    """A request for postponement as its approver reads it."""

    entry: SlipEntry
    asked_at: str
    asked_by: str
    until: str
    reason: str
    late: tuple[SlipEntry, ...]
    running: tuple[SlipEntry, ...]
    link: str = ""
    """The page of the case."""


@dataclass(frozen=True, slots=True)
class PenaltyLine:
    """One penalty; `back` marks one of an earlier month that was withdrawn in this one and is given back.

    `beside` is what is no sum: a share, a measure. `turn` counts the stretches late where each of them has one.
    """

    case: str
    station: str
    article: str
    at: str
    amount: str
    points: str
    beside: str = ""
    turn: int = 0
    cap: str = ""
    back: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class PenaltyNotice:
    """The penalties of one department or person in a month; `back` is what was withdrawn of earlier months.

    With a cap a month: what was carried in, what of it and the new is to be paid now, and what is carried over.
    """

    who: str
    lines: tuple[PenaltyLine, ...]
    amount: str
    points: str
    back: str = ""
    back_points: str = ""
    more: int = 0
    carried_in: str = ""
    to_pay: str = ""
    carried_over: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """One form for one recipient; `addressee` names them with their role, and in whose stead they got it."""

    form: Form
    serial: str
    month: str
    addressee: str
    made_at: str
    entries: tuple[SlipEntry, ...] = ()
    more: int = 0
    request: PostponementRequest | None = None
    notices: tuple[PenaltyNotice, ...] = ()
    everybody: bool = False
    """A notice that covers all departments, for whoever approves it."""

    @property
    def number(self) -> str:
        """By which a form on paper is found again."""
        return f"{self.month}-{self.serial}" if self.month else self.serial

    @property
    def count(self) -> int:
        """How many cases there are, listed or not."""
        return len(self.entries) + self.more
