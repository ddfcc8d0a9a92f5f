"""The regulations that are in force out of the box, and the library from which the loans come."""

from __future__ import annotations

import pytest

from models import SHIPPED
from models.packs.load import load_regulation
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Event, State, Status
from tests.models.packs.played import CALENDAR, PACKS, clock, instant, plan, shown, story, told

# -- standard-complaints ----------------------------------------------------------------------------------------

STANDARD = "standard-complaints"


def test_standard_first_contact() -> None:
    """First contact is due after 10 minutes, reminded 3 before, escalated 10 and 30 after, through the night."""
    case = story(STANDARD, ("2026-11-01 23:55:07", "registered"), now="2026-11-01 23:56:00")

    assert {
        "remind-1": "2026-11-02 00:02:07",
        "due": "2026-11-02 00:05:07",
        "escalate-1": "2026-11-02 00:15:07",
        "escalate-2": "2026-11-02 00:35:07",
    } == plan(clock(case, "first-contact"))
    assert ("department_manager", "handler") == told(STANDARD, "first-contact", "due")
    assert ("service_manager",) == told(STANDARD, "first-contact", "escalate-1")
    assert ("general_manager",) == told(STANDARD, "first-contact", "escalate-2")


@pytest.mark.parametrize(("met", "state"), [("09:15:00", State.MET), ("09:15:01", State.LATE)])
def test_the_due_instant_still_meets(met: str, state: State) -> None:
    """An event at the due instant meets the deadline; one second later is late."""
    case = story(STANDARD, ("2026-11-02 09:05:00", "registered"), (f"2026-11-02 {met}", "first_contact"))

    assert state == clock(case, "first-contact").state


def test_a_call_before_minute_40_is_no_follow_up() -> None:
    """A call at minute 12 does not count; the specialist is told at 40, it is late at 60 and goes up at 90."""
    case = story(
        STANDARD, ("2026-11-02 09:00:00", "registered"), ("2026-11-02 09:12:00", "follow_up"), now="2026-11-02 09:13:00"
    )

    follow_up = clock(case, "follow-up")
    assert State.OPEN == follow_up.state
    assert {
        "opens": "2026-11-02 09:40:00",
        "due": "2026-11-02 10:00:00",
        "escalate-1": "2026-11-02 10:30:00",
    } == plan(follow_up)
    assert ("revisit_specialist",) == told(STANDARD, "follow-up", "opens")
    assert ("revisit_specialist", "service_manager") == told(STANDARD, "follow-up", "due")
    assert ("general_manager",) == told(STANDARD, "follow-up", "escalate-1")


def test_a_call_at_minute_40_counts() -> None:
    """The opening instant itself counts."""
    case = story(STANDARD, ("2026-11-02 09:00:00", "registered"), ("2026-11-02 09:40:00", "follow_up"))

    assert State.MET == clock(case, "follow-up").state


def test_standard_revisit() -> None:
    """The revisit is due 72 hours after the result came back, and goes up a day later."""
    case = story(
        STANDARD,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-03 17:20:30", "result_returned"),
        now="2026-11-03 18:00:00",
    )

    assert {
        "remind-1": "2026-11-06 13:20:30",
        "due": "2026-11-06 17:20:30",
        "escalate-1": "2026-11-07 17:20:30",
    } == plan(clock(case, "revisit"))
    assert ("revisit_specialist", "service_manager") == told(STANDARD, "revisit", "due")
    assert ("general_manager",) == told(STANDARD, "revisit", "escalate-1")


def test_unreachable_five_times_ends_the_revisit() -> None:
    """Four failed attempts leave the clock running, the fifth ends it without meeting it."""
    attempts = [(f"2026-11-0{day} 10:00:00", "unreachable") for day in (3, 3, 4, 4, 5)]
    begin = [("2026-11-02 09:00:00", "registered"), ("2026-11-02 18:00:00", "result_returned")]

    four = clock(story(STANDARD, *begin, *attempts[:4], now="2026-11-04 12:00:00"), "revisit")
    five = clock(story(STANDARD, *begin, *attempts), "revisit")

    assert (State.OPEN, 4) == (four.state, four.attempts)
    assert (State.VOID, 5, "2026-11-05 10:00:00", ()) == (five.state, five.attempts, shown(five.ended_at), five.plan)


def test_only_reopening_begins_a_standard_round() -> None:
    """A dissatisfied revisit begins no round by itself; reopening starts every clock of the receipt anew."""
    dissatisfied = {"satisfaction": "dissatisfied"}
    happened = [
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 12:00:00", "result_returned"),
        ("2026-11-02 13:00:00", "revisited", dissatisfied),
    ]

    before = story(STANDARD, *happened)
    after = story(STANDARD, *happened, ("2026-11-03 08:00:00", "reopened"))

    assert (1, 2) == (before.round, after.round)
    assert "2026-11-03 08:10:00" == shown(clock(after, "first-contact", 2).due_at)
    assert "2026-11-03 08:40:00" == shown(clock(after, "follow-up", 2).opens_at)


# -- standard-loans ---------------------------------------------------------------------------------------------

LOANS = "standard-loans"


def test_standard_loan() -> None:
    """30 days end with the day; steps fire at 09:00: 3 and 1 days before, on the due day, 3 and 7 days late."""
    case = story(LOANS, ("2026-11-02 15:30:00", "lent"), now="2026-11-02 16:00:00")

    loan = clock(case, "return")
    assert "2026-12-02 23:59:59" == shown(loan.due_at)
    assert {
        "remind-1": "2026-11-29 09:00:00",
        "remind-2": "2026-12-01 09:00:00",
        "due": "2026-12-02 09:00:00",
        "escalate-1": "2026-12-05 09:00:00",
        "escalate-2": "2026-12-09 09:00:00",
    } == plan(loan)
    steps = [told(LOANS, "return", step) for step in ("remind-1", "due", "escalate-1", "escalate-2")]
    assert [("borrower",), ("borrower",), ("department_manager",), ("archive_manager",)] == steps


def test_a_renewal_on_the_last_day_counts_from_the_old_due_date() -> None:
    """Renewed in the last second the old term is met, and the new one has reminders of its own."""
    case = story(LOANS, ("2026-11-02 15:30:00", "lent"), ("2026-12-02 23:59:59", "renewed"), now="2026-12-03 00:00:00")

    renewed = clock(case, "return", 2)
    assert State.MET == clock(case, "return").state
    assert "2027-01-01 23:59:59" == shown(renewed.due_at)
    assert "2026-12-29 09:00:00" == plan(renewed)["remind-1"]


def test_a_returned_loan_is_closed() -> None:
    """The return meets the clock and closes the case; a lost item ends it."""
    returned = story(LOANS, ("2026-11-02 15:30:00", "lent"), ("2026-11-20 10:00:00", "returned"))
    lost = story(LOANS, ("2026-11-02 15:30:00", "lent"), ("2026-11-20 10:00:00", "lost"))

    assert (Status.CLOSED, State.MET) == (returned.status, clock(returned, "return").state)
    assert (Status.CLOSED, State.VOID) == (lost.status, clock(lost, "return").state)


def test_standard_loan_gates() -> None:
    """Two renewals, five items at once, and no loan while another is 7 days late; the librarian is told."""
    gates = {gate.id: gate for gate in PACKS[LOANS].gates}

    assert ("renewed", 2) == (gates["third-renewal"].guards, gates["third-renewal"].at_most)
    assert ("lent", 5, "quantity") == (
        gates["items-at-once"].guards,
        gates["items-at-once"].at_most,
        gates["items-at-once"].quantity,
    )
    assert ("lent", 0, "P7D") == (
        gates["overdue-block"].guards,
        gates["overdue-block"].at_most,
        gates["overdue-block"].late_by,
    )
    assert {("librarian",)} == {gate.flag for gate in gates.values()}


# -- utility-library --------------------------------------------------------------------------------------------

LIBRARY = "utility-library"


@pytest.mark.parametrize(("lent", "due"), [("2027-01-31", "2027-02-28"), ("2028-01-31", "2028-02-29")])
def test_a_month_ends_on_the_last_day(lent: str, due: str) -> None:
    """A month from 31 January ends on the last day of February."""
    case = story(LIBRARY, (f"{lent} 10:00:00", "lent"), now=f"{lent} 11:00:00")

    assert f"{due} 23:59:59" == shown(clock(case, "return").due_at)
    assert f"{due} 09:00:00" == plan(clock(case, "return"))["due"]


def test_library_steps() -> None:
    """Reminded 3 days before, told on the due day, and the librarian as well a day late."""
    case = story(LIBRARY, ("2026-11-02 10:00:00", "lent"), now="2026-11-02 11:00:00")

    assert {
        "remind-1": "2026-11-29 09:00:00",
        "due": "2026-12-02 09:00:00",
        "escalate-1": "2026-12-03 09:00:00",
    } == plan(clock(case, "return"))
    assert ("borrower", "librarian") == told(LIBRARY, "return", "escalate-1")


def test_the_length_of_a_renewal_is_a_setting() -> None:
    """A deployment may give renewals another length; the first term keeps its month."""
    pack = load_regulation(SHIPPED / f"{LIBRARY}.yaml", {LIBRARY: {"renewal-limit": "P2W"}})
    events = [Event("lent", instant("2026-11-02 10:00"), {}, 1), Event("renewed", instant("2026-12-01 10:00"), {}, 2)]

    case = timeline(Case({}, events=events), pack, CALENDAR, instant("2026-12-01 11:00"))

    assert "2026-12-02 23:59:59" == shown(clock(case, "return").due_at)
    assert "2026-12-16 23:59:59" == shown(clock(case, "return", 2).due_at)


def test_software_is_not_lent() -> None:
    """Software and electronic files are outside the rules for borrowing."""
    case = story(LIBRARY, ("2026-11-02 10:00:00", "lent"), category="软件")

    assert () == case.deadlines
