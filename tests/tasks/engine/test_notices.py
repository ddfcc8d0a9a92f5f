"""The mails about closings and refused decisions, as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.letters import WRITERS
from tasks.delivery.deliver import deliver
from tests.support.smtp import Received, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.story import Story


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as listening:
        yield listening


@pytest.fixture
def house(story: Story) -> Story:
    """One person for each role, and somebody for operations."""
    story.house()
    story.person("运维", "operations", department="总部")
    return story


async def arrived(story: Story, server: ScriptedServer, at: str, words: str) -> list[Received]:
    """The mails with these words in the subject."""
    own = story.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)
    await deliver(story.engine, own, WRITERS, now=lambda: story.at(at))
    return [one for one in server.accepted if words in str(one.mail["Subject"])]


async def test_a_closing_tells_what_was_left(house: Story, server: ScriptedServer) -> None:
    """Who closed it, when, and the clock of the reader with its due instant and article."""
    number = house.complaint("2026-11-02 09:00")
    house.event(number, "closed", "2026-11-02 09:05", by="客服")
    house.sweep("2026-11-02 09:06")
    mails = await arrived(house, server, "2026-11-02 09:06", "已结案")
    assert ["回访", "经理"] == sorted(str(one.mail["To"].addresses[0].display_name) for one in mails)
    text = next(one for one in mails if "经理" in str(one.mail["To"])).text()
    for words in ("2026-11-02 09:05", "由客服记录“结案”", "首次联系客户 · 时限 2026-11-02 09:10", "第五条(三)"):
        assert words in text, words


async def test_a_closing_that_was_taken_back_is_not_told(house: Story, server: ScriptedServer) -> None:
    """The case was reopened before the mail left."""
    number = house.complaint("2026-11-02 09:00")
    house.event(number, "closed", "2026-11-02 09:05", by="客服")
    house.sweep("2026-11-02 09:06")
    house.event(number, "reopened", "2026-11-02 09:06", by="客服")
    house.sweep("2026-11-02 09:07")
    assert [] == await arrived(house, server, "2026-11-02 09:07", "已结案")


async def test_operations_read_who_tried_what(house: Story, server: ScriptedServer) -> None:
    """The decision, by whom, from which file and row, and why it counts for nothing."""
    number = house.complaint("2026-11-02 09:00")
    house.event(number, "postponement_requested", "2026-11-02 09:05", by="经办", until="2026-11-09")
    row = f"case,event,at,by,until\n{number},postponement_approved,2026-11-02 09:10,经办,2026-11-09\n"
    house.imported("events", row, "2026-11-02 09:20")
    house.sweep("2026-11-02 09:21")
    [mail] = await arrived(house, server, "2026-11-02 09:21", "决定不作数")
    text = mail.text()
    assert "运维" in str(mail.mail["To"])
    for words in (number, "批准延期", "经办", "导入 events.csv:2", "不能批准自己的申请", "总经理"):
        assert words in text, words
