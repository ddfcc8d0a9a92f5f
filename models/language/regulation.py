"""The rule language: what a regulation may say, as pydantic models.

One YAML file is one `Regulation`; what it is made of stands in the files beside this one. A new key of the language
is a field there; its meaning goes into `models/timeline`, its sentence into `models/wording`, what may be wrong with it
into `models/packs/findings`; `make reference` writes the README of this folder anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 -- pydantic reads the annotations
from functools import cached_property
from typing import Any

from pydantic import Field, PrivateAttr, field_validator

from models.language import derived
from models.language.calendars import Hours
from models.language.conditions import Conditions, Matches
from models.language.fields import CaseField
from models.language.ids import EVENTS, OF_HANDLING, OF_LOANS
from models.language.limits import CatchUp
from models.language.permissions import Approval, Authority, Counter, Gate
from models.language.rules import Duty, Rule
from models.language.words import Cite, Model, Name, Names, Text, Value
from models.language.written import folded

LOAN = "loan"
"""The kind of what is lent."""
RECORDED = "recorded_"
"""Begins the field that keeps whoever recorded an event, for a role whose own field is one that files fill."""
HANDLER = "handler"
"""The field that is a column of the case."""
RECORDED_BY = "recorded_by"
"""The field of a file that says who recorded the opening: whoever recorded a later event goes before."""


class Role(Model):
    """Who can be told: everybody with that role, of the case's department, or the person a case field names."""

    zh: str
    """What the role is called in Chinese; a role that many regulations have may leave out both titles."""
    en: str
    """In English."""
    above: Name | None = None
    """The next level up when nobody is there; operations in the end."""
    of_department: bool = False
    """Those of the case's department only."""
    person: str | None = None
    """The case field that names the person."""
    recorded: Names = ()
    """Whoever recorded the newest of these events on the case is the person, where the field `person` names nobody."""
    excludes: Names = ()
    """Case fields that name people or departments who may not act here (the accused)."""
    cite: Cite | None = None
    """Where it is written who stands in for whom."""

    def recorder_field(self, name: str) -> str:
        """Where a case keeps who recorded the event: the role's own field, or one beside that of a field of the file.

        `name` is the id of the role.
        """
        return name if self.person == name != HANDLER else f"{RECORDED}{name}"

    def named(self, name: str, facts: Mapping[str, Any]) -> str:
        """Whom a case with these facts names for this role, by name or address; `name` is the id of the role."""
        if not self.person:
            return ""
        recorder = facts.get(self.recorder_field(name)) if self.recorded else None
        given = facts.get(self.person)
        return str((recorder or given if self.person == RECORDED_BY else given or recorder) or "")


class Rounds(Model):
    """What begins the handling anew besides `reopened`, and how often that may happen."""

    next: Matches = ()
    """The events that begin the next round; `rounds_exhausted` comes instead when there may be no more."""
    at_most: int | None = None
    """How many rounds there may be."""
    unless: Conditions = {}
    """No cap in these cases."""
    cite: Cite | None = None
    """Where it is written."""
    per_case: str | None = None
    """A case field that gives the number of rounds and goes before `at_most`."""


class Pause(Model):
    """What suspends clocks, besides `paused` .. `resumed` and an approved postponement, which always do."""

    start: Matches
    """The events that suspend."""
    stop: Matches
    """The events that let the clocks go on."""
    rules: Names = ()
    """Only these rules; every rule when empty."""
    cite: Cite | None = None
    """Where it is written."""


class Reading(Model):
    """How an unclear place of the text is read, where that is a choice and no figure of a setting."""

    article: str
    """The article as people quote it."""
    zh: str
    """The choice and its reason, in Chinese."""
    en: str
    """In English."""


class Setting(Model):
    """A figure that the text leaves open; a deployment may set another.

    Used once, it is written where it belongs: `within: {value: P15D, open: no figure in the text}`; its name is the way
    there (`answer-within`) unless `name` gives one, its `clauses` are those that the rule cites unless it has its own.
    Used twice, it stands under `settings`, and as `$name` where it belongs.
    """

    value: Value | tuple[Value, ...] | None
    """The default; null = the deployment has to give it: what needs it waits until then, and says so."""
    note: str
    """What is open in the text, and why this default; in place it is called `open`."""
    clauses: tuple[str, ...] = ()
    """The clauses it is about."""


class Regulation(Model):
    """A rule pack (制度): one organisation's written rules for one kind of case, and the duties beside it."""

    regulation: Name
    """Its name; the file is called the same."""
    version: int = Field(default=1, ge=1)
    """The edition, as people call it; raise it when the regulation says something else than before."""
    kind: Name
    """complaint, loan, petition, service, revisit, contact, advance, staff, duty."""
    title: Text
    """What the regulation is called."""
    description: Text
    """One paragraph: whose it is and what it wants."""
    cite: Cite | None = None
    """Where the whole text is."""
    number: str = "{yy}{mm}{serial:03d}"
    """How Duban numbers its cases."""
    opening: Name = "registered"
    """The event that opens a case of that kind."""
    openings: dict[Name, Name] = {}
    """Further events that open a case, with its kind: `{leaving: staff}`."""
    closing: Names = ("closed", "withdrawn")
    """The events that close a case."""
    levels: dict[str, Text] = {}
    """The levels of a case, the lowest first."""
    roles: dict[Name, Role]
    """Who can be told; `operations` always can."""
    events: dict[Name, Text] = {}
    """Events that only this regulation knows; one that many have may go without a title: `replied:`."""
    fields: dict[Name, CaseField] = {}
    """What the text calls the fields of its cases and events, and what may stand in them; a usual one: `urgency:`."""
    settings: dict[Name, Setting] = {}
    """Figures that the text leaves open and that are used twice."""
    hours: tuple[Hours, ...] = ()
    """Its own office hours; the organisation's when empty."""
    rounds: Rounds = Rounds()
    """When the handling begins anew."""
    pauses: tuple[Pause, ...] = ()
    """What suspends clocks."""
    gates: tuple[Gate, ...] = ()
    """What is forbidden."""
    approvals: tuple[Approval, ...] = ()
    """Who may approve what."""
    authorities: tuple[Authority, ...] = ()
    """Who alone may record what decides without a request."""
    counters: tuple[Counter, ...] = ()
    """What is counted, and what follows."""
    duties: tuple[Duty, ...] = ()
    """What recurs."""
    rules: tuple[Rule, ...] = ()
    """The time limits."""
    catch_up: CatchUp = "all"
    """After downtime, where a rule does not say otherwise."""
    readings: tuple[Reading, ...] = ()
    """How the text is read where it leaves a choice."""

    @field_validator("roles", mode="before")
    @classmethod
    def _recorded_in_a_field(cls, roles: Any) -> Any:
        """Whoever recorded an event goes into the field called like the role, where the role names no other."""
        if not isinstance(roles, dict):
            return roles
        return {
            name: {"person": name, **role} if isinstance(role, dict) and role.get("recorded") else role
            for name, role in roles.items()
        }

    _rules: dict[str, Rule | Gate] = PrivateAttr(default_factory=dict)
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _approvals: dict[str, dict[str, Rule]] = PrivateAttr(default_factory=dict)
    _attempts: dict[str, Gate] = PrivateAttr(default_factory=dict)
    _guards: tuple[Gate, ...] = PrivateAttr(default=())
    _rungs: tuple[Rule, ...] = PrivateAttr(default=())

    def model_post_init(self, _context: Any, /) -> None:
        """Index rules, duties and gates by id, and what approvals and counters are to the timeline."""
        self._rules.update({rule.id: rule for rule in self.rules})
        self._rules.update({duty.id: duty.clock() for duty in self.duties})
        self._derive()
        self._rules.update({gate.id: gate for gate in self.gates})

    def _derive(self) -> None:
        """The rules and gates that approvals, counters and attempts are to the timeline."""
        for approval in self.approvals:
            made = self._approvals[approval.id] = derived.approval_rules(approval)
            guard = derived.approval_gate(approval)
            self._rules.update({rule.id: rule for rule in made.values()})
            self._rules[guard.id] = guard
            self._guards = (*self._guards, guard)
            self._origins.update(dict.fromkeys([guard.id, *(rule.id for rule in made.values())], approval.id))
        for rule in self.rules:
            if rule.give_up and derived.CLOSED in self.closing:
                gate = derived.closing_gate(rule)
                self._attempts[rule.id] = self._rules[gate.id] = gate
                self._guards = (*self._guards, gate)
        rungs: list[Rule] = []
        for counter in self.counters:
            ladder = derived.rung_rules(counter)
            rungs += ladder
            self._origins.update({rule.id: counter.id for rule in ladder})
        self._rungs = tuple(rungs)
        self._rules.update({rule.id: rule for rule in rungs})

    def rule(self, rule_id: str) -> Rule | Gate | None:
        """The rule or gate, or the clock of a duty, of an approver or of a counter's rung, of that id."""
        return self._rules.get(rule_id)

    def opens(self, event: str) -> str | None:
        """The kind of case that an event opens; None when it opens none."""
        return self.kind if event == self.opening else self.openings.get(event)

    def has_kind(self, kind: str) -> bool:
        """Whether some event opens a case of that kind."""
        return kind == self.kind or kind in self.openings.values()

    def opening_of(self, kind: str) -> str:
        """The event that opens a case of that kind."""
        others = (event for event, opened in self.openings.items() if opened == kind)
        return self.opening if kind == self.kind else next(others, self.opening)

    @cached_property
    def field_names(self) -> dict[str, str]:
        """Every way of writing a field's name, folded, with the name; names go before titles, titles before aliases."""
        found = {folded(name): name for name in self.fields}
        for name, field in self.fields.items():
            found.setdefault(folded(field.zh), name)
            found.setdefault(folded(field.en), name)
        for name, field in self.fields.items():
            for alias in field.aliases:
                found.setdefault(folded(alias), name)
        return found

    @cached_property
    def guarded(self) -> frozenset[str]:
        """The events that a gate, an approval or a clock with attempts guards."""
        guards = [gate.guards for gate in (*self.gates, *self._attempts.values())]
        return frozenset(guards + [one.guards for one in self.approvals if one.guards])

    def happens(self, event: str, kind: str) -> bool:
        """Whether a (standard or own) event can happen to a case of that kind: nobody returns a complaint.

        What the regulation itself speaks of can.
        """
        foreign = OF_HANDLING if kind == LOAN else OF_LOANS
        return event not in foreign or event in self.events or event in self.spoken_of

    @cached_property
    def spoken_of(self) -> frozenset[str]:
        """The standard events that some part of the regulation names."""
        found: set[str] = set()
        open_ = [self.model_dump()]
        while open_:
            part = open_.pop()
            if isinstance(part, dict):
                open_ += part.values()
            elif isinstance(part, list | tuple):
                open_ += part
            elif isinstance(part, str):
                found.add(part)
        return frozenset(EVENTS) & found

    def origin(self, rule_id: str) -> str:
        """The approval or counter of which the rule of that id is a part; else the id itself."""
        return self._origins.get(rule_id, rule_id)

    @property
    def approval_clocks(self) -> tuple[Rule, ...]:
        """The clocks of approvals, one for each role that may decide."""
        return tuple(rule for rules in self._approvals.values() for rule in rules.values())

    @property
    def derived_gates(self) -> tuple[Gate, ...]:
        """What tells the approvers that something happened without them, and of a case closed before its attempts."""
        return self._guards

    @property
    def attempts(self) -> dict[str, Gate]:
        """What forbids to close a case too early, by the rule whose clock has attempts."""
        return self._attempts

    def approval_gate(self, approval_id: str) -> Gate:
        """What one approval forbids until it is given."""
        return next(gate for gate in self._guards if self._origins.get(gate.id) == approval_id)

    def approval_clock(self, approval_id: str, role: str) -> Rule:
        """The clock of one approver."""
        return self._approvals[approval_id][role]

    @property
    def rungs(self) -> tuple[Rule, ...]:
        """What tells of the rungs of counters."""
        return self._rungs

    @cached_property
    def recorders(self) -> dict[str, tuple[str, ...]]:
        """By event: the case fields into which whoever recorded it goes."""
        found: dict[str, tuple[str, ...]] = {}
        for name, role in self.roles.items():
            for event in role.recorded:
                found[event] = (*found.get(event, ()), role.recorder_field(name))
        return found

    def person_named(self, role_id: str, facts: Mapping[str, Any]) -> str:
        """Whom a case with these facts names for a role; nothing where it names nobody, or the role is no person's."""
        role = self.roles.get(role_id)
        return role.named(role_id, facts) if role else ""

    @cached_property
    def derives(self) -> bool:
        """Whether Duban itself may conclude events from what is recorded: flags, rungs, consequences of lateness."""
        if self.guarded or self.counters:
            return True
        return any(part.on_late for part in self.rules) or any(part.on_late for part in self.duties)

    @cached_property
    def raises_levels(self) -> bool:
        """Whether a case may become graver by itself: by lateness, or by a count."""
        late = any(outcome.level for rule in self.rules for outcome in rule.on_late)
        late = late or any(outcome.level for duty in self.duties for outcome in duty.on_late)
        return late or any(rung.level for counter in self.counters for rung in counter.ladder)

    @property
    def open_settings(self) -> dict[str, Setting]:
        """Settings that wait for the deployment."""
        return {name: setting for name, setting in self.settings.items() if setting.value is None}

    @property
    def content_hash(self) -> str:
        """Changes with everything the regulation says, and with nothing else: not with the order of its settings."""
        settings = dict(sorted(self.settings.items()))
        body = self.model_copy(update={"settings": settings}).model_dump_json(by_alias=True)
        return hashlib.sha256(body.encode()).hexdigest()
