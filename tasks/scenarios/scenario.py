"""Stories about a regulation: what happens in them, and what Duban has to say of it.

Instants are written in the organisation's zone, `2026-11-02 09:00`. What a story does not name is not checked;
a list that it names (deadlines of a rule, steps, penalties, opened duties) is compared exactly for the rules in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.timeline.story import State, Status  # noqa: TC001 -- pydantic reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "first"
"""What a story calls its case when it has only one."""
NOBODY = frozenset({"nobody", "无此人", "无人"})
"""Names of people who are not in the directory."""
MIDNIGHT = " 24:00"


def _instant(value: Any) -> Any:
    """`2026-11-02 09:00`, with seconds if need be; 24:00 is the end of the day."""
    if not isinstance(value, str):
        return value
    if value.endswith(MIDNIGHT):
        return datetime.fromisoformat(value.removesuffix(MIDNIGHT)) + timedelta(days=1)
    return datetime.fromisoformat(value)


Instant = Annotated[datetime, BeforeValidator(_instant)]


class Strict(BaseModel):
    """A misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Happening(Strict):
    """An event on the case; `refused` names the gate or approval that has to forbid it."""

    at: Instant
    event: str
    by: str | None = None
    fields: dict[str, Any] = {}
    case: str | None = None
    """The case of the story it belongs to, where there are several; else the first. A duty's case: the duty's id."""
    refused: str | None = None


class StoryOpening(Strict):
    """A case that the story opens, with `record NEW event`; the story calls it by `case`."""

    at: Instant
    event: str | None = None
    case: str = FIRST
    level: str | None = None
    department: str = "营业部"
    by: str | None = None
    fields: dict[str, Any] = {}
    """A person that a field names is in the directory, unless it is `nobody` (无此人)."""
    refused: str | None = None


class ExpectedDeadline(Strict):
    """One deadline; `due: null` means that it has none."""

    rule: str
    round: int = 1
    case: str = FIRST
    opens: Instant | None = None
    due: Instant | None
    state: State | None = None


class ExpectedStep(Strict):
    """One step that fired: when, and the roles that were told."""

    rule: str
    step: str
    at: Instant
    to: tuple[str, ...] = Field(min_length=1)
    round: int = 1
    case: str = FIRST


class ExpectedPenalty(Strict):
    """One penalty that stands."""

    rule: str
    amount: float = 0
    points: float = 0
    share: float | None = None
    """The part of a pay or bonus; not looked at unless given."""
    measure: str | None = None
    """The Chinese or English word of what is not money; not looked at unless given."""
    round: int = 1
    who: str | None = None
    case: str = FIRST


class Recurring(Strict):
    """The case of a duty that Duban opened by itself."""

    duty: str
    period: str
    opened: Instant | None = None
    due: Instant
    responsible: str | None = None


class Expected(Strict):
    """What has to be on record at `now`."""

    deadlines: tuple[ExpectedDeadline, ...] = ()
    steps: tuple[ExpectedStep, ...] = ()
    penalties: tuple[ExpectedPenalty, ...] | None = None
    """None = not looked at; an empty list = no penalty at all."""
    duties: tuple[Recurring, ...] = ()
    noted: tuple[str, ...] = ()
    """Events that Duban has to have noted by itself on the first case, in order."""
    status: Status | None = None
    level: str | None = None
    trouble: str | None = None
    """The clause that has to be named because a figure is missing."""

    @property
    def rules(self) -> set[str]:
        """The rules, duties and counters of which the story expects something."""
        entries: tuple[ExpectedDeadline | ExpectedStep | ExpectedPenalty, ...] = (
            *self.deadlines,
            *self.steps,
            *(self.penalties or ()),
        )
        return {entry.rule for entry in entries} | {entry.duty for entry in self.duties}


class Story(Strict):
    """One story. Without `open` only the calendar acts, from `since` until `now`."""

    name: str
    clauses: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, Any] = {}
    """What this deployment sets."""
    absent: tuple[str, ...] = ()
    """Roles that nobody fills in this story."""
    open: Annotated[tuple[StoryOpening, ...], BeforeValidator(lambda one: [one] if isinstance(one, dict) else one)] = ()
    since: Instant | None = None
    events: tuple[Happening, ...] = ()
    now: Instant
    expect: Expected


class Scenarios(Strict):
    """All stories of one regulation. Everybody's name is the id of their role, one person a role."""

    regulation: str
    stories: tuple[Story, ...] = Field(min_length=1)


def load_scenarios(file: Path) -> Scenarios:
    """One file, checked."""
    found = Scenarios.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    if found.regulation != file.stem:
        msg = f"{file.name} tells of {found.regulation}: one file a regulation, called like it"
        raise ValueError(msg)
    return found
