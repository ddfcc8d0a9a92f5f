"""Stories about the record: exactly once, whatever the clock and the schedule do; late facts; other programs' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.errors import RefusedError, UnknownError
from tests.support.story import WORKSHOP

if TYPE_CHECKING:
    from tests.support.story import Story


@pytest.fixture(autouse=True)
def _house(story: Story) -> None:
    story.house()


def test_repeated_sweeps_fire_nothing_twice(story: Story) -> None:
    """The second sweep of an instant finds nothing to do."""
    case = story.complaint("2026-11-02 09:00")
    first = story.sweep("2026-11-02 09:10")
    again = story.sweep("2026-11-02 09:10")

    assert {"remind-1", "due"} == {fired.step for fired in first.fired}
    assert [] == again.fired
    assert ["remind-1", "due"] == list(story.steps(case, "first-contact"))


def test_a_replay_over_a_replayed_span_fires_nothing(story: Story) -> None:
    """Missed runs that are started late repeat nothing."""
    story.complaint("2026-11-02 09:00")
    first = story.replay("2026-11-02 08:00", "2026-11-02 12:00")
    again = story.replay("2026-11-02 08:00", "2026-11-02 12:00")

    assert 7 == len(first.fired)
    assert [] == again.fired


def test_a_clock_that_steps_back_repeats_and_takes_back_nothing(story: Story) -> None:
    """Swept at 9:15, then at 9:05, then at 9:25: each step once, in the end all of them."""
    case = story.complaint("2026-11-02 09:00")
    fired = [story.sweep(f"2026-11-02 {moment}").fired for moment in ("09:15", "09:05", "09:15", "09:25")]

    assert [2, 0, 0, 1] == [len(steps) for steps in fired]
    assert ["remind-1", "due", "escalate-1"] == list(story.steps(case, "first-contact"))


def test_after_three_days_of_downtime_each_recipient_gets_one_summary(story: Story) -> None:
    """Every missed step is on record with its own instant; nobody gets a storm."""
    cases = [story.complaint(f"2026-11-02 09:{minute:02d}") for minute in range(20)]
    story.sweep("2026-11-02 09:30")
    before = story.mails()
    story.sweep("2026-11-05 09:30")

    for case in cases:
        assert 4 == len(story.steps(case, "first-contact"))
        assert 3 == len(story.steps(case, "follow-up"))
    assert "2026-11-02 09:40:00" == story.steps(cases[0], "first-contact")["escalate-2"]
    new = list(story.mails())
    for mail in before:
        new.remove(mail)
    assert 1 == max(new.count(mail) for mail in new)
    assert {"summary"} == {kind for kind, _ in new}


def test_a_late_record_of_a_timely_call_withdraws_the_fine(story: Story) -> None:
    """Recorded at noon, made at 9:08: breached becomes met, the fine is withdrawn, what was told stays on record."""
    case = story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 11:00")
    assert "breached" == story.deadline(case, "first-contact").state
    assert [("first-contact", 50.0, False)] == story.penalties(case)

    story.event(case, "first_contact", "2026-11-02 09:08", learned="2026-11-02 12:00")
    story.sweep("2026-11-02 12:00")

    assert "met" == story.deadline(case, "first-contact").state
    assert [("first-contact", 50.0, True)] == story.penalties(case)
    assert 4 == len(story.steps(case, "first-contact"))


def test_a_late_record_of_a_late_call_keeps_the_fine(story: Story) -> None:
    """Recorded at noon, made at 9:25: late, and the fine stands, once."""
    case = story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 11:00")
    story.event(case, "first_contact", "2026-11-02 09:25", learned="2026-11-02 12:00")
    story.sweep("2026-11-02 12:00")

    assert "late" == story.deadline(case, "first-contact").state
    assert [("first-contact", 50.0, False)] == story.penalties(case)


@pytest.mark.parametrize(
    ("level", "fine"), [("dissatisfied", 20.0), ("very_dissatisfied", 30.0), ("major", 50.0), ("crisis", 80.0)]
)
def test_the_fine_follows_the_level(story: Story, level: str, fine: float) -> None:
    """A missed first contact costs 20, 30, 50 or 80 yuan, however many steps follow."""
    case = story.complaint("2026-11-02 09:00", level=level)
    story.replay("2026-11-02 09:00", "2026-11-03 09:00")

    assert [("first-contact", fine, False)] == story.penalties(case)


def test_a_clock_that_started_unnoticed_tells_its_missed_steps_at_once(story: Story) -> None:
    """A result recorded four days late: what should have been told is told now, with its own instants."""
    case = story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-05 09:00")
    story.event(case, "result_returned", "2026-11-02 12:00", learned="2026-11-06 15:00")
    story.sweep("2026-11-06 15:00")

    assert {
        "remind-1": "2026-11-05 08:00:00",
        "due": "2026-11-05 12:00:00",
        "escalate-1": "2026-11-06 12:00:00",
    } == story.steps(case, "revisit")


def test_a_replay_knows_only_what_had_happened(story: Story) -> None:
    """All events are recorded beforehand; the reminder at 9:07 does not know of the call at 9:08."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "first_contact", "2026-11-02 09:08", learned="2026-11-01 09:00")
    story.replay("2026-11-02 08:00", "2026-11-02 12:00")

    assert {"remind-1": "2026-11-02 09:07:00"} == story.steps(case, "first-contact")


def test_rows_that_another_program_inserts_are_picked_up(story: Story) -> None:
    """A case with only what it must have, without its opening event, and an event without a key."""
    case = story.inserted("EXT-1", "complaint", "2026-11-02 09:00", department=WORKSHOP, level="major")
    story.replay("2026-11-02 09:00", "2026-11-02 09:15")
    story.fact(case, "first_contact", "2026-11-02 09:16")
    story.replay("2026-11-02 09:15", "2026-11-02 12:00")

    assert ["remind-1", "due"] == list(story.steps(case, "first-contact"))
    assert "late" == story.deadline(case, "first-contact").state


def test_numbers_restart_with_the_month_of_receipt(story: Story) -> None:
    """Year, month and a serial of the month in the organisation's zone, not in UTC."""
    numbers = [story.complaint(at) for at in ("2026-11-30 23:59:59", "2026-12-01 00:00:00", "2026-12-01 00:00:01")]

    assert ["2611001", "2612001", "2612002"] == numbers


def test_the_same_event_again_is_no_new_event(story: Story) -> None:
    """Recorded twice, it happened once."""
    case = story.complaint("2026-11-02 09:00")

    assert story.event(case, "paused", "2026-11-02 09:04")
    assert not story.event(case, "paused", "2026-11-02 09:04")


def test_what_cannot_be_is_refused(story: Story) -> None:
    """An event of an unknown case, one that nobody knows, and one before the case was opened."""
    case = story.complaint("2026-11-02 09:00")

    with pytest.raises(UnknownError):
        story.event("2611999", "first_contact", "2026-11-02 09:04")
    with pytest.raises(RefusedError):
        story.event(case, "tea", "2026-11-02 09:04")
    with pytest.raises(RefusedError):
        story.event(case, "first_contact", "2026-11-02 08:59:59", learned="2026-11-02 09:30")


def test_one_row_that_makes_no_sense_stops_nobody_else(story: Story) -> None:
    """Another program's case under an unknown regulation or of an unknown kind is set aside; the others are watched."""
    good = story.complaint("2026-11-02 09:00")
    story.inserted("EXT-1", "complaint", "2026-11-02 08:00", regulation="nonsense")
    story.inserted("EXT-2", "petition", "2026-11-02 08:00")
    story.inserted("EXT-3", "loan", "2026-11-02 08:00", fields={"borrower": "经办", "quantity": {"many": 1}})
    story.sweep("2026-11-02 09:10")

    assert ["remind-1", "due"] == list(story.steps(good, "first-contact"))


def test_steps_of_a_clock_that_ended_unnoticed_are_on_record(story: Story) -> None:
    """Result and revisit recorded together afterwards: what fell due between them stands in the record, and no more."""
    case = story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-05 09:00")
    story.event(case, "result_returned", "2026-11-02 12:00", learned="2026-11-06 15:00")
    story.event(case, "revisited", "2026-11-05 14:00", learned="2026-11-06 15:00")
    story.sweep("2026-11-06 15:00")

    assert "late" == story.deadline(case, "revisit").state
    assert {"remind-1": "2026-11-05 08:00:00", "due": "2026-11-05 12:00:00"} == story.steps(case, "revisit")
