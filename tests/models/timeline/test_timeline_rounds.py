"""Cases told as stories: rounds, renewals, giving up, and what becomes of the case."""

from __future__ import annotations

import pytest

from models.timeline.story import Status, Timeline
from tests.models.timeline.stories import TEXT, Story, at, plan, rule, shown, story

# -- rounds ----------------------------------------------------------------------------------------------------------

UNTIL_SATISFIED = {"next": [{"event": "revisited", "where": {"satisfaction": "dissatisfied"}}], "at_most": 2}


def test_reopening_begins_a_new_round() -> None:
    """The clocks that start at the opening start again, the old round keeps what it was."""
    told = (
        story(rule(within="PT10M")).then("call", "09:05").then("closed", "10:00").then("reopened", "2026-11-05 09:00")
    )
    again = told.clock("2026-11-05 09:05", 2)

    assert [1, 2] == told.numbers("2026-11-05 09:05")
    assert ("met", "open", "2026-11-05 09:10") == (
        told.clock("2026-11-05 09:05").state,
        again.state,
        shown(again.due_at),
    )
    assert (Status.OPEN, 2, None) == (
        told.seen("2026-11-05 09:05").status,
        told.seen("2026-11-05 09:05").round,
        told.seen("2026-11-05 09:05").closed_at,
    )


@pytest.mark.parametrize(("reopened", "state"), [("10:00", "void"), ("10:00:01", "breached")])
def test_a_new_round_ends_the_clocks_of_the_old_one(reopened: str, state: str) -> None:
    """Also without a closing; what was breached by then stays so."""
    clock = story(rule(within="PT1H")).then("reopened", reopened).clock("11:00")

    assert (state, "round", ()) == (clock.state, clock.ended_by, clock.plan)


def test_what_opens_a_round_stops_the_round_before() -> None:
    """The revisit that found the customer dissatisfied has met the revisit's deadline, and begins the next round."""
    told = story(
        rule("revisited", start="result_returned", within="PT72H"),
        rule("result_returned", within="PT12H"),
        rounds=UNTIL_SATISFIED,
    )
    told = told.then("result_returned", "12:00").then("revisited", "14:00", satisfaction="dissatisfied")

    assert "met" == told.clock("15:00", name="revisited").state
    assert "2026-11-03 02:00" == shown(told.clock("15:00", 2, name="result_returned").due_at)
    assert [1] == told.numbers("15:00", name="revisited")


def test_rounds_are_capped_except_for_reopening() -> None:
    """After the second round the derived event rounds_exhausted starts its rule; reopening always opens one more."""
    told = story(rule(within="PT10M"), rule("decision", start="rounds_exhausted", within="P1D"), rounds=UNTIL_SATISFIED)
    told = told.then("revisited", "10:00", satisfaction="dissatisfied")
    assert ([1, 2], []) == (told.numbers("10:00"), told.numbers("10:00", name="decision"))

    told = told.then("revisited", "11:00", satisfaction="dissatisfied")
    assert ([1, 2], [2]) == (told.numbers("11:00"), told.numbers("11:00", name="decision"))
    assert "2026-11-03 23:59:59" == shown(told.clock("11:00", 2, name="decision").due_at)

    told = told.then("reopened", "12:00")
    assert ([1, 2, 3], [2]) == (told.numbers("12:00"), told.numbers("12:00", name="decision"))


def test_a_satisfied_customer_opens_no_round() -> None:
    """Only what the regulation names does, and nothing does after the closing but reopening."""
    told = story(rule(within="PT10M"), rounds=UNTIL_SATISFIED).then("revisited", "10:00", satisfaction="satisfied")
    told = told.then("closed", "10:30").then("revisited", "11:00", satisfaction="dissatisfied")

    assert [1] == told.numbers("12:00")


@pytest.mark.parametrize(
    ("fields", "rounds"), [({}, 2), ({"level": "crisis"}, 4), ({"rounds": "3"}, 3), ({"rounds": "many"}, 2)]
)
def test_the_cap_may_depend_on_the_case(fields: dict[str, str], rounds: int) -> None:
    """Some cases have no cap, some carry a number of their own."""
    cap = {**UNTIL_SATISFIED, "unless": {"level": "crisis"}, "per_case": "rounds"}
    told = story(rule(within="PT10M"), rounds=cap, fields=fields)
    for hour in ("10:00", "11:00", "12:00"):
        told = told.then("revisited", hour, satisfaction="dissatisfied")

    assert rounds == told.seen("13:00").round


def test_a_rule_may_apply_to_some_rounds_only() -> None:
    """The number of the round is a field for conditions."""
    told = story(rule(within="PT10M", when={"round": 2})).then("reopened", "10:00")

    assert [2] == told.numbers("11:00")


def test_a_clock_of_a_later_event_starts_anew_in_each_round() -> None:
    """A rule that starts at the result waits for the result of the new round."""
    told = story(rule("revisited", start="result_returned", within="PT72H")).then("result_returned", "10:00")
    told = told.then("reopened", "11:00")
    assert [1] == told.numbers("12:00", name="revisited")
    assert [1, 2] == told.then("result_returned", "12:00").numbers("12:00", name="revisited")


# -- renewals --------------------------------------------------------------------------------------------------------

RETURN = rule(
    "return",
    start=["lent", "renewed"],
    stop=["returned", "renewed"],
    every_start=True,
    counts_from="previous_due",
    within="P30D",
    remind=["-P1D"],
    escalate=["P0D", "P3D"],
)


def loan() -> Story:
    """A loan of 30 days, lent on Monday, 2 November 2026: due on 2 December."""
    return Story([RETURN], {"opening": "lent", "closing": ["returned", "lost", "closed"]}).then("lent", "09:00")


def test_a_renewal_begins_the_next_epoch_from_the_old_due_instant() -> None:
    """Epochs are numbered through, each with its own due instant and reminders; a renewal meets the running one."""
    told = loan().then("renewed", "2026-12-01 10:00").then("renewed", "2026-12-31 10:00")
    now = "2026-12-31 10:00"

    assert [1, 2, 3] == told.numbers(now, name="return")
    assert ["2026-12-02 23:59:59", "2027-01-01 23:59:59", "2027-01-31 23:59:59"] == [
        shown(d.due_at) for d in told.seen(now).deadlines
    ]
    assert ["met", "met", "open"] == [d.state for d in told.seen(now).deadlines]
    assert [("2027-01-30 09:00", "remind-1"), ("2027-01-31 09:00", "due"), ("2027-02-03 09:00", "escalate-1")] == plan(
        told.clock(now, 3, name="return")
    )


def test_a_renewal_on_the_last_day_is_in_time_and_one_after_it_is_late() -> None:
    """The last second of the due day meets; a late renewal still counts from the old due instant."""
    assert "met" == loan().then("renewed", "2026-12-02 23:59:59").clock("2026-12-03", name="return").state
    told = loan().then("renewed", "2026-12-05 10:00")

    assert "late" == told.clock("2026-12-05 10:00", name="return").state
    assert "2027-01-01 23:59:59" == shown(told.clock("2026-12-05 10:00", 2, name="return").due_at)


def test_returning_and_losing_end_a_loan() -> None:
    """Returned meets the running epoch and closes the case; a loss ends the clock without meeting it."""
    returned = loan().then("returned", "2026-11-20 10:00")
    lost = loan().then("lost", "2026-11-20 10:00")

    assert ("met", Status.CLOSED) == (
        returned.clock("2026-12-10", name="return").state,
        returned.seen("2026-12-10").status,
    )
    assert ("void", "lost") == (
        lost.clock("2026-12-10", name="return").state,
        lost.clock("2026-12-10", name="return").ended_by,
    )


@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        ("2026-11-10 10:00", "2026-11-13 10:00", "2027-01-04 23:59:59"),  # before the renewal
        ("2026-11-27 10:00", "2026-11-30 10:00", "2027-01-04 23:59:59"),  # after it, before the old due instant
        ("2026-12-10 10:00", "2026-12-13 10:00", "2027-01-04 23:59:59"),  # in the second thirty days
        ("2026-11-24 10:00", "2026-11-27 10:00", "2027-01-04 23:59:59"),  # across the renewal
    ],
)
def test_a_pause_moves_the_chain_of_epochs_once(paused: str, resumed: str, due: str) -> None:
    """Three days are three days, wherever they lie between the lending and the last due instant."""
    told = loan().then("paused", paused).then("resumed", resumed).then("renewed", "2026-11-25 10:00")

    assert due == shown(told.clock("2026-12-13 10:00", 2, name="return").due_at)


def test_the_steps_of_a_renewal_that_came_too_late_wait_for_the_end_of_a_pause() -> None:
    """Renewed a month after the due instant the loan is overdue again at once; while it waits nobody else is told."""
    told = loan().then("paused", "2027-01-02 08:00").then("renewed", "2027-01-04 10:00")
    clock = told.clock("2027-01-05", 2, name="return")

    assert ("breached", "2027-01-01 23:59:59") == (clock.state, shown(clock.due_at))
    assert [("2027-01-01 09:00", "due")] == plan(clock)


def test_an_epoch_that_was_over_is_not_moved_by_a_later_pause() -> None:
    """The first epoch keeps its due instant, the running one waits."""
    told = loan().then("renewed", "2026-11-25 10:00").then("paused", "2026-11-27 10:00")
    now = "2026-11-28"

    assert "2026-12-02 23:59:59" == shown(told.clock(now, name="return").due_at)
    assert (None, "paused") == (told.clock(now, 2, name="return").due_at, told.clock(now, 2, name="return").state)


def test_a_reopened_loan_begins_a_term_of_its_own() -> None:
    """The round's opening has no due instant before it; the epochs are numbered on."""
    told = loan().then("returned", "2026-11-20 10:00").then("reopened", "2026-11-25 10:00")

    assert "2026-12-25 23:59:59" == shown(told.clock("2026-11-25 10:00", 2, name="return").due_at)


def test_repeated_contacts_count_from_each_start() -> None:
    """Without `counts_from` each start event begins a limit of its own."""
    told = story(rule("contact", start=["registered", "contact"], every_start=True, within="P1M"))
    told = told.then("contact", "2026-11-20 10:00")

    assert ["met", "open"] == [d.state for d in told.seen("2026-11-20 10:00").deadlines]
    assert "2026-12-20 23:59:59" == shown(told.clock("2026-11-20 10:00", 2, name="contact").due_at)


def test_a_start_that_is_no_stop_ends_the_running_clock() -> None:
    """Begun anew, the old clock is void, or breached when it was over."""
    told = story(rule(start=["registered", "amended"], every_start=True, within="PT1H"))

    assert ["void", "open"] == [d.state for d in told.then("amended", "09:30").seen("09:40").deadlines]
    assert ["breached", "open"] == [d.state for d in told.then("amended", "10:30").seen("10:40").deadlines]


def test_a_rule_may_start_at_the_closing() -> None:
    """Filing within three days of the closing is not ended by that closing, and nothing else starts after it."""
    told = story(rule("filed", start="closed", within="P3D"), rule("late", start="note", within="P3D")).then(
        "closed", "10:00"
    )
    told = told.then("note", "11:00")

    assert ("open", "2026-11-05 23:59:59") == (
        told.clock("12:00", name="filed").state,
        shown(told.clock("12:00", name="filed").due_at),
    )
    assert [] == told.numbers("12:00", name="late")
    assert "met" == told.then("filed", "2026-11-04 10:00").clock("2026-11-06", name="filed").state


# -- giving up -------------------------------------------------------------------------------------------------------

GIVE_UP = rule(within="P3D", give_up={"after_attempts": 3, "at_most": 5, "at_once": {"reason": "wrong_number"}})


def test_the_clock_ends_with_the_last_attempt() -> None:
    """Four failed attempts are counted, the fifth ends the clock; a call in between meets it."""
    told = story(GIVE_UP)
    for hour in range(10, 14):
        told = told.then("unreachable", f"{hour}:00")

    assert ("open", 4) == (told.clock("14:00").state, told.clock("14:00").attempts)
    assert ("met", 4) == (
        told.then("call", "14:00").clock("15:00").state,
        told.then("call", "14:00").clock("15:00").attempts,
    )
    given_up = told.then("unreachable", "14:00").clock("15:00")
    assert ("void", 5, "unreachable", at("14:00")) == (
        given_up.state,
        given_up.attempts,
        given_up.ended_by,
        given_up.ended_at,
    )


def test_some_attempts_end_the_clock_at_once() -> None:
    """A wrong number need not be tried five times."""
    told = story(GIVE_UP).then("unreachable", "10:00", reason="wrong_number")

    assert ("void", 1) == (told.clock("11:00").state, told.clock("11:00").attempts)


def test_giving_up_after_the_due_instant_stays_a_breach() -> None:
    """The fifth attempt came too late."""
    told = story(GIVE_UP)
    for day in range(5, 10):
        told = told.then("unreachable", f"2026-11-{day:02} 10:00")

    assert ("breached", 5) == (told.clock("2026-11-10").state, told.clock("2026-11-10").attempts)


# -- the case --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], Status.OPEN),
        (["paused"], Status.WAITING),
        (["paused", "resumed"], Status.OPEN),
        (["closed"], Status.CLOSED),
        (["paused", "closed"], Status.CLOSED),
        (["withdrawn"], Status.WITHDRAWN),
        (["closed", "withdrawn"], Status.CLOSED),
        (["closed", "reopened"], Status.OPEN),
        (["withdrawn", "reopened", "closed"], Status.CLOSED),
    ],
)
def test_the_status_follows_the_events(events: list[str], status: Status) -> None:
    """A paused case is waiting; the first closing stands until the case is reopened."""
    told = story(rule(within="P30D"))
    for hour, name in enumerate(events, 10):
        told = told.then(name, f"{hour}:00")
    seen = told.seen("20:00")

    assert status is seen.status
    assert (status in (Status.CLOSED, Status.WITHDRAWN)) == (seen.closed_at is not None)


def test_a_case_without_events_has_no_deadlines() -> None:
    """It is open, in its first round."""
    assert Timeline(Status.OPEN, 1, None, ()) == Story([rule(within="PT1H")]).seen("09:00")


GATE = {
    "id": "third-renewal",
    "cite": {"article": "5"},
    "title": TEXT,
    "guards": "renewed",
    "counts": "events",
    "flag": "desk",
}


def test_what_a_gate_forbids_is_told_once_each_time() -> None:
    """Each flagged fact is an opening of its own, also across rounds, and over when the case is."""
    told = story(rule(within="PT1H"), gates=[GATE]).then("flagged", "10:00", gate="third-renewal")
    told = (
        told.then("flagged", "10:30", gate="other")
        .then("reopened", "11:00")
        .then("flagged", "12:00", gate="third-renewal")
    )

    assert [1, 2] == told.numbers("12:00", name="third-renewal")
    assert [("2026-11-02 12:00", "opens")] == plan(told.clock("12:00", 2, name="third-renewal"))
    closed = told.then("closed", "13:00")
    assert ("void", ()) == (
        closed.clock("13:00", name="third-renewal").state,
        closed.clock("13:00", name="third-renewal").plan,
    )


def test_a_later_now_changes_no_instant() -> None:
    """Only the state depends on `now`: the same events have the same due instants and plans a year later."""
    told = story(rule(within="PT10M", remind=["-PT3M"], escalate=["PT1H"]), rule("second", within="P2WD", opens="P1D"))
    early, late = told.seen("09:01"), told.seen("2027-11-02")

    assert [(d.due_at, d.opens_at, d.plan) for d in early.deadlines] == [
        (d.due_at, d.opens_at, d.plan) for d in late.deadlines
    ]
