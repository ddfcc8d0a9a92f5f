"""The complaints of the sample years: about four in five under the default regulation, and what became of each."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from complaints import Complaint, Row, customer, phone
from people import handlers
from seasons import category_weights, complaints_on, days_of, department_weights, spread, trouble
from words import CATEGORIES, CHANNELS, FIRST_WORDS, FOLLOW_WORDS, LEVELS, RESULT_WORDS

if TYPE_CHECKING:
    from draw import Draw
    from people import Person

REGULARS = 60
"""Customers who come back, and complain again."""


def year_of_complaints(draw: Draw, people: list[Person], year: int, count: int) -> tuple[list[Complaint], list[Row]]:
    """So many complaints of one year in order of receipt, and their events in no order at all."""
    staff = {name: handlers(people, name) for _weight, name in department_weights(days_of(year)[0]) if name}
    regulars = [(customer(draw), phone(draw)) for _ in range(REGULARS)]
    found: list[Complaint] = []
    events: list[Row] = []
    for day, of_day in zip(days_of(year), spread(count, days_of(year), complaints_on), strict=True):
        for serial in range(1, of_day + 1):
            hour = draw.between(8, 19) if draw.chance(0.93) else draw.pick((0, 5, 6, 7, 20, 21, 22, 23))
            received = datetime.combine(day, time(hour, draw.between(0, 59), draw.between(0, 59)))
            name, number = draw.pick(regulars) if draw.chance(0.05) else (customer(draw), phone(draw))
            department = draw.weighted(department_weights(day))
            category = draw.weighted(category_weights(day))
            case = Complaint(
                number=f"TS{day:%y%m%d}-{serial:03d}",
                received_at=received,
                customer=name,
                phone=number if draw.chance(0.97) else "",
                channel=draw.pick(CHANNELS),
                level=draw.pick(LEVELS),
                department=department,
                handler=draw.pick(staff[department]) if department else "",
                category=category,
                content=draw.pick(CATEGORIES.get(category, ("客户要求经理回电。",))),
                regulation=draw.weighted(((0.8, ""), (0.12, "workshop-complaints"), (0.08, "telecom-call-centre"))),
            )
            found.append(case)
            events += _Story(draw, case).told
    found.sort(key=lambda case: case.received_at)
    return found, events


class _Story:
    """What happened to one complaint: `told` in order."""

    def __init__(self, draw: Draw, case: Complaint) -> None:
        self.draw = draw
        self.case = case
        self.late = trouble(case.department, case.received_at.date())
        self.told: list[Row] = []
        {"": self.standard, "workshop-complaints": self.workshop}.get(case.regulation, self.call_centre)()

    def tell(self, event: str, moment: datetime, by: str = "", **extra: str) -> datetime:
        """Something happened."""
        given = {name: text for name, text in extra.items() if text}
        self.told.append(Row(self.case.number, event, moment, by or self.case.handler, given))
        return moment

    def sometime(self, in_time: tuple[int, int], late: tuple[int, int]) -> timedelta:
        """A number of minutes that is in time or late, as the department is just now."""
        return self.draw.minutes(*(late if self.draw.chance(self.late) else in_time))

    # -- standard-complaints ----------------------------------------------------------------------------------

    def standard(self) -> None:
        """Taken back now and then; else a round, and for a few another one when the customer comes again."""
        draw, since = self.draw, self.case.received_at
        if draw.chance(0.02):
            self.tell("withdrawn", since + draw.minutes(2, 600), note="客户撤回投诉")
            return
        over = self.round(since)
        if over and draw.chance(0.03):
            again = self.tell("reopened", over + draw.minutes(60 * 5, 60 * 24 * 20), note="客户再次来电")
            self.round(again)

    def round(self, since: datetime) -> datetime | None:
        """First contact, follow-up call, result, revisit, closing; the instant of closing, if it came to that."""
        draw = self.draw
        if draw.chance(1 - self.late / 8):
            self.tell("first_contact", since + self.sometime((1, 9), (11, 90)), note=draw.pick(FIRST_WORDS))
        if draw.chance(0.06):
            self.tell("follow_up", since + draw.minutes(11, 39), note="提前致电")
        if draw.chance(0.94):
            self.tell("follow_up", since + self.sometime((40, 59), (61, 240)), note=draw.pick(FOLLOW_WORDS))
        if draw.chance(0.18):  # small matters are settled at the counter
            return self.tell("closed", since + draw.minutes(30, 900), note="当场解决")
        if draw.chance(0.006):  # forgotten
            return None
        result = since + draw.minutes(90, int(60 * (60 + 60 * self.late)))
        self.tell("result_returned", result, note=draw.pick(RESULT_WORDS))
        self.waiting(result)
        return self.revisit(result)

    def waiting(self, result: datetime) -> None:
        """Some clocks stand still: for a second look at the car, or while a postponement is asked for and granted."""
        draw = self.draw
        if draw.chance(0.04):
            pause = self.tell("paused", result + draw.minutes(60, 60 * 30), note="等待到店二次检查")
            if draw.chance(0.95):
                self.tell("resumed", pause + draw.minutes(60, 60 * 60))
        elif draw.chance(0.04):
            asked = self.tell("postponement_requested", result + draw.minutes(60, 60 * 40), reason="客户外出")
            answer = draw.weighted(((0.65, "approved"), (0.2, "refused"), (0.15, "")))
            if answer:
                until = f"{asked + timedelta(days=draw.between(2, 6)):%Y-%m-%d} 12:00" if answer == "approved" else ""
                self.tell(f"postponement_{answer}", asked + draw.minutes(30, 60 * 20), by="总经理", until=until)

    def revisit(self, result: datetime) -> datetime | None:
        """Called back, too late, given up after some attempts, or never."""
        draw = self.draw
        slow = 0.5 * self.late
        ending = draw.weighted(((0.9 - slow, "revisited"), (slow, "late"), (0.06, "unreachable"), (0.04, "")))
        if ending == "unreachable":
            moment = result
            for _ in range(draw.between(2, 5)):
                moment = self.tell("unreachable", moment + draw.minutes(120, 60 * 22), outcome="no_answer")
            return (
                self.tell("closed", moment + draw.minutes(5, 2000), note="多次联系不上") if draw.chance(0.9) else None
            )
        if not ending:
            return None
        moment = result + (draw.minutes(60 * 73, 60 * 150) if ending == "late" else draw.minutes(120, 60 * 71))
        judged = "dissatisfied" if draw.chance(0.05 + 0.3 * self.late) else "satisfied"
        outcome = "unresolved" if judged == "dissatisfied" and draw.chance(0.3) else ""
        self.tell("revisited", moment, satisfaction=judged, outcome=outcome)
        return self.tell("closed", moment + draw.minutes(5, 60 * 30)) if draw.chance(0.985) else None

    # -- the other two ----------------------------------------------------------------------------------------

    def workshop(self) -> None:
        """Handed over, contacted, agreed; the result, and a second contact that may open another round."""
        draw, since = self.draw, self.case.received_at
        for _ in range(3):
            handed = self.tell("handed_over", since + self.sometime((1, 9), (11, 40)))
            self.tell("first_contact", since + self.sometime((2, 9), (11, 60)), note=draw.pick(FIRST_WORDS))
            self.tell("agreement", handed + self.sometime((3, 9), (11, 45)))
            if draw.chance(0.9):
                self.tell("follow_up", since + self.sometime((41, 59), (61, 130)))
            if draw.chance(0.04):
                self.tell("unreachable", since + draw.minutes(45, 300), outcome="no_answer")
                self.tell("postponement_requested", since + draw.minutes(301, 600), reason="客户联系不上")
            if draw.chance(0.015):
                return
            result = self.tell("result_returned", handed + self.sometime((60, 60 * 11), (60 * 13, 60 * 40)))
            if draw.chance(0.02):
                return
            again = result + self.sometime((60, 60 * 23), (60 * 25, 60 * 70))
            satisfied = draw.chance(0.88)
            since = self.tell("second_contact", again, satisfaction="satisfied" if satisfied else "dissatisfied")
            if satisfied:
                self.tell("closed", again + draw.minutes(5, 300))
                return

    def call_centre(self) -> None:
        """Dispatched, done, called back; what is unresolved goes round once more."""
        draw, since = self.draw, self.case.received_at
        handed = self.tell("handed_over", since + self.sometime((5, 58), (61, 200)))
        for _ in range(2):
            result = self.tell("result_returned", handed + self.sometime((120, 60 * 23), (60 * 25, 60 * 60)))
            if draw.chance(0.04):
                for hours in (5, 24, 50):
                    self.tell("unreachable", result + timedelta(hours=hours), outcome="no_answer")
                self.tell("closed", result + draw.minutes(60 * 51, 60 * 70))
                return
            called = result + self.sometime((60, 60 * 70), (60 * 73, 60 * 120))
            satisfied = draw.chance(0.86)
            extra = {} if satisfied else {"outcome": "unresolved"}
            handed = self.tell("revisited", called, satisfaction="satisfied" if satisfied else "dissatisfied", **extra)
            if satisfied:
                self.tell("closed", called + draw.minutes(5, 900))
                return
