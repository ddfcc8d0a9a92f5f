"""Stories about loans: terms and renewals, and what a borrower may not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.errors import RefusedError

if TYPE_CHECKING:
    from tests.support.story import Story


@pytest.fixture(autouse=True)
def _house(story: Story) -> None:
    story.house()


def test_a_renewal_begins_a_term_with_reminders_of_its_own(story: Story) -> None:
    """Renewed on the last day: thirty days from the old due date, and reminded again."""
    loan = story.loan("2026-11-01 10:00")
    story.event(loan, "renewed", "2026-12-01 23:59:59")
    story.replay("2026-11-01 10:00", "2027-01-20 00:00")

    assert "met" == story.deadline(loan, "return").state
    assert ["remind-1", "remind-2", "due"] == list(story.steps(loan, "return"))
    assert "2026-12-31 23:59:59" == story.deadline(loan, "return", round=2).due
    assert {
        "remind-1": "2026-12-28 09:00:00",
        "remind-2": "2026-12-30 09:00:00",
        "due": "2026-12-31 09:00:00",
        "escalate-1": "2027-01-03 09:00:00",
        "escalate-2": "2027-01-07 09:00:00",
    } == story.steps(loan, "return", round=2)


def test_a_renewal_a_second_after_the_last_day_is_late(story: Story) -> None:
    """The term ends with the last second of its day."""
    loan = story.loan("2026-11-01 10:00")
    story.event(loan, "renewed", "2026-12-02 00:00:00")
    story.sweep("2026-12-02 00:00")

    assert "late" == story.deadline(loan, "return").state


@pytest.mark.parametrize(("back", "told"), [("08:59:59", False), ("09:00:00", False), ("09:00:01", True)])
def test_what_comes_back_on_the_due_day(story: Story, back: str, *, told: bool) -> None:
    """Back by nine on the due day: nobody is told that it is due; either way it was in time."""
    loan = story.loan("2026-11-01 10:00")
    story.event(loan, "returned", f"2026-12-01 {back}")
    story.replay("2026-11-01 10:00", "2026-12-20 00:00")

    assert told == ("due" in story.steps(loan, "return"))
    assert "met" == story.deadline(loan, "return").state
    assert "closed" == story.status(loan)


def test_the_third_renewal_is_refused_with_the_article(story: Story) -> None:
    """`record` refuses it and names the article; the loan stays as it was."""
    loan = story.loan("2026-11-01 10:00")
    story.event(loan, "renewed", "2026-11-05 10:00")
    story.event(loan, "renewed", "2026-11-06 10:00")

    with pytest.raises(RefusedError, match=r"5\.3\(4\)"):
        story.event(loan, "renewed", "2026-11-07 10:00")
    story.sweep("2026-11-07 10:00")
    assert "2027-01-30 23:59:59" == story.deadline(loan, "return", round=3).due


@pytest.mark.parametrize("way", ["import", "insert"])
def test_the_third_renewal_that_happened_is_flagged(story: Story, way: str) -> None:
    """As a fact it is taken in, its term begins, and the librarian is told under the article."""
    loan = story.loan("2026-11-01 10:00")
    days = ("05", "06", "07")
    if way == "import":
        lines = [f"{loan},renewed,2026-11-{day} 10:00" for day in days]
        assert 3 == story.imported("events", "\n".join(["case,event,at", *lines]), "2026-11-08 09:00").accepted
    else:
        for day in days:
            story.fact(loan, "renewed", f"2026-11-{day} 10:00")
    story.sweep("2026-11-08 09:00")
    story.sweep("2026-11-09 09:00")

    assert {"librarian/馆员"} == story.told(loan, "third-renewal", "opens")
    assert {"opens": "2026-11-07 10:00:00"} == story.steps(loan, "third-renewal")
    assert "2027-03-01 23:59:59" == story.deadline(loan, "return", round=4).due


def test_the_sixth_item_is_refused_and_may_be_lent_after_one_came_back(story: Story) -> None:
    """Five items at once, each counted with its quantity; the article is named."""
    first, *_ = [story.loan(f"2026-11-02 09:0{index}") for index in range(3)]
    story.loan("2026-11-02 09:10", quantity="2")

    with pytest.raises(RefusedError, match=r"5\.3\(3\)"):
        story.loan("2026-11-02 09:20")
    story.event(first, "returned", "2026-11-02 09:30")
    story.loan("2026-11-02 09:31")


@pytest.mark.parametrize("way", ["import", "insert"])
def test_the_sixth_item_that_was_lent_is_flagged(story: Story, way: str) -> None:
    """As a fact the sixth loan counts, and the librarian is told; the fifth is nobody's business."""
    for index in range(4):
        story.loan(f"2026-11-02 09:0{index}")
    if way == "import":
        rows = [f"{number},{number},经办,维修部,2026-11-02 10:0{minute}" for number, minute in (("D5", 5), ("D6", 6))]
        text = "\n".join(["number,item,borrower,department,lent_at", *rows])
        assert 2 == story.imported("loans", text, "2026-11-02 11:00").accepted
    else:
        for number, minute in (("D5", 5), ("D6", 6)):
            at = f"2026-11-02 10:0{minute}"
            story.inserted(
                number, "loan", at, party="经办", department="维修部", fields={"borrower": "经办", "item": number}
            )
    story.sweep("2026-11-02 11:00")

    assert {} == story.steps("D5", "items-at-once")
    assert {"librarian/馆员"} == story.told("D6", "items-at-once", "opens")


def test_who_is_seven_days_late_borrows_nothing_else(story: Story) -> None:
    """Six days late may still borrow, seven may not, and the return lifts it."""
    loan = story.loan("2026-11-01 10:00")  # due on 1 December
    story.loan("2026-12-07 23:59:59")

    with pytest.raises(RefusedError, match=r"5\.3\(5\)"):
        story.loan("2026-12-08 00:00:00")
    story.loan("2026-12-08 00:00:00", borrower="经理")
    story.event(loan, "returned", "2026-12-08 10:00:00")
    story.loan("2026-12-08 10:00:01")


def test_in_the_library_the_block_begins_with_the_overrun(story: Story) -> None:
    """Under the library's rules the first day late blocks, and borrower and librarian are told."""
    loan = story.loan("2026-10-31 10:00", regulation="utility-library")
    story.loan("2026-11-30 23:59:59", regulation="utility-library")

    with pytest.raises(RefusedError, match=r"5\.3\(5\)"):
        story.loan("2026-12-01 00:00:00", regulation="utility-library")
    story.replay("2026-10-31 10:00", "2026-12-02 00:00")
    assert {"borrower/经办", "librarian/馆员"} == story.told(loan, "return", "escalate-1")
    assert {
        "remind-1": "2026-11-27 09:00:00",
        "due": "2026-11-30 09:00:00",
        "escalate-1": "2026-12-01 09:00:00",
    } == story.steps(loan, "return")


def test_a_lost_item_ends_the_clock(story: Story) -> None:
    """Nobody is reminded of what is lost."""
    loan = story.loan("2026-11-01 10:00")
    story.event(loan, "lost", "2026-11-20 10:00")
    story.replay("2026-11-01 10:00", "2026-12-31 00:00")

    assert "closed" == story.status(loan)
    assert {} == story.steps(loan, "return")


def test_a_borrower_from_outside_is_reached_through_the_department(story: Story) -> None:
    """A borrower whom the directory does not know: the department's manager, in the borrower's stead."""
    loan = story.loan("2026-11-01 10:00", borrower="外部审计员")
    story.replay("2026-11-01 10:00", "2026-12-02 00:00")

    assert {"department_manager/经理 for borrower"} == story.told(loan, "return", "due")


def test_a_flag_is_on_record_although_the_item_is_back(story: Story) -> None:
    """What was forbidden and happened is written down also when no sweep ran before the item came back."""
    for index in range(5):
        story.loan(f"2026-11-02 09:0{index}")
    story.inserted("D6", "loan", "2026-11-02 10:00", fields={"borrower": "经办", "item": "D6"})
    story.fact("D6", "returned", "2026-11-03 10:00")

    story.sweep("2026-11-04 09:30")

    assert {"librarian/馆员"} == story.told("D6", "items-at-once", "opens")
