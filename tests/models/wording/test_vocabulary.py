"""Words in two languages and their ids."""

from __future__ import annotations

import pytest

from models.language.vocabulary import (
    EVENTS,
    channel_id,
    event_id,
    language_id,
    outcome_id,
    role_id,
    satisfaction_id,
    secrecy_id,
)
from models.packs.findings.names import STANDARD_EVENTS


def test_every_standard_event_has_words() -> None:
    """The standard events of the rule language and of the vocabulary are the same, and no two share their words."""
    assert STANDARD_EVENTS == EVENTS.keys()
    assert len(EVENTS) == len({words.zh for words in EVENTS.values()})


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_events_in_both_languages(name: str) -> None:
    """An event is known by its id, its Chinese and its English name."""
    assert [name] * 3 == [event_id(text) for text in (name, EVENTS[name].zh, EVENTS[name].en.upper())]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("phone", channel_id("电话")),
        ("revisit", channel_id(" 回访 ")),
        ("onsite", channel_id("On-Site")),
        ("dissatisfied", satisfaction_id("非常不满意")),
        ("satisfied", satisfaction_id("满意")),
        ("unresolved", outcome_id("未解决")),
        ("top_secret", secrecy_id("绝密")),
        ("confidential", secrecy_id("秘密")),
        ("zh", language_id("中文")),
        ("en", language_id("ＥＮ")),
        ("service_manager", role_id("客服经理")),
        ("librarian", role_id("图书管理员")),
        ("department_manager", role_id("Department Manager")),
        (None, role_id("技师")),
        (None, event_id("喝茶")),
    ],
)
def test_aliases(expected: str | None, actual: str | None) -> None:
    """Other ways of writing lead to the same id; unknown words to none."""
    assert expected == actual
