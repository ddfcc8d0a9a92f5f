"""Stories about a regulation: what happens in them, and what Duban has to say of it.

Instants are written in the organisation's zone, `2026-11-02 09:00`. What a story does not name is not checked;
a list that it names (deadlines of a rule, steps, penalties, opened duties) is compared exactly for the rules in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.language.words import short_for
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
    """An event on the case; `refused` names the gate, approval or authority that has to forbid it."""

    at: Instant
    event: str
    by: str | None = None
    fields: dict[str, Any] = {}
    case: str | None = None
    """The case of the story it belongs to, where there are several; else the first. A duty's case: the duty's id.

    Of a duty that each of several people has, the case of whoever did it (`by`).
    """
    refused: str | None = None
    imported: bool = False
    """It comes from another program, unasked: what a gate forbids is flagged instead of refused."""


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
    imported: bool = False
    """It comes from another program, unasked."""


class ExpectedDeadline(Strict):
    """One deadline; `due: null` means that it has none."""

    rule: str
    round: int = 1
    case: str = FIRST
    opens: Instant | None = None
    due: Instant | None
    state: State | None = None
    responsible: str | None = None
    """The role that has to act."""
    soft: bool | None = None


class ExpectedStep(Strict):
    """One step that fired: when, and who was told; of a gate the step `opens`, when it flagged a fact."""

    rule: str
    step: str
    at: Instant
    to: tuple[str, ...] = ()
    """The roles, exactly; a person whom a case field names goes by either."""
    people: tuple[str, ...] = ()
    """The people, exactly."""
    slip: str | None = None
    """The form: `urge` or `inquiry`."""
    round: int = 1
    case: str = FIRST

    @model_validator(mode="after")
    def _tells_somebody(self) -> Self:
        if not self.to and not self.people:
            msg = "say who was told: `to` (roles), `people`, or both"
            raise ValueError(msg)
        return self


class ExpectedPenalty(Strict):
    """One penalty that stands."""

    rule: str
    amount: float = 0
    points: float = 0
    share: float | None = None
    """The part of a pay or bonus; not looked at unless given."""
    of: str | None = None
    """Which pay or bonus; not looked at unless given."""
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
    """The person whose duty it is; where it is nobody's in particular, the role."""
    department: str | None = None


class ExpectedNone(Strict):
    """A rule, duty, approval, gate or counter of which nothing is on record; in any case, or in this one."""

    rule: str
    case: str | None = None


class ExpectedCase(Strict):
    """A case of the story by name; a duty's by its id."""

    case: str
    status: Status | None = None
    level: str | None = None
    noted: tuple[str, ...] | None = None
    """Events that Duban has to have noted by itself, in order; an empty list = none."""


class Expected(Strict):
    """What has to be on record at `now`."""

    deadlines: tuple[ExpectedDeadline, ...] = ()
    steps: tuple[ExpectedStep, ...] = ()
    penalties: tuple[ExpectedPenalty, ...] | None = None
    """None = not looked at; an empty list = no penalty at all."""
    duties: tuple[Recurring, ...] = ()
    none: Annotated[tuple[ExpectedNone, ...], short_for("rule")] = ()
    """Rules of which there is no deadline, no step and no penalty: `[rule]`, or `{rule: .., case: ..}`."""
    flags: tuple[str, ...] | None = None
    """The gates and approvals that flagged a fact, by time, one for each fact; an empty list = none."""
    noted: tuple[str, ...] = ()
    """Events that Duban has to have noted by itself on the first case, in order."""
    status: Status | None = None
    """Of the first case, as is `level`."""
    level: str | None = None
    cases: tuple[ExpectedCase, ...] = ()
    """The same of other cases."""
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
        return {entry.rule for entry in (*entries, *self.none)} | {entry.duty for entry in self.duties}


class Story(Strict):
    """One story. Without `open` only the calendar acts, from `since` until `now`."""

    name: str
    clauses: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, Any] = {}
    """What this deployment sets."""
    absent: tuple[str, ...] = ()
    """Roles that nobody fills in this story, or people who are not there."""
    open: Annotated[tuple[StoryOpening, ...], BeforeValidator(lambda one: [one] if isinstance(one, dict) else one)] = ()
    since: Instant | None = None
    events: tuple[Happening, ...] = ()
    now: Instant
    expect: Expected


class Scenarios(Strict):
    """All stories of one regulation. Two people hold each role: one is called like it, the other `ROLE_2`."""

    regulation: str
    stories: tuple[Story, ...] = Field(min_length=1)


def load_scenarios(file: Path) -> Scenarios:
    """One file, checked."""
    found = Scenarios.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    if found.regulation != file.stem:
        msg = f"{file.name} tells of {found.regulation}: one file a regulation, called like it"
        raise ValueError(msg)
    return found
