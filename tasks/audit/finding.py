"""What the audit finds: one difference between what the facts ask for and what is stored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from models.calendar.instants import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = "missing"
"""A clock, a step or a duty's case that has to be there is not."""
EXTRA = "extra"
"""One that nothing asks for, or one too many."""
INSTANT = "instant"
"""It is there, at another instant: due, next, opened, planned, scheduled or fired."""
RECIPIENT = "recipient"
"""A step was told to somebody else than to whom it belongs."""
STATE = "state"
"""A clock or a case is said to be in a state in which it is not."""
PENALTY = "penalty"
"""What is owed is not there, is owed by somebody else or in another sum, or is withdrawn without a cause."""
MESSAGE = "message"
"""A recipient has no message, or a message is none of a recipient's, or says of itself what cannot be."""
EVENT = "event"
"""A fact was changed, taken away or slipped in; or Duban concludes from the facts what is not on record."""
KINDS = (MISSING, EXTRA, INSTANT, RECIPIENT, STATE, PENALTY, MESSAGE, EVENT)


NOTHING = "-"
"""Where one side has nothing; `*` stands for anything."""


class Finding(NamedTuple):
    """One difference; `case` is a number, and what does not apply is None.

    `expected` and `found` name columns and their values (`due_at=2026-11-02T01:30:00Z`), for programs and people of
    every language.
    """

    kind: str
    case: str | None
    rule: str | None = None
    round: int | None = None
    step: str | None = None
    expected: str | None = None
    found: str | None = None

    @property
    def place(self) -> tuple[str | None, str | None, int | None, str | None]:
        """What it is about."""
        return self.case, self.rule, self.round, self.step


def said(name: str, value: Any) -> str:
    """A column and its value."""
    return f"{name}={shown(value)}"


def shown(value: Any) -> str:
    """A value as a finding shows it: instants in UTC, lists of people by their addresses."""
    if isinstance(value, datetime):
        return iso(value) or NOTHING
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(sorted(shown(one) for one in value)) or NOTHING
    return NOTHING if value is None else str(value)


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """By case and clock, each once."""
    return sorted(dict.fromkeys(found), key=lambda one: tuple(str("" if part is None else part) for part in one[1:5]))
