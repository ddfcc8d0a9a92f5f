"""The one writer of the outbox: a message is there once, whoever decides it how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.store.database import reading, writing
from models.store.schema import message_items, messages
from tasks.mail.post import Post, Postbag, PostItem, decision_id, post, post_new
from tasks.mail.subjects import message_id
from tasks.organisation.directory import Recipient
from tests.support.posting import DUE, Office

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

SUN = Recipient("孙红", "service_manager", "sun@example.com", None, "zh", None)


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An office with cases that a message can tell of."""
    return Office(engine, deployment)


def told(office: Office, number: str) -> PostItem:
    """An escalation of a case."""
    case = office.case(number)
    return PostItem(office.escalation(case), case)


def rows(office: Office) -> list[Any]:
    """The outbox."""
    with reading(office.engine) as connection:
        return list(connection.execute(select(messages).order_by(messages.c.key)))


def items(office: Office) -> set[tuple[Any, PostItem]]:
    """What the messages tell of."""
    with reading(office.engine) as connection:
        found = connection.execute(select(message_items))
        return {(row.message_id, PostItem(row.escalation_id, row.case_id)) for row in found}


def test_a_message_has_its_ids_from_its_key(office: Office) -> None:
    """What is decided a second time, even with other words, changes nothing; what it tells of is there once."""
    item = told(office, "2611001")
    for line in ("催办", "又一次催办"):
        with writing(office.engine) as connection:
            post(connection, office.deployment, [Post("escalation", "k", SUN, line, DUE, [item], known_event=3)] * 2)

    (row,) = rows(office)
    expected = (
        decision_id("k"),
        message_id("k", office.deployment.settings.mail_from),
        "催办",
        "queued",
        None,
        3,
        None,
    )
    assert expected == (row.id, row.message_id, row.subject, row.state, row.reason, row.known_event, row.about)
    assert ("孙红", "sun@example.com", "zh", DUE) == (row.name, row.email, row.language, row.created_at)
    assert {(row.id, item)} == items(office)


def test_what_nobody_needs_to_hear_is_kept_and_not_sent(office: Office) -> None:
    """A dropped message stands in the record with its reason; one without items says what its kind finds."""
    with writing(office.engine) as connection:
        given = [
            Post("escalation", "a", SUN, "催办", DUE, dropped="已结束 (over)"),
            Post("slip", "b", SUN, "催办单", DUE, about={"form": "urge"}),
        ]
        post(connection, office.deployment, given)

    kept, waiting = rows(office)
    assert ("dropped", "已结束 (over)") == (kept.state, kept.reason)
    assert ("queued", {"form": "urge"}) == (waiting.state, waiting.about)


def test_only_what_is_new_is_named(office: Office) -> None:
    """Who posts again learns what was not there before."""
    first, second = (Post("digest", key, SUN, "日报", DUE, about={}) for key in "ab")
    with writing(office.engine) as connection:
        assert {"a"} == post_new(connection, office.deployment, [first])
        assert {"b"} == post_new(connection, office.deployment, [first, second, second])
        assert set() == post_new(connection, office.deployment, [])
    assert ["a", "b"] == [row.key for row in rows(office)]


def test_a_message_of_the_outbox_takes_more_items(office: Office) -> None:
    """Late steps join the summary that is still open."""
    first, late = told(office, "2611001"), told(office, "2611002")
    with writing(office.engine) as connection:
        post(connection, office.deployment, [Post("summary", "s", SUN, "汇总", DUE, [first])])
    with writing(office.engine) as connection:
        bag = Postbag(office.deployment)
        bag.add_items(decision_id("s"), [late, first])
        bag.write(connection)

    assert {(decision_id("s"), first), (decision_id("s"), late)} == items(office)
