"""A time limit (时限规则), and what the calendar makes of one: a recurring duty (定期工作)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from models.language.calendars import Cadence, Calendar
from models.language.conditions import Conditions, Match, Matches
from models.language.durations import Duration, parse_duration
from models.language.limits import (
    CatchUp,
    ClosedLate,
    GiveUp,
    Limit,
    Limits,
    Outcomes,
    PenaltyField,
    Reminders,
    Repeat,
    Step,
    branches,
)
from models.language.words import Cite, IsoDuration, Model, Name, Names, Text, as_tuple, is_hole

DUTY_OPENED = "duty_opened"
"""The event with which Duban opens the case of a duty; its fields: `duty`, `period`, `due`, and sometimes `day`."""
DUE = "due"
"""Of its fields the instant at which the duty is due."""
NAMED_DAY = "day"
"""Of its fields the day that the text names, where a holiday moved the due instant away from it."""
DONE = "done"
SLIP = "slip"
"""The step by which a late end is told when the case closes."""

Repeats = Annotated[tuple[Repeat, ...], BeforeValidator(as_tuple)]


class Rule(Model):
    """A time limit (时限规则): what starts a clock, what stops it, who is told when.

    Without `within` nothing falls due: the rule only tells somebody at `opens`. Conditions and tables may use the
    fields and columns of the case and `round`, `term` (1, 2, .. for each start or repetition), `time` (of the start,
    "08:05"), `weekday` and `in_hours` (whether the start lies in office hours).
    """

    id: Name
    """Its name in every listing."""
    cite: Cite
    """Where it is written."""
    title: Text
    """What it is called."""
    do: Text | None = None
    """What the responsible has to do now, as the mail says it; the title when not given."""
    when: Conditions = {}
    """The rule applies to a case only where these hold."""
    start: Matches
    """The events that start the clock: the first in a round."""
    stop: Matches = ()
    """The events that meet it; the event named like the rule when not given."""
    times: int | None = Field(default=None, ge=1)
    """The stop has to come so often (or to sum up to so much)."""
    quantity: str | None = None
    """The field of the stop that is summed instead of counting one each."""
    every_start: bool = False
    """Each start event begins a new term of this rule (a renewal, a contact), instead of the first in a round."""
    counts_from: Literal["start", "previous_due"] = "start"
    """`previous_due`: a later term counts from the due instant of the one before it; months from the first day."""
    repeat: Repeats = ()
    """The clock starts again by itself: a series, by age."""
    opens: IsoDuration | None = None
    """Not before: so long after the start, or with a minus so long before the due instant. Told when it comes.

    Days before a calendar instant count from the day that the text names, not from where a holiday moved it.
    """
    within: Limits = ()
    """The limits; the tightest counts."""
    longest: bool = False
    """The longest limit counts instead (retention periods)."""
    soft: bool = False
    """In principle only: steps are sent and it shows as late, but it costs nothing and blocks nobody."""
    responsible: Name
    """The role that has to act."""
    copies: Names = ()
    """Roles that are told at `opens` as well."""
    remind: Reminders = ()
    """Steps before the due instant."""
    escalate: tuple[Step, ...] = ()
    """Steps at and after the due instant; without them the responsible is told when it is due."""
    on_late: Outcomes = ()
    """Events that Duban notes when it is not met: lapse, silence that forfeits, a graver level, a chain's next link."""
    closed_late: ClosedLate | None = None
    """What follows on a late end when the case closes."""
    give_up: GiveUp | None = None
    """When trying may end."""
    penalty: PenaltyField = None
    """What an overrun costs, once per deadline."""
    catch_up: CatchUp | None = None
    """After downtime: `all` steps, the `latest`, or none older than a duration."""

    @property
    def stops(self) -> tuple[Match, ...]:
        """What stops the clock: what is written, else the event named like the rule."""
        return self.stop or (Match(event=self.id.replace("-", "_")),)

    @property
    def is_asleep(self) -> bool:
        """Whether it waits for a setting without which it cannot even start."""
        return is_hole(self.opens) or any(is_hole(entry.every) for entry in self.repeat)

    def steps(self) -> dict[str, tuple[Duration | None, tuple[str, ...]]]:
        """Every step by name, with its distance from the due instant (None for `opens`) and its roles."""
        return self._steps

    _steps: dict[str, tuple[Duration | None, tuple[str, ...]]] = PrivateAttr(default_factory=dict)
    _from_start: dict[str, Duration] = PrivateAttr(default_factory=dict)
    _details: dict[str, Step | ClosedLate] = PrivateAttr(default_factory=dict)
    _asks: frozenset[str] = PrivateAttr(default=frozenset())

    def model_post_init(self, _context: Any, /) -> None:
        """Name the steps: opens, remind-1.., due, escalate-1.., slip."""
        named = self._steps
        self._asks = frozenset(
            {*self.when, *(name for limit in self.within for name in (*limit.when, *([limit.by] if limit.by else [])))}
            | {name for penalty in branches(self.penalty) for name in penalty.when}
        )
        if self.opens:
            named["opens"] = (None, (self.responsible, *self.copies))
        for number, reminder in enumerate(self.remind, 1):
            to = reminder.to or (self.responsible,)
            if reminder.before and not is_hole(reminder.before):
                named[f"remind-{number}"] = (parse_duration(reminder.before), to)
            elif reminder.after and not is_hole(reminder.after):
                named[f"remind-{number}"] = (None, to)
                self._from_start[f"remind-{number}"] = parse_duration(reminder.after)
        if self.closed_late:
            named[SLIP] = (None, self.closed_late.to)
            self._details[SLIP] = self.closed_late
        if not self.within and not self.repeat:
            return
        late = [step for step in self.escalate if not is_hole(step.after)]
        first = [] if late and not parse_duration(late[0].after).count else [Step(after="PT0S", to=(self.responsible,))]
        for number, step in enumerate([*first, *late]):
            name = f"escalate-{number}" if number else "due"
            named[name] = (parse_duration(step.after), step.to)
            self._details[name] = step

    def after_start(self, name: str) -> Duration | None:
        """The distance from the start of a reminder that is measured from there."""
        return self._from_start.get(name)

    def again(self, name: str) -> Duration | None:
        """At which distance a step is told again and again; None when once."""
        step = self._details.get(name)
        every = step.every if isinstance(step, Step) else None
        return parse_duration(every) if every and not is_hole(every) else None

    def form(self, name: str) -> str | None:
        """The form that a step is written on: urge or inquiry."""
        step = self._details.get(name)
        return step.slip if step else None

    @property
    def asks(self) -> frozenset[str]:
        """The facts that its conditions and tables ask for."""
        return self._asks


class Duty(Calendar):
    """A recurring duty (定期工作): the calendar opens a case of kind `duty`, due at the calendar's instant.

    The case begins with `duty_opened` (fields `duty`, `period`, `due`, and `day` where a holiday moved the due instant
    away from the day that the text names), which ordinary rules may start from as well (a chain inside the period), and
    closes with `stop`.
    """

    id: Name
    """Its name; the clock of its case has the same."""
    cite: Cite
    """Where it is written."""
    title: Text
    """What it is called."""
    do: Text | None = None
    """What has to be done, as the mail says it."""
    responsible: Name
    """The role that has to act."""
    rotation: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    """People who take turns, one a period, named or as a setting; still open: all who hold the role, by name."""
    each: Name | Literal["department"] | None = None
    """A case of its own for each person with that role, or for each department."""
    covers: Literal["this", "last"] = "this"
    """Whether it is about the running period or the one before it."""
    lead: IsoDuration | None = None
    """The case opens so long before it is due (an early edge: done earlier does not count); else with its period.

    Days count from the day that the text names, not from the one to which a holiday moved it; so do those of `remind`.
    """
    stop: Matches = (Match(event=DONE),)
    """The events that fulfil it."""
    times: int | None = Field(default=None, ge=1)
    """The stop has to come so often."""
    quantity: str | None = None
    """The field of the stop that is summed."""
    fulfilled_by: Cadence | None = None
    """The statement of that cadence fulfils it when it is sent: Duban does this duty itself."""
    copies: Names = ()
    """Roles that are told when it opens."""
    remind: Reminders = ()
    """Steps before it is due."""
    escalate: tuple[Step, ...] = ()
    """Steps at and after."""
    on_late: Outcomes = ()
    """Events that Duban notes when it is not done."""
    penalty: PenaltyField = None
    """What missing it costs."""

    @property
    def is_asleep(self) -> bool:
        """Whether it waits for a setting: how often, or on which day."""
        days = (self.every, self.day, self.working_day, self.lead, *self.weekday, *self.dates, *self.at)
        return any(is_hole(part) for part in days)

    def clock(self) -> Rule:
        """The rule that runs in its case."""
        return Rule(
            id=self.id,
            cite=self.cite,
            title=self.title,
            do=self.do,
            start=(Match(event=DUTY_OPENED, where={"duty": self.id}),),
            stop=self.stop,
            times=self.times,
            quantity=self.quantity,
            opens="P0D",
            within=(Limit(date=DUE),),
            responsible=self.responsible,
            copies=self.copies,
            remind=self.remind,
            escalate=self.escalate,
            on_late=self.on_late,
            penalty=self.penalty,
        )
