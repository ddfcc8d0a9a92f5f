"""What else a value of a pack could be: another duration, number, role, event, day, the opposite condition.

Each alteration is a list of values of which the first that makes a sound pack is meant: a role is replaced by the next
one that is somebody else, an event by one that the pack does not use.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from models.language.durations import Unit, parse_duration
from models.language.ids import EVENTS
from models.language.words import is_hole
from models.packs.findings.names import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.packs.findings.names import Path as Place

Alteration = list[Any]
DELETED: Any = object()
"""In the place of a value: the key or the entry is taken away."""

TABLE = "table"
BOTH_WAYS = frozenset({"opens", "of", TABLE, "late_by"})
"""Keys whose durations are made longer and shorter; of others one alteration is enough."""
OTHER_CLOCK = {
    Unit.DAYS: Unit.WORKING_DAYS,
    Unit.WORKING_DAYS: Unit.DAYS,
    Unit.WORKING_SECONDS: Unit.SECONDS,
}
ONCE = frozenset({"day", "working_day", "nth", "before", "amount", "points", "cap", "part"})
"""Keys whose numbers a story tells exactly, as a date or a sum."""
PERSONS = frozenset({"responsible", "to", "copies", "charged_to", "flag", "role", "above", "each"})
"""Keys that name roles."""
UNLIKELY = ("renewed", "second_contact", "recalled", "agreement", "handed_over", "follow_up", "revisited", "lost")
"""Events that every regulation knows; one that a pack does not use is as good as none."""
DAY = re.compile(r"(?P<year>\d{4}-)?(?P<month>\d{2})-(?P<day>\d{2})")
TIME = re.compile(r"\d{2}:\d{2}")
SPAN = re.compile(r"\d{2}:\d{2}-\d{2}:\d{2}")


class Alterer:
    """The alterations of single values of one pack; `raw` is the pack with its figures under `settings`."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.roles: dict[str, dict[str, Any]] = raw.get("roles") or {}
        used = _texts(raw)
        self.events = [*(name for name in UNLIKELY if name not in used), *(raw.get("events") or {})]
        self.known_events = frozenset(EVENTS) | set(raw.get("events") or {})
        kinds = ("rules", "gates", "counters", "duties", "approvals")
        self.ids = [str(entry["id"]) for kind in kinds for entry in raw.get(kind) or ()]
        self.levels = list(raw.get("levels") or {})

    def of(self, value: Any, place: Place, literals: tuple[Any, ...]) -> Iterator[Alteration]:
        """The alterations of the value at that place; `literals` are the words that may stand there."""
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, bool):
            yield [not value]
        elif value in literals:
            begin = literals.index(value)
            yield [*literals[begin + 1 :], *literals[:begin]]
        elif isinstance(value, int | float):
            yield from _numbers(value, once=not ONCE.isdisjoint(place))
        elif isinstance(value, str) and not is_hole(value):
            yield from self._texts(value, _key(place))

    def condition(self, value: Any) -> Iterator[Any]:
        """The alterations of a condition beside its own removal."""
        if isinstance(value, bool):
            yield [not value]
        elif isinstance(value, list):
            yield [{"not": value}]
            if len(value) > 1:
                yield from ([[one for one in value if one is not left]] for left in value)
        elif isinstance(value, dict):
            yield from ([one] for one in self._requirement(value))
        elif not is_hole(value):
            yield [{"not": [value]}]

    def _requirement(self, value: dict[str, Any]) -> Iterator[Any]:
        for name, bound in value.items():
            rest = {key: one for key, one in value.items() if key != name}
            if rest:
                yield rest
            if is_hole(bound):
                continue
            if name == "not":
                several = bound if isinstance(bound, list) else [bound]
                yield from ({**value, name: [one for one in several if one is not left]} for left in several[1:])
                if not rest:
                    yield several
            elif name == "given":
                yield {**value, name: not bound}
            elif isinstance(bound, int | float):
                yield from ({**value, name: other} for (other,) in _numbers(bound))
            else:
                yield from ({**value, name: other} for other in _other_days(str(bound)))

    def _texts(self, value: str, key: str) -> Iterator[Alteration]:
        if SPAN.fullmatch(value):
            begin, end = value.split("-")
            yield [f"{_later(begin, -30)}-{end}"]
            yield [f"{begin}-{_later(end, 30)}"]
        elif days := _other_days(value):
            yield days
        elif value.removeprefix("-").startswith("P"):
            yield from ([other] for other in _durations(value, key))
        else:
            yield [one for one in self._names(value, key) if one != value]

    def _names(self, value: str, key: str) -> Iterator[str]:
        """Other names of the same kind, the best first."""
        if value in self.levels and key == "level":
            yield from self.levels
        elif key in PERSONS:
            yield from self._people(value)
        elif value in self.known_events:
            yield from self.events
        elif value in self.ids:
            yield from self.ids
        else:
            yield "no_such_name"

    def _people(self, value: str) -> Iterator[str]:
        """The other roles, those that are somebody else for sure; in the end operations."""
        own = self.roles.get(value) or {}
        names = list(self.roles)
        begin = names.index(value) + 1 if value in names else 0
        for name in (*names[begin:], *names[:begin]):
            other = self.roles[name] or {}
            if other.get("person") is None or other.get("person") != own.get("person"):
                yield name
        yield OPERATIONS


def literals_of(annotation: Any) -> tuple[Any, ...]:
    """The members of the literals that a value may be, in order."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(dict.fromkeys(one for part in get_args(annotation) for one in literals_of(part)))


def _key(place: Place) -> str:
    """The key under which a value stands; of a row of a table the table."""
    keys = [part for part in place if isinstance(part, str)]
    return TABLE if TABLE in keys[1:] else keys[-1]


def _numbers(value: float, *, once: bool = False) -> Iterator[Alteration]:
    """One more and one less; where the exact figure is told, one other is enough."""
    if isinstance(value, float) and not value.is_integer():
        yield [value / 2]
    elif once:
        yield [value - 1, value + 1] if value < 0 else [value + 1, value - 1]
    else:
        yield [value + 1]
        yield [value - 1]


def _durations(text: str, key: str) -> Iterator[str]:
    """A longer one; where it is a limit, also a shorter one, and one of working days for days or the other way."""
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    count = abs(duration.count)
    yield _written(text, duration.unit, 2 * count or _SOME[duration.unit])
    if key in BOTH_WAYS and count:
        yield _written(text, duration.unit, count // 2)
        if duration.unit in OTHER_CLOCK and not text.endswith("W"):
            yield _written(text, OTHER_CLOCK[duration.unit], count)


_SOME = {unit: 3600 if "seconds" in unit else 1 for unit in Unit}
"""What stands for nothing: an hour, a day, a month."""


def _written(text: str, unit: Unit, count: int) -> str:
    sign = "-" if text.startswith("-") else ""
    if unit in (Unit.SECONDS, Unit.WORKING_SECONDS):
        working = "W" if unit is Unit.WORKING_SECONDS else ""
        return f"{sign}PT{count // 60}{working}M" if count % 60 == 0 or working else f"{sign}PT{count}S"
    return f"{sign}P{count}{'WD' if unit is Unit.WORKING_DAYS else 'M' if unit is Unit.MONTHS else 'D'}"


def _other_days(value: str) -> list[str]:
    """Another date, or another time of the day; nothing for a text that is neither."""
    if TIME.fullmatch(value):
        return [_later(value, 60)]
    found = DAY.fullmatch(value)
    if found is None:
        return []
    month, day = int(found["month"]), int(found["day"])
    other = f"{month % 12 + 1:02d}-{min(day, 28):02d}"
    return [f"{found['year'] or ''}{other}"]


def _later(time: str, minutes: int) -> str:
    """So many minutes later on the same day; earlier where that would be another day."""
    hour, minute = map(int, time.split(":"))
    count = hour * 60 + minute
    other = count + minutes if 0 <= count + minutes < 24 * 60 else count - minutes
    return f"{other // 60:02d}:{other % 60:02d}"


def _texts(value: Any) -> set[str]:
    """Every text in a pack."""
    if isinstance(value, dict):
        return {text for one in value.values() for text in _texts(one)}
    if isinstance(value, list):
        return {text for one in value for text in _texts(one)}
    return {value} if isinstance(value, str) else set()
