"""What the listings show: order, filters, masked personal data, and loans with their due dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.calendar.instants import parse_instant
from models.errors import UnknownError, UsageError
from models.store.database import reading, writing
from tasks.engine.sweep import replay
from tasks.organisation.masking import masked_fields, masked_phone, masked_text
from tasks.record.recording import append_event, open_case
from tasks.views.listing import rows
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


NOW = "2026-11-20 12:00"


class Office:
    """Opens cases, records events, and reads listings, in the organisation's zone."""

    def __init__(self, engine: Engine, deployment: Deployment) -> None:
        self.engine = engine
        self.deployment = deployment

    def at(self, text: str) -> datetime:
        """A local instant."""
        return parse_instant(text, self.deployment.zone)

    def open(self, kind: str, at: str, **fields: str) -> str:
        """A new case."""
        opened_at = self.at(at)
        with writing(self.engine) as connection:
            return open_case(
                connection,
                self.deployment,
                kind=kind,
                opened_at=opened_at,
                fields=fields,
                regulation=None,
                by=None,
                now=opened_at,
                provenance=AT_HAND,
            )

    def event(self, number: str, name: str, at: str, **fields: str) -> None:
        """Something that happened."""
        happened = self.at(at)
        with writing(self.engine) as connection:
            append_event(
                connection,
                self.deployment,
                number=number,
                name=name,
                at=happened,
                by=None,
                fields=fields,
                now=happened,
                provenance=AT_HAND,
            )

    def replay(self, since: str, until: str) -> None:
        """The span, each step at its instant."""
        replay(self.engine, self.deployment, self.at(since), self.at(until))

    def list(self, what: str, **choice: str) -> list[dict[str, Any]]:
        """A listing as of NOW."""
        with reading(self.engine) as connection:
            return list(rows(connection, self.deployment, what, now=self.at(NOW), **choice))


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An empty office on each kind of database."""
    return Office(engine, deployment)


def test_cases_stand_by_their_opening(office: Office) -> None:
    """Cases come in the order in which they were opened, whenever they were recorded."""
    later = office.open("complaint", "2026-11-03 09:00", customer="乙")
    sooner = office.open("complaint", "2026-11-02 09:00", customer="甲")

    assert [sooner, later] == [row["number"] for row in office.list("cases")]


def test_phone_numbers_are_masked(office: Office) -> None:
    """Of a phone number a listing shows three digits and four."""
    office.open("complaint", "2026-11-02 09:00", customer="甲", phone="13812345678")

    [row] = office.list("cases")

    assert "138****5678" == row["phone"]
    assert "13812345678" not in str(row)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("010-62345678", "010****5678"),
        ("62345678", "62****"),
        ("", None),
        (None, None),
    ],
)
def test_masked_phone(given: str | None, shown: str | None) -> None:
    """Every way of writing a number is masked; nothing stays nothing."""
    assert shown == masked_phone(given)


def test_numbers_in_free_text_are_masked_and_other_digits_are_not() -> None:
    """A mobile number inside a sentence is masked; an order number of other length stays."""
    assert "请回电138****5678，订单 20261101000123" == masked_text("请回电13812345678，订单 20261101000123")


def test_fields_of_a_secret_case_do_not_name_the_item() -> None:
    """Of a secret loan neither item nor purpose is shown."""
    fields = {"item": "图纸", "purpose": "修订图纸", "secrecy": "secret", "note": "电话 13812345678"}

    assert {
        "item": "(涉密资料)",
        "purpose": "(涉密资料)",
        "secrecy": "secret",
        "note": "电话 138****5678",
    } == masked_fields(fields)


@pytest.mark.parametrize(("secrecy", "shown"), [("internal", "图纸"), ("confidential", "(涉密资料)"), ("", "图纸")])
def test_secret_items_are_not_named(secrecy: str, shown: str, office: Office) -> None:
    """A listing names an item unless it is of a secrecy class."""
    office.open("loan", "2026-11-02 09:00", item="图纸", borrower="吴", secrecy=secrecy)

    assert [shown] == [row["item"] for row in office.list("loans")]
    assert [shown] == [row["item"] for row in office.list("cases")]


def test_loans_tell_due_date_renewals_and_lateness(office: Office) -> None:
    """The due date is the newest one; late days count local dates, and stop with the return."""
    office.open("complaint", "2026-10-02 09:00", customer="甲")
    renewed = office.open("loan", "2026-10-01 10:00", item="图集", borrower="吴")
    late = office.open("loan", "2026-10-10 10:00", item="年鉴", borrower="郑")
    returned = office.open("loan", "2026-10-05 10:00", item="目录", borrower="冯")
    office.event(renewed, "renewed", "2026-10-30 10:00")
    office.event(returned, "returned", "2026-11-06 10:00")
    office.replay("2026-10-01 00:00", NOW)

    found = {row["number"]: row for row in office.list("loans")}

    assert {renewed, late, returned} == set(found)
    assert (1, office.at("2026-11-30 23:59:59"), 0) == _loan(found[renewed])
    assert (0, office.at("2026-11-09 23:59:59"), 11) == _loan(found[late])
    assert (0, office.at("2026-11-04 23:59:59"), 2) == _loan(found[returned])
    assert ("open", "closed") == (found[late]["status"], found[returned]["status"])


def _loan(row: dict[str, Any]) -> tuple[int, datetime, int]:
    return row["renewals"], row["due_at"], row["late_days"]


def test_filters_by_case_and_state(office: Office) -> None:
    """`case` and `state` leave what belongs to both."""
    one = office.open("complaint", "2026-11-02 09:00", customer="甲")
    other = office.open("complaint", "2026-11-02 09:05", customer="乙")
    office.event(one, "first_contact", "2026-11-02 09:04")
    office.replay("2026-11-02 09:00", "2026-11-02 09:20")

    assert ["first-contact"] == [row["rule"] for row in office.list("deadlines", case=one, state="met")]
    assert [other] == [row["case"] for row in office.list("deadlines", state="breached")]
    assert {other} == {row["case"] for row in office.list("escalations", case=other)}
    assert [] == office.list("messages", case=one, state="sent")
    assert [[other]] * 2 == [row["cases"] for row in office.list("messages", case=other, state="queued")]


def test_unknown_state_names_the_states(office: Office) -> None:
    """A state that no row can have is wrong usage; the error names those there are."""
    with pytest.raises(UsageError, match="open, met, late, breached, paused, void"):
        office.list("deadlines", state="lost")
    with pytest.raises(UsageError, match="have no state"):
        office.list("escalations", state="sent")


def test_unknown_case_is_an_error(office: Office) -> None:
    """A listing of a case that does not exist is an error, not an empty list."""
    with pytest.raises(UnknownError, match="no case 'X1'"):
        office.list("penalties", case="X1")


def test_withdrawn_penalties_stay(office: Office) -> None:
    """A penalty that was withdrawn is listed with the instant and the note."""
    number = office.open("complaint", "2026-11-02 09:00", customer="甲", level="major", department="机修部")
    office.replay("2026-11-02 09:00", "2026-11-02 09:20")
    office.event(number, "first_contact", "2026-11-02 09:05")
    office.replay("2026-11-02 09:21", "2026-11-02 09:22")

    [row] = office.list("penalties", case=number)

    assert ("first-contact", "机修部", 50.0, "withdrawn") == (row["rule"], row["who"], row["amount"], row["state"])
    assert office.at("2026-11-02 09:21") == row["withdrawn_at"]
    assert row["note"]
    assert [] == office.list("penalties", state="standing")
