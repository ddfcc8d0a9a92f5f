"""A page for each case that a digest links to: a markdown artifact that tells the case's story in short.

One task publishes them all; what reads as it stands already is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.pages.runs import cell, markdown_table
from flows.pages.shelf import AT_ONCE, Page, put
from models.calendar.instants import zone_named
from models.store.database import reading
from tasks.mail.links import case_key
from tasks.views.explain import story
from tasks.views.telling import case as of_case
from tasks.views.telling import clock as of_clock
from tasks.views.telling import steps as of_steps
from tasks.views.telling.words import at, label, step, titled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.views.story import CaseStory, ClockStory

FACTS = ("status", "level", "department", "handler", "item", "opened", "closed", "regulation")
CLOCK = ("article", "state", "due", "met")
NOTHING = "—"


@task(name="case pages", task_run_name="case pages", cache_policy=NO_CACHE)
def publish_cases(engine: Engine, deployment: Deployment, numbers: Collection[str], now: datetime) -> int:
    """Write the pages of these cases that say something new; how many."""
    ordered = sorted(numbers)
    written = write_cases(engine, deployment, ordered, now)
    get_run_logger().info("%d of %d case pages written", written, len(ordered))
    return written


def write_cases(engine: Engine, deployment: Deployment, numbers: Sequence[str], now: datetime) -> int:
    """The same without a task of its own, for whoever writes a few pages again and again."""
    written = 0
    for some in (numbers[first : first + AT_ONCE] for first in range(0, len(numbers), AT_ONCE)):
        found = []
        for number in some:
            with reading(engine) as connection:
                text = case_page(story(connection, deployment, number, now=now))
            found.append(Page(case_key(number), text, f"案件 case {number}"))
        written += put(engine, found)
    return written


def case_page(told: CaseStory) -> str:
    """The story as one page; nothing on it changes by the minute, and no phone number is on it."""
    zone = zone_named(told.timezone)
    known = of_case.facts(told, zone)
    number = cell(told.case.number)
    parts = [
        f"## {number}",
        markdown_table(("", ""), [(label(name), known[name]) for name in FACTS if known[name]]),
        f"### {label('clocks')}",
        _clocks(told.clocks, zone),
        f"### {label('escalations')}",
        _bullets(_fired(told.clocks, zone)),
        f"### {label('events')}",
        _bullets(of_case.happened(event, zone, with_fields=False) for event in told.events),
        f"`duban explain {number}`",
    ]
    return "\n\n".join(parts)


def _clocks(clocks: Sequence[ClockStory], zone: tzinfo) -> str:
    """A line for each clock."""
    if not clocks:
        return NOTHING
    return markdown_table([label(name) for name in ("clock", *CLOCK, "next")], [_clock(one, zone) for one in clocks])


def _clock(clock: ClockStory, zone: tzinfo) -> list[str]:
    known = of_clock.facts(clock, zone)
    again = f" ({clock.round})" if clock.round > 1 else ""
    coming = clock.next[0] if clock.next else None
    return [
        titled(clock.rule, clock.title) + again,
        *(known[name] for name in CLOCK),
        f"{at(coming.at, zone)} {step(coming.step)}" if coming else "",
    ]


def _fired(clocks: Sequence[ClockStory], zone: tzinfo) -> Iterator[str]:
    """Every step that was told, in the order in which they fired."""
    fired = [(one, clock) for clock in clocks for one in clock.fired if one.recipients]
    for one, clock in sorted(fired, key=lambda pair: pair[0].fired_at):
        title = titled(clock.rule, clock.title)
        yield f"{at(one.fired_at, zone)} {title} {step(one.step)} → {of_steps.names(one)}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {cell(line)}" for line in lines) or NOTHING
