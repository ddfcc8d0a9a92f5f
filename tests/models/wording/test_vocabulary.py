"""Words in two languages and their ids."""

from __future__ import annotations

import pytest

from models.language import ids
from models.wording.catalogue import languages, say, section
from models.wording.vocabulary import (
    channel_id,
    event_id,
    language_id,
    outcome_id,
    role_id,
    satisfaction_id,
    secrecy_id,
)


@pytest.mark.parametrize("table", ["events", "channels", "satisfaction", "outcomes", "secrecy", "roles", "pay"])
@pytest.mark.parametrize("language", languages())
def test_every_id_has_words(table: str, language: str) -> None:
    """The ids of the rule language and of the vocabulary are the same, in their order, and no two share their words."""
    words = section(language, f"vocabulary.{table}")

    assert getattr(ids, table.upper()) == tuple(words)
    assert len(words) == len(set(words.values()))


@pytest.mark.parametrize("name", ids.EVENTS)
def test_events_in_every_language(name: str) -> None:
    """An event is known by its id and by its name in each language."""
    spoken = [say(language, f"vocabulary.events.{name}") for language in languages()]

    assert {name} == {event_id(text) for text in (name, *spoken, *(text.upper() for text in spoken))}


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
