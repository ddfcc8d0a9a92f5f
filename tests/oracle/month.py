"""The whole month: every escalation that had to be told, to whom, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.oracle import complaints, loans
from tests.oracle.clocks import FINES
from tests.oracle.files import Happened, Row, events_by_case, moment, read
from tests.oracle.who import ABOVE, Directory

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.oracle.complaints import Step


class Expected(NamedTuple):
    """One escalation: the step, its own moment, when it could be told at the earliest, and the addresses."""

    case: str
    rule: str
    round: int
    step: str
    scheduled_at: datetime
    fired_at: datetime
    emails: frozenset[str]


def key_of(number: str, opened: datetime, person: str, what: str) -> str:
    """What a case is known by: its number, or for one without a number what makes it the same case."""
    return number or f"{opened:%Y-%m-%d %H:%M:%S}|{person}|{what}"


def expected(folder: Path, learned_at: datetime, end: datetime) -> list[Expected]:
    """Every escalation up to `end`, when the events of events-late.csv are learned of only at `learned_at`."""
    directory = Directory(read(folder / "directory.csv"))
    in_time = events_by_case(read(folder / "events.csv"))
    late = events_by_case(read(folder / "events-late.csv"))
    found: list[Expected] = []

    def tell(case: str, step: Step, fired_at: datetime, above: dict[str, str], row: Row) -> None:
        emails = directory.told(step.roles, above, row, fired_at)
        found.append(Expected(case, step.rule, step.round, step.step, step.at, fired_at, emails))

    for row in good_complaints(folder):
        regulation = row["regulation"] or "standard-complaints"
        opened = moment(row["received_at"])
        key = key_of(row["number"], opened, row["customer"], row["content"])
        known = in_time.get(row["number"], []) if row["number"] else []
        known = [event for event in known if event.name != "喝茶"]
        steps = complaints.steps_of(regulation, row, opened, known, end)
        learned = late.get(row["number"], []) if row["number"] else []
        if learned:
            everything = complaints.steps_of(regulation, row, opened, _merged(known, learned), end)
            steps = [*_told_without(steps, learned_at), *_told_after(steps, everything, learned_at)]
        for step in steps:
            row["recorder"] = _recorder(known, step.at)
            tell(key, step, _when(step, learned, learned_at), ABOVE[regulation], row)
    lent = []
    for place, row in enumerate(read(folder / "loans.csv")):
        opened = moment(row["lent_at"])
        key = key_of(row["number"], opened, row["borrower"], row["item"])
        regulation = row["regulation"] or "standard-loans"
        known = in_time.get(row["number"], []) if row["number"] else []
        lent.append(loans.Loan(key, regulation, opened, row, known, place))
    for loan in lent:
        steps = loans.steps_of(loan, end)
        learned = late.get(loan.row["number"], []) if loan.row["number"] else []
        if learned:
            everything = loans.steps_of(loan._replace(events=_merged(loan.events, learned)), end)
            steps = [*_told_without(steps, learned_at), *_told_after(steps, everything, learned_at)]
        for step in steps:
            tell(loan.key, step, _when(step, learned, learned_at), ABOVE[loan.regulation], loan.row)
    for loan, step in loans.flags_of(lent, end):
        tell(loan.key, step, step.at, ABOVE[loan.regulation], loan.row)
    return found


def penalties(folder: Path, learned_at: datetime, end: datetime) -> list[tuple[str, int, int]]:
    """Case, round and yuan of every first contact under standard-complaints that was due and not made in time."""
    in_time = events_by_case(read(folder / "events.csv"))
    late = events_by_case(read(folder / "events-late.csv"))
    found = []
    for row in good_complaints(folder):
        if row["regulation"] not in ("", "standard-complaints"):
            continue
        opened = moment(row["received_at"])
        known = in_time.get(row["number"], []) if row["number"] else []
        if row["number"] and end > learned_at:
            known = _merged(known, late.get(row["number"], []))
        key = key_of(row["number"], opened, row["customer"], row["content"])
        steps = complaints.steps_of("standard-complaints", row, opened, known, end)
        missed = [step for step in steps if (step.rule, step.step) == ("first-contact", "due")]
        found += [(key, step.round, FINES[row["level"]]) for step in missed]
    return found


def _recorder(known: list[Happened], at: datetime) -> str:
    """Whoever recorded that the customer was not content begins the next round; nobody is on record for the first."""
    return next(
        (event.fields["by"] for event in reversed(known) if event.name == "second_contact" and event.at <= at), ""
    )


def good_complaints(folder: Path) -> list[Row]:
    """The rows of complaints.csv without the two that a clerk got wrong."""
    return [row for row in read(folder / "complaints.csv") if row["customer"] != "错女士"]


def _merged(known: list[Happened], learned: list[Happened]) -> list[Happened]:
    return sorted([*known, *learned], key=lambda event: event.at)


def _told_without(steps: list[Step], learned_at: datetime) -> list[Step]:
    """What was told before the late events were known."""
    return [step for step in steps if step.at <= learned_at]


def _told_after(before: list[Step], everything: list[Step], learned_at: datetime) -> list[Step]:
    """What is told or put on record once they are known: every step that was not told before."""
    names = {(step.rule, step.round, step.step) for step in _told_without(before, learned_at)}
    return [step for step in everything if (step.rule, step.round, step.step) not in names]


def _when(step: Step, learned: list[Happened], learned_at: datetime) -> datetime:
    """A step of a clock that became known too late is told as soon as it is known."""
    started_late = step.rule == "revisit" and any(event.name == "result_returned" for event in learned)
    return max(step.at, learned_at) if started_late else step.at
