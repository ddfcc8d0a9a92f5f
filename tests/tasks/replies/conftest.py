"""An organisation whose mails are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.replying import Correspondence

if TYPE_CHECKING:
    from tests.support.story import Story


@pytest.fixture
def mails(story: Story) -> Correspondence:
    """A complaint is eleven minutes old and nobody has called: the manager and the handler were told."""
    story.house()
    story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-02 09:11")
    found = Correspondence(story)
    found.deliver("2026-11-02 09:11")
    return found


@pytest.fixture
def asked(mails: Correspondence) -> Correspondence:
    """The handler has asked for more time by reply, and the form lies before the general manager."""
    mails.answer(mails.to("经办"), "请延期至12月1日，原因：等配件", "2026-11-02 09:20")
    mails.deliver("2026-11-02 09:21")
    return mails
