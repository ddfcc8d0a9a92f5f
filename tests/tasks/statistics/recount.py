"""The figures of a period once more, slowly and from the raw events: one case after another, in plain Python.

Of the engine only the pure timeline is used, which has an oracle of its own (minute by minute, tests/models).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.language.rules import Rule
from models.store.database import reading
from models.store.schema import cases, events
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Deadline, Event, State
from tasks.organisation.registry import pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment


@dataclass
class RecountedCase:
    """One case with everything that happened to it."""

    row: Any
    rules: Regulation
    events: list[Event]
    deadlines: tuple[Deadline, ...]
    repeated: bool = False
    changes: list[tuple[str, datetime, str]] = field(default_factory=list)
    """received, closed and reopened, each with its instant and the event."""

    def __post_init__(self) -> None:
        """Walk through the events."""
        self.changes.append(("received", self.row.opened_at, ""))
        is_open = True
        for event in self.events:
            if is_open and event.name in self.rules.closing:
                self.changes.append(("closed", event.at, event.name))
                is_open = False
            elif not is_open and event.name == "reopened":
                self.changes.append(("reopened", event.at, ""))
                is_open = True

    def open_at(self, instant: datetime) -> bool:
        """Whether it was open just before an instant."""
        state = False
        for what, at, _ in self.changes:
            if at < instant:
                state = what != "closed"
        return state

    def rule(self, deadline: Deadline) -> Rule | None:
        """The rule of a deadline; a gate is none."""
        found = self.rules.rule(deadline.rule)
        return found if isinstance(found, Rule) else None

    def stopped_by(self, deadline: Deadline, *names: str) -> bool:
        """Whether the deadline's rule is stopped by one of these events."""
        rule = self.rule(deadline)
        return rule is not None and any(match.event in names for match in rule.stops)


def read_cases(engine: Engine, deployment: Deployment, now: datetime) -> list[RecountedCase]:
    """Every case, its timeline as of `now`."""
    calendar = deployment.calendar
    found = []
    with reading(engine) as connection:
        for row in connection.execute(select(cases).order_by(cases.c.opened_at, cases.c.id)).all():
            rules = pinned(connection, row.regulation_id)
            columns = (events.c.name, events.c.at, events.c.fields, events.c.id)
            told = [Event(*one) for one in connection.execute(select(*columns).where(events.c.case_id == row.id))]
            told.sort(key=lambda event: (event.at, event.name != rules.opening, event.id))
            found.append(RecountedCase(row, rules, told, timeline(Case.of(row, told), rules, calendar, now).deadlines))
    for case in found:
        case.repeated = any(_repeats(case, other, deployment.settings.repeat_days) for other in found)
    return found


def _repeats(case: RecountedCase, other: RecountedCase, days: int) -> bool:
    def who(one: RecountedCase) -> tuple[Any, ...]:
        return one.row.party, one.row.fields.get("phone") or "", one.row.fields.get("category") or ""

    is_complaint = "loan" not in (case.row.kind, other.row.kind) and case.row.party
    earlier = (other.row.opened_at, other.row.id) < (case.row.opened_at, case.row.id)
    near = case.row.opened_at - other.row.opened_at <= timedelta(days=days)
    return bool(is_complaint and earlier and near and who(case) == who(other))


class Recount:
    """What a statement should say of some cases between two instants."""

    def __init__(
        self, found: Iterable[RecountedCase], deployment: Deployment, since: datetime, until: datetime
    ) -> None:
        self.all = list(found)
        self.complaints = [case for case in self.all if case.row.kind != "loan"]
        self.loans = [case for case in self.all if case.row.kind == "loan"]
        self.deployment = deployment
        self.calendar = deployment.calendar
        self.since, self.until = since, until

    def inside(self, at: datetime | None) -> bool:
        """Whether an instant lies in the period."""
        return at is not None and self.since <= at < self.until

    def changed(self, case: RecountedCase, what: str, *names: str) -> int:
        """How often a case was received, closed or reopened (by one of these events)."""
        return sum(kind == what and self.inside(at) and (not names or by in names) for kind, at, by in case.changes)

    def balance(self, some: list[RecountedCase]) -> dict[str, int]:
        """The rows of the balance."""
        return {
            "opening": sum(case.open_at(self.since) for case in some),
            "received": sum(self.changed(case, "received") for case in some),
            "reopened": sum(self.changed(case, "reopened") for case in some),
            "closed": sum(self.changed(case, "closed") for case in some),
            "withdrawn": sum(self.changed(case, "closed", "withdrawn") for case in some),
            "closing": sum(case.open_at(self.until) for case in some),
        }

    def loans_balance(self) -> dict[str, int]:
        """The rows of the loans' balance."""
        some = self.loans
        plain = self.balance(some)
        returned, lost = (sum(self.changed(case, "closed", name) for case in some) for name in ("returned", "lost"))
        return {
            "opening": plain["opening"],
            "lent": plain["received"],
            "reopened": plain["reopened"],
            "returned": returned,
            "lost": lost,
            "other": plain["closed"] - returned - lost,
            "closing": plain["closing"],
            "renewed": sum(e.name == "renewed" and self.inside(e.at) for case in some for e in case.events),
            "overdue_end": sum(self.overdue_at_end(case) for case in some),
        }

    # -- clocks ------------------------------------------------------------------------------------------------

    def due(self, case: RecountedCase) -> list[Deadline]:
        """Clocks of the case that fell due in the period."""
        return [one for one in case.deadlines if self.inside(one.due_at) and one.state is not State.VOID]

    def fate(self, one: Deadline) -> str:
        """How a clock that fell due stands at the end."""
        if one.met_at is None or one.met_at >= self.until:
            return "overdue"
        return "on_time" if one.due_at is not None and one.met_at <= one.due_at else "late"

    def runs_late(self, one: Deadline) -> bool:
        """Whether it still runs at the end though it was due before."""
        over = any(at is not None and at < self.until for at in (one.met_at, one.ended_at))
        return one.due_at is not None and one.due_at < self.until and one.state is not State.VOID and not over

    def overdue_at_end(self, case: RecountedCase) -> bool:
        """Open at the end, with a clock that runs late."""
        return case.open_at(self.until) and any(self.runs_late(one) for one in case.deadlines)

    def fates(
        self, some: list[RecountedCase], wanted: Callable[[RecountedCase, Deadline], bool] = lambda *_: True
    ) -> Counter[str]:
        """due, on_time, late and overdue of the clocks that are wanted."""
        found: Counter[str] = Counter()
        for case in some:
            for one in self.due(case):
                if wanted(case, one):
                    found.update(["due", self.fate(one)])
        return found

    def per_rule(self, some: list[RecountedCase]) -> dict[str, tuple[Any, ...]]:
        """For each rule: due, on time, late, overdue, and how long it took."""
        found = {}
        for key in sorted({f"{c.rules.regulation}/{d.rule}" for c in some for d in self.due(c)}):
            name, rule = key.split("/")
            own = [c for c in some if c.rules.regulation == name]
            counts = self.fates(own, lambda _case, one, rule=rule: one.rule == rule)
            spans = [
                (one.starts_at, one.met_at)
                for case in own
                for one in self.due(case)
                if one.rule == rule and self.fate(one) in ("on_time", "late")
            ]
            numbers = tuple(counts[fate] for fate in ("due", "on_time", "late", "overdue"))
            found[key] = (*numbers, *self.durations(spans))
        return found

    def durations(self, spans: list[tuple[Any, Any]]) -> tuple[int | None, ...]:
        """Median and 95th percentile, elapsed and working."""
        elapsed = sorted(int((until - since).total_seconds()) for since, until in spans)
        working = sorted(self.calendar.working_seconds(since, until) for since, until in spans)
        return tuple(
            values[math.ceil(share * len(values)) - 1] if values else None
            for values in (elapsed, working)
            for share in (0.5, 0.95)
        )

    # -- complaints --------------------------------------------------------------------------------------------

    def by(self, value: Callable[[Any], str | None]) -> dict[str, tuple[Any, ...]]:
        """received, closed, open and overdue at the end, and the on-time rate, for each value."""
        groups: dict[str, list[RecountedCase]] = {}
        for case in self.complaints:
            groups.setdefault(value(case.row) or "", []).append(case)
        found = {}
        for key, own in groups.items():
            sums, fates = self.balance(own), self.fates(own)
            counts = (sums["received"], sums["closed"], sums["closing"], sum(self.overdue_at_end(one) for one in own))
            rate = fates["on_time"] / fates["due"] if fates["due"] else None
            if any(counts) or fates["due"]:
                found[key] = (*counts, rate)
        return found

    def milestones(self) -> dict[str, tuple[Any, ...]]:
        """How many first ones lie in the period, and how long they took."""
        found = {}
        for step in ("first_contact", "result_returned", "revisited"):
            spans, count = [], 0
            for case in self.complaints:
                stops = {match.event for rule in case.rules.rules for match in rule.stops}
                knows = step != "revisited" or "revisited" in stops or "second_contact" not in stops
                name = step if knows else "second_contact"
                first = next((event.at for event in case.events if event.name == name), None)
                if first is None or not self.inside(first):
                    continue
                count += 1
                results = [e.at for e in case.events if e.name == "result_returned" and e.at <= first]
                since = case.row.opened_at if step != "revisited" else max(results, default=None)
                if since is not None:
                    spans.append((since, first))
            names = (step, "second_contact") if step == "revisited" else (step,)
            fates = self.fates(self.complaints, lambda case, one, names=names: case.stopped_by(one, *names))
            rate = fates["on_time"] / fates["due"] if fates["due"] else None
            found[step] = (count, rate, *self.durations(spans))
        return found

    def revisits(self) -> tuple[int, int, int, int]:
        """Due, done, in time, and given up."""
        names = ("revisited", "second_contact")
        fates = self.fates(self.complaints, lambda case, one: case.stopped_by(one, *names))
        gave_up = sum(
            one.met_at is None and self.inside(one.ended_at) and one.ended_by == "unreachable"
            for case in self.complaints
            for one in case.deadlines
        )
        return fates["due"], fates["on_time"] + fates["late"], fates["on_time"], gave_up

    def satisfaction(self) -> tuple[int, int, int, int]:
        """Judged, satisfied, dissatisfied, unresolved."""
        said = [
            event.fields
            for case in self.complaints
            for event in case.events
            if event.name in ("revisited", "second_contact") and self.inside(event.at)
            if event.fields.get("satisfaction")
        ]
        words = [one["satisfaction"] for one in said]
        unresolved = sum(one.get("outcome") == "unresolved" for one in said)
        return len(said), words.count("satisfied"), words.count("dissatisfied"), unresolved

    def postponements(self) -> tuple[int, int, int, int]:
        """Asked, granted, refused in the period, unanswered at its end."""
        names = ("postponement_requested", "postponement_approved", "postponement_refused")
        told = [e for case in self.complaints for e in case.events]
        counts = [sum(event.name == name and self.inside(event.at) for event in told) for name in names]
        waiting = 0
        for case in self.complaints:
            past = [event for event in case.events if event.at < self.until]
            answers = [event.at for event in past if event.name in names[1:]]
            asked = [event.at for event in past if event.name == names[0]]
            if case.open_at(self.until):
                waiting += sum(all(answer < at for answer in answers) for at in asked)
        return counts[0], counts[1], counts[2], waiting

    def repeats(self) -> tuple[int, int, int]:
        """Received, repeated, reopened."""
        sums = self.balance(self.complaints)
        repeated = sum(case.repeated and self.inside(case.row.opened_at) for case in self.complaints)
        return sums["received"], repeated, sums["reopened"]

    def fines(self) -> list[tuple[str, bool, float, datetime]]:
        """Who, whether it is a department, how much, and when: every penalty before the end, oldest first."""
        found = []
        for case in self.all:
            for one in case.deadlines:
                rule = case.rule(one)
                late = one.state in (State.LATE, State.BREACHED)
                if rule is None or rule.penalty is None or not late or one.due_at is None or one.due_at >= self.until:
                    continue
                amount, points = rule.penalty.of(case.row.level)
                if amount or points:
                    to_department = rule.penalty.charged_to == "department"
                    found.append((case.row.department or "", to_department, amount, one.due_at))
        return sorted(found, key=lambda fine: fine[3])

    # -- loans -------------------------------------------------------------------------------------------------

    def not_returned(self) -> dict[str, tuple[str | None, int]]:
        """Number, due date and days late of everything that is out."""
        zone = self.deployment.zone
        found = {}
        for case in self.loans:
            if not case.open_at(self.until):
                continue
            terms = [d for d in case.deadlines if case.stopped_by(d, "returned") and d.starts_at < self.until]
            newest = max(terms, key=lambda d: (d.starts_at, d.round), default=None)
            due = newest.due_at.astimezone(zone).date() if newest and newest.due_at else None
            late = max((self.until.astimezone(zone).date() - due).days, 0) if due else 0
            found[case.row.number] = (due.isoformat() if due else None, late)
        return found
