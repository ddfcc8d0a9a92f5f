"""What a closed case says of its customer is erased: figures, clocks and the chain stay as they were."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from models.calendar.periods import parse_period
from models.store.database import reading, writing
from models.store.schema import cases, deadlines, escalations, events, metadata, penalties
from tasks.record.erased import ERASED
from tasks.record.provenance import Channel, Provenance
from tasks.record.verify import verify
from tasks.retention.erase import closed_before, erase, of_customer
from tasks.statistics.collecting import collected
from tasks.views.explain import story as told
from tests.support.story import Story

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

NAME, PHONE = "王小明", "13812345678"
BY_HAND = Provenance(Channel.CLI, "ops")


@pytest.fixture
def record(engine: Engine, deployment: Deployment) -> Story:
    """Three complaints of one customer, two of them closed, and a closed one of another."""
    story = Story(engine, deployment)
    story.house()
    given = {
        "customer": NAME,
        "phone": PHONE,
        "channel": "phone",
        "category": "刹车",
        "content": f"{NAME}（{PHONE}）投诉异响",
    }
    first = story.complaint("2026-11-02 09:00", **given, address="城东路 5 号")
    second = story.complaint("2026-11-04 09:00", **given)
    story.complaint("2026-11-05 09:00", **given)
    other = story.complaint("2026-11-02 10:00", customer="李四", phone="13900000000", category="刹车")
    for number, day, who in ((first, "02", NAME), (second, "04", NAME), (other, "02", "李四")):
        story.event(number, "first_contact", f"2026-11-{day} 10:08", by="经办", note=f"{who}说已通话")
        story.event(number, "revisited", f"2026-11-{day} 15:00", by="回访", satisfaction="dissatisfied", note=who)
        story.event(number, "closed", f"2026-11-{day} 17:00", by="客服")
    story.replay("2026-11-02 09:00", "2026-11-08 09:00")
    return story


def erased(story: Story, at: str = "2026-11-20 09:00") -> tuple[int, int]:
    """Everything of the customer."""
    with reading(story.engine) as connection:
        found = of_customer(connection, NAME)
    return tuple(erase(story.engine, found.ids, now=story.at(at), provenance=BY_HAND))


def places_of(engine: Engine, word: str) -> list[str]:
    """Wherever the database still holds a word."""
    with reading(engine) as connection:
        return [
            f"{table.name}.{column}: {value}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
            for column, value in row.items()
            if word in json.dumps(value, default=str, ensure_ascii=False)
        ]


def figures(story: Story) -> Any:
    """The statement of the month."""
    period = parse_period("monthly", "2026-11", story.deployment.zone)
    found = collected(story.engine, story.deployment, period, regulation="", data_at=story.at("2026-11-25 09:00"))
    return found.content_hash, {name: part.model_dump() for name, part in found.parts.items()}, found.cases


def clocks(engine: Engine) -> list[Any]:
    """Deadlines, decisions and penalties."""
    with reading(engine) as connection:
        return [connection.execute(select(table).order_by(table.c.id)).all() for table in _DECIDED]


_DECIDED = (deadlines, escalations, penalties)


def test_nothing_of_the_customer_is_left_in_what_is_closed(record: Story) -> None:
    """Neither name nor number nor words; the case that is open keeps them, and is named."""
    with reading(record.engine) as connection:
        assert 1 == len(of_customer(connection, NAME).running)
    assert (2, 4) == erased(record)
    with reading(record.engine) as connection:
        rows = connection.execute(select(cases).where(cases.c.status == "closed").order_by(cases.c.id)).all()
        said = connection.execute(select(events).where(events.c.case_id.in_([row.id for row in rows[:2]]))).all()
    theirs = json.dumps([[list(row) for row in rows[:2]], [list(row) for row in said]], default=str, ensure_ascii=False)
    for word in (NAME, PHONE, "异响", "城东路"):
        assert word not in theirs
    assert "李四" in str(rows[2])
    record.event("2611003", "closed", "2026-11-20 10:00", by="客服")
    record.sweep("2026-11-20 10:01")
    erased(record, "2026-11-20 10:02")
    assert [] == [where for word in (NAME, PHONE, "城东路") for where in places_of(record.engine, word)]


def test_figures_clocks_and_decisions_stay(record: Story) -> None:
    """The statement of the month says the same before and after, the repeated complaint included."""
    before, decided = figures(record), clocks(record.engine)
    erased(record)
    assert decided == clocks(record.engine)
    assert before == figures(record)


def test_the_chain_holds_and_what_is_left_is_sealed(record: Story) -> None:
    """Erasing is no breach; whoever changes what it left, or writes it into a row that was never erased, is found."""
    erased(record)
    with reading(record.engine) as connection:
        done = verify(connection)
    assert (4, ()) == (done.erased, done.breaches)

    changed = "UPDATE events SET fields = '{\"satisfaction\": \"satisfied\"}', salt = salt WHERE name = 'revisited'"
    with writing(record.engine) as connection:
        drop = "DROP TRIGGER events_stay_as_they_are"
        connection.execute(text(f"{drop} ON events" if connection.dialect.name == "postgresql" else drop))
        connection.execute(text(f"{changed} AND case_id = 1"))
    with reading(record.engine) as connection:
        assert ["altered"] == [one.kind for one in verify(connection).breaches]


@pytest.mark.parametrize(
    "forged",
    [
        "fields = '{{}}'",
        "fields = '{{}}', salt = NULL",
        "name = 'closed', salt = {digest}",
        "at = {later}, fields = '{{}}', salt = {digest}",
        "fields = '{{}}', salt = {digest}, digest = {digest}",
    ],
)
def test_the_database_lets_nothing_but_erasing_through(record: Story, forged: str) -> None:
    """An event changes only where its salt gives way and nothing else of it does."""
    is_sqlite = record.engine.dialect.name == "sqlite"
    digest = f"x'{'ab' * 32}'" if is_sqlite else f"'\\x{'ab' * 32}'::bytea"
    later = "'2026-11-02T05:00:00Z'"
    with pytest.raises(IntegrityError, match="events are facts"), record.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE events SET {forged.format(digest=digest, later=later)} WHERE case_id = 1")


def test_the_story_of_the_case_says_so(record: Story) -> None:
    """When it was erased, and by which door; what is left of each event is told as before."""
    erased(record)
    with reading(record.engine) as connection:
        found = told(connection, record.deployment, "2611001", now=record.at("2026-11-20 09:00"))
    last = found.events[-1]
    assert (ERASED, "cli", {}) == (last.name, last.channel, last.fields)
    assert "erased" in (found.case.party or "")
    assert {"satisfaction": "dissatisfied"} == next(one.fields for one in found.events if one.name == "revisited")
    assert "经办" == next(one.by for one in found.events if one.name == "first_contact")
    assert () == tuple(clock.rule for clock in found.clocks if clock.differs)


def test_what_was_erased_is_not_erased_again(record: Story) -> None:
    """Until something is said of the case anew."""
    erased(record)
    with reading(record.engine) as connection:
        assert [] == of_customer(connection, NAME).ids
        assert [4] == closed_before(connection, record.at("2026-11-20 09:00"))
    record.fact("2611001", "follow_up", "2026-11-20 11:00", note=f"{NAME} again")
    with reading(record.engine) as connection:
        assert [4] == closed_before(connection, record.at("2026-11-30 09:00"))  # no sweep has taken it in yet
    record.sweep("2026-11-20 11:01")
    with reading(record.engine) as connection:
        ids = closed_before(connection, record.at("2026-11-30 09:00"))
    assert [1, 4] == ids
    erase(record.engine, ids, now=record.at("2026-11-30 09:00"), provenance=BY_HAND)
    with reading(record.engine) as connection:
        assert () == verify(connection).breaches
        assert [] == closed_before(connection, record.at("2026-12-30 09:00"))


def test_only_what_was_closed_before_an_instant(record: Story) -> None:
    """The later case keeps what it says."""
    with reading(record.engine) as connection:
        assert [1] == of_customer(connection, NAME, record.at("2026-11-03 00:00")).ids
