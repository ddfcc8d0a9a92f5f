"""The rule language: what a regulation may say, as pydantic models.

One YAML file is one `Regulation`. A new key of the language is a field here, its meaning goes into
`timeline.py`, its sentence into `sentences.py`, and what may be wrong with it into `checks.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 -- pydantic reads the annotations
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
)

from models.durations import ZERO, Duration, parse_duration

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Value = str | int | float | bool


def _iso_duration(value: str) -> str:
    parse_duration(value)
    return value


def _as_tuple(value: Any) -> Any:
    """One thing may be written without the brackets of a list."""
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str | dict) else value


IsoDuration = Annotated[str, AfterValidator(_iso_duration)]


class Model(BaseModel):
    """Unknown keys are errors; a loaded regulation does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Model):
    """The same words in Chinese and English."""

    zh: str
    en: str


class Cite(Model):
    """Where a rule is written: source and lines, the article as people quote it, and its clause ids."""

    article: str
    source: str | None = None
    lines: str | None = None
    clauses: tuple[str, ...] = ()


class Test(Model):
    """A condition on one value that is more than equality; all given parts must hold."""

    not_: Annotated[tuple[Value, ...], BeforeValidator(_as_tuple), Field(alias="not")] = ()
    at_least: float | None = None
    at_most: float | None = None
    given: bool | None = None

    def holds(self, value: Any) -> bool:
        """Whether the value (None = not given) passes."""
        present = value not in (None, "")
        if self.given is not None and present != self.given:
            return False
        if self.not_ and _text(value) in {_text(other) for other in self.not_}:
            return False
        if self.at_least is None and self.at_most is None:
            return True
        try:
            number = float(value)
        except (TypeError, ValueError):
            return False
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)


Condition = Annotated[Test | Value | tuple[Value, ...], Field(union_mode="left_to_right")]
Conditions = dict[str, Condition]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def holds(conditions: Conditions, fields: Mapping[str, Any]) -> bool:
    """Whether every condition holds on these fields."""
    for name, condition in conditions.items():
        value = fields.get(name)
        if isinstance(condition, Test):
            if not condition.holds(value):
                return False
        elif isinstance(condition, tuple):
            if value is None or _text(value) not in {_text(other) for other in condition}:
                return False
        elif value is None or _text(value) != _text(condition):
            return False
    return True


class Match(Model):
    """An event by name, and by conditions on its fields."""

    event: Name
    where: Conditions = {}

    def matches(self, name: str, fields: Mapping[str, Any]) -> bool:
        """Whether an event of this name with these fields is meant."""
        return name == self.event and (not self.where or holds(self.where, fields))


def _as_matches(value: Any) -> Any:
    items = _as_tuple(value)
    return (
        tuple({"event": item} if isinstance(item, str) else item for item in items)
        if isinstance(items, tuple)
        else items
    )


Matches = Annotated[tuple[Match, ...], BeforeValidator(_as_matches)]


class Limit(Model):
    """One limit: a duration, a table of durations by a field, or a date that the case itself carries.

    `date` names the field; with `of` beside it, that duration stands in while no date is given. Conditions and tables
    may use `round` (of the case) and `term` (1, 2, .. for each start of a rule with `every_start`).
    """

    of: IsoDuration | None = None
    by: str | None = None
    table: dict[str, IsoDuration] = {}
    date: str | None = None
    when: Conditions = {}

    def duration(self, fields: Mapping[str, Any]) -> Duration | None:
        """The duration for a case with these fields; None when the limit does not speak of it."""
        if not holds(self.when, fields):
            return None
        text = self.table.get(_text(fields.get(self.by))) if self.by else self.of
        return parse_duration(text) if text else None


def _as_limits(value: Any) -> Any:
    items = _as_tuple(value)
    return (
        tuple({"of": item} if isinstance(item, str) else item for item in items) if isinstance(items, tuple) else items
    )


Roles = Annotated[tuple[Name, ...], BeforeValidator(_as_tuple), Field(min_length=1)]


class Reminder(Model):
    """A step before the due instant, to the responsible unless it says otherwise."""

    before: IsoDuration
    to: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)] = ()


def _as_reminders(value: Any) -> Any:
    return (
        tuple({"before": item} if isinstance(item, str) else item for item in value)
        if isinstance(value, list)
        else value
    )


class Step(Model):
    """A step at or after the due instant. An `after` of nothing (PT0S, P0D) is the step `due`."""

    after: IsoDuration
    to: Roles


class GiveUp(Model):
    """When trying may end: from `after_attempts` on the case may be closed, at `at_most` the clock ends."""

    event: Name = "unreachable"
    after_attempts: int = Field(ge=1)
    at_most: int = Field(ge=1)
    at_once: Conditions = {}


class Penalty(Model):
    """What an overrun costs, once per deadline; `amount` in yuan, by level where it is a table."""

    amount: dict[str, float] | float = 0.0
    points: dict[str, float] | float = 0.0
    charged_to: Name | Literal["department"] = "department"

    def of(self, level: str | None) -> tuple[float, float]:
        """Amount and points for a case of that level."""

        def pick(table: dict[str, float] | float) -> float:
            return table.get(level or "", 0) if isinstance(table, dict) else table

        return pick(self.amount), pick(self.points)


def _as_penalty(value: Any) -> Any:
    if isinstance(value, int | float):
        return {"amount": value}
    if isinstance(value, dict) and not set(value) & set(Penalty.model_fields):
        return {"amount": value}
    return value


class SkipOlder(Model):
    """Catch-up that leaves out steps older than a duration."""

    skip_older_than: IsoDuration


CatchUp = Literal["all", "latest"] | SkipOlder


class Rule(Model):
    """A time limit (时限规则): what starts a clock, what stops it, who is told when.

    Without `within` nothing falls due: the rule only tells somebody at `opens`.
    """

    id: Name
    cite: Cite
    title: Text
    do: Text | None = None
    """What the responsible has to do now, as the mail says it; the title when not given."""
    when: Conditions = {}
    start: Matches
    stop: Matches = ()
    every_start: bool = False
    """Each start event begins a new round of this rule (a renewal), instead of the first in a round of the case."""
    counts_from: Literal["start", "previous_due"] = "start"
    opens: IsoDuration | None = None
    within: Annotated[tuple[Limit, ...], BeforeValidator(_as_limits)] = ()
    responsible: Name
    remind: Annotated[tuple[Reminder, ...], BeforeValidator(_as_reminders)] = ()
    escalate: tuple[Step, ...] = ()
    give_up: GiveUp | None = None
    penalty: Annotated[Penalty | None, BeforeValidator(_as_penalty)] = None
    catch_up: CatchUp | None = None

    @property
    def stops(self) -> tuple[Match, ...]:
        """What stops the clock: what is written, else the event named like the rule."""
        return self.stop or (Match(event=self.id.replace("-", "_")),)

    def steps(self) -> dict[str, tuple[Duration | None, tuple[str, ...]]]:
        """Every step by name, with its distance from the due instant (None for `opens`) and its roles."""
        return self._steps

    _steps: dict[str, tuple[Duration | None, tuple[str, ...]]] = PrivateAttr(default_factory=dict)

    def model_post_init(self, _context: Any, /) -> None:
        """Name the steps: opens, remind-1.., due, escalate-1.."""
        named = self._steps
        if self.opens:
            named["opens"] = (None, (self.responsible,))
        for number, reminder in enumerate(self.remind, 1):
            named[f"remind-{number}"] = (parse_duration(reminder.before), reminder.to or (self.responsible,))
        if not self.within:
            return
        late = [(parse_duration(step.after), step.to) for step in self.escalate]
        if not late or late[0][0].count != 0:
            late.insert(0, (ZERO, (self.responsible,)))
        for number, (after, to) in enumerate(late):
            named[f"escalate-{number}" if number else "due"] = (after, to)


class Role(Model):
    """Who can be told: everybody with that role, of the case's department, or the person a case field names."""

    zh: str
    en: str
    above: Name | None = None
    """The next level up when nobody is there; operations in the end."""
    of_department: bool = False
    person: str | None = None


class Rounds(Model):
    """What begins the handling anew besides `reopened`, and how often that may happen."""

    next: Matches = ()
    at_most: int | None = None
    unless: Conditions = {}
    cite: Cite | None = None
    per_case: str | None = None
    """A case field that gives the number of rounds and goes before `at_most`."""


class Pause(Model):
    """What suspends clocks, besides `paused` .. `resumed` and an approved postponement, which always do."""

    start: Matches
    stop: Matches
    rules: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)] = ()
    """Only these rules; every rule when empty."""
    cite: Cite | None = None


class Gate(Model):
    """What the regulation forbids: `record` refuses the guarded event; as an imported fact it is flagged."""

    id: Name
    cite: Cite
    title: Text
    guards: Name
    counts: Literal["events", "open_cases", "late_cases"]
    """`events`: the guarded event in this case; `open_cases`, `late_cases`: of the same person."""
    person: str = "borrower"
    quantity: str | None = None
    """A case field to sum instead of counting one a case."""
    at_most: int = 0
    late_by: IsoDuration = "P0D"
    when: Conditions = {}
    flag: Roles

    def steps(self) -> dict[str, tuple[Duration | None, tuple[str, ...]]]:
        """Only one: at once, to whoever the gate names."""
        return {"opens": (None, self.flag)}


class Setting(Model):
    """A figure that the text leaves open: its default, and why; a deployment may set another."""

    value: Value | tuple[Value, ...]
    note: str
    clauses: tuple[str, ...] = ()


class Regulation(Model):
    """A rule pack (制度): one organisation's written rules for one kind of case."""

    regulation: Name
    version: int = Field(ge=1)
    kind: Name
    title: Text
    description: Text
    cite: Cite | None = None
    number: str = "{yy}{mm}{serial:03d}"
    opening: Name = "registered"
    closing: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)] = ("closed", "withdrawn")
    levels: dict[str, Text] = {}
    roles: dict[Name, Role]
    events: dict[Name, Text] = {}
    """Events that only this regulation knows."""
    settings: dict[Name, Setting] = {}
    rounds: Rounds = Rounds()
    pauses: tuple[Pause, ...] = ()
    gates: tuple[Gate, ...] = ()
    rules: tuple[Rule, ...]
    catch_up: CatchUp = "all"

    _rules: dict[str, Rule | Gate] = PrivateAttr(default_factory=dict)

    def model_post_init(self, _context: Any, /) -> None:
        """Index rules and gates by id."""
        self._rules.update({rule.id: rule for rule in self.rules})
        self._rules.update({gate.id: gate for gate in self.gates})

    def rule(self, rule_id: str) -> Rule | Gate | None:
        """The rule or gate of that id."""
        return self._rules.get(rule_id)

    @property
    def content_hash(self) -> str:
        """Changes with everything the regulation says, and with nothing else."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()
