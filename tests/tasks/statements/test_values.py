"""Values as people read them, in both languages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tasks.statements.values import Shift, shift, shown
from tasks.statistics.figures import Cell, Headline
from tests.tasks.statements.sample import words

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "kind", "zh", "en"),
    [
        (None, "rate", "–", "–"),
        ("", "text", "–", "–"),
        (0, "count", "0", "0"),
        (1250, "count", "1,250", "1,250"),
        (0.8239, "rate", "82.4%", "82.4%"),
        (1, "rate", "100.0%", "100.0%"),
        (11520, "seconds", "3 小时 12 分钟", "3 h 12 min"),
        (-90, "seconds", "−1 分钟 30 秒", "−1 min 30 s"),
        (1250, "money", "¥1,250", "¥1,250"),
        (12.5, "money", "¥12.5", "¥12.5"),
        (-20, "money", "−¥20", "−¥20"),
        (7, "days", "7 天", "7 d"),
        (2.25, "points", "2.25", "2.25"),
        (-0.001, "number", "0", "0"),
        ("2026-11-01T16:30:00Z", "instant", "2026-11-02 00:30", "2026-11-02 00:30"),
        ("2026-11-01T16:30:00Z", "date", "2026-11-02", "2026-11-02"),
        ("2026-11-01", "date", "2026-11-01", "2026-11-01"),
        ("待定", "date", "待定", "待定"),
        (words("投诉", "complaint"), "text", "投诉", "complaint"),
    ],
)
def test_a_value_reads_as_people_write_it(value: Cell, kind: str, zh: str, en: str) -> None:
    """A dash for what does not exist, a nought for none, units in the reader's language, instants in local time."""
    assert (zh, en) == (shown(value, kind, "zh", ZONE), shown(value, kind, "en", ZONE))


@pytest.mark.parametrize(
    ("kind", "good", "value", "other", "expected"),
    [
        ("count", "down", 12, 10, ("▲", "+2 (20%)", "worse")),
        ("count", "up", 10, 12, ("▼", "−2 (17%)", "worse")),
        ("count", "down", 12, 2, ("▲", "+10", "worse")),
        ("count", "none", 12, 10, ("▲", "+2 (20%)", "even")),
        ("count", "down", 3, 0, ("▲", "+3", "worse")),
        ("rate", "up", 0.9, 0.85, ("▲", "+5.0 百分点", "better")),
        ("rate", "up", 0.9, 0.9004, ("=", "持平", "even")),
        ("seconds", "down", 60, 120, ("▼", "−1 分钟", "better")),
        ("money", "down", 5, 5, ("=", "持平", "even")),
        ("rate", "up", None, 0.5, ("", "–", "none")),
        ("rate", "up", 0.5, None, ("", "–", "none")),
    ],
)
def test_a_difference_has_arrow_sign_and_direction(
    kind: str, good: str, value: float | None, other: float | None, expected: tuple[str, str, str]
) -> None:
    """Rates in points; a share only where it says more than the number; nothing where there is nothing to compare."""
    headline = Headline.model_validate(
        {"id": "x", "title": words("一", "x"), "kind": kind, "value": value, "good": good}
    )
    assert Shift(*expected) == shift(headline, other, "zh")
