"""Random histories of an organisation, as the files that people hand in: complaints and loans of several regulations.

complaints.csv, loans.csv, events.csv, and events-late.csv with what is recorded only after a sweep has seen the rest.
Everything is in the organisation's local time. What happens keeps to no order that a regulation wants: closed before
it is answered, called back twice, returned and then lost. Only this does not happen: that a loan is renewed once it
is over, that a case is reopened in the second in which it closes or after its rounds are used up, that it is both
paused and postponed.
"""

from __future__ import annotations

import csv
import random
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Row = dict[str, str]

DEPARTMENTS = ("维修部", "客服部", "销售部", "")
HANDLERS = ("经办甲", "经办乙", "")
COMPLAINT_PACKS = ("", "standard-complaints", "workshop-complaints", "workshop-complaints", "telecom-call-centre")
LOAN_PACKS = ("", "standard-loans", "utility-library")
LEVELS = ("dissatisfied", "very_dissatisfied", "major", "crisis")
OVER = ("returned", "lost", "closed", "withdrawn")
MANAGER = "总经理"
"""Who answers requests for postponement."""
LATE = 0.25
"""The share of events that is recorded late."""
SECOND, MINUTE, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 86_400))
LIMITS = tuple(minutes * MINUTE for minutes in (10, 20, 40, 60, 12 * 60, 24 * 60, 72 * 60))
"""The limits of the regulations: some things happen exactly then, or a second before or after."""

COMPLAINTS = (
    "number", "received_at", "customer", "phone", "channel", "level", "department", "handler", "category", "content",
    "regulation",
)  # fmt: skip
LOANS = ("number", "item", "borrower", "department", "lent_at", "secrecy", "purpose", "regulation")
EVENTS = ("case", "event", "at", "by", "outcome", "satisfaction", "until")


class History:
    """Draws cases and what happened to them until `end`; the same seed gives the same files."""

    def __init__(self, seed: int, end: datetime) -> None:
        self._random = random.Random(seed)
        self._end = end
        self._complaints: list[Row] = []
        self._loans: list[Row] = []
        self._events: list[Row] = []

    def add(self, complaints: int, loans: int, since: datetime, until: datetime) -> None:
        """So many cases received in the span."""
        for _ in range(complaints):
            self._complaint(self._between(since, until))
        for _ in range(loans):
            self._loan(self._between(since, until))

    def write(self, folder: Path) -> None:
        """Put the files into the folder; an answer does not come before the request that it answers."""
        late = [event for event in self._events if self._random.random() < LATE]
        asked = {event["case"] for event in late if event["event"] == "postponement_requested"}
        answers = ("postponement_approved", "postponement_refused")
        late += [event for event in self._events if event["event"] in answers and event["case"] in asked]
        learned = set(map(id, late))
        late = [event for event in self._events if id(event) in learned]
        manager = {"name": MANAGER, "email": "gm@example.com", "role": "general_manager"}
        _csv(folder / "directory.csv", ("name", "email", "role"), [manager])
        _csv(folder / "complaints.csv", COMPLAINTS, self._complaints)
        _csv(folder / "loans.csv", LOANS, self._loans)
        _csv(folder / "events.csv", EVENTS, [event for event in self._events if id(event) not in learned])
        _csv(folder / "events-late.csv", EVENTS, late)

    # -- when -------------------------------------------------------------------------------------------------

    def _between(self, since: datetime, until: datetime) -> datetime:
        seconds = int((until - since).total_seconds())
        moment = since + SECOND * self._random.randrange(seconds)
        chance = self._random.random()
        if chance < 0.15:
            return _midnight(moment)
        return _turn(moment) - MINUTE * self._random.randrange(70) if chance < 0.3 else moment

    def _after(self, moment: datetime, minutes: float, since: datetime) -> datetime:
        """Within so many minutes; now and then at the turn of a day, or where a limit ends that counts from `since`."""
        chance = self._random.random()
        if chance < 0.1:
            return _midnight(moment + DAY)
        if chance < 0.3:
            jitter = SECOND * self._random.choice([-1, 0, 0, 1])
            return max(since + self._random.choice(LIMITS) + jitter, moment)
        return moment + SECOND * int(self._random.random() * minutes * 60)

    def _tell(self, number: str, event: str, at: datetime, **fields: str) -> None:
        by = MANAGER if event in ("postponement_approved", "postponement_refused") else ""
        told = {"case": number, "event": event, "at": str(at), "by": by, **fields}
        if at <= self._end and told not in self._events[-20:]:  # the same again is no second event
            self._events.append(told)

    # -- complaints -------------------------------------------------------------------------------------------

    def _complaint(self, at: datetime) -> None:
        draw = self._random
        number = f"C{len(self._complaints) + 1:04}"
        regulation = draw.choice(COMPLAINT_PACKS)
        self._complaints.append(
            {
                "number": number,
                "received_at": str(at),
                "customer": draw.choice(["张三", "李四", "王五", f"客户{draw.randrange(1000)}", ""]),
                "phone": draw.choice(["13800000001", "13800000002", ""]),
                "channel": draw.choice(["phone", "web", "onsite", "别的", ""]),
                "level": "" if regulation == "telecom-call-centre" else draw.choice(LEVELS),
                "department": draw.choice(DEPARTMENTS),
                "handler": draw.choice(HANDLERS),
                "category": draw.choice(["质量", "态度", "equipment", ""]),
                "content": f"第{number}件",
                "regulation": regulation,
            }
        )
        self._story_of_complaint(number, at, regulation)

    def _story_of_complaint(self, number: str, at: datetime, regulation: str) -> None:
        draw = self._random
        moment = since = at
        rounds = 1

        def tell(name: str, chance: float, minutes: float, **fields: str) -> bool:
            nonlocal moment, since
            if draw.random() >= chance:
                return False
            moment = self._after(moment + SECOND * (name == "reopened"), minutes, since)
            if name in ("handed_over", "result_returned", "reopened"):
                since = moment
            self._tell(number, name, moment, **fields)
            return True

        tell("reported", 0.5 if regulation == "telecom-call-centre" else 0, 60)
        tell("handed_over", 0.6, 20)
        tell("first_contact", 0.9, 25)
        tell("agreement", 0.4, 30)
        tell("follow_up", 0.8, 60)
        stands_still = draw.choice([self._postponed, self._paused])
        for _ in range(draw.choice([0, 0, 0, 1, 1, 2])):
            stands_still(tell, moment)
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            tell("result_returned", 0.85, 4000)
            if draw.random() < 0.15:
                for _ in range(draw.randrange(1, 7)):
                    tell("unreachable", 1, 1500, outcome=draw.choice(["", "", "wrong_number"]))
            said = draw.choice(["satisfied", "dissatisfied", ""])
            outcome = draw.choice(["unresolved", "resolved", ""])
            contact = draw.choice(["revisited", "second_contact"])
            if tell(contact, 0.8, 7000, satisfaction=said, outcome=outcome):
                rounds += contact == "second_contact" and (said == "dissatisfied" or outcome == "unresolved")
            tell(draw.choice(["closed", "closed", "withdrawn"]), 0.7, 20_000)
            used_up = regulation == "workshop-complaints" and rounds > 2
            if tell("reopened", 0 if used_up else 0.3, 20_000):
                rounds += 1

    def _postponed(self, tell: Callable[..., bool], moment: datetime) -> None:
        if tell("postponement_requested", 0.9, 100) and not tell(
            "postponement_approved", 0.4, 3000, until=self._coming(moment)
        ):
            tell("postponement_refused", 0.5, 3000)

    def _paused(self, tell: Callable[..., bool], moment: datetime) -> None:
        """With an end that is known before, or without."""
        tell("paused", 1, 3000, until=self._random.choice([self._coming(moment), ""]))
        tell("resumed", 0.8, 10_000)

    def _coming(self, moment: datetime) -> str:
        return str(moment + timedelta(days=self._random.randrange(5, 25), minutes=self._random.randrange(600)))

    # -- loans ------------------------------------------------------------------------------------------------

    def _loan(self, at: datetime) -> None:
        draw = self._random
        number = f"L{len(self._loans) + 1:04}"
        self._loans.append(
            {
                "number": number,
                "item": f"图纸 {number}",
                "borrower": draw.choice(["甲", "乙", "丙", "丁", "戊"]),
                "department": draw.choice(DEPARTMENTS),
                "lent_at": str(at),
                "secrecy": draw.choice(["ordinary", "secret", ""]),
                "purpose": draw.choice(["设计", ""]),
                "regulation": draw.choice(LOAN_PACKS),
            }
        )
        moment, is_out = at, True
        for _ in range(draw.randrange(6)):
            moment = self._at_the_counter(moment)
            way = draw.choice(["reopened", *OVER, *["renewed"] * 4 * is_out])
            is_out = way == "reopened" or (is_out and way == "renewed")
            self._tell(number, way, moment)

    def _at_the_counter(self, moment: datetime) -> datetime:
        """Some days later; now and then in the last second of a day, or just after it."""
        later = moment + timedelta(days=self._random.randrange(1, 25), seconds=self._random.randrange(80_000))
        midnight = _midnight(later)
        return self._random.choice([later, later, later, later, midnight, midnight - SECOND, moment + 30 * DAY])


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _turn(moment: datetime) -> datetime:
    """The next midnight with which a week or a month begins."""
    day = _midnight(moment + DAY)
    while day.day != 1 and day.weekday() != 0:
        day += DAY
    return day


def _csv(file: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
