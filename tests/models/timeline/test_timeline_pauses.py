"""Pauses told as stories: after a pause the clock goes on with what was left."""

from __future__ import annotations

import pytest

from models.timeline.story import RESUME, Status
from tests.models.timeline.stories import at, plan, rule, shown, story


def test_after_a_pause_an_elapsed_limit_goes_on_with_what_was_left() -> None:
    """Forty minutes are used, the clock stands still for two days and five seconds, twenty minutes are left."""
    told = story(rule(within="PT1H", remind=["-PT10M"])).then("paused", "09:40")

    assert (None, "paused") == (told.clock("10:00").due_at, told.clock("10:00").state)
    assert [] == plan(told.clock("10:00"))
    clock = told.then("resumed", "2026-11-04 09:40:05").clock("2026-11-04 09:45")
    assert ("2026-11-04 10:00:05", "open") == (shown(clock.due_at), clock.state)
    assert ("2026-11-04 09:50:05", "remind-1") == plan(clock)[1]


@pytest.mark.parametrize(
    ("within", "due"),
    [
        ("P5D", "2026-11-11 23:59:59"),  # was the 7th, four days later
        ("P1W", "2026-11-13 23:59:59"),
        ("P1M", "2026-12-06 23:59:59"),
        ("P5WD", "2026-11-11 18:00"),  # was Monday the 9th; Friday and Monday were paused
        ("PT10WH", "2026-11-03 10:00"),  # over before the pause
        ("PT35WH", "2026-11-09 17:00"),  # 28 of them by Thursday 10:00, 7 are left on Monday at 10:00
    ],
)
def test_after_a_pause_a_limit_in_days_is_moved_by_its_days(within: str, due: str) -> None:
    """Paused on Thursday, resumed on Monday: four calendar days, two working days; working time goes on."""
    told = story(rule(within=within)).then("paused", "2026-11-05 10:00").then("resumed", "2026-11-09 10:00")

    assert due == shown(told.clock("2026-11-09 10:00").due_at)


def test_a_pause_within_one_day_moves_no_day() -> None:
    """The date of the pause and of the resumption are the same."""
    told = story(rule(within="P1D")).then("paused", "10:00").then("resumed", "17:00")

    assert "2026-11-03 23:59:59" == shown(told.clock("17:00").due_at)


@pytest.mark.parametrize(("resumed", "due"), [("20:00", "2026-11-03 18:00"), ("2026-11-03 08:00", "2026-11-03 18:00")])
def test_no_limit_falls_due_within_a_pause(resumed: str, due: str) -> None:
    """Paused an hour before the close of the last working day: that hour is not lost while the case waits."""
    told = story(rule(within="P1WD"), opened="2026-11-01 12:00").then("paused", "17:00")

    assert "paused" == told.clock("18:30").state
    clock = told.then("resumed", resumed).clock("2026-11-03 08:00")
    assert (due, "open") == (shown(clock.due_at), clock.state)


def test_a_pause_at_the_due_instant_comes_too_late() -> None:
    """Paused one second before, the deadline waits; at the due instant it is breached."""
    told = story(rule(within="PT1H"))

    assert "paused" == told.then("paused", "09:59:59").clock("12:00").state
    assert "breached" == told.then("paused", "10:00").clock("12:00").state


def test_a_breach_before_the_pause_stays_and_its_later_steps_wait() -> None:
    """Ten minutes of the half hour until the next step are left when the case goes on."""
    told = story(rule(within="PT10M", escalate=["PT0S", "PT30M"])).then("paused", "09:30")
    clock = told.clock("12:00")

    assert ("2026-11-02 09:10", "breached") == (shown(clock.due_at), clock.state)
    assert [("2026-11-02 09:10", "due")] == plan(clock)
    assert ("2026-11-02 14:10", "escalate-1") == plan(told.then("resumed", "14:00").clock("14:00"))[-1]


@pytest.mark.parametrize(
    ("step", "resumed", "expected"),
    [
        ("P3D", "2026-11-06 10:00", "2026-11-08 09:00"),  # Friday, two midnights later
        ("P3D", "2026-11-04 23:00", "2026-11-06 09:00"),
        ("P2WD", "2026-11-07 10:00", "2026-11-09 09:00"),  # Thursday, two working days later
    ],
)
def test_late_steps_in_days_move_by_the_days_of_a_pause(step: str, resumed: str, expected: str) -> None:
    """Due on Tuesday, paused on Wednesday: a step moves by the calendar days, or the working days, of the pause."""
    told = story(rule(within="P1D", escalate=["P0D", step])).then("paused", "2026-11-04 08:00").then("resumed", resumed)

    assert expected == plan(told.clock(resumed))[-1][0]


def test_a_reminder_within_a_pause_waits_for_its_end() -> None:
    """It is told when the case goes on, in the morning at the earliest."""
    told = story(rule(within="P10D", remind=["-P1D"])).then("paused", "2026-11-03 10:00", until="2026-11-05 10:00")
    assert ("2026-11-13 09:00", "remind-1") == plan(told.clock("2026-11-03 10:00"))[1]
    told = told.then("paused", "2026-11-13 08:00").then("resumed", "2026-11-13 15:00")
    assert ("2026-11-13 15:00", "remind-1") in plan(told.clock("2026-11-13 15:00"))


@pytest.mark.parametrize("event", ["paused", "postponement_approved"])
@pytest.mark.parametrize(
    ("until", "ends"), [("2026-11-04", "2026-11-04 09:00"), ("2026-11-04 15:30", "2026-11-04 15:30")]
)
def test_a_pause_with_an_end_resumes_by_itself(event: str, until: str, ends: str) -> None:
    """A bare date ends at its notice hour; half an hour is left then, and the plan says when it goes on."""
    told = story(rule(within="PT1H")).then(event, "09:30", until=until)
    clock = told.clock("10:00")

    assert (at(ends), "paused", Status.WAITING) == (at(plan(clock)[0][0] or ""), clock.state, told.seen("10:00").status)
    assert RESUME == clock.plan[0].step
    assert 1800 == ((clock.due_at or at("09:00")) - at(ends)).total_seconds()
    assert ("open", Status.OPEN) == (told.clock(ends).state, told.seen(ends).status)


def test_resumed_ends_a_pause_early() -> None:
    """The end that was given no longer matters."""
    told = (
        story(rule(within="PT1H")).then("postponement_approved", "09:30", until="2026-11-20").then("resumed", "11:00")
    )

    assert "2026-11-02 11:30" == shown(told.clock("11:00").due_at)


def test_a_later_postponement_replaces_the_end() -> None:
    """Postponed again, further or less far: the newest end counts."""
    told = story(rule(within="PT1H")).then("postponement_approved", "09:30", until="2026-11-10 10:00")

    further = told.then("postponement_approved", "2026-11-05 10:00", until="2026-11-12 10:00")
    nearer = told.then("postponement_approved", "2026-11-05 10:00", until="2026-11-06 10:00")
    assert "2026-11-12 10:30" == shown(further.clock("2026-11-05 10:00").due_at)
    assert "2026-11-06 10:30" == shown(nearer.clock("2026-11-05 10:00").due_at)


def test_overlapping_pauses_are_one() -> None:
    """Paused from 9:10 to 9:40 and postponed from 9:20 to 9:50: forty minutes, not sixty."""
    told = story(rule(within="PT1H")).then("paused", "09:10", until="2026-11-02 09:40")
    told = told.then("postponement_approved", "09:20", until="2026-11-02 09:50")
    clock = told.clock("09:20")

    assert "2026-11-02 10:40" == shown(clock.due_at)
    assert [("2026-11-02 09:10", "2026-11-02 09:50")] == [(shown(p.since), shown(p.until)) for p in clock.pauses]


def test_a_clock_that_starts_in_a_pause_begins_when_it_ends() -> None:
    """The limit is counted from the resumption."""
    told = story(rule("revisited", start="result_returned", within="PT1H")).then("paused", "09:10")
    told = told.then("result_returned", "09:20").then("resumed", "10:00")

    assert "2026-11-02 11:00" == shown(told.clock("10:00", name="revisited").due_at)


@pytest.mark.parametrize("until", ["9999-12-31", "when they call", ""])
def test_a_pause_until_never_is_a_pause_without_end(until: str) -> None:
    """So is one whose end cannot be read: the case waits, visibly, until somebody resumes it."""
    told = story(rule(within="PT1H")).then("paused", "09:30", until=until)

    assert (None, "paused") == (told.clock("2027-11-02").due_at, told.clock("2027-11-02").state)


def test_closing_ends_a_pause() -> None:
    """A case that is reopened is not still waiting."""
    told = story(rule(within="PT1H")).then("paused", "09:30").then("closed", "10:00").then("reopened", "11:00")

    assert (Status.OPEN, "open") == (told.seen("11:10").status, told.clock("11:10", 2).state)


def test_a_pause_of_the_regulation_stops_only_its_rules() -> None:
    """Waiting for the second visit suspends the result, not the call; the case itself is not waiting."""
    pauses = [{"start": "visit_needed", "stop": "visited", "rules": ["result"]}]
    told = story(rule(within="PT1H"), rule("result", within="PT2H"), pauses=pauses).then("visit_needed", "09:30")

    assert ("paused", "open") == (told.clock("09:45", name="result").state, told.clock("09:45").state)
    assert Status.OPEN is told.seen("09:45").status
    assert "2026-11-02 12:30" == shown(told.then("visited", "11:00").clock("11:00", name="result").due_at)


def test_a_pause_after_the_end_changes_nothing() -> None:
    """What was met keeps its due instant, though the case waits later on."""
    told = story(rule(within="PT1H")).then("call", "09:20").then("paused", "09:30")

    assert ("met", "2026-11-02 10:00", ()) == (
        told.clock("12:00").state,
        shown(told.clock("12:00").due_at),
        told.clock("12:00").pauses,
    )


def test_a_given_date_is_not_moved_but_waits_for_the_end_of_a_pause() -> None:
    """A customer's date stays what it is; while the case waits it does not fall due."""
    told = story(rule(within=[{"date": "promised"}]), fields={"promised": "2026-11-05"})

    passed = told.then("paused", "2026-11-03 10:00").then("resumed", "2026-11-04 10:00")
    assert "2026-11-05 23:59:59" == shown(passed.clock("2026-11-04 10:00").due_at)
    waiting = told.then("paused", "2026-11-05 10:00")
    assert (None, "paused") == (waiting.clock("2026-11-08").due_at, waiting.clock("2026-11-08").state)
    gone_on = waiting.then("resumed", "2026-11-09 10:00").clock("2026-11-09 09:00")
    assert gone_on.state == "paused"
    assert "2026-11-09 10:00" == shown(waiting.then("resumed", "2026-11-09 10:00").clock("2026-11-09 10:00").due_at)
