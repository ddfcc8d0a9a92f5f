"""Statements that fulfil a duty of a regulation: made early enough for their review, whatever the schedule says.

The general schedule makes the statement of a month on its day. A regulation that wants it earlier gets one of its own:
so long before the duty is due as the review may take, but not before the period is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.hours import hours_of
from models.calendar.instants import DAY, local
from models.calendar.periods import parse_period
from models.calendar.recurrence import occurrences
from models.errors import DubanError
from models.language.durations import Duration, parse_duration
from models.language.rules import Rule
from models.timeline.duties import reported_in
from tasks.organisation.in_force import regulations_in_force
from tasks.statements.planned import LOANS, PlannedStatement, instants_of
from tasks.statements.store import REVIEW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from models.calendar.periods import Period
    from models.language.regulation import Regulation
    from models.language.rules import Duty
    from tasks.organisation.deployment import Deployment

BACK, AHEAD = timedelta(days=60), timedelta(days=120)
"""Duties that are due in this span around now may have a statement to make early."""
A_YEAR = timedelta(days=400)
_USUAL = "P3WD"
"""How long the review may take where its regulation names no days."""


class Reporting(NamedTuple):
    """A duty that the statement of a period fulfils: when it is due, and when its statement is there."""

    regulation: str
    duty: str
    cadence: str
    period: Period
    due: datetime
    latest: datetime
    """Made by then the review has its full time."""
    general: tuple[datetime, ...]
    """When the general schedule makes it; empty where it is switched off."""
    unreviewed: tuple[datetime, ...]
    """When the list of what was not returned goes out, which nobody reviews and which fulfils it as well."""
    early: datetime | None
    """When it is made for this duty; None where the general schedule is early enough, or where nothing can be."""

    @property
    def made(self) -> datetime | None:
        """When it is there."""
        return min((at for at in (*self.general, *self.unreviewed, self.early) if at is not None), default=None)


def early_statements(deployment: Deployment, now: datetime) -> Iterator[tuple[str, list[PlannedStatement]]]:
    """For each regulation in force what was to be made for its duties by `now`, the oldest first."""
    for pack in regulations_in_force(deployment):
        found = sorted(
            (
                PlannedStatement(one.cadence, one.period, one.early)
                for one in reportings(deployment, pack, now - BACK, now + AHEAD)
                if one.early is not None and one.early <= now
            ),
            key=lambda planned: planned.at,
        )
        if found:
            yield pack.regulation, found


def reportings(deployment: Deployment, pack: Regulation, since: datetime, until: datetime) -> Iterator[Reporting]:
    """Every occurrence of such duties that is due in that span."""
    duties = [duty for duty in pack.duties if duty.fulfilled_by and not duty.is_asleep]
    review = _review(deployment) if duties else None
    for duty in duties:
        work = hours_of(pack, deployment.calendar)
        for occurrence in occurrences(duty, since, until, work, duty.covers):
            reported = reported_in(duty, occurrence, work)
            if reported is not None and review is not None:
                period = parse_period(reported.cadence, reported.period, work.zone)
                yield _reporting(deployment, pack, duty, reported.cadence, period, occurrence.at, review)


def _reporting(
    deployment: Deployment,
    pack: Regulation,
    duty: Duty,
    cadence: str,
    period: Period,
    due: datetime,
    review: Duration,
) -> Reporting:
    calendar = deployment.calendar
    general = tuple(instants_of(deployment.settings, calendar, cadence, period))
    back = Duration(-review.count, review.unit, review.text)
    latest = calendar.notice(calendar.shift(calendar.local_date(due), back))
    has_list = (pack.kind, cadence) == ("loan", "monthly")
    unreviewed = tuple(instants_of(deployment.settings, calendar, LOANS, period)) if has_list else ()
    early = None
    if general and not any(at <= latest for at in general) and not any(at < due for at in unreviewed):
        first = calendar.notice(calendar.shift_working_days(calendar.local_date(period.until) - DAY, 1))
        made = max(first, latest)
        early = made if made < min(due, *general) else None
    return Reporting(pack.regulation, duty.id, cadence, period, due, latest, general, unreviewed, early)


def _review(deployment: Deployment) -> Duration:
    """How long the general manager may take."""
    usual = parse_duration(_USUAL)
    try:
        rule = deployment.regulations.read(REVIEW).rule("review")
    except DubanError:
        return usual
    limits = rule.within if isinstance(rule, Rule) else ()
    given = (duration for limit in limits if (duration := limit.duration({})) and duration.in_days)
    return next(given, usual)


# -- what cannot be reconciled -----------------------------------------------------------------------------------------


def schedule_findings(deployment: Deployment, packs: Iterable[Regulation], now: datetime) -> Iterator[str]:
    """Duties whose statement cannot be there in time, or whose review cannot have its time; of each the first one."""
    for pack in packs:
        told: set[str] = set()
        for one in reportings(deployment, pack, now, now + A_YEAR):
            if one.duty in told or (problem := _problem(one, deployment)) is None:
                continue
            told.add(one.duty)
            due = local(one.due, deployment.zone)
            yield f"{one.regulation}: duty {one.duty} for {one.period.label} is due {due}: {problem}"


def _problem(one: Reporting, deployment: Deployment) -> str | None:
    setting = f"DUBAN_STATEMENT_{one.cadence.upper().replace('-', '_')}"
    made = one.made
    if made is None:
        return f"no {one.cadence} statement is made that could fulfil it: set {setting}"
    when = local(made, deployment.zone)
    if one.due <= one.period.until and made > one.due:
        return f"its statement is made {when}, when the period is over: write `covers: last` or a later day"
    if made > one.due:
        return f"its statement is made {when}: give the duty a later day, or set {setting}"
    if made > one.latest and not any(at <= one.due for at in one.unreviewed):
        return (
            f"its statement is there {when}, which leaves the review less than it may take: give the duty a later day"
        )
    return None
