"""Lengths of time in words: those of the rule language, and those that were measured."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.wording.durations import duration_words, elapsed_words


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("PT10M", "10 分钟", "10 minutes"),
        ("PT1M", "1 分钟", "1 minute"),
        ("PT72H", "72 小时", "72 hours"),
        ("PT1H30M", "1 小时 30 分钟", "1 hour 30 minutes"),
        ("PT45S", "45 秒", "45 seconds"),
        ("P2WD", "2 个工作日", "2 working days"),
        ("P1M", "1 个月", "1 month"),
        ("P2W", "2 周", "2 weeks"),
        ("P1Y", "1 年", "1 year"),
        ("PT4WH", "4 个工作小时", "4 working hours"),
        ("PT30WM", "30 个工作分钟", "30 working minutes"),
        ("-P3D", "3 天", "3 days"),
        ("-PT3M", "3 分钟", "3 minutes"),
        ("PT0S", "立即", "at once"),
        ("P0D", "当日", "the same day"),
    ],
)
def test_durations(text: str, zh: str, en: str) -> None:
    """A duration is said with its number and unit; the minus is left to the sentence."""
    assert (zh, en) == (duration_words(text, "zh"), duration_words(text, "en"))


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        (timedelta(days=2, hours=3, minutes=4), "2 天 3 小时", "2 d 3 h"),
        (timedelta(days=1, minutes=5), "1 天", "1 d"),
        (timedelta(minutes=20), "20 分钟", "20 min"),
        (timedelta(minutes=1, seconds=9), "1 分钟 9 秒", "1 min 9 s"),
        (timedelta(hours=-1), "1 小时", "1 h"),
        (timedelta(milliseconds=300), "0 秒", "0 s"),
    ],
)
def test_measured_lengths(length: timedelta, zh: str, en: str) -> None:
    """The two largest units that follow each other are shown, without a sign; less than a second is none."""
    assert (zh, en) == (elapsed_words(length, "zh"), elapsed_words(length, "en"))
