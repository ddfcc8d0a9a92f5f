"""Cases whose own columns do not tell the whole story: reopened ones, and clocks that were not stopped but ended.

They are few; their events are read one by one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from models.language.conditions import holds
from models.timeline.story import REOPENED
from tasks.statistics.columns import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from models.language.limits import GiveUp
    from models.language.regulation import Regulation


class StoryEvent(NamedTuple):
    """One event of a story."""

    id: int
    name: str
    at: int
    text: str

    @property
    def fields(self) -> Mapping[str, object]:
        """Its fields, read only where they are asked for."""
        found = json.loads(self.text or "{}")
        return found if isinstance(found, dict) else {}


class Spell(NamedTuple):
    """A half-open stretch in which a case was open, and the event that ended it."""

    case: int
    start: int
    end: int
    ended_by: str
    first: bool


def stories_of(frame: pd.DataFrame) -> dict[int, list[StoryEvent]]:
    """Events per case, in the order in which they happened."""
    found: dict[int, list[StoryEvent]] = defaultdict(list)
    columns = (frame[name].tolist() for name in ("case_id", "id", "name", "at", "fields"))
    for case, number, name, at, text in zip(*columns, strict=True):
        found[case].append(StoryEvent(number, name, at, text))
    return found


def spells_of(case: int, opened: int, story: Iterable[StoryEvent], closing: Iterable[str]) -> Iterator[Spell]:
    """The open stretches of a case: to its first closing, and from each reopening to the next."""
    start, is_open, first = opened, True, True
    for event in story:
        if is_open and event.name in closing:
            yield Spell(case, start, max(event.at, start), event.name, first)
            is_open, first = False, False
        elif not is_open and event.name == REOPENED:
            start, is_open = event.at, True
    if is_open:
        yield Spell(case, start, NEVER, "", first)


def ended_at(
    story: Sequence[StoryEvent], starts: int, ended_by: str, give_up: GiveUp | None, regulation: Regulation | None
) -> int:
    """When the clock that started at `starts` ended, given what ended it; `NEVER` where the story does not tell."""
    if give_up and ended_by == give_up.event:
        return _gave_up(story, starts, give_up)
    for event in story:
        if event.at < starts:
            continue
        if ended_by == "round":
            if event.at > starts and (event.name == REOPENED or _opens_next(event, regulation)):
                return event.at
        elif event.name == ended_by and (event.at > starts or (regulation and ended_by in regulation.closing)):
            return event.at
    return NEVER


def _gave_up(story: Sequence[StoryEvent], starts: int, give_up: GiveUp) -> int:
    """The last attempt that the rule allows, or the one that ends the trying at once."""
    attempts = [event for event in story if event.name == give_up.event and event.at >= starts]
    for number, event in enumerate(attempts, 1):
        if number >= give_up.at_most or (give_up.at_once and holds(give_up.at_once, event.fields)):
            return event.at
    return NEVER


def _opens_next(event: StoryEvent, regulation: Regulation | None) -> bool:
    if regulation is None:
        return False
    return any(
        match.event == event.name and match.matches(event.name, event.fields) for match in regulation.rounds.next
    )
