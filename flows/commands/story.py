"""A case's story on the terminal: one line for one thing, indented under what it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.commands.output import one_line
from models.calendar.instants import zone_named
from tasks.views.telling import case as of_case
from tasks.views.telling import clock as of_clock
from tasks.views.telling import steps as of_steps
from tasks.views.telling.words import label, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from tasks.views.story import CaseStory, ClockStory

CASE = ("level", "department", "handler", "party", "phone", "item", "opened", "closed")
CLOCK = ("state", "responsible", "started", "opens", "limit", "due", "ended")


def lines(told: CaseStory) -> Iterator[str]:
    """The whole story."""
    zone = zone_named(told.timezone)
    yield from _case(told, zone)
    yield label("events")
    for event in told.events:
        yield _line(of_case.happened(event, zone, with_fields=True), 1)
    if not told.clocks:
        yield _labelled("clocks", words("none"))
    for clock in told.clocks:
        yield ""
        yield from _clock(clock, zone)


def _case(told: CaseStory, zone: tzinfo) -> Iterator[str]:
    yield _line(f"{label('case')} {of_case.heading(told.case)}")
    known = of_case.facts(told, zone)
    for name in CASE:
        if known[name]:
            yield _labelled(name, known[name], 1)
    for name, value in of_case.other_facts(told.case):
        yield _line(f"{name}: {value}", 1)
    yield _labelled("regulation", of_case.regulation(told.regulation))
    if doubt := of_case.doubt(told):
        yield _line(f"! {doubt}", 1)
    yield _labelled("as_of", of_case.as_of(told, zone))


def _clock(clock: ClockStory, zone: tzinfo) -> Iterator[str]:
    yield _line(f"{label('clock')} {of_clock.heading(clock)}")
    known = of_clock.facts(clock, zone)
    for name in CLOCK:
        if known[name]:
            yield _labelled(name, known[name], 1)
    if counted := of_clock.counted(clock):
        yield _labelled("counted", counted, 1)
    for span in of_clock.spans(clock, zone):
        yield _line(span, 2)
    if clock.attempts:
        yield _labelled("attempts", str(clock.attempts), 1)
    if doubt := of_clock.doubt(clock, zone):
        yield _line(f"! {doubt}", 1)
    yield from _steps(clock, zone)


def _steps(clock: ClockStory, zone: tzinfo) -> Iterator[str]:
    for step in clock.fired:
        yield _labelled("fired", of_steps.fired(step, zone), 1)
        for who in of_steps.told(step, zone):
            yield _line(f"→ {who}", 2)
        for correction in step.corrections:
            yield _labelled("correction", of_steps.corrected(correction), 2)
    for coming in clock.next:
        yield _labelled("next", of_steps.coming(coming, zone), 1)
    for penalty in clock.penalties:
        yield _labelled("penalty", of_steps.penalty(penalty, zone), 1)


def _labelled(name: str, text: str, depth: int = 0) -> str:
    return _line(f"{label(name)}: {text}", depth)


def _line(text: str, depth: int = 0) -> str:
    """One line; nothing that somebody typed can steer the terminal."""
    return f"{'  ' * depth}{one_line(text)}"
