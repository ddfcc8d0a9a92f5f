"""One case after the other: every row of it against what its facts ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from models.errors import DubanError
from models.language.rules import Rule
from tasks.audit import clocks, conclusions, costs, mails
from tasks.audit.crowds import Crowds
from tasks.audit.finding import EVENT, NOTHING, STATE, Finding, said, shown
from tasks.audit.hindsight import Hindsight
from tasks.audit.people import recipients
from tasks.audit.steps import Steps
from tasks.organisation.registry import Pinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Gate
    from tasks.audit.dossier import Dossier
    from tasks.audit.people import Surroundings


_WORKING = re.compile(r'"-?PT?\d+W[DHMS]"')
"""A duration in working time."""


class Judged(NamedTuple):
    """What is wrong with some cases, how many were looked at, and how many wait for a sweep or are in trouble."""

    findings: list[Finding]
    cases: int
    waiting: int
    suspects: list[int]
    """The ids of the cases with findings."""


def judge(
    connection: Connection,
    dossiers: Sequence[Dossier],
    calendar: WorkCalendar,
    around: Surroundings,
    now: datetime,
    grace: timedelta,
) -> Judged:
    """Every dossier at `now`; what has been due for less than `grace` waits for the sweep."""
    pinned, crowds = Pinned(connection), Crowds(connection, [one.case for one in dossiers])
    found: list[Finding] = []
    suspects: list[int] = []
    count = waiting = 0
    for dossier in dossiers:
        count += 1
        late = list(_left_lying(dossier, now - grace))
        running = any(row.next_at is not None for row in dossier.deadlines)
        waits = dossier.is_waiting(now, now - grace) or (running and not around.is_recomputed)
        if late or waits or dossier.case.regulation_id is None:
            waiting += 1
            own = late
        else:
            at = max(now, dossier.case.evaluated_at)
            try:
                past = Hindsight(dossier, pinned(dossier.case.regulation_id), calendar, at)
                of_old = _by_an_older_calendar(past, around)
                found_here = of_case(connection, past, around, crowds)
                own = [one for one in found_here if (one.rule, one.round) not in of_old]
            except (DubanError, ValueError, TypeError, ArithmeticError) as error:
                waiting += 1
                why = str(error) or type(error).__name__
                known = dossier.case.trouble == why
                own = (
                    []
                    if known
                    else [
                        Finding(
                            STATE,
                            dossier.case.number,
                            expected=said("trouble", why),
                            found=said("trouble", dossier.case.trouble),
                        )
                    ]
                )
        if own:
            suspects.append(dossier.case.id)
            found += own
    return Judged(found, count, waiting, suspects)


def of_case(connection: Connection, past: Hindsight, around: Surroundings, crowds: Crowds) -> Iterator[Finding]:
    """Everything that is stored of one case."""
    yield from conclusions.facts(past)
    yield from clocks.case_columns(past)
    yield from clocks.clocks(past)
    steps = Steps(past)
    steps.judge()
    yield from steps.findings
    for row in past.dossier.escalations:
        clock = steps.clocks.get(row.id)
        if clock is not None:
            yield from recipients(past, row, around)
        yield from mails.told(past, row, clock, around)
    yield from costs.penalties(past)
    yield from conclusions.noted(past)
    yield from conclusions.flags(connection, past, crowds)


def _by_an_older_calendar(past: Hindsight, around: Surroundings) -> set[tuple[str | None, int | None]]:
    """The clocks that had ended before the calendar changed: they keep the instants that it gave them."""
    since, read_at = around.calendar_since, past.dossier.case.evaluated_at
    if since is None or read_at >= since:
        return set()
    return {
        (row.rule, row.round)
        for row in past.dossier.deadlines
        if row.next_at is None and _rests_on_calendar(past.rules.rule(row.rule))
    }


def _rests_on_calendar(rule: Rule | Gate | None) -> bool:
    """Whether it counts working days or hours, or waits for a day of the calendar."""
    if not isinstance(rule, Rule):
        return False
    return any(limit.next for limit in rule.within) or bool(_WORKING.search(rule.model_dump_json()))


def _left_lying(dossier: Dossier, patience: datetime) -> Iterator[Finding]:
    """Events of this program that no sweep has taken in for a long time; of others nobody knows when they came."""
    for row in dossier.events:
        recorded = row.recorded_at
        if (
            row.applied_at is None
            and row.link is not None
            and recorded is not None
            and max(recorded, row.at) <= patience
        ):
            waits = f"{row.name} {shown(row.at)} applied_at"
            yield Finding(EVENT, dossier.case.number, expected=f"{waits}=*", found=f"{waits}={NOTHING}")
