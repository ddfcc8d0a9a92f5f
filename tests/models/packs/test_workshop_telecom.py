"""Two large regulations: the vehicle workshop and the telecom call centre."""

from __future__ import annotations

from typing import Any

import pytest

from models.timeline.story import State, Status
from tests.models.packs.played import PACKS, clock, plan, shown, story, told

# -- workshop-complaints ----------------------------------------------------------------------------------------

WORKSHOP = "workshop-complaints"


@pytest.mark.parametrize(
    ("channel", "level", "due"),
    [
        ("phone", "dissatisfied", "09:20:00"),
        ("mailbox", "very_dissatisfied", "09:20:00"),
        ("revisit", "major", "09:10:00"),
        ("phone", "crisis", "09:10:00"),
        ("onsite", "dissatisfied", "09:10:00"),
        (None, "dissatisfied", "09:20:00"),
    ],
)
def test_the_tighter_of_channel_and_level(channel: str | None, level: str, due: str) -> None:
    """First contact is due at the tighter of the channel's limit and the level's."""
    case = story(WORKSHOP, ("2026-11-02 09:00:00", "registered"), channel=channel, level=level)

    assert f"2026-11-02 {due}" == shown(clock(case, "first-contact").due_at)


def test_workshop_clocks_run_from_the_sheet() -> None:
    """Hand-over in 10 minutes; from it 10 minutes to the agreement, 12 hours to the result; then 24 hours."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:08:00", "handed_over"),
        ("2026-11-02 19:30:15", "result_returned"),
    )

    due = {item.rule: shown(item.due_at) for item in case.deadlines}
    assert {
        "hand-over": "2026-11-02 09:10:00",
        "agreement": "2026-11-02 09:18:00",
        "first-contact": "2026-11-02 09:20:00",
        "follow-up": "2026-11-02 10:00:00",
        "result": "2026-11-02 21:08:00",
        "second-contact": "2026-11-03 19:30:15",
    } == due
    assert "2026-11-02 09:40:00" == shown(clock(case, "follow-up").opens_at)


@pytest.mark.parametrize("rule", ["first-contact", "second-contact"])
def test_fines_hang_on_the_response_times(rule: str) -> None:
    """An overrun of a response time costs the department 20, 30, 50 or 80 yuan by level; nothing else is fined."""
    pack = PACKS[WORKSHOP]
    found = {item.id: item.penalty for item in pack.rules if item.penalty}

    assert {"first-contact", "second-contact"} == set(found)
    assert ("department",) == found[rule].charged_to
    assert [(20, 0), (30, 0), (50, 0), (80, 0)] == [found[rule].of(level) for level in pack.levels]


def test_the_second_visit_holds_the_judgement() -> None:
    """With a second visit agreed the 24 hours wait for it, and only they; the visit itself is chased by its date."""
    happened = [
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:05:00", "handed_over"),
        ("2026-11-02 09:10:00", "agreement", {"second_visit": "2026-11-09"}),
        ("2026-11-02 15:00:00", "result_returned"),
    ]

    waiting = story(WORKSHOP, *happened, now="2026-11-05 12:00:00")
    visited = story(WORKSHOP, *happened, ("2026-11-08 10:30:00", "second_visit"), now="2026-11-08 11:00:00")

    assert (State.PAUSED, None) == (clock(waiting, "second-contact").state, clock(waiting, "second-contact").due_at)
    assert State.BREACHED == clock(waiting, "follow-up").state
    assert Status.OPEN == waiting.status
    assert {
        "remind-1": "2026-11-08 09:00:00",
        "due": "2026-11-09 09:00:00",
        "escalate-1": "2026-11-10 09:00:00",
    } == plan(clock(waiting, "second-visit"))
    assert "2026-11-09 10:30:00" == shown(clock(visited, "second-contact").due_at)
    assert State.MET == clock(visited, "second-visit").state


@pytest.mark.parametrize("given", ["yes", "是", "next week"])
def test_a_second_visit_without_a_date_is_held_30_days(given: str) -> None:
    """Where the agreement names no date, the visit is chased when the configured hold is over."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:10:00", "agreement", {"second_visit": given}),
        now="2026-11-03 09:00:00",
    )

    assert "2026-12-02 23:59:59" == shown(clock(case, "second-visit").due_at)


def test_an_agreement_without_a_second_visit_ends_the_hold() -> None:
    """A new agreement without a second visit lets the judgement's clock run on."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:10:00", "agreement", {"second_visit": "2026-11-09"}),
        ("2026-11-02 10:00:00", "result_returned"),
        ("2026-11-03 10:00:00", "agreement"),
    )

    assert "2026-11-04 10:00:00" == shown(clock(case, "second-contact").due_at)


def failing(day: int) -> list[tuple[str, str] | tuple[str, str, dict[str, Any]]]:
    """A result and a second contact with which the customer is not satisfied."""
    return [
        (f"2026-11-{day:02d} 10:00:00", "result_returned"),
        (f"2026-11-{day:02d} 12:00:00", "second_contact", {"satisfaction": "dissatisfied"}),
    ]


def test_a_failed_second_contact_begins_the_second_round() -> None:
    """Dissatisfied at the second contact: the flow begins again at that instant."""
    case = story(WORKSHOP, ("2026-11-02 09:00:00", "registered"), *failing(3))

    assert 2 == case.round
    assert State.MET == clock(case, "second-contact").state
    assert "2026-11-03 12:10:00" == shown(clock(case, "hand-over", 2).due_at)
    assert "2026-11-03 12:20:00" == shown(clock(case, "first-contact", 2).due_at)


def test_after_the_second_failure_the_general_manager_is_told() -> None:
    """No third round: the general manager is told at once and the case stays open until a ruling."""
    failed = [("2026-11-02 09:00:00", "registered"), *failing(3), *failing(4)]

    case = story(WORKSHOP, *failed, now="2026-11-04 12:00:00")
    ruled = story(WORKSHOP, *failed, ("2026-11-05 09:00:00", "ruled"))

    assert (2, Status.OPEN) == (case.round, case.status)
    assert {"opens": "2026-11-04 12:00:00"} == plan(clock(case, "rounds-over", 2))
    assert ("general_manager",) == told(WORKSHOP, "rounds-over", "opens")
    assert State.MET == clock(ruled, "rounds-over", 2).state


def test_a_crisis_has_as_many_rounds_as_its_case_says() -> None:
    """A crisis goes on without a cap, or to the number that the case itself names."""
    failed = [("2026-11-02 09:00:00", "registered"), *failing(3), *failing(4), *failing(5)]

    assert 4 == story(WORKSHOP, *failed, level="crisis").round
    assert 3 == story(WORKSHOP, *failed, level="crisis", max_rounds="3").round


def test_unreachable_leads_to_a_postponement() -> None:
    """Unreachable: the handler is told to file, the general manager of the request; clocks run until the approval."""
    filed = [
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 10:00:00", "result_returned"),
        ("2026-11-02 11:00:00", "unreachable"),
        ("2026-11-02 12:00:00", "postponement_requested"),
    ]

    requested = story(WORKSHOP, *filed, now="2026-11-02 12:00:00")
    approved = story(
        WORKSHOP,
        *filed,
        ("2026-11-02 16:00:00", "postponement_approved", {"until": "2026-11-06"}),
        now="2026-11-02 17:00",
    )

    assert "2026-11-02 11:00:00" == shown(clock(requested, "postponement-filing").opens_at)
    assert State.MET == clock(requested, "postponement-filing").state
    assert ("handler",) == told(WORKSHOP, "postponement-filing", "opens")
    assert {"opens": "2026-11-02 12:00:00"} == plan(clock(requested, "postponement-review"))
    assert ("general_manager",) == told(WORKSHOP, "postponement-review", "opens")
    assert "2026-11-03 10:00:00" == shown(clock(requested, "second-contact").due_at)
    assert Status.WAITING == approved.status
    assert "2026-11-07 03:00:00" == shown(clock(approved, "second-contact").due_at)


def test_a_refused_postponement_changes_no_clock() -> None:
    """Refused: the review is over and the clock as before; another request is told again."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 10:00:00", "result_returned"),
        ("2026-11-02 12:00:00", "postponement_requested"),
        ("2026-11-02 13:00:00", "postponement_refused"),
        ("2026-11-02 14:00:00", "postponement_requested"),
        now="2026-11-02 14:00:00",
    )

    assert State.MET == clock(case, "postponement-review").state
    assert {"opens": "2026-11-02 14:00:00"} == plan(clock(case, "postponement-review", 2))
    assert "2026-11-03 10:00:00" == shown(clock(case, "second-contact").due_at)


# -- telecom-call-centre ----------------------------------------------------------------------------------------

TELECOM = "telecom-call-centre"


def test_tickets_are_dispatched_within_the_hour() -> None:
    """60 minutes on the wall clock, then the shift leader with the desk, then the director."""
    case = story(TELECOM, ("2026-11-02 23:30:00", "registered"), now="2026-11-02 23:31:00")

    assert {
        "remind-1": "2026-11-03 00:15:00",
        "due": "2026-11-03 00:30:00",
        "escalate-1": "2026-11-03 01:00:00",
    } == plan(clock(case, "dispatch"))
    assert ("desk", "shift_leader") == told(TELECOM, "dispatch", "due")
    assert ("service_director",) == told(TELECOM, "dispatch", "escalate-1")


def test_a_stuck_ticket_is_urged() -> None:
    """A dispatched ticket without a result is urged by the shift leader after a day."""
    case = story(
        TELECOM,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:30:00", "handed_over"),
        now="2026-11-02 10:00:00",
    )

    assert {"due": "2026-11-03 09:30:00", "escalate-1": "2026-11-04 09:30:00"} == plan(clock(case, "stuck-ticket"))


CALLED = [("2026-11-02 09:00:00", "registered"), ("2026-11-02 18:00:00", "result_returned")]


def test_results_are_called_back_within_72_hours() -> None:
    """72 hours from the result; a second result has its own call."""
    case = story(
        TELECOM,
        *CALLED,
        ("2026-11-03 09:00:00", "revisited", {"outcome": "unresolved"}),
        ("2026-11-04 09:00:00", "result_returned"),
        now="2026-11-04 10:00:00",
    )

    assert "2026-11-05 18:00:00" == shown(clock(case, "revisit").due_at)
    assert "2026-11-07 09:00:00" == shown(clock(case, "revisit", 2).due_at)


def test_wrong_contact_data_end_the_attempts_at_once() -> None:
    """One attempt at a wrong number ends the clock, an unanswered call does not."""
    wrong = story(TELECOM, *CALLED, ("2026-11-03 09:00:00", "unreachable", {"outcome": "wrong_number"}))
    unanswered = story(
        TELECOM, *CALLED, ("2026-11-03 09:00:00", "unreachable", {"outcome": "no_answer"}), now="2026-11-03 10:00:00"
    )

    assert (State.VOID, 1) == (clock(wrong, "revisit").state, clock(wrong, "revisit").attempts)
    assert (State.OPEN, 1) == (clock(unanswered, "revisit").state, clock(unanswered, "revisit").attempts)


@pytest.mark.parametrize("outcome", ["unresolved", "upgraded"])
def test_what_is_unresolved_goes_up_in_writing(outcome: str) -> None:
    """Unresolved or upgraded at the revisit: the desk writes to the director, who is told; a result is no report."""
    revisited = [*CALLED, ("2026-11-03 09:00:00", "revisited", {"outcome": outcome})]

    case = story(TELECOM, *revisited, ("2026-11-03 10:00:00", "result_returned"), now="2026-11-03 11:00:00")
    reported = story(TELECOM, *revisited, ("2026-11-03 10:00:00", "feedback_written"))

    assert {"opens": "2026-11-03 09:00:00", "due": "2026-11-04 09:00:00"} == plan(clock(case, "unresolved"))
    assert ("revisit_desk", "service_director") == told(TELECOM, "unresolved", "opens")
    assert State.OPEN == clock(case, "unresolved").state
    assert State.MET == clock(reported, "unresolved").state


def test_a_resolved_revisit_goes_nowhere() -> None:
    """A revisit that found the matter solved tells nobody."""
    case = story(TELECOM, *CALLED, ("2026-11-03 09:00:00", "revisited", {"outcome": "resolved"}))

    assert not [item for item in case.deadlines if item.rule == "unresolved"]


def test_a_severe_case_is_reported() -> None:
    """The five severe kinds are told to the shift leader at once, and to the duty manager when not reported."""
    case = story(TELECOM, ("2026-11-02 09:00:00", "registered"), category="突发事件", now="2026-11-02 09:00:00")

    assert {"opens": "2026-11-02 09:00:00", "due": "2026-11-02 09:30:00"} == plan(clock(case, "severe-report"))
    assert ("shift_leader", "duty_manager") == told(TELECOM, "severe-report", "due")
