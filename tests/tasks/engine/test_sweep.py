"""The engine as a whole: what happened goes in, what is told comes out, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.calendar.instants import parse_instant
from models.store.database import reading, writing
from models.store.schema import absences, cases, deadlines, escalations, messages, penalties, people, person_roles
from tasks.engine.sweep import replay, sweep_once
from tasks.record.recording import append_event, open_case
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


def at(text: str, deployment: Deployment) -> datetime:
    """An instant of November 2026 in the organisation's zone."""
    return parse_instant(f"2026-11-{text}", deployment.zone)


@pytest.fixture
def staffed(engine: Engine) -> Engine:
    """An engine on a database with a small directory."""
    staff = [
        ("王强", "wang@example.com", "维修部", "department_manager", "li@example.com"),
        ("李娜", "li@example.com", "维修部", "handler", None),
        ("赵敏", "zhao@example.com", "客服部", "service_manager", None),
        ("孙伟", "sun@example.com", "客服部", "revisit_specialist", None),
        ("钱总", "qian@example.com", "总部", "general_manager", None),
    ]
    with writing(engine) as connection:
        for number, (name, email, department, role, deputy) in enumerate(staff, 1):
            connection.execute(
                people.insert().values(id=number, name=name, email=email, department=department, deputy=deputy)
            )
            connection.execute(person_roles.insert().values(person_id=number, role=role))
    return engine


def complaint(engine: Engine, deployment: Deployment, when: str, **fields: str) -> str:
    """Open a complaint and return its number."""
    given = {
        "customer": "张三",
        "content": "异响",
        "department": "维修部",
        "handler": "李娜",
        "level": "major",
        **fields,
    }
    with writing(engine) as connection:
        return open_case(
            connection,
            deployment,
            kind="complaint",
            opened_at=at(when, deployment),
            fields=given,
            regulation=None,
            by=None,
            now=at(when, deployment),
            provenance=AT_HAND,
        )


def event(engine: Engine, deployment: Deployment, number: str, name: str, when: str, **fields: str) -> None:
    """Record an event at its own instant."""
    with writing(engine) as connection:
        append_event(
            connection,
            deployment,
            number=number,
            name=name,
            at=at(when, deployment),
            by=None,
            fields=fields,
            now=at(when, deployment),
            provenance=AT_HAND,
        )


def rows(engine: Engine, table: Any, *order: Any) -> list[Any]:
    """Everything in a table."""
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(*order)))


def test_each_step_is_told_at_its_second_to_the_right_people(staffed: Engine, deployment: Deployment) -> None:
    """First contact: reminder at minute 7, due at 10, the service manager at 20, the general manager at 40."""
    number = complaint(staffed, deployment, "02 09:00")

    replay(staffed, deployment, at("02 09:00", deployment), at("02 09:45", deployment))

    told = [
        (row.step, row.scheduled_at, row.fired_at, [who["name"] for who in row.recipients])
        for row in rows(staffed, escalations, escalations.c.fired_at)
        if row.rule == "first-contact"
    ]
    expected = [
        ("remind-1", "02 09:07", ["王强"]),
        ("due", "02 09:10", ["王强", "李娜"]),
        ("escalate-1", "02 09:20", ["赵敏"]),
        ("escalate-2", "02 09:40", ["钱总"]),
    ]
    assert [(step, at(when, deployment), at(when, deployment), names) for step, when, names in expected] == told
    assert "2611001" == number
    assert [(50.0, "维修部", at("02 09:10", deployment))] == [(p.amount, p.who, p.at) for p in rows(staffed, penalties)]


def test_sweeping_again_changes_nothing(staffed: Engine, deployment: Deployment) -> None:
    """A second sweep at the same or an earlier instant fires nothing."""
    complaint(staffed, deployment, "02 09:00")
    first = sweep_once(staffed, deployment, at("02 09:12", deployment))
    before = len(rows(staffed, messages))

    assert 2 == len(first.fired)
    assert [] == sweep_once(staffed, deployment, at("02 09:12", deployment)).fired
    assert [] == sweep_once(staffed, deployment, at("02 09:05", deployment)).fired
    assert before == len(rows(staffed, messages))


def test_an_event_recorded_late_that_was_in_time_withdraws_the_penalty(staffed: Engine, deployment: Deployment) -> None:
    """What was sent stays on record; the deadline is met and the penalty withdrawn."""
    number = complaint(staffed, deployment, "02 09:00")
    sweep_once(staffed, deployment, at("02 09:12", deployment))
    event(staffed, deployment, number, "first_contact", "02 09:10")

    sweep_once(staffed, deployment, at("02 09:30", deployment))

    states = {(row.rule, row.state, row.next_at) for row in rows(staffed, deadlines)}
    assert ("first-contact", "met", None) in states
    assert [at("02 09:30", deployment)] == [row.withdrawn_at for row in rows(staffed, penalties)]
    assert 2 == len([row for row in rows(staffed, escalations) if row.rule == "first-contact"])


def test_a_pause_recorded_late_moves_the_penalty_with_the_due_instant(staffed: Engine, deployment: Deployment) -> None:
    """Late by one instant, late by the other: what was owed at the first is withdrawn, and owed at the second."""
    number = complaint(staffed, deployment, "02 09:00")
    sweep_once(staffed, deployment, at("02 12:00", deployment))
    event(staffed, deployment, number, "paused", "02 09:05")
    event(staffed, deployment, number, "resumed", "02 11:05")

    sweep_once(staffed, deployment, at("02 12:30", deployment))

    first, second = rows(staffed, penalties)
    assert (at("02 09:10", deployment), at("02 12:30", deployment)) == (first.at, first.withdrawn_at)
    assert (at("02 11:10", deployment), None) == (second.at, second.withdrawn_at)
    assert (50.0, "维修部") == (second.amount, second.who)


def test_a_clock_given_up_that_proves_never_to_have_run_is_none(staffed: Engine, deployment: Deployment) -> None:
    """Closed before the result came, as recorded later: there was nobody to revisit, so nobody was given up."""
    number = complaint(staffed, deployment, "02 09:00")
    event(staffed, deployment, number, "result_returned", "02 10:00")
    for minute in range(5):
        event(staffed, deployment, number, "unreachable", f"02 11:0{minute}")
    sweep_once(staffed, deployment, at("02 12:00", deployment))
    (given_up,) = (row for row in rows(staffed, deadlines) if row.rule == "revisit")

    event(staffed, deployment, number, "closed", "02 09:30")
    sweep_once(staffed, deployment, at("02 12:30", deployment))

    (gone,) = (row for row in rows(staffed, deadlines) if row.rule == "revisit")
    assert ("void", "unreachable") == (given_up.state, given_up.ended_by)
    assert ("void", "amended") == (gone.state, gone.ended_by)


def test_one_second_after_the_due_instant_is_late(staffed: Engine, deployment: Deployment) -> None:
    """An event at the due instant meets the deadline, one second later is late."""
    in_time = complaint(staffed, deployment, "02 09:00")
    late = complaint(staffed, deployment, "02 09:00", content="另一件")
    event(staffed, deployment, in_time, "first_contact", "02 09:10:00")
    event(staffed, deployment, late, "first_contact", "02 09:10:01")

    replay(staffed, deployment, at("02 09:00", deployment), at("02 09:11", deployment))

    with reading(staffed) as connection:
        query = select(cases.c.number, deadlines.c.state).join(cases).where(deadlines.c.rule == "first-contact")
        found = {row.number: row.state for row in connection.execute(query)}
    assert {in_time: "met", late: "late"} == found


def test_the_deputy_is_told_while_the_manager_is_away(staffed: Engine, deployment: Deployment) -> None:
    """A deputy stands in, and the record says for whom."""
    with writing(staffed) as connection:
        connection.execute(
            absences.insert().values(person_id=1, since=at("01 00:00", deployment), until=at("05 00:00", deployment))
        )
    complaint(staffed, deployment, "02 09:00", handler="")

    sweep_once(staffed, deployment, at("02 09:07", deployment))

    (told,) = rows(staffed, escalations)
    assert [("李娜", "department_manager", "王强")] == [
        (r["name"], r["role"], r["instead_of"]) for r in told.recipients
    ]


def test_after_downtime_each_recipient_gets_one_message(staffed: Engine, deployment: Deployment) -> None:
    """Three days of downtime: every step is on record, and nobody gets a storm."""
    for number in range(20):
        complaint(staffed, deployment, "02 09:00", content=f"第{number}件")

    report = sweep_once(staffed, deployment, at("05 09:00", deployment))

    recipients = [row.email for row in rows(staffed, messages)]
    assert len(recipients) == len(set(recipients))
    assert len(report.fired) == len(rows(staffed, escalations)) > 100
    assert all(row.kind == "summary" for row in rows(staffed, messages))


def test_a_pause_takes_the_clock_out_and_what_was_left_goes_on(staffed: Engine, deployment: Deployment) -> None:
    """Paused after 4 minutes for an hour: due an hour later."""
    number = complaint(staffed, deployment, "02 09:00")
    event(staffed, deployment, number, "paused", "02 09:04")
    sweep_once(staffed, deployment, at("02 09:05", deployment))
    (paused,) = [row for row in rows(staffed, deadlines) if row.rule == "first-contact"]
    event(staffed, deployment, number, "resumed", "02 10:04")
    sweep_once(staffed, deployment, at("02 10:05", deployment))
    (resumed,) = [row for row in rows(staffed, deadlines) if row.rule == "first-contact"]

    assert ("paused", None, None) == (paused.state, paused.due_at, paused.next_at)
    assert ("open", at("02 10:10", deployment)) == (resumed.state, resumed.due_at)


def test_direct_inserts_are_picked_up(staffed: Engine, deployment: Deployment) -> None:
    """A case that another program inserted, even without its opening event, gets its clocks."""
    with writing(staffed) as connection:
        connection.execute(
            cases.insert().values(
                number="X-1", kind="complaint", opened_at=at("02 09:00", deployment), department="维修部"
            )
        )

    sweep_once(staffed, deployment, at("02 09:08", deployment))

    assert {"first-contact"} <= {row.rule for row in rows(staffed, deadlines)}
    assert ["remind-1"] == [row.step for row in rows(staffed, escalations)]


def test_a_clock_that_steps_back_takes_nothing_back(staffed: Engine, deployment: Deployment) -> None:
    """What was known stays known, when a sweep runs at an earlier instant than one before."""
    number = complaint(staffed, deployment, "02 09:00")
    event(staffed, deployment, number, "first_contact", "02 09:09")
    sweep_once(staffed, deployment, at("02 09:09", deployment))
    event(staffed, deployment, number, "handed_over", "02 09:01")

    sweep_once(staffed, deployment, at("02 09:02", deployment))

    assert "met" == next(row.state for row in rows(staffed, deadlines) if row.rule == "first-contact")


def test_a_case_that_makes_no_sense_does_not_stop_the_others(staffed: Engine, deployment: Deployment) -> None:
    """A case under a regulation that does not exist is set aside with the reason, and tried again by later sweeps."""
    number = complaint(staffed, deployment, "02 09:00")
    with writing(staffed) as connection:
        opened = at("02 09:00", deployment)
        connection.execute(cases.insert().values(number="X", kind="complaint", regulation="nonsense", opened_at=opened))

    report = sweep_once(staffed, deployment, at("02 09:10", deployment))

    aside = {row.number: row.trouble for row in rows(staffed, cases)}
    assert aside[number] is None
    assert "nonsense" in aside["X"]
    assert (1, 2) == (report.troubles, len(report.fired))
    with writing(staffed) as connection:
        connection.execute(cases.update().where(cases.c.number == "X").values(regulation="standard-complaints"))
    assert 0 == sweep_once(staffed, deployment, at("02 09:11", deployment)).troubles
    assert [None, None] == [row.trouble for row in rows(staffed, cases)]


def test_the_record_is_the_same_with_and_without_downtime(staffed: Engine, deployment: Deployment) -> None:
    """What became due before the customer was called stands in the record, also when no sweep ran then."""
    number = complaint(staffed, deployment, "02 09:00")
    event(staffed, deployment, number, "first_contact", "02 09:25")

    sweep_once(staffed, deployment, at("02 12:00", deployment))

    told = [(row.step, row.scheduled_at) for row in rows(staffed, escalations, escalations.c.scheduled_at)]
    expected = [("remind-1", "02 09:07"), ("due", "02 09:10"), ("escalate-1", "02 09:20")]
    assert [(step, at(when, deployment)) for step, when in expected] == told[:3]
    assert "escalate-2" not in {row.step for row in rows(staffed, escalations) if row.rule == "first-contact"}
    assert "late" == next(row.state for row in rows(staffed, deadlines) if row.rule == "first-contact")
