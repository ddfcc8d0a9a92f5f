"""Whole and incremental audits: what each looks at, what it leaves for the next one, and what it writes down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.store.database import reading
from models.store.schema import facts
from tasks.audit import run, touched
from tests.tasks.audit.faults import A2, alarm, case, fix
from tests.tasks.audit.workshop import NOW, audited, record, tamper

if TYPE_CHECKING:
    from typing import Any

    from tests.support.story import Story


@pytest.fixture
def workshop(story: Story) -> Story:
    """The record, audited once."""
    record(story)
    assert [] == audited(story)
    return story


def written(story: Story) -> dict[str, Any]:
    """What the status page reads."""
    with reading(story.engine) as connection:
        told = connection.scalar(select(facts.c.value).where(facts.c.name == run.FACT))
    return dict(json.loads(told))


def test_what_came_of_it_is_written_down(workshop: Story) -> None:
    """The instant of the last full agreement stays while the record differs."""
    noon, later = "2026-11-05T04:00:00Z", "2026-11-05T04:15:00Z"
    assert {"agreed_at": noon, "agrees": True, "found": 0, "at": noon} == written(workshop)
    tamper(workshop, fix("due_at = '2026-11-07T16:00:00Z'"))
    audited(workshop, "2026-11-05 12:15", whole=False)
    assert {"agreed_at": noon, "agrees": False, "found": 1, "at": later} == written(workshop)


def test_an_incremental_audit_looks_at_what_moved(workshop: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an event that came in, the case; of a case that nothing touched, its turn comes with the sample."""
    monkeypatch.setattr(touched, "SAMPLE", 1)
    workshop.event("A2", "fixed", "2026-11-05 12:05")
    workshop.sweep("2026-11-05 12:05")
    tamper(workshop, f"UPDATE deadlines SET state = 'open' WHERE case_id = {A2} AND rule = 'fix'")
    tamper(workshop, case("A1", "round = 3"))

    done = run.audit(workshop.engine, workshop.deployment, workshop.at("2026-11-05 12:15"), whole=False)
    assert {("state", "A2")} == {one[:2] for one in done.findings}
    assert done.cases < 7
    found = [audited(workshop, f"2026-11-05 12:{minute}", whole=False) for minute in range(20, 28)]
    assert ("state", "A1") in {one[:2] for some in found for one in some}


def test_what_was_found_is_looked_at_until_it_is_mended(workshop: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding does not go away because nothing touches its case."""
    monkeypatch.setattr(touched, "SAMPLE", 1)
    tamper(workshop, case("A1", "round = 3"))
    audited(workshop)
    assert ["A1"] == [one.case for one in audited(workshop, "2026-11-05 12:15", whole=False)]
    tamper(workshop, case("A1", "round = 1"))
    assert [] == audited(workshop, "2026-11-05 12:30", whole=False)
    assert written(workshop)["agrees"]


def test_an_incremental_audit_walks_the_new_links(workshop: Story) -> None:
    """What is changed within a quarter of an hour is found at its end; a changed old link by the whole audit."""
    workshop.inserted("A4", "complaint", "2026-11-05 12:02", department="维修部", handler="经办", level="minor")
    workshop.replay(NOW, "2026-11-05 12:05")
    tamper(workshop, "UPDATE links SET rows = rows + 1 WHERE position = (SELECT max(position) FROM links)")
    assert "event" in {one.kind for one in audited(workshop, "2026-11-05 12:15", whole=False)}
    assert not written(workshop)["agrees"]


def test_what_only_a_whole_audit_sees_stands_until_the_next_one(workshop: Story) -> None:
    """An incremental audit finds nothing new, and says that not everything agrees all the same."""
    tamper(workshop, "UPDATE links SET rows = rows + 1 WHERE position = 1")
    assert audited(workshop)
    assert [] == audited(workshop, "2026-11-05 12:15", whole=False)
    assert not written(workshop)["agrees"]
    tamper(workshop, "UPDATE links SET rows = rows - 1 WHERE position = 1")
    assert [] == audited(workshop, "2026-11-05 12:20")
    assert written(workshop)["agrees"]


def test_a_message_that_tells_of_nothing_is_not_forgotten(workshop: Story) -> None:
    """Only a whole audit looks for old ones: until the next one the record does not agree."""
    tamper(workshop, "UPDATE messages SET kind = 'escalation' WHERE kind = 'closing'")
    assert {"message"} == {one.kind for one in audited(workshop)}
    assert [] == audited(workshop, "2026-11-05 12:15", whole=False)
    assert not written(workshop)["agrees"]
    tamper(workshop, "UPDATE messages SET kind = 'closing' WHERE key LIKE 'closing/%'")
    assert [] == audited(workshop, "2026-11-05 12:20")
    assert written(workshop)["agrees"]


def test_a_duty_that_was_not_opened_is_well_when_it_is_there(workshop: Story) -> None:
    """Duties are looked at each time: what was mended agrees at the next audit."""
    tamper(workshop, "UPDATE duties SET next_at = NULL")
    assert ["instant"] == [one.kind for one in audited(workshop, "2026-11-05 12:15", whole=False)]
    tamper(workshop, "UPDATE duties SET next_at = '2026-11-05T16:00:00Z'")
    assert [] == audited(workshop, "2026-11-05 12:30", whole=False)
    assert written(workshop)["agrees"]


def test_two_processes_find_what_one_does(workshop: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large record is shared by processes over ranges of cases."""
    tamper(workshop, alarm("fired_at = '2026-11-02T02:29:59Z'"), case("A3", "round = 3"), fix("round = 2"))
    alone = audited(workshop)
    monkeypatch.setattr(run, "ALONE", 0)
    monkeypatch.setattr(run, "CHUNK", 2)
    shared = run.audit(workshop.engine, workshop.deployment, workshop.at(NOW), processes=2)

    assert 7 == shared.cases
    assert alone == shared.findings
