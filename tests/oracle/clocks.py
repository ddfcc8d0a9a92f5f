"""What the regulations for complaints demand, restated as tables: counted time, step, and whom it reaches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.oracle.files import Happened, Row

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTHING = timedelta()
OPENING = "registered"


class Clock(NamedTuple):
    """One rule for one case. Each step is told when so much time has counted since the start."""

    rule: str
    start: str
    stops: tuple[str, ...]
    steps: tuple[tuple[timedelta, str, tuple[str, ...]], ...]
    not_before: timedelta = NOTHING
    attempts: int = 10**9
    wrong_data: tuple[str, ...] = ()
    start_outcome: str = ""
    each_start: bool = False
    fine_after: timedelta | None = None
    """Where a fine hangs on a limit of its own; else it comes with the due instant."""

    def begins(self, event: Happened) -> bool:
        """Whether it starts with that event."""
        return event.name == self.start and self.start_outcome in ("", event.fields.get("outcome"))


def standard(_case: Row) -> list[Clock]:
    """standard-complaints: 10 minutes, 40 to 60 minutes, 72 hours."""
    manager, specialist = "department_manager", "revisit_specialist"
    return [
        Clock(
            "first-contact",
            OPENING,
            ("first_contact",),
            (
                (7 * MINUTE, "remind-1", (manager,)),
                (10 * MINUTE, "due", (manager, "handler")),
                (20 * MINUTE, "escalate-1", ("service_manager",)),
                (40 * MINUTE, "escalate-2", ("general_manager",)),
            ),
        ),
        Clock(
            "follow-up",
            OPENING,
            ("follow_up",),
            (
                (40 * MINUTE, "opens", (specialist,)),
                (60 * MINUTE, "due", (specialist, "service_manager")),
                (90 * MINUTE, "escalate-1", ("general_manager",)),
            ),
            not_before=40 * MINUTE,
        ),
        Clock(
            "revisit",
            "result_returned",
            ("revisited",),
            (
                (68 * HOUR, "remind-1", (specialist,)),
                (72 * HOUR, "due", (specialist, "service_manager")),
                (96 * HOUR, "escalate-1", ("general_manager",)),
            ),
            attempts=5,
        ),
    ]


def workshop(case: Row) -> list[Clock]:
    """workshop-complaints, without the second visit that no case of the month has."""
    manager, specialist = "department_manager", "revisit_specialist"
    by_channel = 10 if case["channel"] == "onsite" else 20
    by_level = {"dissatisfied": 30, "very_dissatisfied": 20, "major": 10, "crisis": 10}[case["level"]]
    limit = min(by_channel, by_level)
    return [
        Clock(
            "hand-over",
            OPENING,
            ("handed_over",),
            (
                (10 * MINUTE, "due", ("recorder",)),
                (20 * MINUTE, "escalate-1", ("service_manager",)),
                (40 * MINUTE, "escalate-2", ("general_manager",)),
            ),
        ),
        Clock(
            "agreement",
            "handed_over",
            ("agreement",),
            (
                (10 * MINUTE, "due", (manager, "handler")),
                (20 * MINUTE, "escalate-1", ("service_manager",)),
                (40 * MINUTE, "escalate-2", ("general_manager",)),
            ),
        ),
        Clock(
            "first-contact",
            OPENING,
            ("first_contact",),
            (
                ((limit - 3) * MINUTE, "remind-1", (manager,)),
                (limit * MINUTE, "due", (manager, "handler")),
                ((limit + 10) * MINUTE, "escalate-1", ("service_manager",)),
                ((limit + 30) * MINUTE, "escalate-2", ("general_manager",)),
            ),
            fine_after=by_level * MINUTE,
        ),
        Clock(
            "follow-up",
            OPENING,
            ("follow_up",),
            (
                (40 * MINUTE, "opens", (specialist,)),
                (60 * MINUTE, "due", (specialist, "service_manager")),
                (90 * MINUTE, "escalate-1", ("general_manager",)),
            ),
            not_before=40 * MINUTE,
        ),
        Clock(
            "result",
            "handed_over",
            ("result_returned",),
            (
                (10 * HOUR, "remind-1", (manager,)),
                (12 * HOUR, "due", (manager, "handler", specialist)),
                (16 * HOUR, "escalate-1", ("service_manager",)),
                (24 * HOUR, "escalate-2", ("general_manager",)),
            ),
        ),
        Clock(
            "second-contact",
            "result_returned",
            ("second_contact",),
            (
                (20 * HOUR, "remind-1", (specialist,)),
                (24 * HOUR, "due", (specialist, manager)),
                (28 * HOUR, "escalate-1", ("service_manager",)),
                (36 * HOUR, "escalate-2", ("general_manager",)),
            ),
        ),
        Clock(
            "postponement-filing",
            "unreachable",
            ("postponement_requested", "first_contact", "follow_up", "second_contact"),
            ((NOTHING, "opens", ("handler",)),),
        ),
        Clock(
            "postponement-review",
            "postponement_requested",
            ("postponement_approved", "postponement_refused"),
            ((NOTHING, "opens", ("general_manager",)),),
            each_start=True,
        ),
        Clock("rounds-over", "rounds over", ("ruled",), ((NOTHING, "opens", ("general_manager",)),)),
    ]


def call_centre(case: Row) -> list[Clock]:
    """telecom-call-centre."""
    severe = Clock(
        "severe-report",
        OPENING,
        ("reported",),
        (
            (NOTHING, "opens", ("shift_leader",)),
            (30 * MINUTE, "due", ("shift_leader", "duty_manager")),
        ),
    )
    return [
        Clock(
            "dispatch",
            OPENING,
            ("handed_over", "solved"),
            (
                (45 * MINUTE, "remind-1", ("desk",)),
                (60 * MINUTE, "due", ("desk", "shift_leader")),
                (90 * MINUTE, "escalate-1", ("service_director",)),
            ),
        ),
        Clock(
            "stuck-ticket",
            "handed_over",
            ("result_returned",),
            (
                (24 * HOUR, "due", ("shift_leader",)),
                (48 * HOUR, "escalate-1", ("service_director",)),
            ),
            each_start=True,
        ),
        *([severe] if case["category"] == "equipment" else []),
        Clock(
            "revisit",
            "result_returned",
            ("revisited",),
            (
                (68 * HOUR, "remind-1", ("revisit_desk",)),
                (72 * HOUR, "due", ("revisit_desk", "shift_leader")),
                (96 * HOUR, "escalate-1", ("service_director",)),
            ),
            attempts=5,
            wrong_data=("wrong_number",),
            each_start=True,
        ),
        Clock(
            "unresolved",
            "revisited",
            ("feedback_written",),
            (
                (NOTHING, "opens", ("revisit_desk", "service_director")),
                (24 * HOUR, "due", ("revisit_desk",)),
            ),
            start_outcome="unresolved",
            each_start=True,
        ),
    ]


CLOCKS = {"standard-complaints": standard, "workshop-complaints": workshop, "telecom-call-centre": call_centre}
FINES = {"dissatisfied": 20, "very_dissatisfied": 30, "major": 50, "crisis": 80}
"""Yuan, for a first contact that came too late or never."""
