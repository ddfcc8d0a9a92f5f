"""An organisation that reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tasks.statements.organisation import Reporting

if TYPE_CHECKING:
    from tests.support.story import Story


@pytest.fixture
def reporting(story: Story) -> Reporting:
    """Its people, and one complaint of October whose first contact was late."""
    story.house()
    number = story.complaint("2026-10-14 10:00")
    story.event(number, "first_contact", "2026-10-14 10:30")
    story.sweep("2026-10-14 11:00")
    return Reporting(story)
