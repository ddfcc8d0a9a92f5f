"""Before a mail leaves, the case is looked at again: what changed since it was decided is not told any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading
from models.store.schema import messages
from tasks.delivery.deliver import deliver
from tests.support.smtp import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.story import Story


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as running:
        yield running


async def posted(story: Story, server: ScriptedServer) -> dict[str, set[str | None]]:
    """Deliver, and what became of the messages: state -> reasons."""
    deployment = story.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)
    await deliver(story.engine, deployment, WRITERS, now=lambda: datetime.now(UTC))
    found: dict[str, set[str | None]] = {}
    with reading(story.engine) as connection:
        for row in connection.execute(select(messages)):
            found.setdefault(row.state, set()).add(row.reason)
    return found


async def test_what_is_recorded_after_the_decision_counts_before_any_sweep(
    story: Story, server: ScriptedServer
) -> None:
    """A case closed between the sweep and the delivery: no mail, and the record says why."""
    number = story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 09:12")
    story.event(number, "closed", "2026-11-02 09:13")

    found = await posted(story, server)

    assert {"dropped"} == set(found)
    assert all(reason and "closed" in reason for reason in found["dropped"])
    assert [] == server.accepted


async def test_what_a_later_sweep_took_in_counts(story: Story, server: ScriptedServer) -> None:
    """A first contact that was made meanwhile: nobody is told that it is missing."""
    number = story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 09:12")
    story.event(number, "first_contact", "2026-11-02 09:15")
    story.sweep("2026-11-02 09:16")

    assert {"dropped"} == set(await posted(story, server))


async def test_what_still_matters_leaves(story: Story, server: ScriptedServer) -> None:
    """An event that changes nothing about the deadline keeps no mail back; coming events are not known yet."""
    number = story.complaint("2026-11-02 09:00")
    story.event(number, "first_contact", "2026-11-02 11:00")
    story.sweep("2026-11-02 09:12")
    story.event(number, "unreachable", "2026-11-02 09:13")

    found = await posted(story, server)

    assert {"sent"} == set(found)
    assert len(server.accepted) == len(story.mails())
