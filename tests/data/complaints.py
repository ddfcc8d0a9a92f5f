"""About 2,000 ordinary complaints of the month and what happened to each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from draw import at
from people import handlers
from words import (
    ACCUSED,
    CATEGORIES,
    CHANNELS,
    FIRST_WORDS,
    FOLLOW_WORDS,
    GIVEN,
    LEVELS,
    RESULT_WORDS,
    SURNAMES,
)

if TYPE_CHECKING:
    from draw import Draw
    from people import Person

FIRST_DAY, LAST_DAY = date(2026, 1, 28), date(2026, 2, 27)
FESTIVAL = (date(2026, 2, 15), date(2026, 2, 23))
END = at("2026-02-28 23:59:59")
"""Nothing is told of what happened later."""


@dataclass(frozen=True)
class Row:
    """One line of events.csv; `extra` are its further columns."""

    case: str
    event: str
    at: datetime
    by: str = ""
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Complaint:
    """One line of complaints.csv."""

    number: str
    received_at: datetime
    customer: str
    phone: str
    channel: str
    level: str
    department: str
    handler: str
    category: str
    content: str
    regulation: str = ""


def complaints(draw: Draw, people: list[Person]) -> tuple[list[Complaint], list[Row]]:
    """The month's complaints in order of receipt, and their events in no order at all."""
    found: list[Complaint] = []
    events: list[Row] = []
    day = FIRST_DAY
    while day <= LAST_DAY:
        quiet = FESTIVAL[0] <= day <= FESTIVAL[1]
        for serial in range(1, draw.between(22, 34) if quiet else draw.between(68, 84)):
            received = datetime.combine(day, time(_hour(draw), draw.between(0, 59), draw.between(0, 59)))
            complaint = _complaint(draw, people, f"TS{day:%y%m%d}-{serial:03d}", received)
            found.append(complaint)
            if complaint.number:
                events += _TELL[complaint.regulation](draw, complaint)
        day += timedelta(days=1)
    found.sort(key=lambda complaint: complaint.received_at)
    return found, [event for event in events if event.at <= END]


def customer(draw: Draw) -> str:
    """A customer's name: 先生 and 女士 are how service desks write it."""
    surname = draw.pick(list(SURNAMES))
    return surname + (draw.pick(("先生", "女士")) if draw.chance(0.3) else draw.pick(list(GIVEN)))


def phone(draw: Draw) -> str:
    """A mobile number that looks real."""
    return f"1{draw.pick('35789')}{draw.between(0, 10**9 - 1):09d}"


_FIRST_CONTACT = (
    (0.62, (1, 6)),
    (0.2, (6, 10)),
    (0.09, (10, 20)),
    (0.04, (20, 39)),
    (0.03, (40, 200)),
    (0.02, None),
)
"""How often the first contact comes within so many minutes; None = never."""


def _hour(draw: Draw) -> int:
    return draw.between(8, 19) if draw.chance(0.93) else draw.pick((0, 5, 6, 7, 20, 21, 22, 23))


def _complaint(draw: Draw, people: list[Person], number: str, received: datetime) -> Complaint:
    department = draw.pick(ACCUSED)
    category = draw.pick(list(CATEGORIES))
    regulation = draw.weighted(((0.8, ""), (0.12, "workshop-complaints"), (0.08, "telecom-call-centre")))
    return Complaint(
        number="" if draw.chance(0.015) and not regulation else number,
        received_at=received,
        customer=customer(draw),
        phone=phone(draw),
        channel=draw.pick(CHANNELS),
        level=draw.pick(LEVELS),
        department=department,
        handler=draw.pick(handlers(people, department)),
        category=category,
        content=draw.pick(CATEGORIES[category]),
        regulation=regulation,
    )


def _standard(draw: Draw, case: Complaint) -> list[Row]:
    """First contact, follow-up call, result, revisit, closing: mostly in time, now and then late or never."""
    since, told = case.received_at, []

    def tell(event: str, moment: datetime, **extra: str) -> None:
        told.append(Row(case.number, event, moment, case.handler, {k: v for k, v in extra.items() if v}))

    if draw.chance(0.02):  # the customer takes it back
        tell("withdrawn", since + draw.minutes(2, 600), note="客户撤回投诉")
        return told
    delay = draw.weighted(_FIRST_CONTACT)
    if delay:
        tell("first_contact", since + draw.minutes(*delay), note=draw.pick(FIRST_WORDS))
    if draw.chance(0.08):
        tell("follow_up", since + draw.minutes(11, 39), note="提前致电")
    if draw.chance(0.75):
        delay = draw.weighted(((0.85, (40, 60)), (0.15, (61, 240))))
        tell("follow_up", since + draw.minutes(*delay), note=draw.pick(FOLLOW_WORDS))
    if draw.chance(0.2):  # small matters are settled at the counter
        tell("closed", since + draw.minutes(30, 900), note="当场解决")
        return told
    if draw.chance(0.4):  # still being worked on when the month is over
        return told
    result = since + draw.minutes(90, 60 * 80)
    tell("result_returned", result, note=draw.pick(RESULT_WORDS))
    if draw.chance(0.07):
        pause = result + draw.minutes(60, 60 * 30)
        tell("paused", pause, note="等待到店二次检查")
        if draw.chance(0.9):
            tell("resumed", pause + draw.minutes(60, 60 * 60))
    ending = draw.weighted(((0.75, "revisited"), (0.1, "late"), (0.05, "unreachable"), (0.1, "")))
    if ending == "unreachable":
        moment = result
        for _ in range(draw.between(1, 5)):
            moment += draw.minutes(120, 60 * 22)
            tell("unreachable", moment, outcome=draw.pick(("no_answer", "powered_off")))
    elif ending:
        revisit = result + (draw.minutes(60 * 73, 60 * 120) if ending == "late" else draw.minutes(120, 60 * 71))
        tell("revisited", revisit, satisfaction=draw.pick(("satisfied",) * 9 + ("dissatisfied",)))
        if draw.chance(0.25):
            tell("closed", revisit + draw.minutes(5, 600))
    return told


def _workshop(draw: Draw, case: Complaint) -> list[Row]:
    since, told = case.received_at, []

    def tell(event: str, moment: datetime, **extra: str) -> None:
        told.append(Row(case.number, event, moment, case.handler, {k: v for k, v in extra.items() if v}))

    handed = since + draw.minutes(1, 14)
    tell("handed_over", handed)
    tell("first_contact", since + draw.minutes(3, 45), note=draw.pick(FIRST_WORDS))
    if draw.chance(0.8):
        tell("agreement", handed + draw.minutes(3, 16))
    if draw.chance(0.7):
        tell("follow_up", since + draw.minutes(30, 75))
    if draw.chance(0.7):
        result = handed + draw.minutes(60, 60 * 15)
        tell("result_returned", result, note=draw.pick(RESULT_WORDS))
        if draw.chance(0.85):
            satisfied = draw.chance(0.85)
            again = result + draw.minutes(60, 60 * 27)
            tell("second_contact", again, satisfaction="satisfied" if satisfied else "dissatisfied")
            if satisfied:
                tell("closed", again + draw.minutes(5, 300))
    return told


def _call_centre(draw: Draw, case: Complaint) -> list[Row]:
    since, told = case.received_at, []

    def tell(event: str, moment: datetime, **extra: str) -> None:
        told.append(Row(case.number, event, moment, case.handler, {k: v for k, v in extra.items() if v}))

    tell("handed_over", since + draw.minutes(5, 80))
    if draw.chance(0.75):
        result = since + draw.minutes(120, 60 * 60)
        tell("result_returned", result, note=draw.pick(RESULT_WORDS))
        if draw.chance(0.8):
            judged = draw.weighted(((0.85, "satisfied"), (0.15, "dissatisfied")))
            extra = {"satisfaction": judged, **({"outcome": "unresolved"} if judged == "dissatisfied" else {})}
            tell("revisited", result + draw.minutes(60, 60 * 80), **extra)
    return told


_TELL = {"": _standard, "workshop-complaints": _workshop, "telecom-call-centre": _call_centre}
