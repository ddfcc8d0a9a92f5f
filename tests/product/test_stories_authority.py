"""Stories about who alone may record what decides, where nobody asks first: authorities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from models.errors import RefusedError
from models.store.database import writing
from tasks.intake.by_hand import open_by_hand
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from tests.support.story import Story

PACK = (Path(__file__).parents[1] / "models" / "packs" / "house-rules.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _house(story: Story) -> None:
    story.house()
    story.regulation("house-rules", PACK)


def opened(story: Story, **fields: str) -> str:
    """A case of the second of November, opened by hand."""
    given = {"regulation": "house-rules", "department": "维修部", **fields}
    moment = story.at("2026-11-02 09:00")
    told: dict[str, Any] = {"at": moment, "by": None, "fields": given, "now": moment, "provenance": AT_HAND}
    with writing(story.engine) as connection:
        return open_by_hand(connection, story.deployment, "registered", **told).number


def test_who_is_not_named_decides_nothing(story: Story) -> None:
    """The handler is refused by article, and so is whoever gives no name; the managers may, by name or address."""
    case = opened(story, handler="经办", level="minor")
    for by in ("经办", None):
        with pytest.raises(RefusedError, match=r"第十四条.*judgement|judgement.*第十四条"):
            story.event(case, "judged", "2026-11-02 10:00", by=by)

    assert story.event(case, "judged", "2026-11-02 10:00", by="客服")
    assert story.event(case, "closed", "2026-11-02 11:00", by="总经理")


def test_who_may_hangs_on_the_case(story: Story) -> None:
    """A grave case is the general manager's alone, a minor one also the service manager's."""
    minor, grave = opened(story, level="minor", customer="甲"), opened(story, level="grave", customer="乙")
    with pytest.raises(RefusedError, match="第十四条"):
        story.event(grave, "closed", "2026-11-02 10:00", by="客服")

    assert story.event(grave, "closed", "2026-11-02 10:00", by="总经理")
    assert story.event(minor, "closed", "2026-11-02 10:00", by="客服")


def test_what_the_text_leaves_open_is_everybodys(story: Story) -> None:
    """The authority holds in its cases only; other events are anybody's in all of them."""
    trifle, matter = opened(story, category="trifle", customer="甲"), opened(story, customer="乙")

    assert story.event(trifle, "closed", "2026-11-02 10:00", by="经办")
    assert story.event(matter, "pledged", "2026-11-02 10:00", by="经办")
    with pytest.raises(RefusedError, match="第十四条"):
        story.event(matter, "closed", "2026-11-02 10:00", by="经办")


def test_a_deputy_stands_in_for_the_holder(story: Story) -> None:
    """While the holder is away, and not before."""
    case = opened(story, level="minor")
    with pytest.raises(RefusedError, match="第十四条"):
        story.event(case, "judged", "2026-11-02 12:00", by="客服代理")
    story.away("客服", "2026-11-03 00:00", "2026-11-04 00:00")

    assert story.event(case, "judged", "2026-11-03 12:00", by="客服代理")


def test_what_another_program_writes_counts_when_it_may(story: Story) -> None:
    """A closing by the handler closes nothing, whatever table it was written into; one by the manager does."""
    wrong, right = opened(story, level="minor", customer="甲"), opened(story, level="minor", customer="乙")
    story.fact(wrong, "closed", "2026-11-02 10:00", by="经办")
    story.fact(right, "closed", "2026-11-02 10:00", by="客服")
    story.sweep("2026-11-02 10:01")

    assert ["open", "closed"] == [story.status(wrong), story.status(right)]
