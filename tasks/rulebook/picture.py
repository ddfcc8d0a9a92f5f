"""The pictures: one lane a clock on an axis that gives minutes and months room alike. SVG, no script, no library."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup
from rich.cells import cell_len

from models.wording.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, LEFT, RIGHT, LANE, HEAD = 1000, 236, 766, 30, 26
"""Title on the left, axis in the middle, words on the right."""
CLOSE = 46
"""Marks of the axis keep this distance."""
SIGN = 15
"""A sign is so wide: signs at nearly one instant stand side by side."""
MINUTE = timedelta(minutes=1)
TITLE, WORDS = 34, 36
"""There is room for so many Latin letters; a Chinese character takes two."""
DISTANCES = (
    (10, "minutes", timedelta(minutes=10)),
    (30, "minutes", timedelta(minutes=30)),
    (1, "hours", timedelta(hours=1)),
    (4, "hours", timedelta(hours=4)),
    (12, "hours", timedelta(hours=12)),
    (1, "days", timedelta(days=1)),
    (3, "days", timedelta(days=3)),
    (1, "weeks", timedelta(days=7)),
    (2, "weeks", timedelta(days=14)),
    (1, "months", timedelta(days=30)),
    (3, "months", timedelta(days=91)),
    (1, "years", timedelta(days=365)),
    (3, "years", timedelta(days=1096)),
    (10, "years", timedelta(days=3653)),
)
"""Where the axis may be marked."""


class Mark(NamedTuple):
    """A sign on a lane: `event`, `opens`, `remind`, `due` or `late`, with a letter inside and a text on hovering."""

    kind: str
    at: timedelta
    text: str
    letter: str = ""


class Lane(NamedTuple):
    """One clock: its name, the stretch that it may take and what of it was used, its marks, and words beside it."""

    title: str
    since: timedelta
    until: timedelta | None
    used: timedelta | None
    marks: tuple[Mark, ...]
    words: str


def picture(lanes: Sequence[Lane], language: str, label: str) -> Markup:
    """All lanes under one axis."""
    ends = [end for lane in lanes for end in (lane.since, lane.until, lane.used, *(mark.at for mark in lane.marks))]
    offsets = sorted(end for end in ends if end is not None and end > timedelta())
    axis = _Axis(offsets[0] if offsets else MINUTE, offsets[-1] if offsets else timedelta(days=1))
    height = HEAD + LANE * len(lanes) + 8
    parts = [
        Markup('<svg class="picture" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, height, label),
        *_grid(axis, height, language),
    ]
    for number, lane in enumerate(lanes):
        parts += _lane(lane, HEAD + LANE * number + LANE // 2, axis)
    return Markup("\n").join([*parts, Markup("</svg>")])


class _Axis:
    """Logarithmic from the first to the last instant."""

    def __init__(self, first: timedelta, last: timedelta) -> None:
        self.unit = max(first / 4, MINUTE / 2)
        self.last = max(last, first)
        self.whole = math.log1p(self.last / self.unit)

    def x(self, offset: timedelta) -> float:
        """Where an instant lies, so long after the start."""
        share = math.log1p(max(offset, timedelta()) / self.unit) / self.whole
        return round(LEFT + (RIGHT - LEFT) * min(share, 1), 1)


def _grid(axis: _Axis, height: int, language: str) -> Iterator[Markup]:
    """Thin lines with their distance from the start."""
    shown = [(float(LEFT), "0")]
    for number, unit, offset in DISTANCES:
        if offset <= axis.last and axis.x(offset) - shown[-1][0] >= CLOSE:
            shown.append((axis.x(offset), say(language, f"rulebook.axis.{unit}", number=number)))
    for x, text in shown:
        yield Markup('<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(x, HEAD - 6, height)
        yield Markup('<text class="mark" x="{}" y="{}" text-anchor="middle">{}</text>').format(x, HEAD - 12, text)


def _lane(lane: Lane, y: int, axis: _Axis) -> Iterator[Markup]:
    yield Markup('<text class="lane" x="{}" y="{}" text-anchor="end"><title>{}</title>{}</text>').format(
        LEFT - 14, y + 4, lane.title, _cut(lane.title, TITLE)
    )
    begin = axis.x(lane.since)
    if lane.until is not None:
        yield _bar("time", begin, axis.x(lane.until), y)
    if lane.used is not None:
        yield _bar("used", begin, axis.x(lane.used), y)
    yield Markup('<circle class="start" cx="{}" cy="{}" r="3"/>').format(begin, y)
    for mark, x in zip(lane.marks, _apart([axis.x(mark.at) for mark in lane.marks]), strict=True):
        yield _mark(mark, x, y)
    yield Markup('<text class="words" x="{}" y="{}"><title>{}</title>{}</text>').format(
        RIGHT + 14, y + 4, lane.words, _cut(lane.words, WORDS)
    )


def _cut(text: str, room: int) -> str:
    """As much of a text as there is room for."""
    for number, sign in enumerate(text):
        room -= cell_len(sign)
        if room < 0:
            return f"{text[: number - 1].rstrip()}…"
    return text


def _apart(places: list[float]) -> list[float]:
    """The marks of a lane in their order, moved so far that each can be seen."""
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + SIGN)
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], RIGHT + 4 - SIGN * (len(places) - 1 - number))
    return places


def _bar(kind: str, begin: float, end: float, y: int) -> Markup:
    width = max(round(end - begin, 1), 1)
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="8" rx="4"/>').format(kind, begin, y - 4, width)


def _mark(mark: Mark, x: float, y: int) -> Markup:
    shapes = {
        "opens": Markup('<path class="opens" d="M{0} {1} l10 6 l-10 6 z"/>').format(x - 4, y - 6),
        "due": Markup('<path class="due" d="M{0} {1} l7 7 l-7 7 l-7 -7 z"/>').format(x, y - 7),
    }
    shape = shapes.get(mark.kind, Markup('<circle class="{}" cx="{}" cy="{}" r="7"/>').format(mark.kind, x, y))
    letter = Markup('<text class="letter {}" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        mark.kind, x, y + 4, mark.letter
    )
    return Markup("<g><title>{}</title>{}{}</g>").format(mark.text, shape, letter if mark.letter else Markup(""))
